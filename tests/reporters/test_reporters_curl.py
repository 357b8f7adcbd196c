"""The reproducer, run by a real curl in a real bash against a socket that records every byte."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading

import pytest

from prove400.model import Request
from prove400.reporters import curl
from prove400.reporters.curl import IN_PROCESS, origin, variable

JSON = (("Content-Type", "application/json"),)
ALL_BYTES = bytes(range(256))
CASES = {
    "json": Request("POST", "/predict", JSON, b'{"cut": "Ideal"}'),
    "quotes": Request("POST", "/predict", JSON, b"{'it''s': \"$HOME `id` \\ ! %s\"}"),
    "odd-bytes": Request("POST", "/predict", JSON, ALL_BYTES[1:]),
    "nul": Request("POST", "/predict", JSON, ALL_BYTES + b"12345"),
    "utf-16": Request("POST", "/predict", JSON, '{"a": 1}'.encode("utf-16")),
    "file-sign": Request("POST", "/predict", JSON, b"@/etc/passwd"),
    "file-sign-nul": Request("POST", "/predict", JSON, b"@\x00"),
    "line-breaks": Request("POST", "/predict", JSON, b"\r\n{\n}\t"),
    "long": Request("POST", "/predict", JSON, b"[" * 150_000),
    "very-long": Request("POST", "/predict", JSON, b"[" * 1_500_000),
    "no-body": Request("POST", "/predict", JSON),
    "no-content-type": Request("POST", "/predict", (), b"{}"),
    "empty-field": Request("POST", "/predict", (*JSON, ("X-Request-Id", ""), ("X-Two", "a"), ("X-Two", "b;'c")), b"{}"),
    "odd-field": Request("POST", "/predict", (("Content-Type", "json; q='\xe9'"),), b"{}"),
    "get": Request("GET", "/predict?explain=true&x=%00", (("Accept", "text/html"),)),
    "odd-method": Request("PROVE", "/predict"),
    "delete-body": Request("DELETE", "/predict", JSON, b"{}"),
    "dots": Request("GET", "/a/../b/./c"),
    "brackets": Request("GET", "/a[1]{b}?x[]=1"),
    "fragment": Request("GET", "/a#b"),
    "bare-question": Request("GET", "/a?"),
    "space": Request("GET", "/a b?c=d e"),
    "not-ascii": Request("GET", "/caf\xe9"),
    "double-slash": Request("GET", "//a"),
    "star": Request("OPTIONS", "*"),
    "length-short": Request("POST", "/predict", (*JSON, ("Content-Length", "1")), b'{"a": 1}'),
    "length-long": Request("POST", "/predict", (*JSON, ("Content-Length", "36")), b'{"a": 1}'),
    "length-odd": Request("POST", "/predict", (*JSON, ("Content-Length", "x")), b'{"a": 1}'),
    "two-types": Request("POST", "/predict", (*JSON, ("Content-Type", "text/plain")), b"{}"),
    "head": Request("HEAD", "/predict"),
}
pytestmark = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")


def recorded(script: str, listener: socket.socket, size: int) -> bytes:
    """Run a script and give what the listener got from it."""
    got = bytearray()

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(10)
            while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < size:
                got.extend(peer.recv(65_536))
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    done = subprocess.run(["bash"], input=script.encode(), capture_output=True, timeout=20, check=False)
    server.join(20)
    assert done.returncode == 0, done.stderr.decode()
    assert b"200 OK" in done.stdout
    return bytes(got)


@pytest.mark.parametrize("separator", [" ", " \\\n  "], ids=["one-line", "many-lines"])
@pytest.mark.parametrize("name", CASES)
def test_same_bytes(name: str, separator: str) -> None:
    """The line sends the request line, the declared fields in their order, and the body, byte for byte."""
    request = CASES[name]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = curl(request, f"http://127.0.0.1:{listener.getsockname()[1]}/ignored", separator=separator)
        head, _, body = recorded(line, listener, len(request.body)).partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    assert first == f"{request.method} {request.target} HTTP/1.1".encode("latin-1")
    assert body == request.body
    own = {field.partition(b":")[0].lower() for field in fields}
    declared = [f"{name}: {value}".strip().encode("latin-1") for name, value in request.headers]
    names = {name.lower().encode() for name, _ in request.headers}
    assert [field.strip() for field in fields if field.partition(b":")[0].lower() in names] == declared
    assert own <= names | {b"host", b"user-agent", b"accept", b"content-length"}


def test_headers_beside_come_from_the_environment() -> None:
    """A header that a run sends beside a request's own has its value from a variable; one of its own stays."""
    request = Request("POST", "/predict", (*JSON, ("x-own", "1")), b"{}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        line = curl(request, url, beside=("Authorization", "X-Own", "X-`id`"))
        script = f"export AUTHORIZATION='Bearer a \"b\" $c'; export X__ID_='d'\n{line}"
        fields = recorded(script, listener, 2).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert b'Authorization: Bearer a "b" $c' in fields
    assert b"X-`id`: d" in fields
    assert [field for field in fields if field.lower().startswith(b"x-own")] == [b"x-own: 1"]
    assert variable("1-A") == "_1_A"


def test_plain_requests_read_well() -> None:
    """An ordinary request becomes an ordinary line."""
    line = curl(CASES["json"], "http://127.0.0.1:5000")
    assert line == (
        "curl -i -X POST http://127.0.0.1:5000/predict -H 'Content-Type: application/json' "
        '--data-binary \'{"cut": "Ideal"}\''
    )


@pytest.mark.parametrize(
    ("target", "base"),
    [
        ("api:create_app", IN_PROCESS),
        ("https://h:1/v1?x", "https://h:1"),
        ("http://h", "http://h"),
        ("<Flask 'app'>", IN_PROCESS),
    ],
)
def test_origin(target: str, base: str) -> None:
    """A URL gives its origin, a target called in process the usual local server."""
    assert origin(target) == base


def test_https_stays_with_http_1() -> None:
    """Over TLS curl is kept from HTTP/2, which would change field names and framing."""
    assert "--http1.1" in curl(CASES["json"], "https://example.org")


def test_beyond_latin_1() -> None:
    """A field value outside Latin-1 is sent as UTF-8."""
    assert r"$'X-A: \xe2\x82\xac'" in curl(Request("GET", "/", (("X-A", "€"),)), "http://h")
