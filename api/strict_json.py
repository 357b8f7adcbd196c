"""Bytes to a JSON value, with nothing let through that RFC 8259 or RFC 7493 warns of.

Python's own parser accepts NaN, Infinity, duplicate names, lone surrogates and numbers
that overflow to infinity; each of them is a flaw here, with its location.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING

import orjson

from api.pointer import SURROGATE, extend

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 32
"""Levels of nesting, unless told otherwise; far below Python's recursion limit, so it is never reached."""

MOST_DIGITS = 640
"""Digits of an integer: as many as Python converts however its own limit is set
(sys.int_info.str_digits_check_threshold). A double overflows at 310."""

# Possessive, and without demanding the closing quote, so that a scan is linear in the
# text even where it is hostile (quotes without end, runs of backslashes).
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


MOST_FLAWS = 1000
"""Flaws that are listed, unless told otherwise; a text of a quarter of a megabyte has room for 65,000."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One way in which the bytes are not strict JSON: a slug and where it stands."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Document:
    """The value that was read, meaningful only where there are no flaws."""

    value: object
    flaws: tuple[Flaw, ...] = ()


class _Members(tuple[tuple[str, object], ...]):
    """An object's members as they stand in the text, duplicates included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A literal that stands where a value should."""

    code: str
    detail: str


def parse(raw: bytes, deepest: int = DEEPEST, most: int = MOST_FLAWS) -> Document:
    """Read `raw` as one strict JSON text, and list its flaws; never raises.

    Encoding, depth and syntax end the reading at their first flaw; duplicate names,
    surrogates and numbers are listed, each at its pointer, until there are `most`.
    """
    is_shallow = raw.count(b"[") + raw.count(b"{") <= deepest
    if is_shallow and (value := _at_once(raw)) is not None:
        return Document(value)
    if raw.startswith(b"\xef\xbb\xbf"):
        return _flawed("json.encoding", "begins with a byte order mark")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _flawed("json.encoding", f"is not UTF-8 from byte {error.start} on")
    if not is_shallow and _depth(text) > deepest:
        return _flawed("json.depth", f"is nested deeper than {deepest} levels")
    value = None if is_shallow else _at_once(raw)
    return _closely(text, most) if value is None else Document(value)


def _closely(text: str, most: int) -> Document:
    """Read what is flawed, or beyond what can be told at once."""
    try:
        tree = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        return _flawed("json.syntax", f"is not JSON: {error.msg} at {place}")
    flaws = tuple(islice(_flaws(tree, ""), most))
    return Document(None if flaws else _settled(tree), flaws)


def _at_once(raw: bytes) -> object:
    """Read what has no flaw, at little cost; None where only a closer look can tell, or say what is wrong.

    orjson refuses every flaw but a name that stands twice, where the last one wins: then the objects have fewer members
    than the text has colons. It reads integers beyond 64 bits as doubles.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    colons = raw.count(b":")
    is_flat = type(value) is dict and len(value) == colons
    return value if is_flat or _members(value) == colons else None


def _members(value: object) -> int:
    """Count the members of all objects in a value."""
    if isinstance(value, dict):
        return len(value) + sum(_members(item) for item in value.values() if isinstance(item, (dict, list)))
    return sum(map(_members, value)) if isinstance(value, list) else 0


def _flawed(code: str, detail: str) -> Document:
    """Give a document with one flaw at its root."""
    return Document(None, (Flaw("", code, detail),))


def _depth(text: str) -> int:
    """Count the deepest nesting of brackets outside strings."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _constant(name: str) -> _Unusable:
    """Refuse NaN, Infinity and -Infinity, which Python reads as numbers."""
    return _Unusable("json.syntax", f"is {name}, which JSON does not know")


def _integer(digits: str) -> int | _Unusable:
    """Read an integer, unless it has more digits than Python converts."""
    if len(digits.lstrip("-")) > MOST_DIGITS:
        return _Unusable("json.number", f"has more than {MOST_DIGITS} digits")
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_constant=_constant,
    parse_int=_integer,
)


def _flaws(node: object, pointer: str) -> Iterator[Flaw]:
    """Find the flaws of what the decoder built, in the order of the text."""
    if isinstance(node, _Members):
        yield from _flaws_of_members(node, pointer)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _flaws(item, extend(pointer, index))
    elif isinstance(node, _Unusable):
        yield Flaw(pointer, node.code, node.detail)
    elif isinstance(node, float) and not isfinite(node):  # NaN and Infinity are unusable by now
        yield Flaw(pointer, "json.number", "overflows")
    elif isinstance(node, str) and SURROGATE.search(node):
        yield Flaw(pointer, "json.surrogate", "holds a lone surrogate")


def _flaws_of_members(members: _Members, pointer: str) -> Iterator[Flaw]:
    """Find duplicate and broken names, the former once, and the flaws of what they name."""
    seen: Counter[str] = Counter()
    for name, node in members:
        place = extend(pointer, name)
        if not name.isascii() and SURROGATE.search(name):
            yield Flaw(place, "json.surrogate", "has a lone surrogate in its name")
        seen[name] += 1
        if seen[name] == 2:  # noqa: PLR2004 - the second of its name
            yield Flaw(place, "json.duplicate-name", "is named more than once")
        yield from _flaws(node, place)


def _settled(node: object) -> object:
    """Turn what the decoder built, and has no flaws, into plain values."""
    if isinstance(node, _Members):
        return {name: _settled(inner) for name, inner in node}
    return [_settled(item) for item in node] if isinstance(node, list) else node
