"""A coded fault as a value, and the pieces that faulty servers are made of."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from api import strict_json
from benchmarks.kill_score.service import Json, Service, looked_up
from prove400 import Finding, Request
from tests.zoo.wsgi import Answer, Build, around, ask, on_answer, put

FOLDER = Path(__file__).parents[3] / "tests" / "zoo" / "contracts"
NAMES = ("tabular", "batch", "nested", "tensors", "parameters", "conditional")
BLIND = ("blind-voice", "blind-homes")
"""Contracts whose defects were planted, and committed with what is expected of them, before the tool ever saw them."""
SCHEMAS = "/components/schemas/"
GONE: Any = object()
"""Stands for a member that is left out."""
CRASH = Answer(500, (), b"").text("<!doctype html><title>500</title><h1>Internal Server Error</h1>", "text/html")


@cache
def contract(name: str) -> Json:
    """Give one of the contracts of the zoo; not to be changed."""
    value: Json = json.loads((FOLDER / f"{name}.json").read_bytes())
    return value


@cache
def correct(name: str) -> Service:
    """Give the correct server of a contract."""
    return Service(contract(name))


@dataclass(frozen=True, slots=True)
class Defect:
    """The correct server of one contract with exactly one fault."""

    name: str
    contract: str
    story: str  # one sentence: how it happens in real services
    build: Build
    request: Request  # answered differently by the correct and the faulty server
    correct: int  # status
    faulty: int  # status
    pins: tuple[str, ...]  # ends of keyword locations, or parts of them, or names of keywords, wire rules and verdicts

    def server(self) -> WSGIApplication:
        """Make the faulty server."""
        return self.build(correct(self.contract))

    def pinned(self, finding: Finding) -> bool:
        """Tell whether a finding says where the fault is."""
        keyword = finding.constraint.keyword
        return finding.verdict.value in self.pins or any(
            f"{finding.keyword_location}/".find(f"{pin}/") >= 0 if "/" in pin else f"{keyword}.".startswith(f"{pin}.")
            for pin in self.pins
        )

    def __str__(self) -> str:
        """Give contract and name, which pytest shows."""
        return f"{self.contract}-{self.name}"


def sample(name: str, example: str, **changes: Any) -> Any:
    """Give the body of an example, with values put (`GONE`: removed) at pointers whose slashes are written ``__``."""
    operations = (operation for item in contract(name)["paths"].values() for operation in item.values())
    media = (kind for operation in operations for kind in operation.get("requestBody", {}).get("content", {}).values())
    value = copy.deepcopy(next(kind["examples"][example]["value"] for kind in media if example in kind["examples"]))
    for at, new in changes.items():
        *around_it, last = at.split("__")
        place: Any = looked_up(value, "".join(f"/{token}" for token in around_it))
        key = int(last) if isinstance(place, list) else last
        if new is GONE:
            del place[key]
        else:
            place[key] = new
    return value


def post(path: str, body: Any, *headers: tuple[str, str], kind: str = "application/json") -> Request:
    """Give a POST of a JSON value, or of bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", path, (("Content-Type", kind), *headers), raw)


def loosened(location: str, **changes: Any) -> Build:
    """Make a server whose schema at `location` (below the components' schemas) has other keywords (None: none)."""

    def build(app: WSGIApplication) -> WSGIApplication:
        assert isinstance(app, Service)  # noqa: S101 — these come first
        enforced = copy.deepcopy(app.document)
        schema = looked_up(enforced, location if location.startswith("/") else SCHEMAS + location)
        for keyword, value in changes.items():
            schema.pop(keyword.rstrip("_"), None)
            if value is not None:
                schema[keyword.rstrip("_")] = value
        return Service(app.document, enforced)

    return build


def body_of(environ: WSGIEnvironment) -> bytes:
    """Give the body of a request, which can be read again; nothing where its length is not told."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    raw: bytes = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
    environ["wsgi.input"] = io.BytesIO(raw)
    return raw


def value_of(environ: WSGIEnvironment) -> Any:
    """Give the value of a strict JSON body; None of any other, as of null."""
    document = strict_json.parse(body_of(environ))
    return None if document.flaws else document.value


def mended(change: Callable[[Any], object]) -> Build:
    """Make a server that lets `change` alter an object in place before it is validated."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        if isinstance(value, dict):
            before = json.dumps(value)
            change(value)
            if (after := json.dumps(value)) != before:
                put(environ, after.encode())
        return ask(app, environ)

    return around(handle)


def reread(mend: Callable[[bytes], bytes]) -> Build:
    """Make a server that reads what `mend` makes of a body that is not strict JSON."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        raw = body_of(environ)
        if raw and strict_json.parse(raw).flaws and len(raw) == int(environ["CONTENT_LENGTH"]):
            try:
                put(environ, mend(raw))
            except (ValueError, RecursionError):
                put(environ, raw)
        return ask(app, environ)

    return around(handle)


def crashed(when: Callable[[Any], bool]) -> Build:
    """Make a server that fails with the framework's page where the body's value is an object and `when` holds."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        return CRASH if isinstance(value, dict) and when(value) else ask(app, environ)

    return around(handle)


def told(change: Callable[[Any], object], *statuses: int) -> Build:
    """Make a server that lets `change` alter the JSON value of its replies in place."""

    def altered(answer: Answer, _: WSGIEnvironment) -> Answer:
        value = answer.value
        change(value)
        return answer.json(value)

    return on_answer(altered, *statuses)


def within(name: str, change: Callable[[Any], object]) -> Callable[[Any], object]:
    """Give a change of a member that is an object."""
    return lambda value: change(value[name]) if isinstance(value.get(name), dict) else None


def each(name: str, change: Callable[[Any], object]) -> Callable[[Any], object]:
    """Give a change of every object in a member that is an array."""

    def alter(value: Any) -> None:
        for item in value.get(name) if isinstance(value.get(name), list) else ():
            if isinstance(item, dict):
                change(item)

    return alter


def member(name: str, change: Callable[[Any], Any]) -> Callable[[Any], object]:
    """Give a change that puts `change(value)` in the place of a member's value, or takes out what gives `GONE`."""

    def alter(value: Any) -> None:
        if name in value:
            new = change(value[name])
            if new is GONE:
                del value[name]
            else:
                value[name] = new

    return alter


def number(value: Any) -> Any:
    """Give the number that a text holds, as `float()` reads it; anything else as it is."""
    try:
        read = float(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return int(read) if isinstance(read, float) and read.is_integer() else read
