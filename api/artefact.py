"""The trained model and the manifest that describes it, on disk and in memory."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from api.errors import (
    ArtefactClassError,
    ArtefactMismatchError,
    ArtefactMissingError,
    ArtefactUnreadableError,
    ArtefactUntrustedError,
    ArtefactVersionError,
    UntrustedTypesError,
)
from api.formats import FORMATS, Format, Model
from api.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER_VARIABLE = "DIAMONDS_ARTEFACT"
FORMAT_VARIABLE = "DIAMONDS_FORMAT"
SHA256_VARIABLE = "DIAMONDS_SHA256"
MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A trained model, ready to predict, and its manifest."""

    model: Model
    manifest: Manifest


def default_folder() -> Path:
    """Give the folder that DIAMONDS_ARTEFACT names, else `api/artefact`."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(__file__).parent / "artefact"


def versions(form: Format) -> dict[str, str]:
    """Give the versions here of Python and of the libraries that a format needs; "none" for what is not installed."""
    return {"python": platform.python_version()} | {name: _installed(name) for name in form.libraries}


def _installed(name: str) -> str:
    """Give the version of a library, "none" without it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def differences(form: Format, trained: Mapping[str, str]) -> list[str]:
    """Say which versions differ here from those at training: libraries exactly, Python in its first two numbers."""
    here = versions(form)
    names = form.libraries if form.any_python else ("python", *form.libraries)
    return [
        f"{name} {trained.get(name, 'none')}, this is {here[name]}"
        for name in names
        if _compared(name, trained.get(name, "none")) != _compared(name, here[name])
    ]


def _compared(name: str, number: str) -> str:
    """Give the part of a version that must be equal."""
    return ".".join(number.split(".")[:2]) if name == "python" else number


def save(folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Write the model's files, by format, and their manifest, so that no half of a pair is left.

    The old manifest goes first: a write that is cut off leaves an artefact missing. Files of
    other formats go too; no manifest would name them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    for form in FORMATS.values():
        (folder / form.file).unlink(missing_ok=True)
    for name, raw in files.items():
        (folder / FORMATS[name].file).write_bytes(raw)
    text = manifest.model_dump_json(indent=2) + "\n"
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")


def load(folder: Path, name: str | None = None, sha256: str | None = None) -> Artefact:
    """Load the artefact in `folder`; no loader sees its bytes before they are proven.

    The file is read once, hashed, and loaded from those very bytes. `name` or DIAMONDS_FORMAT
    chooses where the folder holds several formats; `sha256` or DIAMONDS_SHA256, where there is
    one, is the only hash that is served, whatever the manifest says.

    Raises ArtefactMissingError, ArtefactUnreadableError, ArtefactMismatchError,
    ArtefactVersionError, ArtefactClassError or ArtefactUntrustedError.
    """
    manifest = read_manifest(folder, name)
    form = FORMATS[manifest.format]
    raw = _proven(folder, form, manifest, sha256 or os.environ.get(SHA256_VARIABLE) or manifest.sha256)
    unlike = differences(form, manifest.versions)
    if unlike:
        pins = " ".join(f"{name}=={manifest.versions.get(name)}" for name in form.libraries)
        raise ArtefactVersionError(
            folder,
            f"{form.file} was trained with {'; '.join(unlike)}",
            f"run `python -m api.train` here, or install what it was trained with: {pins}",
        )
    return Artefact(_loaded(folder, form, raw, manifest), manifest)


def read_manifest(folder: Path, name: str | None = None) -> Manifest:
    """Read the manifest in `folder`, about the file of format `name` or DIAMONDS_FORMAT, else of the first."""
    text = _read(folder, MANIFEST_FILE)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_context=False, include_input=False)
        place = "".join(f"/{part}" for part in first["loc"])
        said = f"{place} {first['msg']}".strip() + (f", and {len(more)} more faults" if more else "")
        raise ArtefactUnreadableError(folder, f"{MANIFEST_FILE} is not a manifest: {said}") from error
    asked = name or os.environ.get(FORMAT_VARIABLE) or manifest.format
    chosen = manifest.serving(asked)
    if chosen is None:
        reason = f"{MANIFEST_FILE} names no file in the format {asked!r}"
        raise ArtefactMissingError(folder, reason, f"run `python -m api.train --format {asked}` to make it")
    return chosen


def _proven(folder: Path, form: Format, manifest: Manifest, pinned: str) -> bytes:
    """Read the file of a format, and prove that it is the one that the manifest and the deployment name."""
    if pinned != manifest.sha256:
        reason = f"{MANIFEST_FILE} names sha256 {manifest.sha256}, {SHA256_VARIABLE} says {pinned}"
        raise ArtefactMismatchError(folder, reason, "put the artefact there that was released")
    raw = _read(folder, form.file)
    found = hashlib.sha256(raw).hexdigest()
    if found != manifest.sha256:
        reason = f"{form.file} has sha256 {found}, its manifest says {manifest.sha256}"
        raise ArtefactMismatchError(folder, reason)
    return raw


def _read(folder: Path, name: str) -> bytes:
    """Read a file of the artefact; raises ArtefactMissingError or ArtefactUnreadableError."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise ArtefactMissingError(folder, f"no {name}") from error
    except OSError as error:
        reason = f"{name} cannot be read: {error.strerror}"
        raise ArtefactUnreadableError(folder, reason, "put a file there that this user may read") from error


def _loaded(folder: Path, form: Format, raw: bytes, manifest: Manifest) -> Model:
    """Load proven bytes, and say in our words why they cannot be."""
    try:
        return form.codec().load(raw, manifest.names)
    except (AttributeError, ImportError) as error:
        reason = f"{form.file} needs a class that is not here: {error}"
        raise ArtefactClassError(folder, reason) from error
    except UntrustedTypesError as error:
        raise ArtefactUntrustedError(folder, f"{form.file} {error}") from error
    except Exception as error:  # loading runs what the bytes say, which may raise anything
        reason = f"{form.file} does not load: {type(error).__name__}: {error}"
        raise ArtefactUnreadableError(folder, reason) from error
