"""`format`: texts that are nearly of a format (JSON Schema 2020-12 validation, section 7.3).

In most dialects `format` is an annotation, so that what a server makes of it is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from prove400.model import Severity
from prove400.mutations.operator import Example, Operator, Subject

NEAR_MISSES = {
    "date": ("2023-02-29", "2024-2-9", "29.02.2024", "2024-02-29T00:00:00Z"),
    "date-time": (
        "2024-02-29 12:00",
        "2024-02-29T12:00:00",
        "2024-02-29T24:00:00Z",
        "2024-02-30T12:00:00Z",
        "2024-02-29T25:00:00Z",
        "1709200000",
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
    "uuid": ("123e4567e89b42d3a456426614174000", "{123e4567-e89b-42d3-a456-426614174000}", "123e4567-e89b-42d3-a456"),
    "json-pointer": ("a", "/~2"),
    "regex": ("^(a", "["),
}
"""Format → texts that are not of it."""


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
    ),
)
"""The one operator of `format`."""
