"""Text that is safe to show: whatever a reply holds, it cannot move the cursor, hide or reorder what a reader sees."""

from __future__ import annotations

from collections.abc import Collection

KEPT = frozenset("\n")
_BYTE, _BASIC = 0x100, 0x10000  # ends of Latin-1 and of the Basic Multilingual Plane


def escaped(character: str) -> str:
    r"""Write one character as ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``."""
    code = ord(character)
    if code < _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _BASIC else f"\\U{code:08x}"


def visible(text: str, kept: Collection[str] = KEPT) -> str:
    """Escape every character without a glyph of its own but those `kept`.

    Controls, ANSI escapes, zero-width characters, bidirectional overrides, lone surrogates and odd blanks all go
    (Unicode categories Cc, Cf, Cs, Co, Cn, Zl, Zp and Zs but for the space).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else escaped(c) for c in text)


def pinpointed(text: str, beside: str) -> str:
    """Escape also what looks like something else: characters outside ASCII that the text `beside` it lacks."""
    known = frozenset(beside)
    return "".join(c if c.isascii() or c in known else escaped(c) for c in visible(text))


def decoded(body: bytes) -> str:
    r"""Read bytes as UTF-8 (RFC 8259 section 8.1); a byte that is not shows as ``\xNN``."""
    return body.decode("utf-8", "backslashreplace")


def clipped(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters, the last of them an ellipsis where something went."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def one_line(text: str, limit: int) -> str:
    """Give a visible text on one line, runs of blanks joined, cut to `limit` characters."""
    # Cut first: the rest of a body of megabytes is never looked at.
    return clipped(visible(" ".join(text[: 2 * limit].split())), limit)
