"""Pieces from which defective servers are made: WSGI middleware around the correct one.

Each piece leaves a request alone that its defect does not concern, byte for byte.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.test import run_wsgi_app

from api.strict_json import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prove400 import Request

Build = Callable[[WSGIApplication], WSGIApplication]
BATCH_PATH = "/predict/batch"
BODY_PATHS = ("/predict", BATCH_PATH)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def value(self) -> Any:
        """The JSON value of the body."""
        return json.loads(self.body)

    def header(self, name: str, value: str | None) -> Answer:
        """Give the answer with a header replaced, or removed where `value` is None."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def text(self, body: str, media_type: str) -> Answer:
        """Give the answer with another body."""
        raw = body.encode()
        changed = replace(self, body=raw).header("Content-Length", str(len(raw)))
        return changed.header("Content-Type", media_type)

    def json(self, value: object) -> Answer:
        """Give the answer with another value in its body, of the same media type."""
        media_type = next(held for name, held in self.headers if name.lower() == "content-type")
        return self.text(json.dumps(value), media_type)


def ask(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Give the reply of `app`."""
    chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
    return Answer(int(status.split()[0]), tuple(headers.items()), b"".join(chunks))


def environment(request: Request) -> WSGIEnvironment:
    """Give the environment in which a WSGI server would hand over `request`."""
    path, _, query = request.target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "zoo",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def around(handle: Callable[[WSGIApplication, WSGIEnvironment], Answer]) -> Build:
    """Make a server that answers by `handle`, which is given the correct one."""

    def build(app: WSGIApplication) -> WSGIApplication:
        def server(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            answer = handle(app, dict(environ))
            start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
            return [answer.body]

        return server

    return build


def posted(environ: WSGIEnvironment) -> bytes | None:
    """Give the body of a request to predict, which can be read again; None of any other or incomplete request."""
    length = str(environ.get("CONTENT_LENGTH", ""))
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] not in BODY_PATHS or not length.isdigit():
        return None
    raw = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(raw)
    return raw if len(raw) == int(length) else None


def put(environ: WSGIEnvironment, raw: bytes) -> None:
    """Replace the body of a request."""
    environ["wsgi.input"] = io.BytesIO(raw)
    environ["CONTENT_LENGTH"] = str(len(raw))


def posted_value(environ: WSGIEnvironment) -> Any:
    """Give the value of a body that is strict JSON; None of any other, as of null."""
    raw = posted(environ)
    document = None if raw is None else parse(raw)
    return None if document is None or document.flaws else document.value


def on_environ(change: Callable[[WSGIEnvironment], object]) -> Build:
    """Make a server that changes a request's method, path or headers before it looks at them."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        change(environ)
        return ask(app, environ)

    return around(handle)


def on_bytes(mend: Callable[[bytes], bytes]) -> Build:
    """Make a server that reads what `mend` makes of a body that is not strict JSON, where that is."""

    def change(environ: WSGIEnvironment) -> None:
        raw = posted(environ)
        if raw is None or not parse(raw).flaws:
            return
        try:
            mended = mend(raw)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return
        if not parse(mended).flaws:
            put(environ, mended)

    return on_environ(change)


def on_value(change: Callable[[Any], Any], *paths: str) -> Build:
    """Make a server that validates and predicts `change(value)` of each strict JSON body (only at `paths`, if any)."""

    def repair(environ: WSGIEnvironment) -> None:
        raw = posted(environ)
        if raw is None or (paths and environ["PATH_INFO"] not in paths):
            return
        document = parse(raw)
        if not document.flaws:
            put(environ, json.dumps(change(document.value)).encode().ljust(len(raw)))  # as large as it was

    return on_environ(repair)


def on_rows(change: Callable[[int, Any], Any]) -> Build:
    """Make a server that puts `change(index, row)` in the place of each row of a batch."""

    def repair(value: Any) -> Any:
        rows = value.get("instances") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            return value
        return value | {"instances": [change(index, row) for index, row in enumerate(rows)]}

    return on_value(repair, BATCH_PATH)


def on_diamond(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Build:
    """Make a server that repairs each diamond before it validates it, alone and in a batch."""

    def one(value: Any) -> Any:
        return change(value) if isinstance(value, dict) else value

    alone, many = on_value(one, "/predict"), on_rows(lambda _, row: one(row))
    return lambda app: alone(many(app))


def on_fields(change: Callable[[str, Any], Any], *names: str) -> Build:
    """Make a server that validates and predicts `change(name, value)` of these properties of each diamond."""
    return on_diamond(
        lambda row: {name: change(name, value) if name in names else value for name, value in row.items()}
    )


def on_answer(change: Callable[[Answer, WSGIEnvironment], Answer], *statuses: int) -> Build:
    """Make a server that changes its replies (only of `statuses`, if any)."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        answer = ask(app, environ)
        return change(answer, environ) if not statuses or answer.status in statuses else answer

    return around(handle)


SERVER_ERROR = Answer(500, (), b"").text("<!doctype html><title>500</title><h1>Internal Server Error</h1>", "text/html")


def crash(when: Callable[[Any], bool]) -> Build:
    """Make a server that answers 500 with the framework's own page to a body whose value is `when`."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        return SERVER_ERROR if when(posted_value(environ)) else ask(app, environ)

    return around(handle)


def crash_on(when: Callable[[list[dict[str, str]]], bool]) -> Build:
    """Make a server that fails while it writes its 400, where `when` says so of the faults."""
    return on_answer(lambda answer, _: SERVER_ERROR if when(answer.value["errors"]) else answer, 400)
