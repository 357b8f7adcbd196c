"""What servers look at only sometimes: faults beside as little as can be, and shapes that blind defects showed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prove400 import Case
from tests.engine.test_engine_plan import planned

INTEGER = {"type": "integer"}
CLOSED = {"type": "object", "additionalProperties": False}
ORDER = {
    **CLOSED,
    "required": ["id"],
    "properties": {
        "id": INTEGER,
        "note": INTEGER,
        "to": {**CLOSED, "required": ["city"], "properties": {"city": INTEGER, "zip": INTEGER}},
    },
}
TEXTS = {name: {name: {"type": "string"}} for name in ("uri", "text")}
SOURCE = {"oneOf": [{**CLOSED, "required": [name], "properties": text} for name, text in TEXTS.items()]}


def bodies(schema: Any, operator: str) -> list[Any]:
    """Give the bodies of an operator's cases."""
    return [json.loads(i.request.body) for i in planned(schema) if isinstance(i, Case) and i.operator == operator]


@pytest.mark.parametrize(
    ("operator", "least"),
    [
        ("type.numeric-string", [{"id": "1"}, {"id": 1, "note": "1"}]),
        ("required.absent", [{}, {"id": 1, "to": {}}]),
        ("additionalProperties.unknown", [{"id": 1, "prove400": 1}, {"id": 1, "to": {"city": 1, "prove400": 1}}]),
    ],
)
def test_a_fault_is_sent_without_what_need_not_be_there(operator: str, least: list[Any]) -> None:
    """Once for each constraint, members that the contract does not require are left out."""
    sent = bodies(ORDER, operator)
    assert [body for body in least if body not in sent] == []
    assert {"id": 1, "to": {"city": "1"}} in bodies(ORDER, "type.numeric-string")


def test_what_the_fault_needs_stays() -> None:
    """A member that makes the constraint apply is kept, though nothing requires it."""
    schema = {"properties": {"a": INTEGER, "b": INTEGER, "c": INTEGER}, "dependentRequired": {"a": ["b"]}}
    assert {"a": 1} in bodies(schema, "dependentRequired.absent")


def test_every_such_case_is_isolated() -> None:
    """The proof is the same as for every other case."""
    items = [i for i in planned(ORDER) if isinstance(i, Case) and i.operator == "type.numeric-string"]
    assert [item.isolated for item in items] == [True] * len(items)


def test_members_of_two_branches_are_sent_together() -> None:
    """What each branch admits alone none admits with the other's member."""
    assert bodies(SOURCE, "oneOf.merged") == [{"text": "a", "uri": "a"}]


def test_a_name_occurs_twice_further_inside_too() -> None:
    """Parsers that look at the top only miss it."""
    cases = [i for i in planned(ORDER) if isinstance(i, Case) and i.operator == "json.duplicate-equal"]
    assert [case.request.body.count(b'"city"') for case in cases] == [1, 2]


def test_an_invalid_body_comes_with_a_charset() -> None:
    """A server that compares the whole header does not look at this body at all; what it breaks is one constraint."""
    (case,) = (i for i in planned(ORDER) if isinstance(i, Case) and i.operator.endswith(".with-charset"))
    assert dict(case.request.headers)["Content-Type"] == "application/json; charset=utf-8"
    assert (case.keyword_location.rpartition("/")[2], len(case.violates)) == (case.operator.partition(".")[0], 1)
    assert case.instance_location != ""


def test_null_is_sent_where_it_is_a_type() -> None:
    """A server may not know that it is valid."""
    schema = {"properties": {"a": {"type": ["integer", "null"]}, "b": INTEGER}}
    assert [body["a"] for body in bodies(schema, "type.null-member")] == [None]
