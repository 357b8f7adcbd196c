"""What HTTPTransport puts on the wire, and how it treats connections."""

from __future__ import annotations

import contextlib
import gzip
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from prove400.model import Failure, Request
from prove400.transport import HTTPTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    Serve = Callable[..., Any]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ODD = Request(
    "POST",
    "/p?a=%zz&b=%41",
    (("x-lower", "1"), ("X-Twice", "a"), ("Content-Type", "t/x"), ("X-Twice", "b")),
    b"\x00\xffbody",
)


def transport(server: Any, **settings: Any) -> contextlib.closing[HTTPTransport]:
    """Give a transport to a test server, closed at the end of the with block."""
    return contextlib.closing(HTTPTransport(server.url, **{"timeout": 10.0, **settings}))


def test_the_bytes_of_a_request_reach_the_wire_unchanged(serve: Serve) -> None:
    """Target, header names, their order, repetition and body are on the wire as given, and nothing is between."""
    server = serve(lambda peer: peer.answer())
    with transport(server) as http:
        assert http.send(ODD).status == 200
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /p?a=%zz&b=%41 HTTP/1.1"
    assert lines[1] == f"Host: 127.0.0.1:{server.port}".encode()
    assert lines[2:6] == [b"x-lower: 1", b"X-Twice: a", b"Content-Type: t/x", b"X-Twice: b"]
    assert re.fullmatch(rb"User-Agent: prove400(/\S+)?", lines[6])
    assert lines[7:] == [b"Accept: */*", b"Content-Length: 6"]
    assert body == b"\x00\xffbody"


def test_the_pool_of_urllib3_would_change_these_bytes(serve: Serve) -> None:
    """PoolManager re-quotes the target and adds fields, which is why it is not used."""
    server = serve(lambda peer: peer.answer())
    with urllib3.PoolManager() as pool:
        pool.request("POST", server.url + ODD.target, headers=dict(ODD.headers), body=ODD.body)
    assert server.received[0].startswith(b"POST /p?a=%25zz&b=%2541 HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity\r\n" in server.received[0]


ADDED = [
    # method, headers, body, names on the wire
    ("GET", (), b"", ["Host", "User-Agent", "Accept"]),
    ("DELETE", (), b"x", ["Host", "User-Agent", "Accept", "Content-Length"]),
    ("POST", (), b"", ["Host", "User-Agent", "Accept", "Content-Length"]),
    ("PUT", (), b"", ["Host", "User-Agent", "Accept", "Content-Length"]),
    ("PATCH", (), b"", ["Host", "User-Agent", "Accept", "Content-Length"]),
    ("POST", (("content-length", "1"),), b"x", ["Host", "content-length", "User-Agent", "Accept"]),
    ("GET", (("accept", "a/b"), ("USER-AGENT", "me"), ("host", "h")), b"", ["accept", "USER-AGENT", "host"]),
    (
        "POST",
        (("Transfer-Encoding", "chunked"),),
        b"0\r\n\r\n",
        ["Host", "Transfer-Encoding", "User-Agent", "Accept", "Connection"],
    ),
]


@pytest.mark.parametrize(("method", "headers", "body", "names"), ADDED)
def test_only_what_http_needs_is_added(
    serve: Serve,
    method: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    names: list[str],
) -> None:
    """A field that the request has, in whatever case, is not added; Content-Length only where HTTP asks for it."""
    server = serve(lambda peer: peer.answer())
    with transport(server) as http:
        assert http.send(Request(method, "/", headers, body)).status == 200
    lines = server.received[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    assert [line.partition(":")[0] for line in lines] == names


@pytest.mark.parametrize(
    ("base", "target", "sent"),
    [
        ("", "/p", b"/p"),
        ("/", "/p", b"/p"),
        ("/api/v1", "/p?q", b"/api/v1/p?q"),
        ("/api/", "//p", b"/api//p"),
        ("/api", "*", b"*"),
        ("", "/\u00e9 b", b"/\xe9 b"),
        ("", "/\u200b", b"/\xe2\x80\x8b"),
    ],
)
def test_the_base_path_stands_in_front_of_the_target(serve: Serve, base: str, target: str, sent: bytes) -> None:
    """The base URL's path is put in front, and the target itself is sent octet by octet."""
    server = serve(lambda peer: peer.answer())
    with contextlib.closing(HTTPTransport(server.url + base)) as http:
        http.send(Request("GET", target))
    assert server.received[0].split(b"\r\n")[0] == b"GET " + sent + b" HTTP/1.1"


def test_header_values_are_octets(serve: Serve) -> None:
    """A value within ISO 8859-1 is one octet per character, and one beyond it is UTF-8."""
    server = serve(lambda peer: peer.answer())
    with transport(server) as http:
        http.send(Request("GET", "/", (("X-A", "\u00e9"), ("X-B", "\u0456"))))
    assert b"X-A: \xe9\r\nX-B: \xd1\x96\r\n" in server.received[0]


def test_the_reply_is_given_whole(serve: Serve) -> None:
    """Repeated header fields stay apart in order, and an encoded body is not decoded."""
    packed = gzip.compress(b"hello", mtime=0)
    head = b"HTTP/1.1 422 No\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    server = serve(lambda peer: peer.answer(head % len(packed) + packed))
    with transport(server) as http:
        reply = http.send(Request("GET", "/"))
    assert (reply.status, reply.body, reply.failure) == (422, packed, None)
    assert reply.headers[:2] == (("set-cookie", "a"), ("Set-Cookie", "b"))
    assert reply.seconds > 0


def test_redirects_are_not_followed(serve: Serve) -> None:
    """A redirect is the reply."""
    server = serve(lambda peer: peer.answer(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"))
    with transport(server) as http:
        reply = http.send(Request("GET", "/"))
    assert (reply.status, reply.header("location"), len(server.peers)) == (302, "/x", 1)


def test_a_connection_is_kept_alive(serve: Serve) -> None:
    """Requests in a row travel on one connection, those with HEAD (whose reply has a length but no body) included."""

    def script(peer: Any) -> None:
        peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        peer.answer_all()

    server = serve(script)
    with transport(server) as http:
        assert [http.send(Request(method, "/")).status for method in ("HEAD", "POST", "GET")] == [200] * 3
        assert server.peers[0].requests == 3


def test_a_reply_that_ends_its_connection_is_followed_by_a_new_one(serve: Serve) -> None:
    """After Connection: close the next request goes out on a new connection, although this one is still open."""

    def script(peer: Any) -> None:
        peer.answer(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        peer.read_to_end()

    server = serve(script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        assert [http.send(Request("GET", "/")).status for _ in range(2)] == [200, 200]


def test_a_kept_alive_connection_that_closed_while_idle_is_replaced(serve: Serve) -> None:
    """A connection that the server closed between two requests costs neither a failure nor a repeated request."""
    server = serve(lambda peer: peer.answer(), lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        assert http.send(Request("GET", "/1")).status == 200
        server.peers[0].done.wait()
        assert http.send(Request("GET", "/2")).status == 200
    assert [b"/2" in received for received in server.received] == [False, True]


def test_bytes_that_nobody_asked_for_are_no_reply(serve: Serve) -> None:
    """What a server sends on an idle connection is not taken for the reply to the next request."""
    replied = threading.Event()

    def script(peer: Any) -> None:
        peer.answer()
        replied.wait(10)
        peer.sock.sendall(b"HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n")

    server = serve(script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        assert http.send(Request("GET", "/1")).status == 200
        replied.set()
        assert server.peers[0].done.wait(10)
        assert http.send(Request("GET", "/2")).status == 200


@pytest.mark.parametrize("reset", [False, True])
def test_the_keep_alive_race_is_sent_again_once(serve: Serve, *, reset: bool) -> None:
    """A kept-alive connection that closes on the request, before any byte of reply, is not the API's fault."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.read_request()
        if reset:
            peer.reset()

    server = serve(script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        assert [http.send(Request("GET", f"/{n}")).status for n in (1, 2)] == [200, 200]
    assert [received.count(b"GET /2 ") for received in server.received] == [1, 1]


def test_a_second_drop_is_a_failure(serve: Serve) -> None:
    """When the repeated request is dropped, too, it is the reply that is dropped."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.read_request()

    server = serve(script, lambda peer: peer.read_request(), lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        http.send(Request("GET", "/1"))
        assert http.send(Request("GET", "/2")).failure is Failure.DROPPED
    assert [received.count(b"GET /2 ") for received in server.received] == [1, 1]


def test_a_drop_within_a_reply_is_not_sent_again(serve: Serve) -> None:
    """One byte of reply on a kept-alive connection is enough to know that the server took the request."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.answer(b"H")

    server = serve(script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        http.send(Request("GET", "/1"))
        assert http.send(Request("GET", "/2")).failure is Failure.DROPPED
    assert len(server.peers) == 1


def test_a_content_length_above_the_body_ends_our_side(serve: Serve) -> None:
    """The server is told that no more comes, on a connection of its own, and its reply is read."""

    def script(peer: Any) -> None:
        peer.read_to_end()
        peer.sock.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nshort")

    server = serve(lambda peer: peer.answer_all(), script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        http.send(Request("GET", "/1"))
        reply = http.send(Request("POST", "/2", (("Content-Length", "9"),), b"abc"))
        assert (reply.status, reply.body) == (400, b"short")
        assert http.send(Request("GET", "/3")).status == 200
    assert server.received[1].endswith(b"\r\n\r\nabc")
    assert b"Connection:" not in server.received[1]


@pytest.mark.parametrize("length", ["1", "0", "-1", "x", "", "3, 3", "+3", "03"])
def test_a_content_length_below_the_body_gets_the_first_reply(serve: Serve, length: str) -> None:
    """The rest of the body may look like a second request: its reply must reach no other case."""

    def script(peer: Any) -> None:
        peer.read_head()
        peer.sock.sendall(
            b"HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
        )
        peer.read_to_end()

    server = serve(lambda peer: peer.answer_all(), script, lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        http.send(Request("GET", "/1"))
        reply = http.send(Request("POST", "/2", (("Content-Length", length),), b"abc"))
        assert (reply.status, reply.body) == (400, b"first")
        assert http.send(Request("GET", "/3")).status == 200
    assert f"Content-Length: {length}\r\n".encode() in server.received[1]
    assert b"Connection: close\r\n" in server.received[1]


@pytest.mark.parametrize(("body", "ended"), [(b"3\r\nabc\r\n0\r\n\r\n", False), (b"3\r\nabc\r\n", True)])
def test_chunked_bodies_are_sent_as_given(serve: Serve, body: bytes, *, ended: bool) -> None:
    """A body with Transfer-Encoding gets no Content-Length; one without its last chunk ends our side."""

    def script(peer: Any) -> None:
        peer.read_head()
        if ended:
            peer.read_to_end()
        peer.sock.sendall(OK)

    server = serve(script)
    with transport(server) as http:
        assert http.send(Request("POST", "/", (("Transfer-Encoding", "chunked"),), body)).status == 200
    assert b"Content-Length" not in server.received[0]


def test_a_line_break_in_a_header_keeps_to_its_own_connection(serve: Serve) -> None:
    """A request that a server may read as two is sent as it is, where no other case can get the second reply."""
    server = serve(lambda peer: peer.answer_all(), lambda peer: peer.answer(), lambda peer: peer.answer())
    with transport(server, connections=1) as http:
        for headers in ((), (("X-A", "1\r\n\r\nGET /evil HTTP/1.1"),), ()):
            assert http.send(Request("GET", "/", headers)).status == 200
    assert len(server.peers) == 3


def test_callers_beyond_the_connections_wait(serve: Serve) -> None:
    """Eight threads over two connections open no third, and each gets its own reply."""

    def script(peer: Any) -> None:
        while head := peer.read_request():
            target = head.split()[1]
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))

    server = serve(script, script, lambda peer: peer.answer())
    targets = [f"/{n}" for n in range(64)]
    with transport(server, connections=2) as http, ThreadPoolExecutor(8) as threads:
        bodies = [reply.body.decode() for reply in threads.map(http.send, [Request("GET", t) for t in targets])]
        assert bodies == targets
        assert len(server.peers) <= 2


def test_a_closed_transport_keeps_no_connection(serve: Serve) -> None:
    """close() ends idle connections at once, and those opened after it when they have their reply."""
    server = serve(lambda peer: peer.answer_all(), lambda peer: peer.answer_all())
    http = HTTPTransport(server.url)
    http.send(Request("GET", "/1"))
    http.close()
    assert server.peers[0].done.wait(10)
    assert http.send(Request("GET", "/2")).status == 200
    assert server.peers[1].done.wait(10)
    http.close()
