"""What an answer must not show: tracebacks, file paths, source (OWASP API8:2023)."""

from __future__ import annotations

import re

PATTERNS = {
    "python-traceback": rb"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+",
    "source-path": (
        rb"(?:/usr/lib|/usr/local|/home|/root|/srv|/opt|/app|/var)/[\w./-]+\.(?:py|js|rb|java|so)\b|site-packages/"
    ),
    "java-traceback": rb"\bat [\w$.]+\([\w]+\.java:\d+\)|java\.lang\.\w+Exception",
    "node-traceback": rb"\n\s+at .+ \(?(?:file://)?/[^)\n]+\.[cm]?js:\d+:\d+",
    "werkzeug-debugger": rb"Werkzeug Debugger|<title>[^<]*// Werkzeug",
    "windows-path": rb"[A-Z]:\\\\?(?:Users|Program Files|inetpub)\\",
    "python-repr": rb"<[\w.]+ object at 0x[0-9a-f]{6,}>",
}
"""Name of the leak → bytes that show it."""
_COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


def leak(body: bytes) -> str:
    """Give the name of the first leak that a body shows, or an empty string."""
    return next((name for name, pattern in _COMPILED.items() if pattern.search(body)), "")
