"""A server at a URL, spoken to in HTTP/1.1 with exactly the bytes of the request.

urllib3 opens the connections (name resolution, time-outs, TCP_NODELAY, TLS). Its own request path is not used: it
re-quotes targets and adds header fields, and the bytes sent are what verdicts rest on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing, suppress
from queue import Empty, LifoQueue
from threading import get_ident

from urllib3.connection import HTTPConnection

from prove400.model import Reply, Request
from prove400.transport.exchange import conversed
from prove400.transport.flow import Flow
from prove400.transport.message import framed
from prove400.transport.server import Server, tls_context


class HTTPTransport:
    """Sends requests over at most `connections` kept-alive connections; more callers than that wait their turn.

    Follows no redirects and repeats nothing, with one exception: a kept-alive connection that the server closed before
    any byte of a reply (RFC 9112, section 9.3.1) is opened again once, silently.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 10.0,
        connections: int = 8,
        verify: bool | str = True,
    ) -> None:
        """Take the URL whose path is put in front of each target; nothing is sent yet.

        `timeout` is seconds, for connecting and then for a whole reply. `verify` is whether to check certificates,
        or the file or folder of the authorities to trust. TargetError where the URL is not one of a server.
        """
        self.name = base_url
        self.concurrency = connections
        self._server = Server.parse(base_url)
        self._closed = False
        self._timeout = timeout
        context = tls_context(verify) if self._server.scheme == "https" else None
        self._flows: list[Flow] = []
        self._slots: LifoQueue[HTTPConnection] = LifoQueue()
        for _ in range(connections):
            self._slots.put(self._server.connection(timeout, context))

    def send(self, request: Request) -> Reply:
        """Give the reply to these exact bytes; `seconds` runs from the first byte sent to the last one read."""
        message, framing = framed(request, self._server)
        connection = self._take()
        keep = False
        try:
            reply, keep = conversed(connection, request.method, message, framing)
            return reply
        finally:
            self._give(connection, keep=keep)

    def stream(self, requests: Iterable[Request], concurrency: int) -> Generator[Reply]:
        """Give the replies in order, with up to so many requests under way at once, as far as connections are free.

        Requests are drawn only as fast as replies come and are taken. One thread sends and reads; few others help it.
        """
        flow = Flow(self._server, self._take, self._give, concurrency, self._timeout, get_ident())
        self._flows.append(flow)
        try:
            with closing(flow):
                yield from flow.replies(requests)
        finally:
            self._flows.remove(flow)

    def close(self) -> None:
        """Close the connections; those in use close when their reply is read, and later ones are not kept."""
        self._closed = True
        idle = []
        with suppress(Empty):
            while True:
                idle.append(self._slots.get_nowait())
        for connection in idle:
            connection.close()
            self._slots.put(connection)

    def _take(self, *, wait: bool = True) -> HTTPConnection:
        """Give a free connection, from a stream of this very thread where all are taken; Empty if not to wait."""
        with suppress(Empty):
            return self._slots.get_nowait()
        if not wait:
            raise Empty
        own = next((flow for flow in self._flows if flow.thread == get_ident() and flow.has_connections), None)
        return own.released() if own else self._slots.get()

    def _give(self, connection: HTTPConnection, *, keep: bool) -> None:
        if not keep or self._closed:
            connection.close()
        self._slots.put(connection)
