"""The values of `prove400.model` as JSON values and back, driven by their annotations.

A field added to the model is written and read without a change here; a document that lacks a field with a default, one
of an older release, still loads.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from prove400 import pointer
from prove400.errors import ReportError

_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_LISTED: dict[Any, Callable[[list[Any]], Any]] = {tuple: tuple, frozenset: frozenset, Sequence: tuple}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # C0 and C1 but for tab and line breaks


def encode(value: Any) -> Any:
    """Give the JSON value: records as objects, sets sorted, bytes as ``{"text": …}`` or ``{"base64": …}``."""
    if is_dataclass(value):
        members = ((field, getattr(value, field.name)) for field in fields(value))
        return {f.name: encode(item) for f, item in members if item != f.default or "sparse" not in f.metadata}
    if isinstance(value, dict):
        return {key: encode(item) for key, item in sorted(value.items())}
    if isinstance(value, frozenset):
        return sorted(encode(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [encode(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes):
        return _encode_bytes(value)
    if isinstance(value, float) and not math.isfinite(value):
        return next((name for name, number in _NOT_FINITE.items() if number == value), "NaN")
    return str(value) if isinstance(value, StrEnum) else value


def _encode_bytes(raw: bytes) -> dict[str, str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}
    if _CONTROL.search(text):
        return {"base64": base64.b64encode(raw).decode("ascii")}
    return {"text": text}


def decode(kind: Any, value: Any, where: str = "") -> Any:
    """Read a JSON value as an annotation says; raises `ReportError` with the place of what does not fit."""
    if kind is Any:
        return value
    if is_dataclass(kind):
        return _record(kind, value, where)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(kind, value, where)
    if origin in _LISTED:
        return _LISTED[origin](_items(kind, value, where))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _member(kind, value, where)
    return _READERS[kind](value, where)


def misfit(wanted: str, value: Any, where: str) -> ReportError:
    """Make the error for a value that is not what its place wants."""
    shown = repr(value)[:60]
    return ReportError(f"expected {wanted}, found {shown}", where, "write the report again with `--report json=PATH`")


@cache
def _annotations(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _record(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise misfit("an object", value, where)
    unknown = value.keys() - _annotations(kind).keys()
    if unknown:
        place = pointer.join(where, min(unknown))
        raise ReportError("unknown member", place, "the document may come from a newer prove400")
    return kind(
        **{
            f.name: decode(_annotations(kind)[f.name], value[f.name], pointer.join(where, f.name))
            for f in fields(kind)
            if _present(f, value, where)
        }
    )


def _present(field: Any, value: dict[str, Any], where: str) -> bool:
    if field.name in value:
        return True
    if field.default is MISSING and field.default_factory is MISSING:
        raise misfit(f"a member {field.name!r}", value, where)
    return False


def _optional(kind: Any, value: Any, where: str) -> Any:
    if value is None:
        return None
    (inner,) = (arm for arm in get_args(kind) if arm is not type(None))
    return decode(inner, value, where)


def _items(kind: Any, value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit("an array", value, where)
    kinds = get_args(kind)
    if get_origin(kind) is not tuple or kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise misfit(f"an array of {len(kinds)}", value, where)
    pairs = enumerate(zip(kinds, value, strict=True))
    return [decode(inner, item, pointer.join(where, index)) for index, (inner, item) in pairs]


def _member(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    if value not in list(kind):
        raise misfit(f"one of {', '.join(kind)}", value, where)
    return kind(value)


def _exactly(kind: type, wanted: str) -> Callable[[Any, str], Any]:
    def read(value: Any, where: str) -> Any:
        if type(value) is not kind:  # a bool is no number here
            raise misfit(wanted, value, where)
        return value

    return read


def _float(value: Any, where: str) -> Any:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if type(value) not in (int, float):
        raise misfit("a number", value, where)
    return value


def _bytes(value: Any, where: str) -> bytes:
    match value:
        case {"text": str(text), **rest} if not rest:
            return text.encode("utf-8", "surrogatepass")
        case {"base64": str(text), **rest} if not rest:
            try:
                return base64.b64decode(text, validate=True)
            except binascii.Error as error:
                raise misfit("base64", text, pointer.join(where, "base64")) from error
    raise misfit('bytes as {"text": …} or {"base64": …}', value, where)


_READERS: dict[Any, Callable[[Any, str], Any]] = {
    str: _exactly(str, "a string"),
    int: _exactly(int, "an integer"),
    bool: _exactly(bool, "true or false"),
    float: _float,
    bytes: _bytes,
}
