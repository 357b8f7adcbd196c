"""What a WSGI application in process sees and what comes back, compared with a real server where that is simple."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prove400.model import Failure, Reply, Request
from prove400.transport import HTTPTransport, WSGITransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPARED = (
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "RAW_URI",
    "SERVER_PROTOCOL",
    "HTTP_X_TWICE",
    "HTTP_COOKIE",
    "HTTP_X_LOWER",
)


def echo(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer with what the server has made of the request."""
    seen = {key: environ[key] for key in COMPARED if key in environ}
    seen["body"] = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode("latin-1")
    start_response("200 OK", [("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2")])
    return [json.dumps(seen).encode()]


def send(app: Any, request: Request) -> Reply:
    """Send one request to an application."""
    return WSGITransport(app).send(request)


def seen(request: Request) -> dict[str, str]:
    """Give what `echo` sees of a request."""
    echoed: dict[str, str] = json.loads(send(echo, request).body)
    return echoed


SAME = [
    Request("POST", "/a%20b/%C3%A9?x=%zz&y=%41&y", (("Content-Type", "a/b;c=d"), ("x-lower", "L")), b"\x00\xff"),
    Request("POST", "/", (("X-Twice", "1"), ("x-twice", "2"), ("Cookie", "a=b; c=d")), b"{}"),
    Request("DELETE", "/%2F%zz?", (), b"body"),
    Request("PUT", "/p", (("Content-Length", "2"),), b"abcdef"),
    Request("POST", "/empty"),
]


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[str]:
    """Give the URL of a gunicorn process that serves `echo`."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            "127.0.0.1:0",
            "--no-control-socket",
            "--chdir",
            str(Path(__file__).parent),
            f"{Path(__file__).stem}:echo",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"Listening at: (\S+)", line):
                yield found[1]
                return
        pytest.fail("".join(lines))
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("request_", SAME, ids=lambda request: request.target)
def test_the_application_sees_what_it_sees_behind_a_server(gunicorn: str, request_: Request) -> None:
    """The environ built here is gunicorn's, for path, query, repeated fields, cookies, lengths and body."""
    http = HTTPTransport(gunicorn)
    reply = http.send(request_)
    http.close()
    assert json.loads(reply.body) == seen(request_)


def test_repeated_cookies_are_joined_as_cookies() -> None:
    """Cookie fields are joined with a semicolon (RFC 9113, 8.2.3), others with a comma."""
    fields = (("Cookie", "a=1"), ("X-Twice", "1"), ("cookie", "b=2"), ("X-Twice", "2"))
    environ = seen(Request("GET", "/", fields))
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_TWICE"]) == ("a=1; b=2", "1,2")


def test_text_beyond_latin_1_arrives_as_utf_8_octets() -> None:
    """Every string in the environ has one octet per character, as PEP 3333 wants it."""
    environ = seen(Request("GET", "/\u0456?\u0456", (("X-Lower", "\u0456"),)))
    assert {environ[key] for key in ("HTTP_X_LOWER", "QUERY_STRING")} == {"\xd1\x96"}
    assert environ["PATH_INFO"] == "/\xd1\x96"


@pytest.mark.parametrize(("length", "body"), [("2", b"ab"), ("99", b"abc"), ("x", b"abc"), ("9" * 5000, b"abc")])
def test_a_wrong_content_length_is_passed_on(length: str, body: bytes) -> None:
    """CONTENT_LENGTH is what the request says, and the input ends where that or the body ends, whichever is first."""

    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["CONTENT_LENGTH"].encode(), b" ", environ["wsgi.input"].read()]

    assert send(app, Request("POST", "/", (("Content-Length", length),), b"abc")).body == length.encode() + b" " + body


def test_the_reply_has_all_that_the_application_gave() -> None:
    """Status, repeated headers, the joined body and the time taken are in the reply."""
    reply = send(echo, Request("GET", "/"))
    assert (reply.status, reply.failure, reply.headers[1:]) == (200, None, (("X-A", "1"), ("X-A", "2")))
    assert reply.seconds > 0


class Chunks:
    """A body that says whether it was closed, and that may raise."""

    closed = False

    def __init__(self, *chunks: bytes | Exception) -> None:
        """Take the chunks; an exception is raised in its turn."""
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        """Give the chunks."""
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        """Note the call."""
        self.closed = True


def answering(body: Any, *calls: tuple[Any, ...], write: bytes = b"") -> Any:
    """Give an application that calls start_response with each of these arguments and returns this body."""

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        for call in calls:
            start_response(*call)(write)
        return body

    return app


@pytest.mark.parametrize("chunks", [(b"a", b"", b"b"), (b"a", ValueError("late"))])
def test_the_body_is_closed(chunks: tuple[bytes | Exception, ...]) -> None:
    """close() of the returned iterable is called, also when iterating raises (PEP 3333)."""
    body = Chunks(*chunks)
    reply = send(answering(body, ("200 OK", [])), Request("GET", "/"))
    assert body.closed
    assert (reply.status, reply.body, reply.detail) in {(200, b"ab", ""), (0, b"", "ValueError: late")}


def test_write_comes_before_the_body() -> None:
    """What write() gets stands in front of what the application returns."""
    assert send(answering([b"b"], ("200 OK", []), write=b"a"), Request("GET", "/")).body == b"ab"


def exc_info() -> tuple[Any, ...]:
    """Give what sys.exc_info() gives inside a handler."""
    try:
        raise KeyError("first")  # noqa: TRY301 - an exception with a traceback is what is needed
    except KeyError:
        return sys.exc_info()


def test_exc_info_replaces_headers_that_are_not_sent() -> None:
    """A second start_response with exc_info wins as long as no body byte is out."""
    app = answering([b"sorry"], ("200 OK", [("A", "1")]), ("500 Oops", [("B", "2")], exc_info()))
    reply = send(app, Request("GET", "/"))
    assert (reply.status, reply.headers, reply.body) == (500, (("B", "2"),), b"sorry")


def leave(*_: object) -> None:
    """Raise SystemExit."""
    sys.exit("bye")


class UnprintableError(Exception):
    """An exception whose str() raises."""

    def __str__(self) -> str:
        """Raise."""
        raise RuntimeError


def unprintable(*_: object) -> None:
    """Raise an exception whose str() raises."""
    raise UnprintableError


RAISING = [
    (lambda environ, _: environ["nothing"], "KeyError: 'nothing'"),
    (lambda environ, _: environ + 1, "TypeError: unsupported operand type(s) for +: 'dict' and 'int'"),
    (leave, "SystemExit: bye"),
    (unprintable, f"{__name__}.UnprintableError: <exception str() failed>"),
    (answering([b"x"]), "AssertionError: the application gave a body without calling start_response()"),
    (answering([]), "AssertionError: the application gave a body without calling start_response()"),
    (
        answering([], ("200 OK", []), ("200 OK", [])),
        "AssertionError: start_response() was called twice without exc_info",
    ),
    (answering([], ("200 OK", []), ("500 No", [], exc_info()), write=b"sent"), "KeyError: 'first'"),
    (answering([], ("fine", [])), "ValueError: invalid literal for int() with base 10: 'fine'"),
    (answering(None, ("200 OK", [])), "TypeError: 'NoneType' object is not iterable"),
]


@pytest.mark.parametrize(("app", "detail"), RAISING)
def test_what_the_application_raises_is_a_failure(app: Any, detail: str) -> None:
    """An exception, also one for breaking PEP 3333, is a reply with RAISED and the exception's last line."""
    reply = send(app, Request("GET", "/"))
    assert (reply.status, reply.failure, reply.detail) == (0, Failure.RAISED, detail)


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without an end is no verdict; a time-out of the application's own is a fault of it."""
    monkeypatch.setattr("prove400.transport.wsgi.LARGEST", 1 << 20)

    def app(_: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        while True:
            yield b"data: 1\n\n"

    def late(*_: Any) -> list[bytes]:
        raise TimeoutError

    assert send(app, Request("GET", "/")).failure is Failure.TIMEOUT
    assert send(late, Request("GET", "/")).failure is Failure.RAISED


def test_the_name_has_no_address() -> None:
    """A report names the application by module and name, or by its repr unless that is the default one."""
    assert WSGITransport(echo).name == f"{__name__}:echo"
    assert WSGITransport(Chunks()).name == f"{__name__}.Chunks"  # type: ignore[arg-type]
    assert WSGITransport(echo, name="app:echo").name == "app:echo"


def test_closing_is_harmless() -> None:
    """close() may be called, and called again."""
    transport = WSGITransport(echo)
    transport.close()
    transport.close()
    assert transport.send(Request("GET", "/")).status == 200
