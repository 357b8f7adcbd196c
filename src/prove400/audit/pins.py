"""A model file as bytes, proven to be the ones that somebody named by their sha256: loading a pickle runs its code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prove400.audit.manifest import MANIFEST, hashes
from prove400.errors import ModelError, SettingsError

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def pinned(path: Path, given: str | None, table: Any) -> tuple[bytes, str]:
    """Give the bytes of a model file and their sha256, once every pin there is names them.

    A pin is the sha256 `given`, that of the file in `table` (paths to sha256, ``[tool.prove400.models]``), or that of a
    manifest beside the file. Raises `ModelError` where there is none, where one names other bytes, or where the file
    cannot be read; `SettingsError` for a pin that is no sha256.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the model: {error.strerror}", str(path), "give the path of its file") from error
    found = hashlib.sha256(raw).hexdigest()
    pins = _pins(path, given, table)
    if not pins:
        hint = (
            "loading it runs whatever code it holds; once you trust it, pin it with\n"
            f"--sha256 {found}\n"
            'or for good, by a line "PATH" = "SHA256" under [tool.prove400.models] in pyproject.toml'
        )
        raise ModelError("the model is not pinned, so it was not loaded", str(path), hint)
    for name, pin in pins.items():
        if found not in pin:
            hint = f"{name} says {' or '.join(pin)}; put the file there that was meant, or pin this one"
            raise ModelError(f"another model than the one pinned, not loaded: sha256 {found}", str(path), hint)
    return raw, found


def _pins(path: Path, given: str | None, table: Any) -> dict[str, tuple[str, ...]]:
    """Give the sha256s that a file may have, by who says so."""
    pins: dict[str, tuple[str, ...]] = {"--sha256": (checked(given, "--sha256"),)} if given else {}
    for name, value in _table(table).items():
        if Path(name).resolve() == path.resolve():
            pins["[tool.prove400.models]"] = (checked(value, name),)
    beside = path.with_name(MANIFEST)
    if beside.is_file() and (named := hashes(beside)):
        pins[str(beside)] = named
    return pins


def _table(table: Any) -> Mapping[str, Any]:
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        raise SettingsError("models is no table", "[tool.prove400]", 'one line for each file: "PATH" = "SHA256"')
    return table


def checked(pin: Any, where: str) -> str:
    """Give a sha256 in lower case; raises `SettingsError` where it is none."""
    if not (isinstance(pin, str) and _SHA256.fullmatch(pin)):
        raise SettingsError(f"not a sha256: {pin!r}", where, "64 hexadecimal digits, as `sha256sum` prints them")
    return pin.lower()
