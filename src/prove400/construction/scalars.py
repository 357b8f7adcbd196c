"""Candidates for numbers and texts: what the keywords at a place make interesting, and plain values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from prove400.construction.facts import Facts
from prove400.construction.patterns import MOST_CHARACTERS, matching
from prove400.serialization.contents import coding_of, contents, holds_json

FORMATS = {
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/a",
    "iri-reference": "/a",
    "uri-template": "/a/{b}",
    "json-pointer": "/a",
    "relative-json-pointer": "0",
    "regex": "^a$",
    "byte": "YQ==",
}
"""One plain value for each format that a text may have (JSON Schema 2020-12 validation, section 7.3)."""
CONTENT_KEYWORDS = frozenset({"contentEncoding", "contentMediaType"})
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def numbers(facts: Facts, *, integers: bool) -> Iterator[int | float]:
    """Give numbers that may satisfy the facts, plain ones first; the caller checks."""
    own = [facts.goal[1]] if facts.goal and facts.goal[0] in (*_BOUNDS, "multipleOf") else []
    bounds = [b for keyword in _BOUNDS for b in (*facts.all(keyword), *own) if not isinstance(b, bool)]
    factors = [f for f in facts.all("multipleOf") if f > 0]
    low, high = min(bounds, default=None), max(bounds, default=None)
    if factors:
        yield from _multiples(factors, bounds)
    if facts.breaks("multipleOf"):
        yield from _multiples([own[0]], bounds)
    if low is not None and high is not None and low != high:
        middle = (Fraction(str(low)) + Fraction(str(high))) / 2
        yield from (math.floor(middle), float(middle))
    yield from (1, 0, -1)
    for bound in bounds:
        yield from _near(bound)
    if not integers:
        yield from (1.5, 0.5, -0.5, 0.123456789, 1e308)
    yield from (2, 3, 10, 100, -100, 2**53)


def _near(bound: float) -> Iterator[int | float]:
    yield from (bound, bound + 1, bound - 1, math.ceil(bound), math.floor(bound))
    if abs(bound) < 2**53:
        yield from (bound + 0.5, bound - 0.5, math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf))


def _multiples(factors: list[float], bounds: list[float]) -> Iterator[int | float]:
    """Give common multiples near the bounds, then what lies between them."""
    common = _common(factors)
    starts = [math.floor(Fraction(str(bound)) / common) for bound in bounds] or [0]
    for start in starts:
        for step in (0, 1, -1, 2, 3, 5, 7):
            yield _plain(common * (start + step))
    for factor in factors:
        exact = Fraction(str(factor))
        base = common * starts[0]
        for offset in (exact / 2, Fraction(1), exact / 10, exact / 3):
            yield from (_plain(base + offset), _plain(base + common + offset), _plain(base - offset))
        yield _plain(exact)


def _common(factors: list[float]) -> Fraction:
    exact = [Fraction(str(factor)) for factor in factors]
    common = exact[0]
    for factor in exact[1:]:
        common = Fraction(
            math.lcm(common.numerator, factor.numerator), math.gcd(common.denominator, factor.denominator)
        )
    return common


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(Decimal(number.numerator) / Decimal(number.denominator))


def texts(facts: Facts) -> Iterator[str]:
    """Give texts that may satisfy the facts, plain ones first; the caller checks."""
    own = facts.goal[1] if facts.goal else None
    lengths = [int(n) for keyword in ("minLength", "maxLength") for n in facts.all(keyword)]
    if facts.breaks("minLength") or facts.breaks("maxLength"):
        limit = int(own or 0)
        lengths = [limit, limit + 1, max(limit - 1, 0), *lengths]
    for name in facts.all("format"):
        if name in FORMATS:
            yield FORMATS[name]
    for node in facts.nodes:
        yield from _encoded(node.keywords, lengths)
    patterns = [*facts.all("pattern"), *([own] if facts.breaks("pattern") else [])]
    for pattern in patterns:
        yield from matching(pattern, lengths)
    shortest = max((int(n) for n in facts.all("minLength")), default=0)
    for length in (max(shortest, 1), *lengths, *(length + 1 for length in lengths)):
        if length <= MOST_CHARACTERS:
            yield "a" * length
    yield from ("a", "prove400", "", "A1", "1", "aa", "aaa", "\u00e9", " ", "a b", "foo", "bar", "\U0001f48e" * 2)


def _encoded(keywords: dict[str, Any], lengths: list[int]) -> Iterator[str]:
    """Give texts that hold what the media type admits in their encoding, of about the lengths wanted too."""
    coding = coding_of(keywords)
    if coding is None or not CONTENT_KEYWORDS & keywords.keys():
        return
    own = contents(keywords)
    yield from map(coding.write, own)
    filler = b" " if holds_json(keywords) else b"a"
    for length in (length for length in lengths if length <= MOST_CHARACTERS):
        count = length * 12 // len(coding.write(b"a" * 12))
        yield from (coding.write(own[0].ljust(size, filler)) for size in range(max(count - 2, 0), count + 3))


def scalars(facts: Facts, kind: str, extra: list[Any]) -> Iterator[Any]:
    """Give candidates of one scalar type; `extra` are values that other schemas speak of."""
    for members in (*facts.all("const"),):
        yield members
    for members in facts.all("enum"):
        yield from members
    if kind in ("number", "integer"):
        yield from numbers(facts, integers=kind == "integer")
    elif kind == "string":
        yield from texts(facts)
    elif kind == "boolean":
        yield from (True, False)
    elif kind == "null":
        yield None
    yield from extra
