"""One request as a shell line for curl and bash that sends the very same bytes.

curl adds a content type and an ``Expect`` of its own, reads files for ``@``, edits targets and cannot be given a NUL in
an argument. Each such habit is turned off where a request would suffer from it, and only there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from prove400.model import Request

IN_PROCESS = "http://127.0.0.1:8000"
"""Where a reader is expected to serve a target that was called in process."""

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./:=@%+,-]+")
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]+)?")
_ESCAPES = {0x07: "\\a", 0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x27: "\\'", 0x5C: "\\\\"}
_PRINTABLE = range(0x20, 0x7F)
_ARGUMENT_LIMIT = 100_000  # bytes; Linux refuses a single argument of 128 KiB (MAX_ARG_STRLEN)
_EXPECT_LIMIT = 1024  # bytes; from here curl before 7.64 sends Expect: 100-continue, later ones from 1 MiB
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def origin(target: str) -> str:
    """Give scheme and authority of a target's URL; for one called in process, `IN_PROCESS`."""
    parts = urlsplit(target) if target.startswith(("http://", "https://")) else urlsplit(IN_PROCESS)
    return f"{parts.scheme}://{parts.netloc}"


def curl(request: Request, base_url: str, *, separator: str = " ", beside: Sequence[str] = ()) -> str:
    r"""Give the shell line (bash); pass ``" \\\n  "`` as `separator` for one option per line.

    `base_url` gives scheme and authority; the request's target is sent as it is. `beside` are names of headers that it
    is sent with, where it has none of the name: their values are read from the environment.
    """
    first = f"curl -i -X {quoted(request.method.encode())}"
    if request.method == "HEAD" and not request.body:
        first = "curl --head"  # -X HEAD would wait for a body that never comes
    headers = (*_headers(request), *_beside(request, beside))
    line = separator.join([first, *_target(request.target, base_url), *headers, *_body(request)])
    return f"printf {_printf(request.body)} | {line}" if _piped(request.body) else line


def quoted(raw: bytes) -> str:
    """Quote bytes without NUL for bash: bare, in single quotes, or as ``$'…'`` where they are not printable ASCII."""
    text = raw.decode("latin-1")
    if _PLAIN_WORD.fullmatch(text):
        return text
    if text.isascii() and text.isprintable() and "'" not in text:
        return f"'{text}'"
    return f"$'{''.join(_ansi_c(byte) for byte in raw)}'"


def _ansi_c(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if byte in _PRINTABLE else f"\\x{byte:02x}"


def _target(target: str, base_url: str) -> list[str]:
    base = origin(base_url)
    options = ["--http1.1"] if base.startswith("https:") else []
    if not _PLAIN_TARGET.fullmatch(target):
        return [*options, "--request-target", quoted(_octets(target)), quoted(f"{base}/".encode())]
    if "/." in target.partition("?")[0]:
        options.append("--path-as-is")
    return [*options, quoted(f"{base}{target}".encode())]


def _headers(request: Request) -> list[str]:
    lines = [f"{name};" if not value.strip(" \t") else f"{name}: {value}" for name, value in request.headers]
    if _with_data(request) and request.header("Content-Type") is None:
        lines.append("Content-Type:")
    if len(request.body) >= _EXPECT_LIMIT and request.header("Expect") is None:
        lines.append("Expect:")
    return [f"-H {quoted(_octets(line))}" for line in lines]


def variable(name: str) -> str:
    """Give the environment variable from which reproducers read the value of a header that no report tells."""
    return re.sub(r"\W|^(?=[0-9])", "_", name).upper()


def _beside(request: Request, names: Sequence[str]) -> list[str]:
    own = (name for name in names if request.header(name) is None)
    return [f'-H {quoted(f"{name}: ".encode())}"${variable(name)}"' for name in own]


def _with_data(request: Request) -> bool:
    return bool(request.body) or request.method in _WITH_BODY


def _body(request: Request) -> list[str]:
    if not _with_data(request):
        return []
    if _piped(request.body):
        return ["--data-binary @-"]
    option = "--data-raw" if request.body.startswith(b"@") else "--data-binary"
    return [f"{option} {quoted(request.body)}"]


def _piped(body: bytes) -> bool:
    return b"\0" in body or len(body) > _ARGUMENT_LIMIT


def _printf(body: bytes) -> str:
    # printf is built into bash, so neither NUL nor length matters; three octal digits end by themselves.
    odd = {0x25: "%%", 0x5C: "\\\\", 0x27: "\\047"}
    safe = (chr(byte) if byte in _PRINTABLE else f"\\{byte:03o}" for byte in range(256))
    table = {byte: odd.get(byte, text) for byte, text in enumerate(safe)}
    return f"'{''.join(table[byte] for byte in body)}'"


def _octets(text: str) -> bytes:
    try:
        return text.encode("latin-1")  # how header fields travel (RFC 9110 section 5.5)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
