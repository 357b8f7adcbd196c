"""Which places an error body names: small readers for the shapes that servers use.

A place is a tuple of reference tokens, with or without the part in front: ``("carat",)``, ``("body", "carat")``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from prove400 import pointer
from prove400.model import Part

Place = tuple[str, ...]

LOCATOR_KEYS = (
    "pointer",
    "instancePath",
    "instance_path",
    "loc",
    "path",
    "field",
    "property",
    "parameter",
    "param",
    "name",
    "location",
    "source",
    "key",
    "attribute",
)
"""Members of an error entry that say where: RFC 9457's `pointer`, ajv's, pydantic's, Spring's, JSON:API's, …"""
_CONTAINERS = ("errors", "messages", "detail", "details", "fields", "json", "validation_errors", "_schema")
_DOTTED = re.compile(r"\[['\"]?([^\]'\"]*)['\"]?\]")


def from_text(text: str) -> Place:
    """Read a JSON Pointer (also as a URI fragment), or a dotted or bracketed path."""
    text = text.removeprefix("#")
    if text.startswith("/"):
        return tuple(pointer.tokens(text))
    dotted = _DOTTED.sub(r".\1", text.removeprefix("$"))
    return tuple(token for token in dotted.split(".") if token)


def from_value(value: Any) -> Place | None:
    """Read what a locator member holds: a text, a list of tokens, or an object around one (JSON:API's `source`)."""
    if isinstance(value, str):
        return from_text(value)
    if isinstance(value, list) and all(isinstance(token, str | int) for token in value):
        return tuple(str(token) for token in value)
    if isinstance(value, Mapping):
        inner = (value[key] for key in LOCATOR_KEYS if key in value)
        return next((place for item in inner if (place := from_value(item)) is not None), None)
    return None


def entries(body: Any) -> Iterator[tuple[Place, str]]:
    """Give every place that an error body names, with the text that stands beside it."""
    if isinstance(body, list):
        for item in body:
            yield from entries(item)
    if not isinstance(body, Mapping):
        return
    for key in LOCATOR_KEYS:
        if key in body and (place := from_value(body[key])) is not None:
            yield place, _text_of(body)
    for key, value in body.items():
        if key in _CONTAINERS and isinstance(value, Mapping):
            yield from _keyed(value, ())
        yield from entries(value)


def _keyed(errors: Mapping[str, Any], above: Place) -> Iterator[tuple[Place, str]]:
    """Read errors keyed by name, nested as the value is (marshmallow, Django REST framework, Rails)."""
    for name, value in errors.items():
        place = above if name in _CONTAINERS else (*above, str(name))
        yield place, _text_of(value)
        if isinstance(value, Mapping):
            yield from _keyed(value, place)


def _text_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_text_of(item) for item in value.values())
    return " ".join(map(_text_of, value)) if isinstance(value, list) else str(value)


def names_place(body: Any, part: Part, location: str, *, below: bool = False) -> bool:
    """Tell whether an error body names a location of a part: exactly, or `below` it too."""
    tokens = tuple(pointer.tokens(location))
    wanted = (tokens, (str(part), *tokens), *(((*tokens[-1:],),) if part is not Part.BODY else ()))
    return any(place == want or (below and place[: len(want)] == want) for place, _ in entries(body) for want in wanted)


def names_member_at_parent(body: Any, part: Part, location: str) -> bool:
    """Tell whether an error body names the object around a member, with the member's name in the text."""
    *around, name = pointer.tokens(location) or [""]
    wanted = (tuple(around), (str(part), *around))
    return any(place in wanted and name in text for place, text in entries(body))
