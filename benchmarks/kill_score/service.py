"""A WSGI server that enforces any OpenAPI 3.1 contract of JSON or forms: strictly, and with all faults of a request."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from api import strict_json
from benchmarks.kill_score.validators import Validators

Json = dict[str, Any]
Fault = tuple[str, str, str, str]
"""Part, JSON Pointer, keyword or slug, sentence."""
METHODS = ("get", "put", "post", "delete", "patch")
FORM = "application/x-www-form-urlencoded"
LARGEST = 256 * 1024
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter, and where its schema stands."""

    name: str
    part: str
    required: bool
    schema: Json
    location: str
    explode: bool  # whether an array is given as several texts, not as one with commas


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its path as a pattern, and what it takes and gives."""

    path: str
    pattern: re.Pattern[str]
    method: str
    parameters: tuple[Parameter, ...]
    body: str | None  # JSON Pointer of the body's schema
    body_required: bool
    media: str  # of the body
    status: int
    headers: tuple[tuple[str, str], ...]  # of the reply
    reply: str  # JSON Pointer of the response's schema
    example: Any  # None where the reply has no body


@dataclass
class Reply:
    """What is answered."""

    status: int
    value: Any
    headers: list[tuple[str, str]] = field(default_factory=list)


def resolved(document: Json, value: Any, location: str) -> tuple[Any, str]:
    """Follow ``$ref`` of `value` at `location`, and give the end with its own location."""
    while isinstance(value, dict) and "$ref" in value:
        location = value["$ref"].removeprefix("#")
        value = looked_up(document, location)
    return value, location


def looked_up(document: Any, location: str) -> Any:
    """Give what stands at a JSON Pointer."""
    for token in location.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    return document


def routes(document: Json) -> Iterator[Route]:
    """Give the operations of a contract."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _route(document, path, method, item[method])


def _route(document: Json, path: str, method: str, operation: Json) -> Route:
    here = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
    parameters = []
    for index, written in enumerate(operation.get("parameters", ())):
        value, at = resolved(document, written, f"{here}/parameters/{index}")
        schema, at = resolved(document, value["schema"], f"{at}/schema")
        parameters.append(
            Parameter(value["name"], value["in"], value.get("required", False), schema, at, value.get("explode", True))
        )
    status = next(status for status in operation["responses"] if status.startswith("2"))
    answer = operation["responses"][status]
    media = next(iter(operation.get("requestBody", {}).get("content", ())), "")
    content = f"{here}/requestBody/content/{media.replace('~', '~0').replace('/', '~1')}/schema"
    return Route(
        path,
        pattern,
        method.upper(),
        tuple(parameters),
        content if "requestBody" in operation else None,
        operation.get("requestBody", {}).get("required", False),
        media,
        int(status),
        tuple((name, header["example"]) for name, header in answer.get("headers", {}).items()),
        f"{here}/responses/{status}/content/application~1json/schema",
        answer["content"]["application/json"]["example"] if "content" in answer else None,
    )


class Service:
    """Promises `document` and enforces its schemas, or those of `enforced`: the same contract with a fault."""

    def __init__(self, document: Json, enforced: Json | None = None) -> None:
        """Prepare routes and validators."""
        self.document = document
        self._routes = tuple(routes(document))
        self._validators = Validators(enforced or document)
        self._judged: dict[tuple[str, bytes], tuple[Any, list[Fault]]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        reply = self.answer(environ)
        raw = b"" if reply.value is None else json.dumps(reply.value).encode()
        media_type = "application/json" if reply.status == HTTPStatus.OK else "application/problem+json"
        described = [("Content-Type", media_type), ("Content-Length", str(len(raw)))] if raw else []
        headers = [*described, *reply.headers]
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return [raw]

    def answer(self, environ: WSGIEnvironment) -> Reply:
        """Give the reply to a request."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        here = [(route, match) for route in self._routes if (match := route.pattern.fullmatch(path))]
        if not here:
            return problem(404, [("path", "", "path.unknown", "There is no such path.")])
        for route, match in here:
            if route.method == environ["REQUEST_METHOD"]:
                return self._operation(route, match.groupdict(), environ)
        allow = ", ".join(route.method for route, _ in here)
        return problem(405, [("path", "", "path.method", "See Allow.")], [("Allow", allow)])

    def _operation(self, route: Route, path: dict[str, str], environ: WSGIEnvironment) -> Reply:
        if route.body is not None and (refused := media_faults(environ, route.media)):
            return problem(415, refused)
        given = [(p, *self._parameter(p, path, environ)) for p in route.parameters]
        faults = [fault for _, __, found in given for fault in found]
        value = None
        if route.body is not None:
            raw, length = body_of(environ)
            if len(raw) > LARGEST:
                return problem(413, [("body", "", "body.too-large", f"must be at most {LARGEST} bytes")])
            value, found = self._body(route, raw, length)
            faults += found
        if faults:
            return problem(400, faults)
        return Reply(route.status, self._prediction(route, [[p.name, v] for p, v, _ in given], value), [*route.headers])

    def _body(self, route: Route, raw: bytes, length: int) -> tuple[Any, list[Fault]]:
        if not raw and not length and not route.body_required:
            return None, []
        if len(raw) != length:
            return None, [("body", "", "body.incomplete", "is not as long as its Content-Length")]
        assert route.body is not None  # noqa: S101 — the caller asks only then
        key = route.body, raw
        if key not in self._judged:
            value, faults = self._form(raw, route.body) if route.media == FORM else parsed(raw)
            if not faults:
                faults = [("body", *fault) for fault in self._validators.faults(route.body, value)]
            self._judged[key] = value, faults
        return self._judged[key]

    def _form(self, raw: bytes, location: str) -> tuple[Json, list[Fault]]:
        """Read a form by the types of its schema's properties, each name once but for those of arrays."""
        schema, _ = resolved(self.document, looked_up(self.document, location), location)
        try:
            pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            return {}, [("body", "", "form.encoding", "is not percent-encoded UTF-8")]
        value: Json = {}
        faults: list[Fault] = []
        for name, text in pairs:
            member, _ = resolved(self.document, schema["properties"].get(name, {}), "")
            if member.get("type") == "array":
                value.setdefault(name, []).append(read(text, member["items"]))
            elif name in value:
                faults.append(("body", f"/{name}", "type", "must be given once"))
            else:
                value[name] = read(text, member)
        return value, faults

    def _parameter(
        self, parameter: Parameter, path: dict[str, str], environ: WSGIEnvironment
    ) -> tuple[Any, list[Fault]]:
        """Give the value of a parameter, and its faults."""
        texts = sent(parameter, path, environ)
        here = f"/{parameter.name}"
        if not texts:
            missing = [(parameter.part, here, "required", "must be given")]
            return None, missing if parameter.required else []
        many = parameter.schema.get("type") == "array"
        if len(texts) > 1 and not many:
            return None, [(parameter.part, here, "type", "must be given once")]
        value = [read(text, parameter.schema.get("items", {})) for text in texts] if many else None
        value = value if many else read(texts[0], parameter.schema)
        found = self._validators.faults(parameter.location, value)
        return value, [(parameter.part, here + at, code, detail) for at, code, detail in found]

    def _prediction(self, route: Route, parameters: Any, value: Any) -> Any:
        """Give the example with scores that depend on the request, where the response schema lets them."""
        if route.example is None:
            return None
        text = json.dumps([route.path, parameters, plain(value)], sort_keys=True)
        varied = itemised(scored(route.example, share_of(text)), value, route.path)
        return varied if self._validators.is_valid(route.reply, varied) else route.example


def problem(status: int, faults: Iterable[Fault], headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Give an error reply (RFC 9457) that lists all faults."""
    errors = [{"in": part, "pointer": at, "code": code, "detail": detail} for part, at, code, detail in faults]
    title = HTTPStatus(status).phrase
    return Reply(status, {"type": "about:blank", "title": title, "status": status, "errors": errors}, list(headers))


def parsed(raw: bytes) -> tuple[Any, list[Fault]]:
    """Read strict JSON, and list what it is not."""
    document = strict_json.parse(raw)
    return document.value, [("body", flaw.pointer, flaw.code, flaw.detail) for flaw in document.flaws]


def media_faults(environ: WSGIEnvironment, media: str) -> list[Fault]:
    """List what makes a body something else than what `media` says, plain and in UTF-8."""
    kind, *extra = (part.strip() for part in environ.get("CONTENT_TYPE", "").lower().split(";"))
    coding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if kind != media or not {"", "charset=utf-8", 'charset="utf-8"'}.issuperset(extra):
        return [("header", "/Content-Type", "media-type", f"must be {media}")]
    return [("header", "/Content-Encoding", "content-coding", "must be identity")] if coding != "identity" else []


def body_of(environ: WSGIEnvironment) -> tuple[bytes, int]:
    """Give the body, and the length that it should have (-1: none that is a number)."""
    text = environ.get("CONTENT_LENGTH") or "0"
    length = int(text) if text.isdecimal() else -1
    return (environ["wsgi.input"].read(length) if length > 0 else b""), length


def sent(parameter: Parameter, path: dict[str, str], environ: WSGIEnvironment) -> list[str]:
    """List the texts given for a parameter."""
    if parameter.part == "path":
        return [path[parameter.name]]
    if parameter.part == "header":
        text = environ.get("HTTP_" + parameter.name.upper().replace("-", "_"))
        return [] if text is None else [text]
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    texts = [text for name, text in pairs if name == parameter.name]
    return texts if parameter.explode else [part for text in texts for part in text.split(",")]


def read(text: str, schema: Json) -> Any:
    """Read the text of a parameter as its schema's type; it stays a text where it is none."""
    kind = schema.get("type", "string")
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text.partition(".")[0]) if len(text) < strict_json.MOST_DIGITS else text
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return text


def plain(value: Any) -> Any:
    """Write integers that are written as floats (2.0) as integers, since JSON Schema holds them equal."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def share_of(text: str) -> float:
    """Give a number from 0 to 1 that depends on a text alone."""
    return round(int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32, 6)


def itemised(reply: Json, value: Any, path: str) -> Json:
    """Repeat an array of a reply for every item of the request's array of the same name, each by its item alone."""
    asked = value if isinstance(value, dict) else {}
    shared = [name for name in reply.keys() & asked.keys() if isinstance(reply[name], list)]
    return reply | {name: [answered(reply[name][0], item, path) for item in asked[name]] for name in shared}


def answered(example: Json, item: Json, path: str) -> Json:
    """Give what is said of one item: what the example and the item both name is the item's."""
    share = share_of(json.dumps([path, plain(item)], sort_keys=True))
    return scored(example, share) | {name: item[name] for name in example.keys() & item.keys()}


def scored(value: Any, share: float) -> Any:
    """Put `share` in the place of every float."""
    if isinstance(value, dict):
        return {name: scored(member, share) for name, member in value.items()}
    if isinstance(value, list):
        return [scored(item, share) for item in value]
    return share if isinstance(value, float) else value
