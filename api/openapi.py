"""The contract: an OpenAPI 3.1 document made from the wire models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic.json_schema import models_json_schema

from api import intake, problems
from api.models import Health, ModelInfo, Readiness, Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from api.artefact import Manifest
    from api.models import Wire
    from api.settings import Settings

Json = dict[str, Any]

API_VERSION = "1.0.0"
BATCH_EXAMPLE = 3


class ProblemFault(Strict):
    """One place where the request breaks the contract."""

    part: Literal["body", "query", "header", "path"] = Field(alias="in")
    pointer: str = Field(
        description="JSON Pointer into the body, or /name of a parameter.",
        pattern="^(/([^~/]|~[01])*)*$",
    )
    code: str = Field(description="The JSON Schema keyword that is broken, or a slug.")
    detail: str = Field(description="What must hold.")


class Problem(Strict):
    """An error after RFC 9457, with every fault of the request."""

    type: str = Field(json_schema_extra={"format": "uri-reference"})
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(
        description="Names this occurrence: urn:uuid: and the X-Request-Id.",
        json_schema_extra={"format": "uri-reference"},
    )
    errors: list[ProblemFault] = Field(max_length=problems.MOST_FAULTS)


_PROBLEMS = {
    400: "The request breaks the contract; every fault is listed.",
    413: "The body is larger than {body_bytes} bytes.",
    415: "The body is not plain application/json in UTF-8.",
    429: "There were too many requests from this address.",
    500: "The API failed, or its model gave no sound prediction.",
    503: "The model is not ready, or its last reload failed.",
}


def document(manifest: Manifest, wire: Wire, settings: Settings) -> Json:
    """Give the OpenAPI document of the API that serves `manifest` by `wire` within the limits of `settings`."""
    samples = manifest.samples
    one = {f"diamond-{number}": {"value": row} for number, row in enumerate(samples, 1)}
    some = {"three-diamonds": {"value": {"instances": samples[:BATCH_EXAMPLE]}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Diamond prices",
            "version": API_VERSION,
            "description": "Predicts the price of round-cut diamonds. A request that "
            "breaks this contract is refused, and all of its faults are named.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/predict": {"post": _prediction("predict", "Price one diamond", wire.diamond, wire.prediction, one)},
            "/predict/batch": {
                "post": _prediction(
                    "predictBatch",
                    f"Price up to {settings.batch_length} diamonds",
                    wire.batch,
                    wire.batch_prediction,
                    some,
                )
            },
            "/health": {"get": _look("health", "Is the process alive?", Health)},
            "/readiness": {"get": _look("readiness", "Can it predict?", Readiness, 503)},
            "/model-info": {"get": _look("modelInfo", "Which model?", ModelInfo)},
            "/metrics": {"get": _metrics()},
            "/openapi.json": {"get": _contract()},
        },
        "components": {
            "parameters": {"Explain": _EXPLAIN, "RequestId": _REQUEST_ID},
            "headers": {"RequestId": _REQUEST_ID_HEADER, "RetryAfter": _RETRY_AFTER},
            "responses": {_problem_name(status): _problem(status, settings) for status in _PROBLEMS},
            "schemas": _schemas(wire),
        },
    }


_EXPLAIN: Json = {
    "name": "explain",
    "in": "query",
    "description": "Whether each prediction says what each feature contributes.",
    "required": False,
    "schema": {"type": "boolean", "default": False},
}
_REQUEST_ID_SCHEMA: Json = {
    "type": "string",
    "format": "uuid",
    "pattern": intake.UUID_PATTERN,
}
_REQUEST_ID: Json = {
    "name": intake.REQUEST_ID,
    "in": "header",
    "description": "Names the request; the reply repeats it. Made up where absent.",
    "required": False,
    "schema": _REQUEST_ID_SCHEMA,
}
_REQUEST_ID_HEADER: Json = {
    "description": "The request's id, or a new one.",
    "required": True,
    "schema": _REQUEST_ID_SCHEMA,
}
_RETRY_AFTER: Json = {
    "description": "Seconds after which it may go better.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}


def _ref(kind: str, name: str) -> Json:
    """Point at a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem_name(status: int) -> str:
    """Name the reply for `status`: 400 is BadRequest."""
    return problems.TITLES[status].replace(" ", "")


def _problem(status: int, settings: Settings) -> Json:
    """Give the reply for an error `status`."""
    headers = {intake.REQUEST_ID: _ref("headers", "RequestId")}
    if status in {429, 503}:
        headers["Retry-After"] = _ref("headers", "RetryAfter")
    return {
        "description": _PROBLEMS[status].format(body_bytes=settings.body_bytes),
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": _ref("schemas", "Problem")}},
    }


def _replies(schema: Json, note: str, statuses: Sequence[int], media_type: str = "application/json") -> Json:
    """Give the replies of an operation: 200 with `schema`, and problems."""
    success = {
        "description": note,
        "headers": {intake.REQUEST_ID: _ref("headers", "RequestId")},
        "content": {media_type: {"schema": schema}},
    }
    refused = {str(status): _ref("responses", _problem_name(status)) for status in statuses}
    return {"200": success, **refused}


def _prediction(
    name: str,
    title: str,
    body: type[BaseModel],
    reply: type[BaseModel],
    examples: Json,
) -> Json:
    """Give an operation that predicts."""
    media = {"schema": _ref("schemas", body.__name__), "examples": examples}
    return {
        "operationId": name,
        "summary": title,
        "parameters": [_ref("parameters", "Explain"), _ref("parameters", "RequestId")],
        "requestBody": {"required": True, "content": {"application/json": media}},
        "responses": _replies(_ref("schemas", reply.__name__), str(reply.__doc__), list(_PROBLEMS)),
    }


def _look(name: str, title: str, reply: type[BaseModel], *statuses: int) -> Json:
    """Give an operation that takes nothing and tells something."""
    schema = _ref("schemas", reply.__name__)
    return {
        "operationId": name,
        "summary": title,
        "responses": _replies(schema, str(reply.__doc__), [500, *statuses]),
    }


def _contract() -> Json:
    """Give the operation that answers with this document."""
    schema = {"type": "object", "required": ["openapi", "info", "paths"]}
    return {
        "operationId": "contract",
        "summary": "Give this document",
        "responses": _replies(schema, "The contract.", [500]),
    }


def _metrics() -> Json:
    """Give the operation that Prometheus reads."""
    return {
        "operationId": "metrics",
        "summary": "What Prometheus reads",
        "responses": _replies({"type": "string"}, "Metrics in Prometheus's text format.", [500], "text/plain"),
    }


def _schemas(wire: Wire) -> Json:
    """Give the JSON Schema of every model that crosses the wire, by name."""
    models = (
        wire.diamond,
        wire.batch,
        wire.prediction,
        wire.batch_prediction,
        Health,
        Readiness,
        ModelInfo,
        Problem,
    )
    _, found = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    plain: Json = _plain(found["$defs"])
    return plain


def _plain(schema: Any, *, named: bool = True) -> Any:
    """Drop pydantic's titles, and nulls that stand for "absent", at every level.

    `named` says that the keys of `schema` are names that we chose, not keywords.
    """
    if isinstance(schema, list):
        return [_plain(item, named=False) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _plain(value, named=not named and key in {"properties", "$defs"})
        for key, value in schema.items()
        if named or not (key == "title" or (key == "default" and value is None))
    }
