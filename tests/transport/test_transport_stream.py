"""Many requests by one thread: the replies that `send` gives, in order, with connections and back-pressure as told."""

from __future__ import annotations

import contextlib
import select
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from prove400.model import Failure, Reply, Request
from prove400.transport import HTTPTransport, Streaming, WSGITransport, streamed
from tests.transport.test_transport_reading import METHODS, REPLIES

Serve = Callable[..., Any]
ONE, TWO = Request("GET", "/1"), Request("GET", "/2")
SHORT = Request("POST", "/short", (("Content-Length", "9"),), b"abc")
LOOSE = Request("POST", "/loose", (("Content-Length", "1"),), b"abc")


def transport(server: Any, **settings: Any) -> contextlib.closing[HTTPTransport]:
    """Give a transport to a test server, closed at the end of the with block."""
    return contextlib.closing(HTTPTransport(server.url, **{"timeout": 10.0, **settings}))


def untimed(replies: Any) -> list[Reply]:
    """Give replies without the time that they took."""
    return [replace(reply, seconds=0.0) for reply in replies]


def echo(peer: Any) -> None:
    """Answer each request with its target until the client goes."""
    while head := peer.read_request():
        target = head.split()[1]
        peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_stream_gives_what_send_gives(serve: Serve, reply: bytes, method: str) -> None:
    """On a connection that was kept, any reply, whole or not, is the same Reply either way."""

    def kept(peer: Any) -> None:
        peer.answer()
        peer.answer(reply)

    requests = [ONE, Request(method, "/2")]
    sending, streaming = (serve(kept, lambda peer: peer.answer(reply)) for _ in range(2))
    with transport(sending, connections=1) as http:
        expected = untimed(map(http.send, requests))
    with transport(streaming, connections=1) as http:
        assert untimed(http.stream(requests, 2)) == expected
    assert len(streaming.peers) == len(sending.peers) == (1 if reply else 2)


def test_replies_come_in_order(serve: Serve) -> None:
    """Whichever connection answers first, replies are in the order of the requests, and connections are kept."""
    slow = threading.Event()

    def late(peer: Any) -> None:
        while head := peer.read_request():
            if head.startswith(b"GET /0 "):
                slow.wait(10)
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%5s" % head.split()[1])

    server = serve(late, late, late)
    drawn = []

    def draw() -> Iterator[Request]:
        for number in range(30):
            drawn.append(number)
            if number == 3:  # more is not drawn before the first is answered
                slow.set()
            yield Request("GET", f"/{number}")

    with transport(server, connections=2) as http:
        seen = []
        for reply in http.stream(draw(), 2):
            seen.append(reply.body.decode().strip())
            assert len(drawn) - len(seen) <= 4
    assert seen == [f"/{number}" for number in range(30)]
    assert len(server.peers) == 2
    assert sum(peer.requests for peer in server.peers) == 30


def test_one_thread_serves_all_connections(serve: Serve) -> None:
    """Once connections are open, no other thread sends or reads; the few that opened them end with the stream."""
    server = serve(*[echo] * 3)
    with transport(server, connections=3) as http:
        list(http.stream([ONE] * 9, 3))
        opened, before = len(server.peers), set(threading.enumerate())
        for _ in http.stream([ONE] * 99, opened):
            assert set(threading.enumerate()) <= before
        assert len(server.peers) == opened


def test_requests_that_end_their_connection_keep_their_place(serve: Serve) -> None:
    """What a server may read as two requests, or waits for, is sent on a connection of its own, and others go on."""

    def script(peer: Any) -> None:
        while head := peer.read_head():
            if b"/short" in head:
                peer.read_to_end()
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n%-6s" % head.split()[1])
            if b"/short" in head or b"/loose" in head:
                peer.read_to_end()

    server = serve(*[script] * 20)
    requests = [ONE, SHORT, TWO, LOOSE, ONE, SHORT, TWO]
    with transport(server, connections=2, timeout=5.0) as http:
        bodies = [reply.body.decode().strip() for reply in http.stream(requests, 2)]
    assert bodies == [request.target for request in requests]
    odd = [received for received in server.received if b"/short" in received or b"/loose" in received]
    assert [received.count(b"HTTP/1.1") for received in odd] == [1, 1, 1]


@pytest.mark.parametrize("reset", [False, True])
def test_the_keep_alive_race_is_sent_again_once(serve: Serve, *, reset: bool) -> None:
    """A kept connection that closes on the request, before any byte of reply, is opened again; a second time is not."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.read_request()
        if reset:
            peer.reset()

    server = serve(script, script, lambda peer: peer.read_request(), echo)
    with transport(server, connections=1) as http:
        statuses = [(reply.status, reply.failure) for reply in http.stream([ONE, TWO, TWO, ONE], 2)]
    assert statuses == [(200, None), (200, None), (0, Failure.DROPPED), (200, None)]
    assert [received.count(b"GET /2 ") for received in server.received] == [1, 2, 1, 0]


def test_a_drop_within_a_reply_is_not_sent_again(serve: Serve) -> None:
    """One byte of reply is enough to know that the server took the request; a reset there is told as such."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.answer(b"H")
        dropped.wait(10)
        peer.reset()

    dropped = threading.Event()
    server = serve(script, echo)
    with transport(server, connections=1) as http:
        threading.Timer(0.05, dropped.set).start()
        first, second, third = http.stream([ONE, TWO, ONE], 2)
    assert (first.status, second.failure, third.status) == (200, Failure.DROPPED, 200)
    assert second.detail.startswith("ConnectionResetError")
    assert server.received[1].count(b"/2") == 0


def test_silence_is_a_time_out(serve: Serve) -> None:
    """A connection that says nothing for too long is given up, and the others go on."""

    def slow(peer: Any) -> None:
        while peer.read_request():
            for part in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 4\r\n", b"\r\n", b"okay"):
                threading.Event().wait(0.02)
                peer.sock.sendall(part)

    def silent(peer: Any) -> None:
        peer.answer()
        peer.read_to_end()

    server = serve(silent, slow)
    with transport(server, connections=1, timeout=2.0) as http:
        first, second, third, fourth = http.stream([ONE, TWO, ONE, TWO], 2)
    assert (first.status, second.status, third.body, fourth.body) == (200, 0, b"okay", b"okay")
    assert (second.failure, second.detail) == (Failure.TIMEOUT, "no whole reply in 2 s")


def test_what_comes_on_an_idle_connection_is_no_reply(serve: Serve) -> None:
    """Bytes that nobody asked for end a connection before the next request, which may have taken long to be drawn."""
    answered, drawing = threading.Event(), threading.Event()

    def script(peer: Any) -> None:
        peer.answer()
        peer.answer()
        answered.set()
        drawing.wait(10)
        peer.sock.sendall(b"HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n")
        peer.read_to_end()

    def draw() -> Iterator[Request]:
        yield from (ONE, ONE)
        drawing.set()
        assert select.select([http._flows[0]._warm[0].sock], [], [], 10)[0]
        yield TWO

    server = serve(script, echo)
    with transport(server, connections=1) as http:
        assert [(reply.status, answered.wait(10)) for reply in http.stream(draw(), 1)] == [(200, True)] * 3
    assert [received.count(b"/2") for received in server.received] == [0, 1]


def test_a_body_larger_than_buffers_is_sent_whole(serve: Serve) -> None:
    """What the system does not take at once is sent as it takes it, and arrives unchanged."""
    body = bytes(range(256)) * 40_000
    server = serve(echo)
    with transport(server, connections=1) as http:
        assert [reply.status for reply in http.stream([ONE, Request("POST", "/2", (), body), ONE], 2)] == [200] * 3
    assert body in server.received[0]
    assert len(server.peers) == 1


def test_a_reply_sent_before_the_body_was_read_counts(serve: Serve) -> None:
    """A 413 that comes while the body is still being sent is the reply, and its connection is used no more."""

    def script(peer: Any) -> None:
        peer.answer()
        peer.read_head()
        peer.sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        peer.read_to_end()

    server = serve(script, echo)
    with transport(server, connections=1) as http:
        large = Request("POST", "/2", (), bytes(50_000_000))
        assert [reply.status for reply in http.stream([ONE, large, ONE], 2)] == [200, 413, 200]
    assert [received.count(b"GET /1 ") for received in server.received] == [1, 1]


def test_who_takes_replies_may_send(serve: Serve) -> None:
    """Between two replies of a stream that has all connections, `send` waits for one of them, in the same thread."""
    server = serve(*[echo] * 3)
    with transport(server, connections=2) as http:
        targets = []
        for reply in http.stream([ONE] * 20, 2):
            again = http.send(TWO)
            targets += [reply.body, again.body]
        inner = [reply.body for first in http.stream([ONE] * 3, 2) for reply in [first, *http.stream([TWO] * 3, 2)]]
    assert targets == [b"/1", b"/2"] * 20
    assert inner == [b"/1", b"/2", b"/2", b"/2"] * 3
    assert len(server.peers) == 2


def test_threads_may_stream_side_by_side(serve: Serve) -> None:
    """Several threads share the connections: none gets another's replies, and none waits for ever."""
    server = serve(*[echo] * 3)

    def work(number: int) -> bool:
        request = Request("GET", f"/{number}")
        bodies = [(reply.body, http.send(request).body) for reply in http.stream([request] * 30, 2)]
        return bodies == [(request.target.encode(),) * 2] * 30

    with transport(server, connections=2) as http, ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(4), timeout=30))
    assert len(server.peers) <= 2


def test_a_stream_that_is_left_gives_its_connections_back(serve: Serve) -> None:
    """Who takes no more replies leaves connections for others; those with a reply under way are closed."""

    def late(peer: Any) -> None:
        peer.answer()
        peer.read_request()
        peer.answer()  # to the second request, once there is a third

    server = serve(late, echo)
    with transport(server, connections=1) as http:
        stream = http.stream([ONE] * 20, 2)
        next(stream)
        stream.close()
        assert [http.send(TWO).body for _ in range(3)] == [b"/2"] * 3
    assert len(server.peers) == 2


def test_a_closed_transport_keeps_no_connection(serve: Serve) -> None:
    """After close(), a stream goes on to its end, and leaves no connection open."""
    server = serve(*[echo] * 9)
    with transport(server, connections=2) as http:
        statuses = [(reply.status, http.close())[0] for reply in http.stream([ONE] * 9, 2)]
        assert all(peer.done.wait(10) for peer in server.peers)
    assert statuses == [200] * 9


def test_a_stream_over_tls(serve: Serve, tls_context: ssl.SSLContext) -> None:
    """Over TLS, connections are kept and replies in order and whole, too."""

    def script(peer: Any) -> None:
        while head := peer.read_request():
            body = head.split()[1] * 50_000
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = serve(*[script] * 3, wrap=lambda sock: tls_context.wrap_socket(sock, server_side=True))
    targets = [f"/{number}" for number in range(9)]
    with contextlib.closing(HTTPTransport(f"https://127.0.0.1:{server.port}", connections=2, verify=False)) as http:
        for target, reply in zip(targets, http.stream([Request("GET", each) for each in targets], 2), strict=True):
            assert reply.body == target.encode() * 50_000
            assert not http._flows[0]._busy  # half a record looks ready, but gives nothing
    assert len(server.peers) == 2


def test_nobody_listens() -> None:
    """Where nobody listens, each request says so."""
    with contextlib.closing(HTTPTransport("http://127.0.0.1:1", timeout=1.0)) as http:
        assert [reply.failure for reply in http.stream([ONE] * 5, 3)] == [Failure.GONE] * 5
        assert not list(http.stream([], 3))


def test_every_transport_can_be_streamed() -> None:
    """A transport without a way of its own is sent to in threads, or one after the other."""

    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    inner = WSGITransport(app)
    assert not isinstance(inner, Streaming)
    assert isinstance(HTTPTransport("http://h"), Streaming)
    for concurrency in (1, 3):
        assert [reply.body for reply in streamed(inner, [ONE, TWO] * 9, concurrency)] == [b"/1", b"/2"] * 9
