"""Parameter texts → values, by style and by the types that the schema admits (OpenAPI 3.1 section 4.8.12).

A text that does not spell a value of any type that the schema admits stays a string, so that the validator sees a
`type` violation. Numbers and booleans are spelled as in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote, unquote_plus

from prove400.errors import StrictJSONError
from prove400.model import Operation, Parameter, Part, Request
from prove400.serialization import STYLES, Code, Field, Pairs, Shape, belonging, decoded_name, percent_encode
from prove400.validation.routes import PathTemplate, path_template
from prove400.validation.strict_json import parse
from prove400.validation.types import ALL, AdmittedTypes, Path

_SPELLINGS = {
    "null": re.compile(r"null"),
    "boolean": re.compile(r"true|false"),
    "integer": re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.0+)?"),
    "number": re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"),
}
_RESPELLED = {
    "boolean": re.compile(r"true|false|yes|no|on|off|[01]", re.IGNORECASE),
    "integer": re.compile(r"\s*[+-]?[0-9]+(?:\.0*)?(?:[eE]\+?[0-9]+)?\s*"),
}
"""Type → texts that some servers take for its values: 17.0 is an integer in JSON Schema, its text in no standard."""
_CONTAINERS = {"array": "[", "object": "{"}
DECODERS: dict[Part, Code] = {
    Part.PATH: partial(unquote, errors="strict"),
    Part.QUERY: partial(unquote_plus, errors="strict"),
    Part.HEADER: lambda text: text.strip(" \t"),
    Part.COOKIE: partial(unquote, errors="strict"),
}
"""Part → what makes of its raw text the text meant; header fields are not percent-encoded."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A value that is read already: the JSON of a `content` parameter or of a part."""

    value: Any


def value_of(text: str, types: frozenset[str], *, inside: bool = False) -> Any:
    """Give the value that a text spells under the types admitted; inside a value, JSON text spells containers too."""
    if types == ALL:
        return text
    spelled = any(name in types and form.fullmatch(text) for name, form in _SPELLINGS.items())
    if spelled or (inside and any(name in types and text.startswith(mark) for name, mark in _CONTAINERS.items())):
        try:
            return parse(text.encode())
        except StrictJSONError:
            return text
    return text


def is_respelled(value: Any, types: frozenset[str]) -> bool:
    """Tell whether a parameter's value, as `value_of` gives it, was written as no standard says it is or is not."""
    if isinstance(value, float):
        return "number" not in types
    respelled = (name in types and form.fullmatch(value) for name, form in _RESPELLED.items() if isinstance(value, str))
    return "string" not in types and any(respelled)


@dataclass(frozen=True, slots=True)
class Typing:
    """What gives the texts of one value their types."""

    types: AdmittedTypes
    location: str  # of the schema; empty: there is none

    def at(self, *path: str | int) -> frozenset[str]:
        """Give the types that the value at a path may have."""
        return self.types.at(self.location, path) if self.location else ALL

    def readings(self, texts: Any) -> Iterator[Any]:
        """Give what texts in lists and dicts may mean: typed as the schema admits, and strings where it admits them.

        Where a schema admits a string beside a number, "1" is both; a request is faulty only where every reading is.
        """
        typed = self._typed(texts, (), plain=False)
        yield typed
        if isinstance(texts, Whole):
            return
        if (plain := self._typed(texts, (), plain=True)) != typed:
            yield plain

    def _typed(self, texts: Any, path: Path, *, plain: bool) -> Any:
        if isinstance(texts, Whole):
            return texts.value
        if isinstance(texts, dict):
            return {name: self._typed(item, (*path, name), plain=plain) for name, item in texts.items()}
        if isinstance(texts, list):
            return [self._typed(item, (*path, index), plain=plain) for index, item in enumerate(texts)]
        types = self.at(*path)
        return texts if plain and "string" in types else value_of(texts, types, inside=bool(path))


def shapes(types: frozenset[str]) -> tuple[Shape, ...]:
    """Give the shapes to read texts as, the plainest first."""
    scalar = (Shape.SCALAR,) if types - {"array", "object"} or not types else ()
    array = (Shape.ARRAY,) if "array" in types else ()
    return scalar + array + ((Shape.OBJECT,) if "object" in types and types != ALL else ())


def query_pairs(text: str) -> Pairs:
    """Give the names and texts of a query or form, still encoded."""
    return tuple((name, value) for name, _, value in (pair.partition("=") for pair in text.split("&") if pair))


def raw_pairs(part: Part, operation: Operation, request: Request) -> Iterator[Pairs]:
    """Give the names and texts, still encoded, that one part of a request holds; header names in lower case.

    A path may be shared in several ways among expressions that stand side by side; each is given, and at least one.
    """
    if part is Part.PATH:
        own = {p.path_name: p.name for p in operation.parameters if p.part is part}
        for texts in path_template(operation).matches(request.target):
            yield tuple((percent_encode(own.get(name, name)), text) for name, text in texts.items())
    elif part is Part.QUERY:
        yield query_pairs(request.target.partition("?")[2])
    elif part is Part.HEADER:
        yield tuple((name.lower(), value) for name, value in request.headers)
    else:
        fields = (value for name, value in request.headers if name.lower() == "cookie")
        yield tuple(pair for field in fields for pair in _cookie_pairs(field))


def _cookie_pairs(field: str) -> list[tuple[str, str]]:
    pairs = (pair.strip(" \t").partition("=") for pair in field.split(";"))
    return [(name, value) for name, mark, value in pairs if mark]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How a request came of another one: one of its parameters writes other pairs, or none."""

    base: Request
    part: Part
    name: str
    pairs: Pairs

    def read(self, parameter: Parameter, template: PathTemplate, request: Request) -> Pairs | None:
        """Give the pairs as they are read in the request; None where those of others may be read otherwise, too.

        What stands between semicolons or ampersands is read by itself.
        """
        if self.part is Part.COOKIE:
            return tuple(pair for name, text in self.pairs for pair in _cookie_pairs(f"{name}={text}"))
        if self.part is not Part.PATH:
            return self.pairs
        name, before, now = parameter.path_name, template.match(self.base.target), template.match(request.target)
        if not template.is_plain or before is None or now is None or now != {**before, name: now[name]}:
            return None
        return ((percent_encode(parameter.name), now[name]),)


@dataclass(frozen=True, slots=True)
class Texts:
    """What a request holds for one parameter."""

    readings: tuple[Any, ...] = ()  # lists and dicts of texts, one for each shape that they may have
    is_repeated: bool = False  # given several times, and not as an array
    is_empty: bool = False  # given once, with no text


class Held:
    """The pairs of one part of a request, by whose they are."""

    def __init__(self, part: Part, operation: Operation, pairs: Pairs) -> None:
        """Take all pairs of the part."""
        schemes = (s.field for every in operation.security for s in every if s.part is part)
        names = {field_name(p) for p in operation.parameters if p.part is part} | set(schemes)
        self._own: dict[str, list[tuple[int, tuple[str, str]]]] = {}
        self._unclaimed: list[tuple[int, tuple[str, str]]] = []
        for place in enumerate(pairs):
            name = decoded_name(place[1][0])
            (self._own.setdefault(name, []) if name in names else self._unclaimed).append(place)

    def of(self, parameter: Parameter, *, is_open: bool = True) -> Pairs:
        """Give the pairs that may be a parameter's: those of its name, and of one that is open those of nobody's."""
        own = self._own.get(field_name(parameter), [])
        return tuple(pair for _, pair in sorted((*own, *(self._unclaimed if is_open else ()))))

    def rewritten(self, parameter: Parameter, pairs: Pairs, *, is_open: bool = True) -> Pairs | None:
        """Give what `of` gives once a parameter writes other pairs where it writes its own; None where it writes none.

        None, too, where the new ones have another name: they may be anybody's.
        """
        name = field_name(parameter)
        folded = tuple((own.lower(), text) for own, text in pairs) if parameter.part is Part.HEADER else pairs
        start = next((place for place, _ in self._own.get(name, ())), None)
        if start is None or any(decoded_name(own) != name for own, _ in folded):
            return None
        unclaimed = self._unclaimed if is_open else ()
        before = (pair for place, pair in unclaimed if place < start)
        return (*before, *folded, *(pair for place, pair in unclaimed if place > start))


def is_open(parameter: Parameter, types: frozenset[str]) -> bool:
    """Tell whether pairs may be a parameter's that have another name: the members of an object are names themselves."""
    return parameter.style == "deepObject" or Shape.OBJECT in shapes(types)


def field_name(parameter: Parameter) -> str:
    """Give the name of a parameter as it is compared: of header fields in lower case."""
    return parameter.name.lower() if parameter.part is Part.HEADER else parameter.name


def texts_of(parameter: Parameter, pairs: Pairs, types: frozenset[str]) -> Texts:
    """Read a parameter from what `Held` gives for it; raises `UnicodeDecodeError` where that is not UTF-8."""
    name = field_name(parameter)
    field = Field(name, parameter.explode, DECODERS[parameter.part])
    style = parameter.style if parameter.style in STYLES else "form"
    readings, repeated, empty = [], False, False
    asked = (Shape.SCALAR,) if parameter.media_type else (Shape.OBJECT,) if style == "deepObject" else shapes(types)
    for shape in asked:
        exploded = parameter.explode and parameter.part in (Part.QUERY, Part.COOKIE)
        own = belonging(style, name, pairs, shape, explode=exploded)
        empty |= len(own) == 1 and not own[0][1]
        if shape is Shape.SCALAR and len(own) > 1:
            repeated = True
        elif own:
            readings.append(STYLES[style].read(field, own, shape))
    return Texts(tuple(readings), repeated, empty)
