"""Facts → a first contract: an OpenAPI 3.1 document that admits what the model learned and nothing else."""

from __future__ import annotations

from typing import Any

from prove400.audit.facts import Facts, Feature, Kind

PROBLEM = {
    "type": "object",
    "description": "A problem (RFC 9457) with one entry for each place where the request breaks the contract.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) into the body."},
                    "detail": {"type": "string", "description": "What must hold."},
                },
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "errors"],
}
"""The schema of every refusal."""


MAYBE_BOOLEAN = "The model keeps no type of it: if training had booleans, write boolean."
"""What the description of a feature says that may be one."""


def property_schema(feature: Feature) -> dict[str, Any]:
    """Give the schema of one feature: what the model learned of it, and nothing else."""
    said = [feature.description, MAYBE_BOOLEAN if feature.may_be_boolean else ""]
    described = {"description": " ".join(filter(None, said))} if any(said) else {}
    if feature.categories:
        return {**described, "type": _type(feature.categories.learned), "enum": list(feature.categories.learned)}
    if feature.kind is Kind.TEXT:
        return {**described, "type": "string"}
    if feature.kind is Kind.UNTOLD:
        return {**described, "type": ["boolean", "number", "string"]}
    return {**_estimated(feature, described), "type": "integer" if feature.is_integer else "number", **_bounds(feature)}


def _type(values: tuple[Any, ...]) -> str | list[str]:
    """Give the JSON type of categories, or the types where they have several."""
    kinds = {bool: "boolean", str: "string", int: "integer", float: "number"}
    found = sorted({kinds[type(value)] for value in values})
    return found[0] if len(found) == 1 else found


def _bounds(feature: Feature) -> dict[str, Any]:
    if feature.range is None:
        return {}
    whole = int if feature.is_integer else float
    return {"minimum": whole(feature.range.minimum), "maximum": whole(feature.range.maximum)}


def _estimated(feature: Feature, described: dict[str, str]) -> dict[str, str]:
    if feature.range is None or not feature.range.is_estimate:
        return described
    said = f"{described['description']} " if described else ""
    return {"description": f"{said}Bounds are estimated from {feature.range.source}: put the true ones here."}


def draft(facts: Facts) -> dict[str, Any]:
    """Give the document: ``POST /predict`` with a strict object, its answer, and a problem for each refusal."""
    description = f"Drafted from the model with sha256 {facts.sha256}." if facts.sha256 else "Drafted."
    return draft_around(_features(facts), _prediction(facts), description)


def draft_around(features: dict[str, Any], prediction: dict[str, Any], description: str) -> dict[str, Any]:
    """Give the document around the schemas of a row and of an answer."""
    schemas = {"Features": features, "Prediction": prediction, "Problem": PROBLEM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Model API", "version": "1.0.0", "description": description},
        "paths": {"/predict": {"post": _operation()}},
        "components": {"schemas": schemas},
    }


def _features(facts: Facts) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "One row. Enums and bounds are those of the training data.",
        "properties": {feature.name: property_schema(feature) for feature in facts.features},
        "required": [feature.name for feature in facts.features],
        "additionalProperties": False,
    }


def _prediction(facts: Facts) -> dict[str, Any]:
    """Give the schema of an answer: one of the classes, else a number."""
    if facts.classes:
        answer: dict[str, Any] = {"type": _type(facts.classes), "enum": list(facts.classes)}
    else:
        answer = facts.output or {"type": "number"}
    return {
        "type": "object",
        "properties": {"prediction": answer},
        "required": ["prediction"],
        "additionalProperties": False,
    }


def _operation() -> dict[str, Any]:
    return {
        "operationId": "predict",
        "requestBody": {"required": True, "content": _content("application/json", "Features")},
        "responses": {
            "200": {"description": "The prediction.", "content": _content("application/json", "Prediction")},
            "400": {
                "description": "The request breaks the contract; every place where it does is named.",
                "content": _content("application/problem+json", "Problem"),
            },
        },
    }


def _content(media_type: str, name: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
