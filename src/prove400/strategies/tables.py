"""What no plan lists: slips of bytes, at any byte of a body, deep structures, and texts; visible tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Slip = Callable[[bytes, int], bytes]
"""A body and an index into it → the body after the slip."""


def _cut(body: bytes, at: int) -> bytes:
    return body[:at]


def _lost(body: bytes, at: int) -> bytes:
    return body[:at] + body[at + 1 :]


def _twice(body: bytes, at: int) -> bytes:
    return body[: at + 1] + body[at:]


def _flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 0x80]) + body[at + 1 :]


def _with(piece: bytes) -> Slip:
    return lambda body, at: body[:at] + piece + body[at:]


SLIPS: dict[str, Slip] = {
    "cut": _cut,
    "lost": _lost,
    "twice": _twice,
    "flipped": _flipped,
    "comma": _with(b","),
    "quote": _with(b'"'),
    "bracket": _with(b"["),
    "nul": _with(b"\x00"),
    "nan": _with(b"NaN"),
    "surrogate": _with(b"\\ud800"),
    "bad-utf-8": _with(b"\xff"),
    "bom": _with(b"\xef\xbb\xbf"),
}
"""By name, plainest first; each needs a body that is not empty."""

TEXTS = (
    "",
    "a",
    "A",
    "0",
    "prove400",
    "two words",
    "a-b_c.d",
    "2026-01-31",
    "12:30:00Z",
    "1e5",
    "null",
    "ß",
    "Zoë",
    "日本語",
    "🙂",
    "e\u0301",
    "<b>&amp;</b>",
    "'; --",
    "%00",
    "line\nline",
    "\u202eabc",
    "x" * 64,
    "x" * 1_000,
)
"""Texts that schemas often admit, and servers stumble over; plainest first."""
WRAPPERS: tuple[Callable[[Any], Any], ...] = (lambda inner: [inner], lambda inner: {"value": inner})
"""What puts a value one level deeper."""


def nested(wrapper: Callable[[Any], Any], levels: int) -> Any:
    """Give 0 below as many levels."""
    value: Any = 0
    for _ in range(levels):
        value = wrapper(value)
    return value
