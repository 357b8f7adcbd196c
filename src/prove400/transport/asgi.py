"""An ASGI application, called in process (ASGI 3, https://asgi.readthedocs.io/en/latest/specs/)."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from prove400.errors import TargetError
from prove400.model import Failure, Reply
from prove400.transport.base import (
    LARGEST,
    METHODS_WITH_CONTENT,
    GivenUpError,
    application_name,
    exception_line,
    framed_body,
    is_short,
    octets,
    split_target,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prove400.model import Headers, Request

    Event = dict[str, Any]
    ASGIApplication = Callable[
        [dict[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
        Awaitable[None],
    ]

_SHUTDOWN_SECONDS = 10.0


class ASGITransport:
    """Calls an ASGI application on one event loop in a thread of its own, inside its lifespan.

    A thread of its own, because the caller may be inside a running loop already (a notebook, an async test).
    """

    def __init__(self, app: ASGIApplication, *, timeout: float = 10.0, name: str = "") -> None:
        """Run the application's start-up; `timeout` is seconds for one whole reply. TargetError if start-up fails."""
        self.name = name or application_name(app)
        self.concurrency = 1  # in process, one after the other
        self._app = app
        self._timeout = timeout
        self._lifespan = _Lifespan(app, self.name)
        self._stop = asyncio.Event()
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(target=asyncio.run, args=(self._live(started),), name=f"asgi {self.name}", daemon=True)
        self._thread.start()
        self._loop = started.result()

    def send(self, request: Request) -> Reply:
        """Give the application's reply; what it raises after a whole reply is its own affair, as behind a server."""
        exchange = _Exchange(request)
        future = asyncio.run_coroutine_threadsafe(exchange.run(self._app, dict(self._lifespan.state)), self._loop)
        try:
            future.result(self._timeout)
        except TimeoutError:
            future.cancel()
            return exchange.reply((Failure.TIMEOUT, str(GivenUpError.after(self._timeout))))
        return exchange.reply()

    def close(self) -> None:
        """Run the application's shut-down and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_SHUTDOWN_SECONDS)

    async def _live(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        try:
            await self._lifespan.start()
        except TargetError as error:
            started.set_exception(error)
            return
        started.set_result(asyncio.get_running_loop())
        await self._stop.wait()
        await self._lifespan.stop()


class _Lifespan:
    """Start-up and shut-down; an application that knows no lifespan raises or returns, and is served all the same."""

    def __init__(self, app: ASGIApplication, name: str) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._name = name
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._answers: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Send the start-up event and wait for its answer; TargetError where the application says it failed."""
        self._task = asyncio.create_task(self._run())
        await self._events.put({"type": "lifespan.startup"})
        answer = await self._answers.get()
        if answer["type"] == "lifespan.startup.failed":
            what = f"the application's start-up failed: {answer.get('message') or 'it does not say why'}"
            raise TargetError(what, self._name, "Start it with your ASGI server to see the traceback.")

    async def stop(self) -> None:
        """Send the shut-down event and give the application some time for it."""
        if self._task is not None and not self._task.done():
            await self._events.put({"type": "lifespan.shutdown"})
            await asyncio.wait([self._task], timeout=_SHUTDOWN_SECONDS)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        with suppress(Exception, SystemExit):  # a server goes on without lifespan when it raises (ASGI lifespan spec)
            await self._app(scope, self._events.get, self._answers.put)
        await self._answers.put({"type": "lifespan.unsupported"})


class _Exchange:
    """One request and what the application has sent for it so far."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._body: bytes | None = framed_body(request)
        self._status = 0  # until http.response.start
        self._headers: Headers = ()
        self._chunks = bytearray()
        self._begun = perf_counter()
        self._seconds = 0.0
        self._complete = asyncio.Event()
        self._failure: tuple[Failure, str] = (Failure.DROPPED, "the application returned without a whole reply")

    async def run(self, app: ASGIApplication, state: dict[str, Any]) -> None:
        """Call the application; never raises what it raises."""
        self._begun = perf_counter()
        try:
            await app({**build_scope(self._request), "state": state}, self._receive, self._send)
        except GivenUpError as error:
            self._failure = Failure.TIMEOUT, exception_line(error)
        except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001 - the seam to foreign code
            self._failure = Failure.RAISED, exception_line(error)

    def reply(self, failure: tuple[Failure, str] | None = None) -> Reply:
        """Give the reply if it is whole, else the failure: the one given, else the application's own."""
        if not self._complete.is_set():
            kind, detail = failure or self._failure
            return Reply(0, seconds=perf_counter() - self._begun, failure=kind, detail=detail)
        return Reply(self._status, self._headers, bytes(self._chunks), self._seconds)

    async def _receive(self) -> Event:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": is_short(self._request)}
        if not is_short(self._request):
            await self._complete.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Event) -> None:
        kind = event["type"]
        if kind == "http.response.start" and not self._status:
            pairs = event.get("headers", ())
            self._headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
            self._status = int(event["status"])
        elif kind == "http.response.body" and self._status and not self._complete.is_set():
            self._chunks += event.get("body", b"")
            if len(self._chunks) > LARGEST:
                raise GivenUpError.endless()
            if not event.get("more_body", False):
                self._seconds = perf_counter() - self._begun
                self._complete.set()
        else:
            message = f"the application sent {kind} out of turn"
            raise RuntimeError(message)


def build_scope(request: Request) -> dict[str, Any]:
    """Give the http scope that a server would build from these bytes."""
    path, query = split_target(request.target)
    headers = [(octets(name).lower(), octets(value)) for name, value in request.headers]
    if request.header("Content-Length") is None and (request.body or request.method in METHODS_WITH_CONTENT):
        headers.append((b"content-length", str(len(request.body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
