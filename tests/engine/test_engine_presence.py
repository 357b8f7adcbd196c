"""Names and presence: members that hold next to nothing, names that are nearly right, maps that are full."""

from __future__ import annotations

import json
from typing import Any

import pytest

import prove400
from prove400 import Case, Unisolable
from prove400.model import Side
from tests.engine.test_engine_plan import document, planned

CLOSED = {"type": "object", "additionalProperties": False}
FLOOR = {"type": "integer", "minimum": -3, "maximum": 80}
PRICE = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$"}
LISTED = {"type": ["string", "null"], "minLength": 3}
KINDS = {"kind": {"enum": ["flat", "house"]}, "floor": FLOOR}
MEMBERS = {"price": PRICE, "listed": LISTED}
WITHOUT_LISTED = [{"price": "0.00"}]
FALSY = {
    "forbidden where a condition does not hold": (
        {
            "properties": KINDS,
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "flat"}}},
            "else": {"properties": {"floor": False}},
        },
        "false.falsy",
        [{"kind": "house", "floor": 0}],
    ),
    "forbidden": ({"properties": MEMBERS, "not": {"required": ["listed"]}}, "not.falsy", [{"listed": None}]),
    "brings another": (
        {"properties": MEMBERS, "dependentRequired": {"price": ["listed"]}},
        "dependentRequired.falsy",
        WITHOUT_LISTED,
    ),
    "brings a schema": (
        {"properties": MEMBERS, "dependentSchemas": {"price": {"required": ["listed"]}}},
        "required.falsy",
        WITHOUT_LISTED,
    ),
    "is a condition": (
        {"properties": MEMBERS, "if": {"required": ["price"]}, "then": {"required": ["listed"]}},
        "required.falsy",
        WITHOUT_LISTED,
    ),
}
MAPS = {
    "patterns": {
        "additionalProperties": False,
        "patternProperties": {"^has_[a-z]+$": {"type": "boolean"}, "^km_[a-z]+$": {"type": "number"}},
    },
    "beginnings": {"additionalProperties": False, "patternProperties": {"^x-": {"type": "boolean"}}},
    "names": {"propertyNames": {"pattern": "^w_[a-z]{1,3}$"}, "additionalProperties": {"type": "number"}},
    "listed names": {"propertyNames": {"enum": [f"weight_{i}" for i in range(30)]}, "additionalProperties": FLOOR},
}


def bodies(schema: Any, operator: str) -> list[Any]:
    """Give the bodies of an operator's cases."""
    return [json.loads(i.request.body) for i in planned(schema) if isinstance(i, Case) and i.operator == operator]


@pytest.mark.parametrize(("schema", "operator", "sent"), FALSY.values(), ids=FALSY)
def test_a_member_that_is_there_holds_next_to_nothing(schema: Any, operator: str, sent: list[Any]) -> None:
    """What is broken by the presence of a member is broken by one that is false, empty or zero, and valid."""
    cases = [item for item in planned({"type": "object", **schema}) if getattr(item, "operator", "") == operator]
    shown = [json.loads(case.request.body) for case in cases if isinstance(case, Case) and case.isolated]
    wanted = [body for body in sent if any(body.items() <= each.items() for each in shown)]
    assert wanted == sent
    assert len(shown) == len(cases)


@pytest.mark.parametrize("keywords", MAPS.values(), ids=MAPS)
@pytest.mark.parametrize("most", [4, 20])
def test_a_map_of_named_members_is_filled(keywords: dict[str, Any], most: int) -> None:
    """As many members as a closed map may have are sent, and one more."""
    schema = {"type": "object", "minProperties": 1, "maxProperties": most, **keywords}
    assert [len(body) for body in bodies(schema, "maxProperties.one-more")] == [most + 1]
    assert [len(body) for body in bodies(schema, "maxProperties.at")] == [most]
    least = (*bodies(schema, "witness.itself"), *bodies(schema, "minProperties.at"))
    assert min(map(len, least)) == 1
    left = [item for item in planned(schema) if isinstance(item, Unisolable)]
    assert not [item for item in left if item.constraint.keyword.endswith("Properties")]


def test_a_name_nearly_matches_its_pattern() -> None:
    """A letter before or behind, another case and a line feed: what a search that is not anchored lets through."""
    schema = {**CLOSED, "minProperties": 1, "patternProperties": {"^has_[a-z]+$": {"type": "boolean"}}}
    (name, value), *_ = bodies(schema, "witness.itself")[0].items()
    sent = bodies(schema, "additionalProperties.near-pattern")
    assert sent == [{f"x{name}": value}, {f"{name}X": value}, {name.swapcase(): value}]
    assert {f"{name}\n": value} in bodies(schema, "additionalProperties.pattern-newline")


def test_an_optional_member_is_given_by_another_name() -> None:
    """A member that may be left out is sent in the spelling of another convention, with a valid value."""
    schema = {**CLOSED, "required": ["id"], "properties": {"id": FLOOR, "room_count": FLOOR, "areaInM2": FLOOR}}
    names = {name for body in bodies(schema, "additionalProperties.respelled") for name in body}
    assert {"id", "Room_count", "area_in_m2"} <= names
    assert all(case.isolated for case in planned(schema) if getattr(case, "operator", "").endswith(".respelled"))


FORMS = ["application/x-www-form-urlencoded", "multipart/form-data"]


@pytest.mark.parametrize("media_type", [*FORMS, "application/json"])
def test_brackets_stand_in_the_names_of_forms_alone(media_type: str) -> None:
    """An array's item is sent by the names that PHP has for it, where the body is a form."""
    kinds = {"type": "array", "items": {"type": "string"}}
    content = document({**CLOSED, "required": ["kind"], "properties": {"kind": kinds}})
    body = content["paths"]["/p"]["post"]["requestBody"]["content"]
    body[media_type] = body.pop("application/json")
    cases = [item for item in prove400.plan(content) if getattr(item, "operator", "").endswith(".bracketed")]
    assert len(cases) == (2 if media_type in FORMS else 0)
    for case in cases:
        assert isinstance(case, Case)
        assert case.side is Side.INVALID
        assert case.violates >= {("", case.keyword_location)}
