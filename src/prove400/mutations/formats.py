"""`format`: texts that are nearly of a format, and its rarer spellings (JSON Schema 2020-12 validation, section 7.3).

In most dialects `format` is an annotation, so that what a server makes of a text that is not of it is a warning. What
is of it, the contract admits in every dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from prove400.model import Severity, Side
from prove400.mutations.operator import Example, Mutate, Operator, Subject

NEAR_MISSES = {
    "date": (
        "2023-02-29",
        "2024-2-9",
        "29.02.2024",
        "2024-02-29T00:00:00Z",
        "2024-02-29T00:00:00",
        "20240229",
        "2024-060",
        "2024-W09-4",
    ),
    "date-time": (
        "2024-02-29 12:00",
        "2024-02-29T12:00:00",
        "2024-02-29T24:00:00Z",
        "2024-02-30T12:00:00Z",
        "2024-02-29T25:00:00Z",
        "1709200000",
        "20240229T120000Z",
        "2024-02-29T12:00Z",
        "2024-02-29T12:00:00+0200",
    ),
    "time": ("25:00:00Z", "12:00", "noon"),
    "duration": ("1 day", "P", "PT"),
    "email": ("someone", "someone@", "@example.com", "a b@example.com"),
    "hostname": ("-a.example", "a..example", "exa mple.com"),
    "ipv4": ("256.0.0.1", "192.0.2", "0300.0.0.1", "192.0.2.1/24"),
    "ipv6": ("::g", "1::2::3", "192.0.2.1"),
    "uri": ("/relative", "http://exa mple.com", "://"),
    "uri-reference": ("\\\\host\\share", "a b"),
    "iri": ("/relative", "://"),
    "uuid": (
        "123e4567e89b42d3a456426614174000",
        "{123e4567-e89b-42d3-a456-426614174000}",
        "123e4567-e89b-42d3-a456",
        "123e4567e89b-42d3-a456-426614174000-",
        "------------------------------------",
        "123e4567-e89b-42d3-a456-42661417400g",
    ),
    "json-pointer": ("a", "/~2"),
    "regex": ("^(a", "["),
}
"""Format → texts that are not of it."""

_TIME = re.compile(r"(.*[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")


def retimed(*endings: str) -> Callable[[str], Iterator[str]]:
    """Write a time with other fractions of the second and other offsets (RFC 3339 section 5.6)."""

    def respell(text: str) -> Iterator[str]:
        if found := _TIME.fullmatch(text):
            yield from (found[1] + ending for ending in endings)

    return respell


def leap_day(text: str) -> Iterator[str]:
    """Give 29 February of the next leap year, of a date alone or before a time."""
    if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        year = int(text[:4])
        yield f"{year + -year % 4:04}-02-29{text[10:]}"


VARIANTS: dict[str, Callable[[str], Iterator[str]]] = {
    "date-time": retimed("+02:00", "-05:30", ".5Z", ".123456Z"),
    "time": retimed("+02:00", "-05:30", ".5Z", ".123456Z"),
    "uuid": lambda text: iter((text.upper(), text.lower())),  # RFC 9562 section 4
    "email": lambda text: iter((text.replace("@", "+prove400@"),)),  # RFC 5322 section 3.2.3
    "ipv6": lambda text: iter((text.upper(), text.lower())),  # RFC 4291 section 2.2
    "hostname": lambda text: iter((text.upper(),)),  # RFC 4343
}
"""Format → the same text, or nearly the same, in spellings that its RFC admits and that servers refuse."""
RARITIES: dict[str, Callable[[str], Iterator[str]]] = {
    "date": leap_day,
    "date-time": lambda text: iter((*leap_day(text), *retimed("-00:00", "z")(text), text.replace("T", "t"))),
    "time": retimed("-00:00", "z"),
    "duration": lambda _: iter(("P1W", "PT0S")),
}
"""Format → texts of it that nothing in a contract could exclude, or that its RFC lets others exclude."""


def respelled(table: dict[str, Callable[[str], Iterator[str]]]) -> Mutate:
    """Make a mutation that sends other texts of the format."""

    def mutate(subject: Subject) -> Iterator[str]:
        if isinstance(subject.value, str) and (respell := table.get(str(subject.expected))):
            yield from respell(subject.value)

    return mutate


def near_miss(subject: Subject) -> Iterator[str]:
    """Send a text that is nearly of the format."""
    if isinstance(subject.value, str):
        yield from NEAR_MISSES.get(str(subject.expected), ())


OPERATORS = (
    Operator(
        "format.near-miss",
        near_miss,
        (
            Example({"format": "date"}, "2024-02-29", "2023-02-29"),
            Example({"format": "uuid"}, "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-42d3-a456"),
            Example({"format": "ipv4"}, "192.0.2.1", "256.0.0.1"),
        ),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "format.variant",
        respelled(VARIANTS),
        (
            Example({"format": "date-time"}, "2024-02-29T12:00:00Z", "2024-02-29T12:00:00+02:00"),
            Example({"format": "time"}, "12:00:00+01:00", "12:00:00.5Z"),
            Example({"format": "uuid"}, "123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"),
            Example({"format": "email"}, "someone@example.com", "someone+prove400@example.com"),
            Example({"format": "ipv6"}, "2001:db8::1", "2001:DB8::1"),
            Example({"format": "hostname"}, "example.com", "EXAMPLE.COM"),
        ),
        Side.VALID,
    ),
    Operator(
        "format.rare-variant",
        respelled(RARITIES),
        (
            Example({"format": "date"}, "2026-05-04", "2028-02-29"),
            Example({"format": "date-time"}, "2026-05-04T12:00:00Z", "2028-02-29T12:00:00Z"),
            Example({"format": "date-time"}, "2024-02-29T12:00:00Z", "2024-02-29T12:00:00-00:00"),
            Example({"format": "date-time"}, "2024-02-29T12:00:00Z", "2024-02-29t12:00:00Z"),
            Example({"format": "time"}, "12:00:00Z", "12:00:00z"),
            Example({"format": "duration"}, "P1D", "P1W"),
        ),
        Side.VALID,
        Severity.WARNING,
    ),
)
"""Every near miss of a format, and every spelling of it."""
