"""Which places an error body names: small readers for the shapes that servers use.

A place is a tuple of reference tokens, with or without the part in front: ``("carat",)``, ``("body", "carat")``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from prove400 import pointer
from prove400.errors import PointerError
from prove400.model import Part

Place = tuple[str, ...]
Entry = tuple[Place, str]
"""A place that an error names, and where only prose tells it, that text."""
_ANY_DEPTH = "**"

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
_LOCATORS = frozenset(LOCATOR_KEYS)
_CONTAINERS = ("errors", "messages", "detail", "details", "fields", "json", "validation_errors", "_schema")
_DOTTED = re.compile(r"\[['\"]?([^\]'\"]*)['\"]?\]")


@lru_cache(maxsize=1024)
def from_text(text: str) -> Place | None:
    """Read a JSON Pointer (also as a URI fragment, RFC 6901 section 6), or a dotted or bracketed path.

    A pointer with a bad escape names no place: None.
    """
    if text.startswith("#"):
        text = unquote(text[1:])
    if text.startswith("/"):
        try:
            return tuple(pointer.tokens(text))
        except PointerError:
            return None
    dotted = _DOTTED.sub(r".\1", text.removeprefix("$"))
    return tuple(token for token in dotted.split(".") if token)


def at_any_depth(name: str) -> Place:
    """Give the place of a name that an error tells without what is around it."""
    return (_ANY_DEPTH, name)


def from_value(value: Any) -> Place | None:
    """Read what a locator member holds: a text, a list of tokens, or an object around one (JSON:API's `source`)."""
    if isinstance(value, str):
        return from_text(value)
    if isinstance(value, list) and all(isinstance(token, str | int) for token in value):
        return tuple(str(token) for token in value)
    if isinstance(value, dict):
        inner = (value[key] for key in LOCATOR_KEYS if key in value)
        return next((place for item in inner if (place := from_value(item)) is not None), _header(value))
    return None


def _header(source: dict[str, Any]) -> Place | None:
    """Read the header that JSON:API's `source` names (JSON:API 1.1, "Error Objects")."""
    name = source.get("header")
    return (str(Part.HEADER), name) if isinstance(name, str) else None


def entries(body: Any) -> Iterator[tuple[Place, Any]]:
    """Give every place that an error body names, with the value whose texts stand beside it."""
    if isinstance(body, list):
        for item in body:
            yield from entries(item)
    if not isinstance(body, dict):
        return
    for key in () if _LOCATORS.isdisjoint(body) else LOCATOR_KEYS:
        if key in body and (place := from_value(body[key])) is not None:
            yield place, body
    for key, value in body.items():
        if isinstance(value, dict | list):
            if key in _CONTAINERS and isinstance(value, dict):
                yield from _keyed(value, ())
            yield from entries(value)


def _keyed(errors: dict[str, Any], above: Place) -> Iterator[tuple[Place, Any]]:
    """Read errors keyed by name, nested as the value is (marshmallow, Django REST framework, Rails)."""
    for name, value in errors.items():
        place = above if name in _CONTAINERS else (*above, str(name))
        yield place, value
        if isinstance(value, dict):
            yield from _keyed(value, place)


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_text_of(item) for item in value.values())
    return " ".join(map(_text_of, value)) if isinstance(value, list) else str(value)


def names_place(body: Any, part: Part, location: str, *, below: bool = False) -> bool:
    """Tell whether an error body names a location of a part: exactly, or `below` it too.

    What stands inside a parameter may be named by the parameter alone, or by its own name where it has one: the text
    that a client wrote is the whole of it.
    """
    return any(names(place, part, location, below=below) for place, _ in entries(body))


@lru_cache(maxsize=1024)
def names(place: Place, part: Part, location: str, *, below: bool = False) -> bool:
    """Tell whether a place that an error names is a location of a part: as `names_place` does."""
    tokens = tuple(pointer.tokens(location))
    if place[:1] == (_ANY_DEPTH,):
        return place[1:] == tokens[-len(place) + 1 :]
    whole = (tokens[:1], (str(part), *tokens[:1])) if part is not Part.BODY else ()
    member = (tokens[-1:],) if part is not Part.BODY and tokens and not tokens[-1].isdecimal() else ()
    wanted = tuple(_folded(part, want) for want in (tokens, (str(part), *tokens), *whole, *member))
    found = _folded(part, place)
    return any(found == want or (below and found[: len(want)] == want) for want in wanted)


def names_member_at_parent(body: Any, part: Part, location: str) -> bool:
    """Tell whether an error body names the object around a member, with the member's name in the text."""
    *around, name = pointer.tokens(location) or [""]
    wanted = (_folded(part, tuple(around)), _folded(part, (str(part), *around)))
    word = _word(part, name)
    return any(_folded(part, place) in wanted and word.search(_text_of(beside)) for place, beside in entries(body))


def _folded(part: Part, place: Place) -> Place:
    """Give a place as it is compared: the case of a header's name means nothing (RFC 9110 section 5.1)."""
    return tuple(token.lower() for token in place) if part is Part.HEADER else place


def names_word(name: str, part: Part, text: str) -> bool:
    """Tell whether a text has a name that stands for itself."""
    return _word(part, name).search(text) is not None


def _word(part: Part, name: str) -> re.Pattern[str]:
    """Give the pattern of a name that stands for itself in a text: not inside a longer one, such as ``x-name``."""
    flags = re.IGNORECASE if part is Part.HEADER else re.NOFLAG
    return re.compile(rf"(?<!\w)(?<!\w-){re.escape(name)}(?!\w|-\w)", flags)
