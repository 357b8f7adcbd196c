"""What an ASGI application in process sees and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from prove400.errors import TargetError
from prove400.model import Failure, Reply, Request
from prove400.transport import ASGITransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

GET = Request("GET", "/")
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1"), (b"x-a", b"\xe9")]}
BODY = {"type": "http.response.body", "body": b"ok"}


def http_only(app: Callable[[dict[str, Any], Receive, Send], Awaitable[None]]) -> Any:
    """Give an application that knows no lifespan and raises on it, as ASGI allows."""

    async def wrapped(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await app(scope, receive, send)

    return wrapped


def sending(*events: dict[str, Any] | BaseException) -> Any:
    """Give an application that sends these events, and raises those that are exceptions."""

    async def app(_: dict[str, Any], __: Receive, send: Send) -> None:
        for event in events:
            if isinstance(event, BaseException):
                raise event
            await send(event)

    return http_only(app)


def ask(app: Any, request: Request = GET, **settings: Any) -> Reply:
    """Send one request through a transport of its own."""
    with contextlib.closing(ASGITransport(app, **settings)) as transport:
        return transport.send(request)


def test_the_scope_is_built_from_the_bytes() -> None:
    """Path, raw path, query and headers are what a server makes of the request's bytes."""
    scopes = []

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        scopes.append({**scope, "received": await receive()})
        await send(START)
        await send(BODY)

    fields = (("X-Twice", "1"), ("x-twice", "\u00e9"), ("X-Far", "\u0456"))
    ask(http_only(app), Request("POST", "/a%20b/%C3%A9%zz?x=%zz&y=%41?", fields, b"\x00body"))
    scope = scopes[0]
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a b/\u00e9%zz", b"/a%20b/%C3%A9%zz")
    assert scope["query_string"] == b"x=%zz&y=%41?"
    assert scope["headers"] == [
        (b"x-twice", b"1"),
        (b"x-twice", b"\xe9"),
        (b"x-far", b"\xd1\x96"),
        (b"content-length", b"5"),
    ]
    assert scope["received"] == {"type": "http.request", "body": b"\x00body", "more_body": False}


@pytest.mark.parametrize(
    ("fields", "first", "more"),
    [
        ((), b"abc", False),
        ((("Content-Length", "2"),), b"ab", False),
        ((("content-length", "9"),), b"abc", True),
    ],
)
def test_a_wrong_content_length_is_passed_on(fields: tuple[tuple[str, str], ...], first: bytes, *, more: bool) -> None:
    """Below the body it cuts the body; above it the application waits for more and sees the client leave."""
    got: list[dict[str, Any]] = []

    async def app(_: dict[str, Any], receive: Receive, send: Send) -> None:
        got.append(await receive())
        if got[0]["more_body"]:
            got.append(await receive())
        await send(START)
        await send(BODY)

    assert ask(http_only(app), Request("POST", "/", fields, b"abc")).status == 200
    assert got[0] == {"type": "http.request", "body": first, "more_body": more}
    assert got[1:] == [{"type": "http.disconnect"}] * more


def test_the_client_stays_until_the_reply_is_whole() -> None:
    """A second receive() waits for the end of the reply, and only then says disconnect."""
    order = []

    async def app(_: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()

        async def watch() -> None:
            order.append((await receive())["type"])

        watcher = asyncio.create_task(watch())
        await asyncio.sleep(0)
        order.append("send")
        await send(START)
        await send(BODY)
        await watcher

    assert ask(http_only(app)).status == 200
    assert order == ["send", "http.disconnect"]


def test_the_reply_has_all_that_the_application_sent() -> None:
    """Status, repeated headers and the joined chunks are in the reply."""
    reply = ask(sending(START, {**BODY, "more_body": True}, {"type": "http.response.body"}))
    assert (reply.status, reply.body, reply.failure) == (200, b"ok", None)
    assert reply.headers == (("x-a", "1"), ("x-a", "\u00e9"))
    assert reply.seconds > 0


FAILING = [
    (sending(TypeError("no")), Failure.RAISED, "TypeError: no"),
    (sending(START, TypeError("late")), Failure.RAISED, "TypeError: late"),
    (sending(SystemExit("bye")), Failure.RAISED, "SystemExit: bye"),
    (sending(asyncio.CancelledError()), Failure.RAISED, "asyncio.exceptions.CancelledError"),
    (sending(BODY), Failure.RAISED, "RuntimeError: the application sent http.response.body out of turn"),
    (sending(START, START), Failure.RAISED, "RuntimeError: the application sent http.response.start out of turn"),
    (
        sending({**START, "headers": [("a", "b")]}),
        Failure.RAISED,
        "AttributeError: 'str' object has no attribute 'decode'",
    ),
    (sending(), Failure.DROPPED, "the application returned without a whole reply"),
    (sending(START, {**BODY, "more_body": True}), Failure.DROPPED, "the application returned without a whole reply"),
]


@pytest.mark.parametrize(("app", "failure", "detail"), FAILING)
def test_what_is_no_whole_reply_is_a_failure(app: Any, failure: Failure, detail: str) -> None:
    """An exception before the end of the reply is RAISED, and an early return is DROPPED."""
    reply = ask(app)
    assert (reply.status, reply.failure, reply.detail) == (0, failure, detail)


def test_an_exception_after_a_whole_reply_is_not_the_clients() -> None:
    """Starlette answers 500 and raises again for the server's log: the reply stands."""
    assert ask(sending({**START, "status": 500}, BODY, ValueError("logged"))).status == 500


@pytest.mark.parametrize(("before", "status", "failure"), [((), 0, Failure.TIMEOUT), ((START, BODY), 200, None)])
def test_an_application_that_hangs_is_timed_out(
    before: tuple[dict[str, Any], ...],
    status: int,
    failure: Failure | None,
) -> None:
    """No reply in time is TIMEOUT; one whose background work goes on is a reply."""

    async def app(_: dict[str, Any], __: Receive, send: Send) -> None:
        for event in before:
            await send(event)
        await asyncio.Event().wait()

    reply = ask(http_only(app), timeout=0.5)
    assert (reply.status, reply.failure) == (status, failure)


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without an end is given up long before it fills the memory."""
    monkeypatch.setattr("prove400.transport.asgi.LARGEST", 1 << 20)

    async def app(_: dict[str, Any], __: Receive, send: Send) -> None:
        await send(START)
        while True:
            await send({**BODY, "body": b"data: 1\n\n", "more_body": True})

    reply = ask(http_only(app), timeout=60.0)
    assert (reply.failure, reply.detail) == (Failure.TIMEOUT, "no whole reply in 64 MiB")


class Living:
    """An application with a lifespan, which notes what happens to it."""

    def __init__(self, answer: str = "lifespan.startup.complete") -> None:
        """Take the answer to start-up."""
        self.log: list[Any] = []
        self.answer = answer

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve lifespan and http."""
        self.log.append((scope["type"], threading.current_thread().name, id(asyncio.get_running_loop())))
        if scope["type"] == "http":
            await send(START)
            await send({**BODY, "body": json.dumps(scope["state"]).encode()})
            return
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["model"] = "loaded"
        await send({"type": self.answer, "message": "no model file"})
        self.log.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})


def test_the_lifespan_surrounds_the_requests() -> None:
    """Start-up runs before the first request, shut-down at close, all on one loop, and requests see its state."""
    app = Living()
    with contextlib.closing(ASGITransport(app)) as transport:
        assert [transport.send(GET).body for _ in range(2)] == [b'{"model": "loaded"}'] * 2
        assert app.log[0][0] == "lifespan"
        transport.close()
    assert app.log[-1] == "lifespan.shutdown"
    assert len({entry[1:] for entry in app.log[:-1]}) == 1
    assert threading.current_thread().name != app.log[0][1]


def test_a_failed_start_up_is_a_target_error() -> None:
    """An application that says it cannot start is no target, and the error says why."""
    with pytest.raises(TargetError, match="no model file"):
        ASGITransport(Living("lifespan.startup.failed"))


def test_an_application_may_return_from_the_lifespan() -> None:
    """One that ignores lifespan by returning is served all the same."""

    async def app(scope: dict[str, Any], _: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(START)
            await send(BODY)

    assert ask(app).status == 200


def test_requests_from_several_threads_are_in_flight_together() -> None:
    """Four threads meet inside the application, so one request does not wait for another."""
    meeting: list[asyncio.Barrier] = []

    async def app(scope: dict[str, Any], _: Receive, send: Send) -> None:
        if not meeting:
            meeting.append(asyncio.Barrier(4))
        await meeting[0].wait()
        await send(START)
        await send({**BODY, "body": scope["raw_path"]})

    requests = [Request("GET", f"/{n}") for n in range(4)]
    with contextlib.closing(ASGITransport(http_only(app))) as transport, ThreadPoolExecutor(4) as threads:
        assert [reply.body for reply in threads.map(transport.send, requests)] == [b"/0", b"/1", b"/2", b"/3"]


def test_it_works_inside_a_running_loop() -> None:
    """A notebook or an async test has a loop of its own already."""

    async def outside() -> Reply:
        return ask(sending(START, BODY))

    assert asyncio.run(outside()).status == 200


def test_the_thread_ends_at_close() -> None:
    """close() leaves no thread behind, and may be called twice."""
    before = set(threading.enumerate())
    transport = ASGITransport(sending(START, BODY))
    assert set(threading.enumerate()) - before
    transport.close()
    transport.close()
    assert set(threading.enumerate()) <= before
