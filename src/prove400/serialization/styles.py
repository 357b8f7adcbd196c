"""Parameter styles: value → name and text pairs, and back (OpenAPI 3.1 section 4.8.12, RFC 6570 section 3.2).

A style writes pairs as they stand in the request, percent-encoded where their part asks for it; the pairs of a path
or header parameter have a text only. Reading gives strings, lists and dicts of strings: which value a string spells
is the schema's to say. A text that has not the shape asked for is given as one string.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from prove400.serialization.json_text import scalar_text

Pairs = tuple[tuple[str, str], ...]
"""(name, text), as they stand in the request."""
Code = Callable[[str], str]
"""Percent-encodes a text, or decodes it; raises `UnicodeDecodeError` where the bytes are not UTF-8."""


class Shape(StrEnum):
    """What a style may be asked to read."""

    SCALAR = "scalar"
    ARRAY = "array"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Example:
    """A value and how it is written, both ways true; names are ``color`` throughout."""

    value: Any  # of strings, as reading gives it
    text: str  # as it stands in a path, query or header
    explode: bool = False

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        if isinstance(self.value, dict):
            return Shape.OBJECT
        return Shape.ARRAY if isinstance(self.value, list) else Shape.SCALAR


@dataclass(frozen=True, slots=True)
class Field:
    """The parameter or property that is written or read."""

    name: str
    explode: bool
    code: Code  # encodes when writing, decodes when reading


Write = Callable[[Field, Any], Pairs]
Read = Callable[[Field, Pairs, Shape], Any]


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write parameters, and its inverse."""

    write: Write
    read: Read
    examples: tuple[Example, ...]


def percent_encode(text: str, safe: str = "") -> str:
    """Percent-encode as UTF-8 all but the unreserved characters of RFC 3986 and `safe`."""
    return _quoted(text, safe) if len(text) <= _SHORT else quote(text, safe=safe + "~", errors="surrogatepass")


@lru_cache(maxsize=4096)
def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe + "~", errors="surrogatepass")


_SHORT = 64
"""Characters of a text that is written so often that it is kept."""


def _texts(value: Any, encode: Code) -> list[str]:
    """Give the encoded texts of a value: its items, names and values in turn, or itself."""
    if isinstance(value, dict):
        return [encode(text) for name, item in value.items() for text in (name, scalar_text(item))]
    items = value if isinstance(value, list) else [value]
    return [encode(scalar_text(item)) for item in items]


def _assignments(value: dict[str, Any], encode: Code) -> list[str]:
    return [f"{encode(name)}={encode(scalar_text(item))}" for name, item in value.items()]


def _joined(value: Any, encode: Code, delimiter: str, *, explode: bool) -> str:
    assigned = explode and isinstance(value, dict)
    return delimiter.join(_assignments(value, encode) if assigned else _texts(value, encode))


def collected(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Give the object that pairs make; what a name has several times becomes a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _assigned(texts: list[str], decode: Code) -> dict[str, Any] | None:
    halves = [text.partition("=") for text in texts]
    if not all(mark for _, mark, _ in halves):
        return None
    return collected((decode(name), decode(text)) for name, _, text in halves)


def _split(texts: list[str], shape: Shape, decode: Code, *, explode: bool) -> Any:
    """Give the array or object that texts between delimiters make, or None where they make none."""
    if shape is Shape.ARRAY:
        return [decode(text) for text in texts]
    if explode:
        return _assigned(texts, decode)
    if len(texts) % 2:
        return None
    return collected((decode(name), decode(text)) for name, text in zip(texts[::2], texts[1::2], strict=True))


def _parted(text: str, shape: Shape, decode: Code, delimiter: str, *, explode: bool) -> Any:
    if shape is Shape.SCALAR:
        return decode(text)
    found = _split(text.split(delimiter), shape, decode, explode=explode)
    return decode(text) if found is None else found


def _write_simple(field: Field, value: Any) -> Pairs:
    return ((field.name, _joined(value, field.code, ",", explode=field.explode)),)


def _read_simple(field: Field, pairs: Pairs, shape: Shape) -> Any:
    """Several header fields of one name are one list (RFC 9110 section 5.3)."""
    return _parted(",".join(text for _, text in pairs), shape, field.code, ",", explode=field.explode)


def _write_label(field: Field, value: Any) -> Pairs:
    delimiter = "." if field.explode else ","
    return ((field.name, "." + _joined(value, field.code, delimiter, explode=field.explode)),)


def _read_label(field: Field, pairs: Pairs, shape: Shape) -> Any:
    text = pairs[0][1]
    if not text.startswith("."):
        return field.code(text)
    return _parted(text[1:], shape, field.code, "." if field.explode else ",", explode=field.explode)


def _write_matrix(field: Field, value: Any) -> Pairs:
    if field.explode and isinstance(value, dict):
        return ((field.name, "".join(f";{text}" for text in _assignments(value, field.code))),)
    name, texts = field.code(field.name), _texts(value, field.code)
    values = texts if field.explode and isinstance(value, list) else [",".join(texts)]
    return ((field.name, "".join(f";{name}={text}" if text else f";{name}" for text in values)),)


def _read_matrix(field: Field, pairs: Pairs, shape: Shape) -> Any:
    text, decode = pairs[0][1], field.code
    halves = [part.partition("=") for part in text.split(";")[1:]]
    if not text.startswith(";"):
        return decode(text)
    if field.explode and shape is Shape.OBJECT:
        return collected((decode(own), decode(value)) for own, _, value in halves)
    if any(decode(own) != field.name for own, _, _ in halves):
        return decode(text)
    if field.explode and shape is Shape.ARRAY:
        return [decode(value) for _, _, value in halves]
    return decode(text) if len(halves) > 1 else _parted(halves[0][2], shape, decode, ",", explode=False)


def _delimited(delimiter: str, decoded: str) -> tuple[Write, Read]:
    """Make a style that joins with a delimiter, which two of the three percent-encode (OpenAPI 3.1.1 appendix E)."""

    def write(field: Field, value: Any) -> Pairs:
        name, encode = field.code(field.name), field.code
        if value in ([], {}):
            return ()  # undefined: nothing is written (RFC 6570 section 2.3)
        if field.explode and isinstance(value, dict):
            return tuple((encode(own), encode(scalar_text(item))) for own, item in value.items())
        if field.explode and isinstance(value, list):
            return tuple((name, text) for text in _texts(value, encode))
        return ((name, _joined(value, encode, delimiter, explode=False)),)

    def read(field: Field, pairs: Pairs, shape: Shape) -> Any:
        decode = field.code
        if shape is Shape.SCALAR:
            return decode(pairs[0][1])
        if field.explode and shape is Shape.OBJECT:
            return collected((decode(own), decode(text)) for own, text in pairs)
        if field.explode:
            return [decode(text) for _, text in pairs]
        # A delimiter that is sent percent-encoded can be seen only once the text is decoded.
        early = delimiter != decoded
        texts = [part for _, text in pairs for part in (decode(text) if early else text).split(decoded)]
        found = _split(texts, shape, str if early else decode, explode=False)
        return decode(pairs[0][1]) if found is None else found

    return write, read


def _write_deep(field: Field, value: Any) -> Pairs:
    return tuple(_deep(field.code(field.name), value, field.code))


def _deep(name: str, value: Any, encode: Code) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for own, item in value.items():
            yield from _deep(f"{name}%5B{encode(own)}%5D", item, encode)
    else:
        yield from ((name, text) for text in _texts(value, encode))


def _read_deep(field: Field, pairs: Pairs, shape: Shape) -> Any:
    """Nested brackets make nested objects: the specification leaves them open, and servers agree."""
    steps = [(field.code(own)[len(field.name) :], field.code(text)) for own, text in pairs]
    if shape is not Shape.OBJECT or not all(own.startswith("[") and own.endswith("]") for own, _ in steps):
        return steps[0][1]
    return _nested([(own[1:-1].split("]["), text) for own, text in steps])


def _nested(steps: list[tuple[list[str], str]]) -> dict[str, Any]:
    below: dict[str, list[tuple[list[str], str]]] = {}
    for (first, *rest), text in steps:
        below.setdefault(first, []).append((rest, text))
    return {
        name: _nested(inner) if all(rest for rest, _ in inner) else collected((name, text) for _, text in inner)[name]
        for name, inner in below.items()
    }


_WORDS, _MAP = ["blue", "black", "brown"], {"R": "100", "G": "200", "B": "150"}

STYLES = {
    "simple": Style(
        _write_simple,
        _read_simple,
        (
            Example("blue", "blue"),
            Example(_WORDS, "blue,black,brown"),
            Example(_MAP, "R,100,G,200,B,150"),
            Example(_MAP, "R=100,G=200,B=150", explode=True),
        ),
    ),
    "label": Style(
        _write_label,
        _read_label,
        (
            Example("", "."),
            Example("blue", ".blue"),
            Example(_WORDS, ".blue,black,brown"),
            Example(_WORDS, ".blue.black.brown", explode=True),
            Example(_MAP, ".R,100,G,200,B,150"),
            Example(_MAP, ".R=100.G=200.B=150", explode=True),
        ),
    ),
    "matrix": Style(
        _write_matrix,
        _read_matrix,
        (
            Example("", ";color"),
            Example("blue", ";color=blue"),
            Example(_WORDS, ";color=blue,black,brown"),
            Example(_WORDS, ";color=blue;color=black;color=brown", explode=True),
            Example(_MAP, ";color=R,100,G,200,B,150"),
            Example(_MAP, ";R=100;G=200;B=150", explode=True),
        ),
    ),
    "form": Style(
        *_delimited(",", ","),
        (
            Example("", "color="),
            Example("blue", "color=blue"),
            Example("a b&c,d", "color=a%20b%26c%2Cd"),
            Example(_WORDS, "color=blue,black,brown"),
            Example(["a,b", "c"], "color=a%2Cb,c"),
            Example(_WORDS, "color=blue&color=black&color=brown", explode=True),
            Example(_MAP, "color=R,100,G,200,B,150"),
            Example(_MAP, "R=100&G=200&B=150", explode=True),
        ),
    ),
    "spaceDelimited": Style(
        *_delimited("%20", " "),
        (
            Example(_WORDS, "color=blue%20black%20brown"),
            Example(_WORDS, "color=blue&color=black&color=brown", explode=True),
            Example(_MAP, "color=R%20100%20G%20200%20B%20150"),
        ),
    ),
    "pipeDelimited": Style(
        *_delimited("%7C", "|"),
        (
            Example(_WORDS, "color=blue%7Cblack%7Cbrown"),
            Example(_WORDS, "color=blue&color=black&color=brown", explode=True),
            Example(_MAP, "color=R%7C100%7CG%7C200%7CB%7C150"),
        ),
    ),
    "deepObject": Style(
        _write_deep,
        _read_deep,
        (
            Example(_MAP, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150", explode=True),
            Example(
                {"a": {"b": "1"}, "c": ["x", "y"]}, "color%5Ba%5D%5Bb%5D=1&color%5Bc%5D=x&color%5Bc%5D=y", explode=True
            ),
        ),
    ),
}
"""Style → how it writes and reads, with examples in which both ways are true."""


def belonging(  # noqa: PLR0913 — what tells whose a pair is
    style: str, name: str, pairs: Pairs, shape: Shape, *, explode: bool, claimed: frozenset[str] = frozenset()
) -> Pairs:
    """Give the pairs of a query, cookie field or form that are one parameter's; `claimed` names are others'.

    An exploded object has no name of its own in the text: its members are what nobody else claims.
    """
    named = [(decoded_name(own), (own, text)) for own, text in pairs]
    if style == "deepObject":
        return tuple(pair for own, pair in named if own == name or own.startswith(f"{name}["))
    if shape is Shape.OBJECT and explode:
        return tuple(pair for own, pair in named if own not in claimed)
    return tuple(pair for own, pair in named if own == name)


@lru_cache(maxsize=4096)
def decoded_name(text: str) -> str:
    """Give the name that a query or form writes: ``sort+by`` and ``sort%20by`` are ``sort by``."""
    return unquote(text.replace("+", " "), errors="replace")
