"""A WSGI application, called in process (PEP 3333)."""

from __future__ import annotations

import sys
from functools import lru_cache
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from prove400.model import Failure, Reply, Request
from prove400.transport.base import (
    LARGEST,
    GivenUpError,
    application_name,
    exception_line,
    framed_body,
    octets,
    split_target,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    from prove400.model import Headers

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_CGI_NAMES = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}  # the two without HTTP_ (RFC 3875)


class WSGITransport:
    """Calls a WSGI application; an exception that it lets out is a reply with `Failure.RAISED`."""

    def __init__(self, app: WSGIApplication, *, name: str = "") -> None:
        """Take the application, and what a report says of it (its own name unless told)."""
        self.name = name or application_name(app)
        self.concurrency = 1  # in process, one after the other
        self._app = app

    def send(self, request: Request) -> Reply:
        """Give the application's reply, its body iterated to the end and closed."""
        environ, answer = build_environ(request), _Answer()
        start = perf_counter()
        try:
            answer.collect(self._app, environ)
            status = answer.code
        except GivenUpError as error:
            return Reply(0, seconds=perf_counter() - start, failure=Failure.TIMEOUT, detail=exception_line(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the seam: what foreign code raises is a result
            seconds = perf_counter() - start
            return Reply(0, seconds=seconds, failure=Failure.RAISED, detail=exception_line(error))
        return Reply(status, answer.headers, bytes(answer.body), perf_counter() - start)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def build_environ(request: Request) -> dict[str, Any]:
    """Give the environ that a server would build from these bytes; strings carry one octet per character.

    CONTENT_LENGTH is the request's own, wrong or not; ``wsgi.input`` ends where the body or that length ends.
    """
    return {
        **_SERVER_VARIABLES,
        "REQUEST_METHOD": request.method,
        "wsgi.input": BytesIO(framed_body(request)),
        "wsgi.errors": sys.stderr,
        "CONTENT_LENGTH": str(len(request.body)),
        **_target_variables(request.target),
        **_header_variables(request.headers),
    }


_SERVER_VARIABLES = {
    "SCRIPT_NAME": "",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@lru_cache(maxsize=256)
def _target_variables(target: str) -> dict[str, str]:
    """Give what an environ has of a request target; REQUEST_URI and RAW_URI are not in PEP 3333, but looked for."""
    path, query = split_target(target)
    whole = octets(target).decode("latin-1")
    return {
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "REQUEST_URI": whole,
        "RAW_URI": whole,
    }


@lru_cache(maxsize=256)
def _header_variables(headers: Headers) -> dict[str, str]:
    """Give header fields as environ has them: repeated ones joined (RFC 9110, section 5.3; cookies: RFC 6265, 4.2)."""
    variables: dict[str, str] = {}
    for name, text in headers:
        upper, value = name.upper(), octets(text).decode("latin-1")
        key = _CGI_NAMES.get(upper) or f"HTTP_{upper.replace('-', '_')}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        variables[key] = f"{variables[key]}{separator}{value}" if key in variables else value
    host, _, port = (Request("", "", headers).header("Host") or "localhost").partition(":")
    return {"SERVER_NAME": host, "SERVER_PORT": port or "80", **variables}


class _Answer:
    """What one call of the application has given so far."""

    def __init__(self) -> None:
        self.headers: Headers = ()
        self.body = bytearray()
        self._status: str | None = None
        self._sent = False  # whether a server would have put the headers on the wire

    @property
    def code(self) -> int:
        """The status as a number; ValueError where the application gave none."""
        return int(self._status_line().partition(" ")[0])

    def collect(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application, and iterate and close what it returns."""
        chunks = app(environ, self.start_response)
        try:
            for chunk in chunks:
                self.write(chunk)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: ExcInfo | None = None,
        /,
    ) -> Callable[[bytes], object]:
        """Take status and headers; a second call needs exc_info, and re-raises it once anything is sent."""
        if exc_info is not None and exc_info[1] is not None and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._status is not None:
            message = "start_response() was called twice without exc_info"
            raise AssertionError(message)
        self._status, self.headers = status, tuple((str(name), str(value)) for name, value in headers)
        return self.write

    def write(self, chunk: bytes) -> None:
        """Add to the body; headers count as sent with the first byte, not before (PEP 3333)."""
        if chunk:
            self._status_line()
            self._sent = True
            self.body += chunk
            if len(self.body) > LARGEST:
                raise GivenUpError.endless()

    def _status_line(self) -> str:
        if self._status is None:
            message = "the application gave a body without calling start_response()"
            raise AssertionError(message)
        return self._status
