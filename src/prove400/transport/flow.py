"""Many requests under way at once, sent and read by one thread that waits for whichever connection is ready.

What needs a new connection, TLS, or a framing that ends its connection is rare: it is conversed in a few threads that
may block, with the same outcome. A connection that is then kept is served from here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from queue import Empty
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import socketpair
from time import perf_counter
from typing import Any, Protocol

from urllib3.connection import HTTPConnection

from prove400.model import Failure, Reply, Request
from prove400.transport.base import GivenUpError
from prove400.transport.exchange import UnansweredError, answered, conversed, failed, received
from prove400.transport.message import Framing, framed
from prove400.transport.reading import Reading
from prove400.transport.server import Server


class _Take(Protocol):
    def __call__(self, *, wait: bool = True) -> HTTPConnection: ...


class _Give(Protocol):
    def __call__(self, connection: HTTPConnection, *, keep: bool) -> None: ...


@dataclass(slots=True, eq=False)
class _Exchange:
    """One request, what of it is not sent yet, and what has come of its reply."""

    method: str
    message: bytes
    framing: Framing
    reading: Reading
    rest: memoryview | bytes = b""
    start: float = 0.0
    heard: bool = False
    reply: Reply | None = None


@dataclass(slots=True, eq=False)
class _Lane:
    """An open connection that is watched."""

    connection: HTTPConnection
    sock: Any


@dataclass(eq=False)
class Flow:
    """One stream of requests over the connections that it takes, all of which it gives back when it is closed."""

    server: Server
    take: _Take
    give: _Give
    concurrency: int
    timeout: float
    thread: int  # the one that it runs in
    _waiting: deque[_Exchange] = field(default_factory=deque)  # in order, the first one's reply is given next
    _next: _Exchange | None = None  # drawn, but not begun
    _warm: list[_Lane] = field(default_factory=list)  # open and idle
    _busy: dict[_Lane, _Exchange] = field(default_factory=dict)
    _cold: list[HTTPConnection] = field(default_factory=list)  # idle, but not watched
    _away: set[HTTPConnection] = field(default_factory=set)  # with a thread that may block
    _back: deque[tuple[_Exchange, HTTPConnection, Future[tuple[Reply, bool]]]] = field(default_factory=deque)
    _pool: ThreadPoolExecutor | None = None
    _due: float = 0.0  # before that, no reply has taken too long

    def __post_init__(self) -> None:
        """Begin to watch the bell that the other threads ring."""
        self._selector = DefaultSelector()
        self._bell, self._ring = socketpair()
        self._bell.settimeout(0)
        self._ring.settimeout(0)
        self._selector.register(self._bell, EVENT_READ)

    @property
    def has_connections(self) -> bool:
        """Whether it can give a connection back, now or later."""
        return bool(self._warm or self._cold or self._busy or self._away)

    def replies(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Send all requests, and give their replies in order."""
        source = iter(requests)
        self._fill(source)
        while self._waiting:
            while (reply := self._waiting[0].reply) is None:
                self._turn(wait=True)
                self._fill(source)
            self._waiting.popleft()
            yield reply
            self._turn(wait=False)
            self._fill(source)

    def released(self) -> HTTPConnection:
        """Give back one connection, as soon as one is idle."""
        while not (self._warm or self._cold):
            self._turn(wait=True)
        return self._retired(self._warm.pop()) if self._warm else self._cold.pop()

    def close(self) -> None:
        """Give back all connections; those with a reply under way are closed."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        for lane in self._busy:
            self.give(self._retired(lane), keep=False)
        for connection in self._away:
            self.give(connection, keep=False)
        for connection in [*self._cold, *map(self._retired, self._warm)]:
            self.give(connection, keep=True)
        self._selector.close()
        self._bell.close()
        self._ring.close()

    def _fill(self, source: Iterator[Request]) -> None:
        """Draw a request ahead and begin it as soon as there is room, again and again."""
        while (exchange := self._drawn(source)) and self._has_room():
            self._next = None
            self._waiting.append(exchange)
            if exchange.framing is Framing.PLAIN and self._warm:
                self._begin(self._warm.pop(), exchange)
            else:
                self._send_away(self._cold.pop() if self._cold else self._retired(self._warm.pop()), exchange)

    def _drawn(self, source: Iterator[Request]) -> _Exchange | None:
        """Give the request that waits to begin, drawn now where there is none and not too many wait to be given."""
        if self._next is None and len(self._waiting) < 2 * self.concurrency:
            request = next(source, None)
            if request is not None:
                message, framing = framed(request, self.server)
                self._next = _Exchange(request.method, message, framing, Reading(request.method))
                if self._warm:  # since when the connection was last looked at, drawing may have taken long
                    self._turn(wait=False)
        return self._next

    def _has_room(self) -> bool:
        """Tell whether a connection is idle, once one more is taken if need be."""
        if len(self._busy) + len(self._away) >= self.concurrency:
            return False
        if not (self._warm or self._cold):
            with suppress(Empty):
                self._adopt(self.take(wait=not self._waiting))
        return bool(self._warm or self._cold)

    def _adopt(self, connection: HTTPConnection) -> None:
        """Watch a connection from here on, if it is open and plain."""
        if self.server.scheme == "http" and connection.is_connected:
            sock: Any = connection.sock
            sock.settimeout(0)
            lane = _Lane(connection, sock)
            self._selector.register(sock, EVENT_READ, lane)
            self._warm.append(lane)
        else:
            self._cold.append(connection)

    def _retired(self, lane: _Lane) -> HTTPConnection:
        """Watch a connection no more."""
        self._selector.unregister(lane.sock)
        lane.sock.settimeout(self.timeout)
        return lane.connection

    def _drop(self, lane: _Lane) -> None:
        connection = self._retired(lane)
        connection.close()
        self._cold.append(connection)

    def _turn(self, *, wait: bool) -> None:
        """Do what can be done on the connections that are ready, and wait for one of them if told to."""
        for key, ready in self._selector.select(self._patience() if wait else 0):
            lane: _Lane | None = key.data
            if lane is None:
                self._welcome()
            elif lane not in self._busy:  # closed, or with bytes that belong to no request of ours
                self._warm.remove(lane)
                self._drop(lane)
            elif ready & EVENT_WRITE and not self._pushed(lane, self._busy[lane]):
                self._selector.modify(lane.sock, EVENT_READ, lane)
            elif ready & EVENT_READ:
                self._pull(lane, self._busy[lane])
        self._expire()

    def _patience(self) -> float | None:
        """Give the seconds until a reply will have taken too long."""
        if not self._busy:
            return None
        return max(self._deadline() - perf_counter(), 0.0)

    def _deadline(self) -> float:
        """Give when the first reply will have taken too long; never, where none is waited for."""
        return min((exchange.start for exchange in self._busy.values()), default=math.inf) + self.timeout

    def _expire(self) -> None:
        now = perf_counter()
        if now < self._due:
            return
        for lane, exchange in list(self._busy.items()):
            if exchange.start + self.timeout <= now:
                self._end(lane, failed(Failure.TIMEOUT, GivenUpError.after(self.timeout), exchange.start), keep=False)
        self._due = self._deadline()

    def _begin(self, lane: _Lane, exchange: _Exchange) -> None:
        self._busy[lane] = exchange
        exchange.rest, exchange.start = exchange.message, perf_counter()
        self._due = min(self._due, exchange.start + self.timeout)
        if self._pushed(lane, exchange):
            self._selector.modify(lane.sock, EVENT_READ | EVENT_WRITE, lane)

    def _pushed(self, lane: _Lane, exchange: _Exchange) -> bool:
        """Send what can be sent; tell whether more is left."""
        try:
            sent = lane.sock.send(exchange.rest)
        except BlockingIOError:
            return True
        except OSError:  # a server may answer and close before it has read everything: what can be read tells
            sent = len(exchange.rest)
        exchange.rest = memoryview(exchange.rest)[sent:] if sent < len(exchange.rest) else b""
        return bool(exchange.rest)

    def _pull(self, lane: _Lane, exchange: _Exchange) -> None:
        """Read what has come; a connection that was closed before any of it is opened again, once."""
        try:
            whole = received(lane.sock, exchange.reading, heard=exchange.heard)
        except BlockingIOError:
            return
        except UnansweredError:
            del self._busy[lane]
            self._drop(lane)
            self._send_away(self._cold.pop(), exchange)
            return
        except (OSError, HTTPException) as error:
            kind = Failure.TIMEOUT if isinstance(error, TimeoutError) else Failure.DROPPED
            self._end(lane, failed(kind, error, exchange.start), keep=False)
            return
        exchange.heard = True
        if whole:
            self._end(lane, answered(whole, exchange.start), keep=whole.keeps and not exchange.rest)

    def _end(self, lane: _Lane, reply: Reply, *, keep: bool) -> None:
        self._busy.pop(lane).reply = reply
        if keep:
            self._warm.append(lane)
        else:
            self._drop(lane)

    def _send_away(self, connection: HTTPConnection, exchange: _Exchange) -> None:
        """Let another thread converse, which may block."""
        self._pool = self._pool or ThreadPoolExecutor(self.concurrency)
        self._away.add(connection)
        future = self._pool.submit(conversed, connection, exchange.method, exchange.message, exchange.framing)
        future.add_done_callback(lambda done: self._come_back(exchange, connection, done))

    def _come_back(self, *what: Any) -> None:
        self._back.append(what)
        with suppress(BlockingIOError):  # it has been rung often enough
            self._ring.send(b"\0")

    def _welcome(self) -> None:
        """Take what other threads have done."""
        with suppress(BlockingIOError):
            self._bell.recv(4096)
        while self._back:
            exchange, connection, future = self._back.popleft()
            exchange.reply, keep = future.result()
            self._away.discard(connection)
            if not keep:
                connection.close()
            self._adopt(connection)
