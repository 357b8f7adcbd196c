"""The contract: an OpenAPI 3.1 document made from the wire models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic.json_schema import models_json_schema

from api import examples, intake, problems
from api.models import Health, ModelInfo, Monitoring, Readiness, Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from api.manifest import Manifest
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
    """An error after RFC 9457, with the faults of the request: all, or the first of a flood."""

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
    400: "The request breaks the contract; its faults are listed, of a flood the first.",
    404: "There is no such path.",
    405: "The path does not know this method; Allow says which it knows.",
    413: "The body is larger than {body_bytes} bytes.",
    415: "The body is not plain application/json in UTF-8.",
    429: "There were too many requests from this address.",
    500: "The API failed, or its model gave no sound prediction.",
    503: "The model is not ready, or its last reload failed.",
}


_ELSEWHERE = {404, 405}
"""Statuses that no operation answers: what is not in this document does."""


def document(manifest: Manifest, wire: Wire, settings: Settings) -> Json:
    """Give the OpenAPI document of the API that serves `manifest` by `wire` within the limits of `settings`."""
    samples = manifest.samples
    one = {f"diamond-{number}": {"value": row} for number, row in enumerate(samples, 1)}
    some = {"three-diamonds": {"value": {"instances": samples[:BATCH_EXAMPLE]}}}
    told = examples.tellers(manifest)
    refusals = examples.refusals(manifest, wire, settings)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Diamond prices",
            "version": API_VERSION,
            "description": "Predicts the price of round-cut diamonds. A request that "
            "breaks this contract is refused, and all of its faults are named. Any other path is answered as "
            "`#/components/responses/NotFound`, any other method as `#/components/responses/MethodNotAllowed`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/predict": {
                "post": _prediction(
                    "predict",
                    "Price one diamond",
                    (wire.diamond, one),
                    (wire.prediction, examples.predictions(manifest)),
                )
            },
            "/predict/batch": {
                "post": _prediction(
                    "predictBatch",
                    f"Price up to {settings.batch_length} diamonds",
                    (wire.batch, some),
                    (wire.batch_prediction, examples.batch()),
                )
            },
            "/health": {"get": _look("health", "Is the process alive?", Health, told["/health"])},
            "/readiness": {"get": _look("readiness", "Can it predict?", Readiness, told["/readiness"], 503)},
            "/model-info": {"get": _look("modelInfo", "Which model?", ModelInfo, told["/model-info"])},
            "/monitoring": {"get": _look("monitoring", "Has it drifted?", Monitoring, told["/monitoring"])},
            "/metrics": {"get": _metrics(told["/metrics"])},
            "/openapi.json": {"get": _contract(told["/openapi.json"])},
        },
        "components": {
            "parameters": {"Explain": _EXPLAIN, "RequestId": _REQUEST_ID},
            "headers": {"RequestId": _REQUEST_ID_HEADER, "RetryAfter": _RETRY_AFTER, "Allow": _ALLOW},
            "responses": {_problem_name(status): _problem(status, settings, refusals[status]) for status in _PROBLEMS},
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


_ALLOW: Json = {
    "description": "Methods that the path knows.",
    "required": True,
    "schema": {"type": "string"},
}


def _ref(kind: str, name: str) -> Json:
    """Point at a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem_name(status: int) -> str:
    """Name the reply for `status`: 400 is BadRequest."""
    return problems.TITLES[status].replace(" ", "")


def _problem(status: int, settings: Settings, example: Json) -> Json:
    """Give the reply for an error `status`."""
    headers = {intake.REQUEST_ID: _ref("headers", "RequestId")}
    if status in {429, 503}:
        headers["Retry-After"] = _ref("headers", "RetryAfter")
    if status == 405:  # noqa: PLR2004 - Method Not Allowed
        headers["Allow"] = _ref("headers", "Allow")
    return {
        "description": _PROBLEMS[status].format(body_bytes=settings.body_bytes),
        "headers": headers,
        "content": {problems.MEDIA_TYPE: {"schema": _ref("schemas", "Problem"), "example": example}},
    }


def _replies(media: Json, note: str, statuses: Sequence[int], media_type: str = "application/json") -> Json:
    """Give the replies of an operation: 200 with `media`, its schema and examples, and problems."""
    success = {
        "description": note,
        "headers": {intake.REQUEST_ID: _ref("headers", "RequestId")},
        "content": {media_type: media},
    }
    refused = {str(status): _ref("responses", _problem_name(status)) for status in statuses}
    return {"200": success, **refused}


def _prediction(
    name: str,
    title: str,
    body: tuple[type[BaseModel], Json],
    reply: tuple[type[BaseModel], Json],
) -> Json:
    """Give an operation that predicts, from the models of its body and reply with their examples."""
    predicting = [status for status in _PROBLEMS if status not in _ELSEWHERE]
    return {
        "operationId": name,
        "summary": title,
        "parameters": [_ref("parameters", "Explain"), _ref("parameters", "RequestId")],
        "requestBody": {"required": True, "content": {"application/json": _media(*body)}},
        "responses": _replies(_media(*reply), str(reply[0].__doc__), predicting),
    }


def _media(model: type[BaseModel], named: Json) -> Json:
    """Give the schema of `model` beside examples that have names."""
    return {"schema": _ref("schemas", model.__name__), "examples": named}


def _look(name: str, title: str, reply: type[BaseModel], example: Json, *statuses: int) -> Json:
    """Give an operation that takes nothing and tells something."""
    media = {"schema": _ref("schemas", reply.__name__), "example": example}
    return {
        "operationId": name,
        "summary": title,
        "responses": _replies(media, str(reply.__doc__), [500, *statuses]),
    }


def _contract(example: Json) -> Json:
    """Give the operation that answers with this document."""
    schema = {"type": "object", "required": ["openapi", "info", "paths"]}
    return {
        "operationId": "contract",
        "summary": "Give this document",
        "responses": _replies({"schema": schema, "example": example}, "The contract.", [500]),
    }


def _metrics(example: str) -> Json:
    """Give the operation that Prometheus reads."""
    media = {"schema": {"type": "string"}, "example": example}
    return {
        "operationId": "metrics",
        "summary": "What Prometheus reads",
        "responses": _replies(media, "Metrics in Prometheus's text format.", [500], "text/plain"),
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
        Monitoring,
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
