"""A small model service whose contract and answers a test chooses."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from api.strict_json import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

ROW = {
    "type": "object",
    "required": ["carat", "cut"],
    "additionalProperties": False,
    "properties": {
        "carat": {"type": "number", "minimum": 0.2, "maximum": 5.0},
        "cut": {"type": "string", "enum": ["Fair", "Good", "Ideal"]},
    },
}
PROBLEM = {"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array"}}}


def contract_of(answer: dict[str, Any], row: dict[str, Any], path: str = "/predict") -> dict[str, Any]:
    """Give a contract with one operation, whose answer has the properties `answer`."""
    answered = {"type": "object", "required": list(answer), "properties": answer}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Prices", "version": "1"},
        "paths": {
            path: {
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": row}}},
                    "responses": {
                        "200": {"description": "", "content": {"application/json": {"schema": answered}}},
                        "400": {"description": "", "content": {"application/problem+json": {"schema": PROBLEM}}},
                    },
                }
            }
        },
    }


class Service:
    """Validates rows, and answers with what `predict` makes of one and of how many were predicted before."""

    def __init__(
        self,
        answer: dict[str, Any],
        predict: Callable[[Any, int], Any],
        row: dict[str, Any] | None = None,
        mend: Callable[[Any], Any] = lambda row: row,
    ) -> None:
        """Take the properties of the answer, the model, the schema of a row, and what is done to rows before all."""
        self._mend = mend
        self.row = deepcopy(row or ROW)
        self.contract = contract_of(answer, self.row)
        self._predict = predict
        self._predicted = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, value = self._answer(environ)
        kind = "application/json" if status == 200 else "application/problem+json"
        allow = [("Allow", "POST")] if status == 405 else []
        start_response(f"{status} ", [("Content-Type", kind), *allow])
        return [value if isinstance(value, bytes) else json.dumps(value).encode()]

    def _answer(self, environ: WSGIEnvironment) -> tuple[int, Any]:
        if environ["PATH_INFO"] != "/predict":
            return 404, {"errors": []}
        if environ["REQUEST_METHOD"] != "POST":
            return 405, {"errors": []}
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        kind = environ.get("CONTENT_TYPE", "").partition(";")
        if kind[0].strip().lower() != "application/json" or ("charset" in kind[2] and "utf-8" not in kind[2].lower()):
            return 415, {"errors": []}
        if len(body) < length or environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            return 400, {"errors": [{"pointer": ""}]}
        document = parse(body)
        value = document.value if document.flaws else self._mend(document.value)
        errors = [] if document.flaws else list(Draft202012Validator(self.row).iter_errors(value))
        places = [flaw.pointer for flaw in document.flaws] + [at for error in errors for at in _places(error)]
        if places:
            return 400, {"errors": [{"pointer": at} for at in places]}
        self._predicted += 1
        return 200, self._predict(value, self._predicted)


def _places(error: Any) -> list[str]:
    at = "".join(f"/{token}" for token in error.absolute_path)
    if error.validator == "required":
        return [f"{at}/{name}" for name in error.validator_value if name not in error.instance]
    if error.validator == "additionalProperties":
        return [f"{at}/{name}" for name in error.instance if name not in error.schema["properties"]]
    return [at]


@pytest.fixture
def service() -> type[Service]:
    """Give the class of the service."""
    return Service
