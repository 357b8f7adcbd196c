"""A server at a URL, spoken to in HTTP/1.1 with exactly the bytes of the request.

urllib3 opens the connections (name resolution, time-outs, TCP_NODELAY, TLS). Its own request path is not used: it
re-quotes targets and adds header fields, and the bytes sent are what verdicts rest on.
"""

from __future__ import annotations

import re
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException, HTTPResponse
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import Empty, LifoQueue
from socket import SHUT_WR, socket
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util.ssltransport import SSLTransport

from prove400.errors import TargetError
from prove400.model import Failure, Reply
from prove400.transport.base import METHODS_WITH_CONTENT, exception_line, is_short, octets

if TYPE_CHECKING:
    from prove400.model import Request

_LAST_CHUNK = b"0\r\n\r\n"  # RFC 9112, section 7.1
_FIRST_FINAL_STATUS = 200


class _Framing(Enum):
    """How a request is delimited, and so what becomes of its connection."""

    PLAIN = auto()  # the server knows where it ends; the connection is kept
    SHORT = auto()  # the server waits for more: end our side, so that it notices
    LOOSE = auto()  # the server may take the rest for a second request: only the first reply counts


class _UnansweredError(Exception):
    """The connection was closed before the first byte of a reply; never leaves this module."""


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

        `timeout` is seconds of silence, for connecting and for each read. `verify` is whether to check certificates,
        or the file or folder of the authorities to trust. TargetError where the URL is not one of a server.
        """
        self.name = base_url
        self.concurrency = connections
        self._server = _Server.parse(base_url)
        self._closed = False
        context = _tls_context(verify) if self._server.scheme == "https" else None
        self._slots: LifoQueue[HTTPConnection] = LifoQueue()
        for _ in range(connections):
            self._slots.put(self._server.connection(timeout, context))

    def send(self, request: Request) -> Reply:
        """Give the reply to these exact bytes; `seconds` runs from the first byte sent to the last one read."""
        framing = _framing(request)
        message = _message(request, self._server, framing)
        connection = self._slots.get()
        keep = False
        try:
            reply, keep = _converse(connection, request.method, message, framing)
            return reply
        finally:
            if not keep or self._closed:
                connection.close()
            self._slots.put(connection)

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


@dataclass(frozen=True, slots=True)
class _Server:
    """The parts of a base URL."""

    scheme: str
    host: str
    port: int
    authority: bytes  # value of the Host header field
    path: str  # what stands in front of each target

    @classmethod
    def parse(cls, base_url: str) -> _Server:
        try:
            url = urlsplit(base_url)
            host, port = url.hostname or "", url.port
            ascii_host = host if host.isascii() else host.encode("idna").decode()
        except ValueError as error:  # a port that is no number, a bracket left open, a host that IDNA refuses
            reason = "" if "@" in base_url else f": {error}"  # which may quote a password
            raise TargetError(f"not a URL{reason}", _public(base_url), "Write it like http://host:8000.") from error
        _refuse(url, host)
        bracketed = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
        authority = bracketed if port is None else f"{bracketed}:{port}"
        default = HTTPSConnection.default_port if url.scheme == "https" else HTTPConnection.default_port
        return cls(url.scheme, ascii_host, port or default, authority.encode(), url.path.rstrip("/"))

    def connection(self, timeout: float, context: ssl.SSLContext | None) -> HTTPConnection:
        if context is None:
            return HTTPConnection(self.host, self.port, timeout=timeout)
        return HTTPSConnection(self.host, self.port, timeout=timeout, ssl_context=context)


def _refuse(url: SplitResult, host: str) -> None:
    """Raise TargetError for a URL that is not one of a server."""
    where = _public(url.geturl())
    if url.scheme not in {"http", "https"} or not host:
        raise TargetError(
            "a target URL begins with http:// or https:// and a host",
            where,
            "Write it like http://127.0.0.1:8000, or give module:attr for an application in process.",
        )
    if url.username is not None:
        raise TargetError(
            "a target URL may not carry user and password",
            where,
            "Send an Authorization header with the requests instead.",
        )
    if url.query or url.fragment:
        raise TargetError(
            "a target URL has no query and no fragment",
            where,
            "Give scheme, host, port and base path only; the contract names the rest.",
        )


def _public(url: str) -> str:
    """Give a URL without user and password: error messages end up in logs."""
    return re.sub(r"//.*@", "//", url)


def _tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - the public signature has it by keyword
    place = None if isinstance(verify, bool) else verify
    folder = place is not None and Path(place).is_dir()
    try:
        context = ssl.create_default_context(cafile=None if folder else place, capath=place if folder else None)
    except OSError as error:
        raise TargetError(
            f"cannot read certificate authorities: {error}",
            str(verify),
            "Give a PEM file, or a folder prepared by openssl rehash.",
        ) from error
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _framing(request: Request) -> _Framing:
    """Say where a server will see the end of this request (RFC 9112, section 6.3)."""
    names = [name.lower() for name, _ in request.headers]
    head = [request.method, request.target, *(part for header in request.headers for part in header)]
    if any(character in part for part in head for character in "\r\n\0"):
        return _Framing.LOOSE
    if "transfer-encoding" in names:
        return _Framing.LOOSE if request.body.endswith(_LAST_CHUNK) else _Framing.SHORT
    stated = [value for name, value in request.headers if name.lower() == "content-length"]
    if not stated or stated == [str(len(request.body))]:
        return _Framing.PLAIN
    return _Framing.SHORT if is_short(request) else _Framing.LOOSE


def _message(request: Request, server: _Server, framing: _Framing) -> bytes:
    """Give the bytes for the wire: the request's own, and the few header fields that HTTP needs where it has none."""
    target = server.path + request.target if request.target.startswith("/") else request.target
    present = {name.lower() for name, _ in request.headers}
    fields = [(octets(name), octets(value)) for name, value in request.headers]
    if "host" not in present:
        fields.insert(0, (b"Host", server.authority))
    fields += [(name, value) for name, value in _ADDED if name.decode().lower() not in present]
    if not present & {"content-length", "transfer-encoding"} and (
        request.body or request.method in METHODS_WITH_CONTENT
    ):
        fields.append((b"Content-Length", str(len(request.body)).encode()))
    if framing is _Framing.LOOSE and "connection" not in present:
        fields.append((b"Connection", b"close"))
    lines = [b"%s %s HTTP/1.1" % (octets(request.method), octets(target)), *(b"%s: %s" % field for field in fields)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


def _converse(connection: HTTPConnection, method: str, message: bytes, framing: _Framing) -> tuple[Reply, bool]:
    """Give the reply, and whether the connection can carry another request."""
    start = perf_counter()
    # An idle connection with something to read was closed, or carries bytes that belong to no request of ours.
    if framing is not _Framing.PLAIN or not connection.is_connected:
        connection.close()
    if not connection.is_closed:
        with suppress(_UnansweredError):
            return _answer(connection, method, message, framing)
        connection.close()
    try:
        _connect(connection, framing)
    except (OSError, HTTPError, ValueError) as error:  # ValueError: a certificate for another host
        # Of urllib3's errors, NewConnectionError (refused, unknown) is a ConnectTimeoutError, too.
        late = isinstance(error, (TimeoutError, ConnectTimeoutError)) and not isinstance(error, NewConnectionError)
        cause = error.__cause__ if isinstance(error, NewConnectionError) else None  # the system's own words
        return _failed(Failure.TIMEOUT if late else Failure.GONE, cause or error, start), False
    try:
        return _answer(connection, method, message, framing)
    except _UnansweredError as error:
        return Reply(0, seconds=perf_counter() - start, failure=Failure.DROPPED, detail=str(error)), False


def _answer(connection: HTTPConnection, method: str, message: bytes, framing: _Framing) -> tuple[Reply, bool]:
    """Send on an open connection and read one reply; _UnansweredError where it is closed before the first byte."""
    start = perf_counter()
    sock: Any = connection.sock  # a socket, or an SSLTransport, which has what HTTPResponse needs of one
    # A server may answer and close before it has read everything (413): what can be read tells, not what was sent.
    with suppress(OSError):
        sock.sendall(message)
        if framing is _Framing.SHORT:
            _end_our_side(sock)
    with closing(HTTPResponse(sock, method=method)) as response:
        try:
            _await_first_byte(response)
            response.begin()
            body = response.read()
        except TimeoutError as error:
            return _failed(Failure.TIMEOUT, error, start), False
        except (OSError, HTTPException) as error:
            return _failed(Failure.DROPPED, error, start), False
        keep = framing is _Framing.PLAIN and not response.will_close and response.status >= _FIRST_FINAL_STATUS
        return Reply(response.status, tuple(response.getheaders()), body, perf_counter() - start), keep


def _connect(connection: HTTPConnection, framing: _Framing) -> None:
    """Open a connection, one whose TLS layer can end our side alone where that will be needed."""
    context = connection.ssl_context if isinstance(connection, HTTPSConnection) else None
    if framing is not _Framing.SHORT or context is None:
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


def _await_first_byte(response: HTTPResponse) -> None:
    try:
        first = response.fp.peek(1)
    except TimeoutError:
        raise
    except OSError as error:
        raise _UnansweredError(exception_line(error)) from error
    if not first:
        message = "the server closed the connection without a reply"
        raise _UnansweredError(message)


def _failed(failure: Failure, error: BaseException, start: float) -> Reply:
    return Reply(0, seconds=perf_counter() - start, failure=failure, detail=exception_line(error))


def _product() -> bytes:
    try:
        return f"prove400/{version('prove400')}".encode()
    except PackageNotFoundError:  # run from a source tree that is not installed
        return b"prove400"


_ADDED = ((b"User-Agent", _product()), (b"Accept", b"*/*"))
