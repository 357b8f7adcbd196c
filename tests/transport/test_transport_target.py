"""Which transport a target gets, and what is said of one that leads nowhere."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import flask
import pytest

import prove400.transport
from prove400.errors import TargetError
from prove400.model import Request
from prove400.transport import ASGITransport, HTTPTransport, Transport, WSGITransport, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODULE = """
import functools

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]

async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["raw_path"]})

class Box:
    inner = staticmethod(wsgi)

def create_app(config=None, *, kind="wsgi"):
    if config == "bad":
        raise ValueError("no such configuration")
    return {"wsgi": wsgi, "asgi": asgi}[kind]

number = 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Change to a folder with a module of applications, and forget what was imported from there."""
    (tmp_path / "service.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("import not_there_at_all\n")
    (tmp_path / "leaving.py").write_text("raise SystemExit('usage')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer with the path."""
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


async def asgi(scope: dict[str, Any], _: object, send: Callable[..., Any]) -> None:
    """Answer with the path."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["raw_path"]})


class AsyncObject:
    """An ASGI application as an object, as FastAPI is one."""

    async def __call__(self, scope: dict[str, Any], receive: object, send: Callable[..., Any]) -> None:
        """Serve."""
        await asgi(scope, receive, send)


class WSGIClass:
    """An application that is a class: its instances are the replies (PEP 3333)."""

    def __init__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> None:
        """Serve."""
        self.body = wsgi(environ, start_response)

    def __iter__(self) -> Iterator[bytes]:
        """Give the body."""
        return iter(self.body)


def plain_asgi(scope: dict[str, Any], receive: object, send: Callable[..., Any]) -> Any:
    """Serve ASGI by returning an awaitable."""
    return asgi(scope, receive, send)


async def loose(*args: Any) -> None:
    """Serve ASGI without naming the parameters."""
    await asgi(*args)


class LooseObject:
    """An ASGI application as an object that does not name the parameters."""

    async def __call__(self, *args: Any) -> None:
        """Serve."""
        await asgi(*args)


@functools.wraps(wsgi)
def decorated(*args: Any) -> Any:
    """Serve WSGI behind a decorator."""
    return wsgi(*args)


def make_flask() -> flask.Flask:
    """Give a Flask application."""
    app = flask.Flask("shop")
    app.add_url_rule("/p", view_func=lambda: "/p")
    return app


OBJECTS = [
    (wsgi, WSGITransport, f"{__name__}:wsgi"),
    (asgi, ASGITransport, f"{__name__}:asgi"),
    (plain_asgi, ASGITransport, f"{__name__}:plain_asgi"),
    (AsyncObject(), ASGITransport, f"{__name__}.AsyncObject"),
    (loose, ASGITransport, f"{__name__}:loose"),
    (LooseObject(), ASGITransport, f"{__name__}.LooseObject"),
    (AsyncObject, ASGITransport, f"{__name__}:AsyncObject"),
    (WSGIClass, WSGITransport, f"{__name__}:WSGIClass"),
    (decorated, WSGITransport, f"{__name__}:wsgi"),
    (functools.partial(asgi), ASGITransport, None),
    (lambda: wsgi, WSGITransport, f"{__name__}:<lambda>"),
    (lambda debug=False: asgi, ASGITransport, f"{__name__}:<lambda>"),
    (make_flask, WSGITransport, f"{__name__}:make_flask"),
    (make_flask(), WSGITransport, "<Flask 'shop'>"),
    (make_flask().wsgi_app, WSGITransport, "flask.app:Flask.wsgi_app"),
]
NAMES = [
    ("service:wsgi", WSGITransport),
    ("service:asgi", ASGITransport),
    ("service:Box.inner", WSGITransport),
    ("service:create_app", WSGITransport),
    ("service:create_app()", WSGITransport),
    ("service:create_app('x', kind='asgi')", ASGITransport),
]


def check(transport: Transport, kind: type) -> None:
    """Assert the kind, and that it serves."""
    assert type(transport) is kind
    assert transport.send(Request("GET", "/p")).body == b"/p"
    transport.close()


@pytest.mark.parametrize(("target", "kind", "name"), OBJECTS)
def test_objects_are_told_apart_by_their_parameters(target: object, kind: type, name: str | None) -> None:
    """Two required parameters are WSGI, three or a coroutine are ASGI, none is a factory."""
    transport = connect(target)
    assert name in {transport.name, None}
    check(transport, kind)


@pytest.mark.parametrize(("target", "kind"), NAMES)
@pytest.mark.usefixtures("here")
def test_names_are_looked_for_in_the_current_directory(target: str, kind: type) -> None:
    """module:attr is imported from here; attr may be dotted, a factory, or a call with literals."""
    transport = connect(target)
    assert transport.name == target
    check(transport, kind)


def test_a_url_is_spoken_to_in_http() -> None:
    """A string with a scheme is a URL, and the transport is named by it."""
    transport = connect("http://127.0.0.1:1/base", timeout=1.0, connections=2)
    assert (type(transport), transport.name) == (HTTPTransport, "http://127.0.0.1:1/base")
    transport.close()


WRONG = [
    ("ftp://h", "begins with http://", "http://127", None),
    ("service", "neither a URL nor module:attr", "http://host:port", None),
    (":app", "neither a URL nor module:attr", "package.module:app", None),
    ("localhost:8000", "'8000' is not a name", "http://localhost:8000", None),
    ("service:create_app(", "cannot read", "create_app()", SyntaxError),
    ("service:create_app(name)", "cannot read", "create_app()", ValueError),
    ("missing_module:app", "no module named 'missing_module'", "installed packages", ModuleNotFoundError),
    ("service.inner:app", "no module named 'service.inner'", "installed packages", ModuleNotFoundError),
    (
        "broken:app",
        "importing broken raised ModuleNotFoundError: No module named 'not_there_at_all'",
        "shell",
        ModuleNotFoundError,
    ),
    ("leaving:app", "importing leaving raised SystemExit: usage", "shell", SystemExit),
    ("service:app", "service has no attribute 'app'", "asgi, create_app", None),
    ("service:Box.outer", "service.Box has no attribute 'outer'", "inner", None),
    ("service:number.more", "service.number has no attribute 'more'", "as_integer_ratio", None),
    ("service:number", "int object is not callable", "WSGI", None),
    ("service:number()", "number is not callable", "WSGI", None),
    ("service:create_app('bad')", "the factory raised ValueError: no such configuration", "shell", ValueError),
    (lambda: 1 / 0, "the factory raised ZeroDivisionError", "shell", ZeroDivisionError),
    (lambda: 7, "int object is not callable", "WSGI", None),
    (lambda one: one, "it has 1 required parameters", "WSGI", None),
    (lambda: lambda: wsgi, "it has 0 required parameters", "WSGI", None),
    (None, "NoneType object is not callable", "WSGI", None),
    (dict.fromkeys, None, "WSGI", None),
]


@pytest.mark.parametrize(("target", "what", "hint", "cause"), WRONG)
@pytest.mark.usefixtures("here")
def test_an_error_says_what_where_and_what_to_try(
    target: object,
    what: str | None,
    hint: str,
    cause: type[BaseException] | None,
) -> None:
    """A target that leads to no application is a TargetError with all three fields and, if there is one, the cause."""
    with pytest.raises(TargetError) as caught:
        connect(target)
    assert (what or "") in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.where
    assert cause is None or isinstance(caught.value.__cause__, cause)


def test_an_asynchronous_factory_is_refused() -> None:
    """It would need a loop that is not the application's."""

    async def create_app() -> object:
        return asgi

    with pytest.raises(TargetError, match="asynchronous factory"):
        connect(create_app)


def test_a_callable_without_a_signature_is_refused() -> None:
    """Where Python cannot tell the parameters, nothing is guessed."""

    class Odd:
        __signature__ = "no"

        def __call__(self) -> None:
            """Do nothing."""

    with pytest.raises(TargetError, match="cannot see which parameters"):
        connect(Odd())


def test_the_exports_are_explicit() -> None:
    """__all__ is sorted and holds what the package defines for others, no more and no less."""
    defined = {name for name, value in vars(prove400.transport).items() if hasattr(value, "__qualname__")}
    public = {name for name in defined if not name.startswith("_")} | prove400.transport._LATER.keys()
    assert all(getattr(prove400.transport, name).__name__ == name for name in prove400.transport._LATER)
    assert sorted(public) == prove400.transport.__all__


def test_a_wrong_name_lists_what_may_be_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions and applications of the module come first, then its classes, then imports; exceptions never."""
    module = "from functools import partial as aaa, reduce as abc\nfrom pathlib import Path as Aaa\n"
    module += "class Bad(Exception): ...\nclass Row: ...\ndef make(): ...\nserve = aaa(make)\n"
    tmp_path.joinpath("listed_service.py").write_text(module, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetError) as caught:
        connect("listed_service:app")
    assert caught.value.hint == "Callables there: make, serve, Row, Aaa, aaa, abc."
