"""What HTTPTransport says when no reply comes, which URLs it refuses, and TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from prove400.errors import TargetError
from prove400.model import Failure, Reply, Request
from prove400.transport import HTTPTransport, streamed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[..., Any]

GET = Request("GET", "/")


def send(url: str, request: Request = GET, **settings: Any) -> Reply:
    """Send one request through a transport of its own."""
    with contextlib.closing(HTTPTransport(url, **{"timeout": 10.0, **settings})) as http:
        return http.send(request)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTT",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"garbage\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
    ],
)
def test_half_a_reply_is_dropped(serve: Serve, reply: bytes) -> None:
    """A connection that closes early, or brings no HTTP, is a dropped one; on a new connection nothing is repeated."""
    server = serve(lambda peer: peer.answer(reply), lambda peer: peer.answer())
    got = send(server.url)
    assert (got.status, got.failure, bool(got.detail), len(server.peers)) == (0, Failure.DROPPED, True, 1)


def test_a_reset_is_dropped(serve: Serve) -> None:
    """A connection that is reset before a reply is dropped, and the detail says how."""

    def script(peer: Any) -> None:
        peer.read_request()
        peer.reset()

    reply = send(serve(script).url)
    assert (reply.failure, reply.detail.partition(":")[0]) == (Failure.DROPPED, "ConnectionResetError")


def test_silence_is_a_time_out(serve: Serve) -> None:
    """A server that takes the request and says nothing is timed out, and is asked once only."""
    server = serve(lambda peer: peer.read_to_end(), lambda peer: peer.answer())
    reply = send(server.url, timeout=0.5)
    assert (reply.status, reply.failure, len(server.peers)) == (0, Failure.TIMEOUT, 1)


def test_silence_within_a_reply_is_a_time_out(serve: Serve) -> None:
    """A body that does not come in time is a time-out, not a drop."""

    def script(peer: Any) -> None:
        peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")
        peer.read_to_end()

    assert send(serve(script).url, timeout=0.05).failure is Failure.TIMEOUT


ENDLESS = {
    "no whole reply in 0.2 s": (b"Content-Type: text/event-stream\r\n\r\n", b"data: 1\n\n", 0.2),
    "no whole reply in 64 MiB": (b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n%s\r\n" % (b"x" * 4096), 30.0),
}


@pytest.mark.parametrize("concurrency", [1, 2])
@pytest.mark.parametrize("said", ENDLESS)
def test_a_reply_that_never_ends_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, said: str, concurrency: int
) -> None:
    """A stream of events is over when its time is, or when it is longer than any reply, however steadily it comes."""
    monkeypatch.setattr("prove400.transport.reading.LARGEST", 1 << 20)
    head, piece, seconds = ENDLESS[said]

    def script(peer: Any) -> None:
        peer.answer()
        peer.read_request()
        with contextlib.suppress(OSError):
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\n" + head)
            while True:
                peer.sock.sendall(piece)
                threading.Event().wait(0.001)

    with contextlib.closing(HTTPTransport(serve(script).url, timeout=seconds, connections=1)) as http:
        _, reply = streamed(http, [GET, GET], concurrency)
    assert (reply.status, reply.failure, reply.detail) == (0, Failure.TIMEOUT, said)


@pytest.mark.parametrize("error", [TimeoutError("slow"), ConnectTimeoutError("slow")])
def test_a_slow_connect_is_a_time_out(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Connecting that takes too long is a time-out, whichever layer notices."""

    def connect(_: HTTPConnection) -> None:
        raise error

    monkeypatch.setattr(HTTPConnection, "connect", connect)
    assert send("http://127.0.0.1").failure is Failure.TIMEOUT


def test_a_refused_connection_is_gone() -> None:
    """A port where nobody listens is gone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reply = send(f"http://127.0.0.1:{port}")
    assert (reply.status, reply.failure) == (0, Failure.GONE)
    assert "refused" in reply.detail


def test_an_unknown_host_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve is gone."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    reply = send("http://nobody.invalid")
    assert (reply.failure, reply.detail.partition(":")[0]) == (Failure.GONE, "socket.gaierror")


def test_a_reply_sent_before_the_body_was_read_counts(serve: Serve) -> None:
    """A 413 that comes while the body is still being sent is the reply, although the sending breaks."""

    def script(peer: Any) -> None:
        peer.read_head()
        peer.sock.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    assert send(serve(script).url, Request("POST", "/", (), bytes(20_000_000))).status == 413


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("ftp://h", "http://"),
        ("localhost:8000", "http://"),
        ("http://", "host"),
        ("http://:80", "host"),
        ("http://h:port", "not a URL"),
        ("http://h:99999", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://u:secret@h", "password"),
        ("http://u:secret@h:port", "not a URL"),
        ("http://h/?q=1", "query"),
        ("http://h/#f", "fragment"),
        ("http://" + "\u00e9" * 99, "not a URL"),
    ],
)
def test_other_urls_are_refused(url: str, what: str) -> None:
    """A URL that cannot be a base is refused with a hint, and a password in it is not repeated."""
    with pytest.raises(TargetError, match=what) as caught:
        HTTPTransport(url)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://h", b"h"),
        ("http://h:80", b"h:80"),
        ("http://[::1]:8", b"[::1]:8"),
        ("http://b\u00fccher.example", b"xn--bcher-kva.example"),
    ],
)
def test_the_host_field_names_the_authority(url: str, host: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host carries the authority of the base URL: IPv6 in brackets, other alphabets in IDNA, the port if given."""
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(HTTPConnection, "connect", lambda self: setattr(self, "sock", ours))
    with theirs:
        theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert send(url).status == 204
        assert theirs.recv(9999).split(b"\r\n")[1] == b"Host: " + host


@pytest.fixture
def tls(serve: Serve, tls_context: ssl.SSLContext) -> Callable[..., str]:
    """Give a function that starts a TLS server with these scripts and returns its URL."""

    def start(*scripts: Callable[[Any], object]) -> str:
        server = serve(*scripts, wrap=lambda sock: tls_context.wrap_socket(sock, server_side=True))
        return f"https://127.0.0.1:{server.port}"

    return start


def test_certificates_are_verified(tls: Callable[..., str], certificate: Path) -> None:
    """An unknown authority is no target; naming it, or asking for no check, makes it one."""

    def answer(peer: Any) -> None:
        peer.answer()

    reply = send(tls(answer))
    assert reply.failure is Failure.GONE
    assert "CERTIFICATE_VERIFY_FAILED" in reply.detail
    assert send(tls(answer), verify=str(certificate)).status == 200
    assert send(tls(answer), verify=False).status == 200


def test_a_short_body_gets_its_reply_over_tls(tls: Callable[..., str]) -> None:
    """Ending our side of a TLS connection leaves the other side readable."""

    def script(peer: Any) -> None:
        peer.read_to_end()
        peer.sock.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")

    short = Request("POST", "/", (("Content-Length", "9"),), b"a")
    assert send(tls(script), short, verify=False).status == 400
    assert send(tls(script), short).failure is Failure.GONE


@pytest.mark.parametrize("make", [lambda folder: folder / "missing.pem", lambda folder: folder])
def test_authorities_come_from_a_file_or_a_folder(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """A folder is taken as such, and a file that is not there is an error with a hint."""
    place = make(tmp_path)
    if place.is_dir():
        HTTPTransport("https://h", verify=str(place)).close()
        return
    with pytest.raises(TargetError, match="certificate authorities"):
        HTTPTransport("https://h", verify=str(place))
