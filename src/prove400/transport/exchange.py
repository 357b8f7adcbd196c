"""One request and its reply on one connection, step after step, and what goes wrong with them."""

from __future__ import annotations

import ssl
from contextlib import suppress
from http.client import HTTPException
from socket import SHUT_WR, socket
from time import perf_counter
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util.ssltransport import SSLTransport

from prove400.model import Failure, Reply
from prove400.transport.base import GivenUpError, exception_line
from prove400.transport.message import Framing
from prove400.transport.reading import Reading, Whole

PIECE = 65_536
"""Bytes that are read at once."""


class UnansweredError(Exception):
    """The connection was closed before the first byte of a reply."""


def conversed(connection: HTTPConnection, method: str, message: bytes, framing: Framing) -> tuple[Reply, bool]:
    """Give the reply, and whether the connection can carry another request."""
    start = perf_counter()
    # An idle connection with something to read was closed, or carries bytes that belong to no request of ours.
    if framing is not Framing.PLAIN or not connection.is_connected:
        connection.close()
    if not connection.is_closed:
        with suppress(UnansweredError):
            return _answer(connection, method, message, framing)
        connection.close()
    try:
        _connect(connection, framing)
    except (OSError, HTTPError, ValueError) as error:  # ValueError: a certificate for another host
        # Of urllib3's errors, NewConnectionError (refused, unknown) is a ConnectTimeoutError, too.
        slow = isinstance(error, (TimeoutError, ConnectTimeoutError)) and not isinstance(error, NewConnectionError)
        cause = error.__cause__ if isinstance(error, NewConnectionError) else None  # the system's own words
        return failed(Failure.TIMEOUT if slow else Failure.GONE, cause or error, start), False
    try:
        return _answer(connection, method, message, framing)
    except UnansweredError as error:
        return Reply(0, seconds=perf_counter() - start, failure=Failure.DROPPED, detail=str(error)), False


def received(sock: Any, reading: Reading, *, heard: bool) -> Whole | None:
    """Read once, and give the reply if it is whole now; `heard` is whether any of it was read before.

    UnansweredError where nothing has come and nothing will, OSError or HTTPException where it breaks off.
    """
    try:
        piece = sock.recv(PIECE)
    except (TimeoutError, BlockingIOError):
        raise
    except OSError as error:
        if heard:
            raise
        raise UnansweredError(exception_line(error)) from error
    if piece:
        return reading.feed(piece)
    if not heard:
        message = "the server closed the connection without a reply"
        raise UnansweredError(message)
    return reading.end()


def answered(whole: Whole, start: float) -> Reply:
    """Give the reply to a request that was begun to be sent at `start`."""
    return Reply(whole.status, whole.headers, whole.body, perf_counter() - start)


def failed(failure: Failure, error: BaseException, start: float) -> Reply:
    """Give what there is instead of a reply."""
    return Reply(0, seconds=perf_counter() - start, failure=failure, detail=exception_line(error))


def _answer(connection: HTTPConnection, method: str, message: bytes, framing: Framing) -> tuple[Reply, bool]:
    """Send on an open connection and read one reply; UnansweredError where it is closed before the first byte."""
    start = perf_counter()
    sock: Any = connection.sock  # a socket, or an SSLTransport
    timeout = connection.timeout or 0.0
    sock.settimeout(timeout)
    # A server may answer and close before it has read everything (413): what can be read tells, not what was sent.
    with suppress(OSError):
        sock.sendall(message)
        if framing is Framing.SHORT:
            _end_our_side(sock)
    reading, whole, heard = Reading(method), None, False
    try:
        while whole is None:
            sock.settimeout(_left(start, timeout))
            whole = received(sock, reading, heard=heard)
            heard = True
    except TimeoutError as error:
        given_up = error if isinstance(error, GivenUpError) else GivenUpError.after(timeout)
        return failed(Failure.TIMEOUT, given_up, start), False
    except (OSError, HTTPException) as error:
        return failed(Failure.DROPPED, error, start), False
    return answered(whole, start), framing is Framing.PLAIN and whole.keeps


def _left(start: float, timeout: float) -> float:
    """Give the seconds that are left of those for a whole reply; GivenUpError where none are."""
    left = start + timeout - perf_counter()
    if left <= 0:
        raise GivenUpError.after(timeout)
    return left


def _connect(connection: HTTPConnection, framing: Framing) -> None:
    """Open a connection, one whose TLS layer can end our side alone where that will be needed."""
    context = connection.ssl_context if isinstance(connection, HTTPSConnection) else None
    if framing is not Framing.SHORT or context is None:
        connection.connect()
        return
    plain = HTTPConnection(connection.host, connection.port, timeout=connection.timeout)
    plain.connect()
    try:
        connection.sock = SSLTransport(plain.sock, context, server_hostname=connection.host)
    except BaseException:
        plain.close()
        raise


def _end_our_side(sock: socket | SSLTransport) -> None:
    """Tell the server that no more comes, and leave the other direction open."""
    if not isinstance(sock, SSLTransport):
        sock.shutdown(SHUT_WR)
        return
    # To TLS a bare FIN is an attack, so say close_notify (RFC 8446, section 6.1). ssl.SSLSocket cannot: its unwrap()
    # goes on to read, and fails on whatever has come. Here it finds nothing to read, as only recv() would fetch it.
    with suppress(ssl.SSLWantReadError):
        sock.sslobj.unwrap()
    sock.socket.sendall(sock.outgoing.read())
