"""An OpenAPI 3.1 document, put together from what readers know."""

from __future__ import annotations

from typing import Any

ERRORS = "x-prove400-errors"
"""Member of a document that says which shape its errors have (`prove400.oracle.shapes`)."""
JSON = "application/json"


def document(title: str, version: str, paths: dict[str, Any], schemas: dict[str, Any], errors: str) -> dict[str, Any]:
    """Give a document whose errors have a shape of the oracle's table."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version or "1"},
        ERRORS: errors,
        "paths": paths,
        "components": {"schemas": schemas},
    }


def reference(name: str) -> dict[str, Any]:
    """Give a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Any, example: Any = None) -> dict[str, Any]:
    """Give the JSON of a request or response, with an example where there is one."""
    return {JSON: {"schema": schema} if example is None else {"schema": schema, "example": example}}


def post(name: str, body: dict[str, Any], answer: Any, error: Any, status: str) -> dict[str, Any]:
    """Give an operation that predicts: its request is `content`, `status` is what refuses an invalid one."""
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": {"description": "The prediction.", "content": content(answer)},
            status: {"description": "The request was refused.", "content": content(error)},
        },
    }


def get(name: str, answer: Any) -> dict[str, Any]:
    """Give an operation that tells something in JSON."""
    return {"operationId": name, "responses": {"200": {"description": "As asked.", "content": content(answer)}}}


def probe(name: str) -> dict[str, Any]:
    """Give an operation whose status says all: of health and readiness."""
    return {"operationId": name, "responses": {"200": {"description": "Yes."}}}
