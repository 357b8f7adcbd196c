"""A model on disk → facts: one function for its file, which is loaded only once it is pinned, one for its manifest."""

from __future__ import annotations

import io
import lzma
import pickle
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from prove400.audit import manifest, pipeline
from prove400.audit.facts import Facts
from prove400.audit.pins import checked, pinned
from prove400.errors import ModelError

_UNREADABLE = (
    pickle.UnpicklingError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
_INSTALL = "pip install 'prove400[audit]'"
_OTHERS = {".onnx": "ONNX", ".skops": "skops"}

Reader = Callable[[Path, str | None, Any], Facts]
"""Gives the facts of what lies at a path, by the sha256 that it must have and the table of pins, if there are such."""


def read(path: Path, sha256: str | None = None, pins: Any = None) -> Facts:
    """Give the facts of a model: a joblib or pickle file, a manifest, or a folder with a manifest in it.

    A file is loaded only where its bytes have the `sha256`, or the one that `pins` (paths to sha256) or the manifest
    beside it say; that manifest then completes what the file does not tell, such as ranges. Raises `ModelError`.
    """
    if path.is_dir():
        path /= manifest.MANIFEST
    reader: Reader = _of_manifest if path.suffix == ".json" else _of_file
    return reader(path, sha256, pins)


def _of_manifest(path: Path, sha256: str | None, _: Any) -> Facts:
    if sha256 and checked(sha256, "--sha256") not in manifest.hashes(path):
        raise ModelError("the manifest is of another model than the one pinned", str(path), "give the one beside it")
    return manifest.facts(path)


def _of_file(path: Path, sha256: str | None, pins: Any) -> Facts:
    if path.suffix in _OTHERS:
        hint = f"give {manifest.MANIFEST} beside it, or the joblib file"
        raise ModelError(f"{_OTHERS[path.suffix]} files are not read", str(path), hint)
    raw, found = pinned(path, sha256, pins)
    model, notes = _loaded(raw, path)
    facts = pipeline.facts(model, str(path), found)
    facts = replace(facts, notes=notes)
    beside = path.with_name(manifest.MANIFEST)
    is_named = beside.is_file() and found in manifest.hashes(beside)
    return facts.completed(manifest.facts(beside)) if is_named else facts


def _loaded(raw: bytes, path: Path) -> tuple[Any, tuple[str, ...]]:
    """Unpickle bytes that are pinned; what scikit-learn warns of, such as another version, is noted."""
    try:
        joblib = import_module("joblib")
    except ImportError as error:
        raise ModelError("joblib is not installed, which reads model files", str(path), _INSTALL) from error
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = joblib.load(io.BytesIO(raw))
    except (AttributeError, ImportError) as error:
        hint = f"install what it was trained with: {_INSTALL}, and its own modules"
        raise ModelError(f"the model needs what is not here: {error}", str(path), hint) from error
    except _UNREADABLE as error:
        what = f"no model in this file: {type(error).__name__}: {error}"
        raise ModelError(what, str(path), "give a file that joblib or pickle wrote") from error
    versions = [str(entry.message) for entry in caught if type(entry.message).__name__ == "InconsistentVersionWarning"]
    return model, tuple(text.partition(".This")[0].partition(". This")[0] for text in versions[:1])
