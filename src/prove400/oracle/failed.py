"""Answers with 2xx whose body says that there was an error: small readers of their shapes, in a visible table.

A member that the documented answer has says nothing: a mean absolute error may be called `error`, and a text there may
be what the model predicts. Only where a status and an error say it both, as cog's answers do, it counts all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prove400.applicators import walk
from prove400.errors import StrictJSONError
from prove400.model import Operation, Reply
from prove400.oracle.responses import documented_media, read
from prove400.validation import SchemaValidators

MOST_TOLD = 200
"""Characters of an error that are told."""
_FAILED = ("error", "failed", "failure", "fail")
_TEXTS = ("error", "message", "detail", "title", "reason", "msg")
"""Members whose text says what is wrong, the most telling first."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which a body says that there was an error; `members` are those that say so."""

    members: tuple[str, ...]
    how: str  # as the docs say it
    read: Callable[[Body], str]  # what the error says; empty where there is none
    examples: tuple[tuple[Any, str], ...]  # bodies, and what they say
    others: tuple[Any, ...]  # bodies that say nothing
    is_certain: bool = False  # also where the documented answer has the members


def _text(value: Any) -> str:
    """Give what a text says, an object around one, or the first of several."""
    if isinstance(value, list) and value:
        return _text(value[0])
    if isinstance(value, Mapping):
        return next((said for name in _TEXTS if isinstance(value.get(name), str) and (said := value[name])), "")
    return value.strip() if isinstance(value, str) else ""


def _failed(body: Body) -> str:
    status = body.get("status")
    return _text(body.get("error")) if isinstance(status, str) and status.lower() in _FAILED else ""


def _unsuccessful(body: Body) -> str:
    return _text(body) or "success is false" if body.get("success", body.get("ok")) is False else ""


def _error(body: Body) -> str:
    return (_text(body) or "error is true") if body.get("error") is True else _text(body.get("error"))


def _errors(body: Body) -> str:
    found = body.get("errors")
    return _text(found) if isinstance(found, list) else ""


SIGNS: tuple[Sign, ...] = (
    Sign(
        ("status", "error"),
        "`error` beside a `status` of `failed` or `error` (cog)",
        _failed,
        (
            ({"status": "failed", "error": "division by zero", "output": None}, "division by zero"),
            ({"status": "error", "error": {"message": "no such column"}}, "no such column"),
        ),
        (
            {"status": "succeeded", "error": None, "output": 1.5},
            {"status": "failed"},
            {"status": "failed", "error": ""},
        ),
        is_certain=True,
    ),
    Sign(
        ("success", "ok"),
        "`success` or `ok` is false",
        _unsuccessful,
        (({"success": False, "message": "bad cut"}, "bad cut"), ({"ok": False}, "success is false")),
        ({"success": True, "message": "done"}, {"ok": None}, {"success": 0}),
    ),
    Sign(
        ("error",),
        "`error` (a handler's try and except)",
        _error,
        (
            ({"error": "could not convert string to float: 'a'"}, "could not convert string to float: 'a'"),
            ({"error": {"code": 3, "message": "bad cut"}}, "bad cut"),
            ({"error": True, "message": "bad cut"}, "bad cut"),
        ),
        ({"error": None}, {"error": 0.12}, {"error": ""}, {"error": False}, {"error": []}, {"price": 1}),
    ),
    Sign(
        ("errors",),
        "`errors`, a list that is not empty (JSON:API)",
        _errors,
        (({"errors": [{"status": "422", "detail": "bad cut"}]}, "bad cut"), ({"errors": ["bad cut"]}, "bad cut")),
        ({"errors": []}, {"errors": None}, {"errors": [0.1, 0.2]}, {"errors": {"carat": 0.1}}),
    ),
)
"""How a 2xx says that there was an error, in the order in which it is looked for."""


def told(operation: Operation, validators: SchemaValidators, reply: Reply) -> str:
    """Give what the error in a 2xx body says, in one line; empty where it says nothing, or has no JSON object."""
    try:
        body = read(reply.body)
    except StrictJSONError:
        return ""
    for sign in SIGNS if isinstance(body, Mapping) and not body.keys().isdisjoint(_MEMBERS) else ():
        if (said := sign.read(body)) and (sign.is_certain or not _is_documented(operation, validators, reply, sign)):
            return " ".join(said.split())[:MOST_TOLD]
    return ""


_MEMBERS = frozenset(name for sign in SIGNS for name in sign.members)


def _is_documented(operation: Operation, validators: SchemaValidators, reply: Reply, sign: Sign) -> bool:
    """Tell whether the documented answer has any of the members: by name, or as a map of any names."""
    media = documented_media(operation, reply)
    if media is None or not isinstance(media.schema, dict):
        return False
    schemas = validators.schemas
    here = walk(schemas, schemas.node(media.location), read(reply.body), enter=lambda step, _: step.token is None)
    return any(_has(place.node.keywords, sign.members) for place in here)


def _has(schema: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    declared = schema.get("properties", {})
    is_map = isinstance(schema.get("additionalProperties"), dict) and bool(schema["additionalProperties"])
    return is_map or any(name in declared for name in names)
