"""A price API in one WSGI callable: right, unless it is made with defects.

The sample target of the engine's tests. It imports nothing of prove400: what it refuses is its own opinion.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse

CUTS = ["Fair", "Good", "Ideal"]
ROW = {
    "type": "object",
    "required": ["carat", "cut"],
    "additionalProperties": False,
    "properties": {
        "carat": {"type": "number", "minimum": 0.2, "maximum": 5.01},
        "cut": {"enum": CUTS},
        "note": {"type": "string", "maxLength": 8},
    },
}
COUNT = {"type": "integer", "minimum": 1, "maximum": 9}
PRICE = {"type": "object", "required": ["price"], "properties": {"price": {"type": "number", "minimum": 0}}}
ERROR = {
    "type": "object",
    "required": ["title", "errors"],
    "properties": {
        "title": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["pointer"]}},
    },
}
EXAMPLE = {"carat": 0.5, "cut": "Ideal", "note": "cheap"}
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Prices", "version": "1.2.3"},
    "paths": {
        "/price": {
            "post": {
                "parameters": [{"name": "count", "in": "query", "schema": {"$ref": "#/components/schemas/Count"}}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Row"},
                            "example": EXAMPLE,
                        }
                    },
                },
                "responses": {
                    "200": {
                        "description": "A price",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Price"}}},
                    },
                    "400": {
                        "description": "Refused",
                        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                    },
                },
            }
        },
        "/health": {
            "get": {
                "responses": {
                    "200": {"description": "Up", "content": {"application/json": {"schema": {"type": "object"}}}}
                }
            }
        },
    },
    "components": {"schemas": {"Row": ROW, "Count": COUNT, "Price": PRICE, "Error": ERROR}},
}
REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
}
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?", re.ASCII)


class RefusedError(Exception):
    """A request that is refused, with status, place and reason."""

    def __init__(self, status: int, place: str, reason: str) -> None:
        """Keep all three."""
        super().__init__(status, place, reason)
        self.status, self.place, self.reason = status, place, reason


class Service:
    """A WSGI application for `CONTRACT`; `defects` names what it does wrong, one word each."""

    def __init__(self, *defects: str, document: dict[str, Any] | None = None) -> None:
        """Take the defects, and the document to publish where it is not `CONTRACT`."""
        self.defects = frozenset(defects)
        self.document = CONTRACT if document is None else document
        self.served = 0

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        self.served += 1
        try:
            status, kind, value = 200, "application/json", self.answer(environ)
        except RefusedError as refused:
            status, kind, value = self.refusal(refused)
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        if status == 405 and "no-allow" not in self.defects:
            headers.append(("Allow", "POST" if environ["PATH_INFO"] == "/price" else "GET"))
        start_response(f"{status} {REASONS[status]}", headers)
        return [body]

    def answer(self, environ: dict[str, Any]) -> Any:
        """Give the value of a 200, or raise."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        allowed = {"/openapi.json": "GET", "/health": "GET", "/price": "POST"}.get(path)
        if allowed is None:
            raise RefusedError(404, "", "no such path")
        if method != allowed:
            raise RefusedError(405, "", "not with this method")
        if allowed == "GET":
            return self.document if path == "/openapi.json" else {"status": "up"}
        if len(body) < length:
            raise RefusedError(400, "", "the body is shorter than declared")
        self.check_count(environ.get("QUERY_STRING", ""))
        return self.price(self.read(environ, body))

    def check_count(self, query: str) -> None:
        """Refuse a bad or repeated count."""
        found = [text for name, text in parse_qsl(query, keep_blank_values=True) if name == "count"]
        if len(found) > 1 or (found and not (INTEGER.fullmatch(found[0]) and 1 <= float(found[0]) <= 9)):
            raise RefusedError(400, "/query/count", "one integer from 1 to 9")

    def read(self, environ: dict[str, Any], body: bytes) -> Any:
        """Give the value of a JSON body; refuse what is not strict JSON."""
        kind, _, rest = environ.get("CONTENT_TYPE", "").partition(";")
        if kind.strip().lower() != "application/json" or ("charset" in rest and "utf-8" not in rest):
            raise RefusedError(415, "", "send application/json in UTF-8")
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise RefusedError(415, "", "send it without a content coding")
        try:
            value = json.loads(body.decode("utf-8"), parse_constant=self.constant, object_pairs_hook=self.members)
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, "", "not strict JSON") from error
        return value

    def constant(self, name: str) -> float:
        """Refuse NaN and Infinity."""
        raise RefusedError(400, "", f"{name} is not JSON")

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Refuse a name that occurs twice."""
        value = dict(pairs)
        if len(value) < len(pairs) and "last-name-wins" not in self.defects:
            raise RefusedError(400, "", "a name occurs twice")
        return value

    def price(self, row: Any) -> Any:
        """Validate a row and price it."""
        row = self.coerced(row)
        error = next(Draft202012Validator(ROW).iter_errors(row), None)
        if error is not None and not self.overlooked(error):
            raise RefusedError(400, named(error), error.message)
        if "refuses-minimum" in self.defects and row["carat"] == 0.2:
            raise RefusedError(400, "/carat", "too small")
        if "not-a-number" in self.defects:
            return b'{"price": NaN}'
        moody = self.served if "moody" in self.defects else 0
        return {"price": moody + 1000 * min(row["carat"], 1e9) + (CUTS.index(row["cut"]) if row["cut"] in CUTS else 7)}

    def coerced(self, row: Any) -> Any:
        """Do what lenient preprocessing does, where that is the defect."""
        if not isinstance(row, dict):
            return row
        carat, cut = row.get("carat"), row.get("cut")
        if "crashes" in self.defects and "carat" in row and carat is None:
            return {**row, "carat": row["carat"] + 1}
        if "coerces" in self.defects and isinstance(carat, str) and re.fullmatch(r"[0-9.]+", carat):
            return {**row, "carat": float(carat)}
        if "index" in self.defects and type(cut) is int and 0 <= cut < len(CUTS):
            return {**row, "cut": CUTS[cut]}
        if "flaky" in self.defects and isinstance(cut, str) and cut not in CUTS:
            return {**row, "cut": CUTS[0]} if self.served % 2 else row
        return row

    def overlooked(self, error: Any) -> bool:
        """Tell whether the defect is not to see this fault."""
        infinite = "overflows" in self.defects and error.instance == float("inf")
        return error.validator == "maximum" and (infinite or "no-maximum" in self.defects)

    def refusal(self, refused: RefusedError) -> tuple[int, str, Any]:
        """Give status, media type and body of a refusal."""
        if "html" in self.defects:
            return refused.status, "text/html", b"<h1>Bad Request</h1>"
        status = 422 if "other-status" in self.defects and refused.status == 400 else refused.status
        place = "/price" if "misnames" in self.defects else refused.place
        trace = {"trace": "Traceback (most recent call last):\n"} if "leaks" in self.defects else {}
        entry = {"pointer": place, "detail": refused.reason}
        return status, "application/problem+json", {"title": "Refused", "errors": [entry], **trace}


def named(error: Any) -> str:
    """Give the pointer that a refusal names: the missing or unknown member, or the value itself."""
    tokens = [str(token) for token in error.absolute_path]
    if error.validator == "required":
        tokens.append(next(name for name in error.validator_value if name not in error.instance))
    if error.validator == "additionalProperties":
        tokens.append(next(name for name in error.instance if name not in error.schema["properties"]))
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


app = Service()
silent = Service("no-maximum")
moody = Service("moody")
warned = Service("last-name-wins")
mute = Service(document={"openapi": "2.0"})
drifted = Service(document={**CONTRACT, "info": {"title": "Prices", "version": "1.2.4"}})
