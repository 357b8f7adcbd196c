"""Facts from the manifest that training writes beside a model: plain JSON, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prove400.audit.facts import Categories, Facts, Feature, Kind, Range
from prove400.errors import ModelError, StrictJSONError
from prove400.validation import parse

MANIFEST = "manifest.json"
_HINT = 'a manifest has "sha256" and "features", each with a "name" and a "type"; or give the model file'


def read(path: Path) -> Mapping[str, Any]:
    """Give a manifest as written; raises `ModelError` where the file is none."""
    try:
        found = parse(path.read_bytes())
    except OSError as error:
        raise ModelError(f"cannot read the manifest: {error.strerror}", str(path), _HINT) from error
    except StrictJSONError as error:
        raise ModelError(f"the manifest is no JSON: {error.what}", str(path), _HINT) from error
    if not isinstance(found, dict):
        raise ModelError("the manifest is no object", str(path), _HINT)
    return found


def hashes(path: Path) -> tuple[str, ...]:
    """Give the sha256 of every model file that a manifest names, the one that is served first.

    It stands in `sha256`, and for other formats in each of `others`; or in `files`, by name.
    """
    content = read(path)
    files = content.get("files", {})
    listed = [content, *_list(content.get("others")), *(files.values() if isinstance(files, dict) else _list(files))]
    named = (entry.get("sha256") if isinstance(entry, dict) else entry for entry in listed)
    return tuple(dict.fromkeys(text.lower() for text in named if isinstance(text, str)))


def facts(path: Path) -> Facts:
    """Give what a manifest tells of its model; raises `ModelError` where it tells of no feature, or not as it must."""
    content = read(path)
    listed = content.get("features")
    if not (isinstance(listed, list) and listed):
        raise ModelError("the manifest names no features", str(path), _HINT)
    output, classes = content.get("output_schema"), content.get("classes")
    return Facts(
        source=str(path),
        sha256=next(iter(hashes(path)), ""),
        features=tuple(_feature(entry, f"{path}#/features/{index}") for index, entry in enumerate(listed)),
        classes=tuple(_list(classes)),
        output=output if isinstance(output, dict) else None,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _feature(entry: Any, where: str) -> Feature:
    name, kind = (entry.get("name"), entry.get("type")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or kind not in _READERS:
        raise ModelError("a feature of the manifest is malformed", where, f"its type is one of: {', '.join(_READERS)}")
    found = _READERS[kind](entry, where)
    description, unit = entry.get("description"), entry.get("unit")
    return Feature(**{**found, "name": name, "source": where, "description": _described(description, unit)})


def _described(description: Any, unit: Any) -> str:
    said = description if isinstance(description, str) else ""
    return f"{said}. Unit: {unit}.".removeprefix(". ") if isinstance(unit, str) else said


def _number(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    bounds = [entry.get(name) for name in ("minimum", "maximum")]
    numbers = [bound for bound in bounds if isinstance(bound, int | float) and not isinstance(bound, bool)]
    return {"kind": Kind.NUMBER, "range": Range(numbers[0], numbers[1], where) if numbers == bounds else None}


def _integer(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {**_number(entry, where), "is_integer": True}


def _category(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    values = entry.get("categories")
    if not (isinstance(values, list) and values):
        raise ModelError("a category of the manifest lists no categories", where, _HINT)
    return {"kind": Kind.CATEGORY, "categories": Categories(tuple(values), where)}


def _text(_: Mapping[str, Any], __: str) -> dict[str, Any]:
    return {"kind": Kind.TEXT}


_READERS: dict[str, Callable[[Mapping[str, Any], str], dict[str, Any]]] = {
    "number": _number,
    "integer": _integer,
    "category": _category,
    "text": _text,
}
"""Type of a feature → what reads its entry."""
