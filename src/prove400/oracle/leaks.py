"""What an answer must not show: tracebacks, file paths, source (OWASP API8:2023)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from prove400.oracle.remembering import remembered

PATTERNS = {
    "python-traceback": rb"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+",
    "source-path": (
        rb"(?:/usr/lib|/usr/local|/home|/root|/srv|/opt|/app|/var)/[\w./-]+\.(?:py|js|rb|java|so)\b|site-packages/"
    ),
    "java-traceback": rb"\bat [\w$.]+\([\w]+\.java:\d+\)|java\.lang\.\w+Exception",
    "node-traceback": rb"\n[ \t]++at (?=[^\n]*/)[^\n]*?\.[cm]?js:\d+:\d+",
    "werkzeug-debugger": rb"Werkzeug Debugger|<title>[^<]*// Werkzeug",
    "windows-path": rb"[A-Z]:\\\\?(?:Users|Program Files|inetpub)\\",
    "python-repr": rb"<[\w.]+ object at 0x[0-9a-f]{6,}>",
}
"""Name of the leak → bytes that show it."""
_COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
MARKS = (b"Traceback (most recent call last)", b'File "', b" object at 0x", b"site-packages/", b"Werkzeug", b":\\")
DOTTED = re.compile(rb"\.(?:py|[cm]?js|rb|java|so|lang\.)")
"""Bytes of which some stand in all that shows a leak: looked for first, as most bodies have none."""
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # an open end too, so that nothing is read twice


@remembered
def leak(body: bytes) -> str:
    """Give the name of the first leak that a body shows, or an empty string; strings of JSON are read decoded too."""
    texts = (body, *_decoded(body)) if b"\\" in body else (body,)
    for text in texts:
        if DOTTED.search(text):
            return _found(texts)
        for mark in MARKS:
            if mark in text:
                return _found(texts)
    return ""


def _found(texts: Iterable[bytes]) -> str:
    return next((name for name, pattern in _COMPILED.items() if any(map(pattern.search, texts))), "")


def _decoded(body: bytes) -> Iterator[bytes]:
    """Give each JSON string with an escape as the text it stands for; its quotes tell it, the rest may be broken."""
    for match in _STRING.finditer(body):
        if b"\\" in match.group():
            try:
                yield json.loads(match.group()).encode("utf-8", "surrogatepass")
            except ValueError:  # what stands between quotes need not be JSON
                continue
