"""Strategies of requests and values: every example is what its strategy says, and failures shrink to the plainest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

import prove400
from prove400 import Contract, ContractError, Examiner, Operation, Request, WitnessError
from prove400.model import Side
from prove400.strategies import invalid_requests, valid_requests, values
from prove400.strategies.edits import edited, edits
from prove400.strategies.tables import SLIPS

QUICK = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
ORDER = {
    "type": "object",
    "required": ["id", "lines"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"},
        "note": {"type": "string", "maxLength": 20},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 4,
            "items": {
                "type": "object",
                "required": ["count"],
                "properties": {"count": {"type": "integer", "minimum": 1, "maximum": 9}, "gift": {"type": "boolean"}},
            },
        },
    },
}


def contract(schema: Any, media_type: str = "application/json", **operation: Any) -> Contract:
    """Give a contract with one operation."""
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    content = {"requestBody": body, "responses": {"200": {"description": "done"}}, **operation}
    info = {"title": "orders", "version": "1"}
    return prove400.load({"openapi": "3.1.0", "info": info, "paths": {"/orders": {"post": content}}})


LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}}


def within(name: str, inner: str) -> dict[str, Any]:
    """Give the schema of a number two levels down, beside which there is nothing."""
    number = {"type": "object", "required": [inner], "properties": {inner: {"type": "integer", "minimum": 3}}}
    return {"type": "object", "required": [name], "properties": {name: number}, "additionalProperties": False}


SHAPES: dict[str, Contract] = {
    "json": contract(ORDER),
    "with parameters": contract(ORDER, parameters=[LIMIT]),
    "form": contract(
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "s": {"enum": ["a", "b"]}}},
        "application/x-www-form-urlencoded",
    ),
    "branches": contract({"oneOf": [{"type": "integer", "minimum": 3}, {"type": "string", "minLength": 2}]}),
    "apart": contract({"oneOf": [within("a", "x"), within("b", "y")]}),
    "diamonds": prove400.load("contracts/openapi.json"),
}


def operation(name: str) -> Operation:
    """Give the first operation of a contract."""
    return SHAPES[name].operations[0]


@pytest.mark.parametrize("name", SHAPES)
def test_every_example_is_what_its_strategy_says(name: str) -> None:
    """Judged anew on its bytes, a valid request breaks nothing, and an invalid one something of its operation."""
    examiner, own = Examiner(SHAPES[name]), operation(name)

    @QUICK
    @seed(1)
    @given(valid_requests(own), invalid_requests(own))
    def judged(valid: Request, invalid: Request) -> None:
        assert examiner.case(valid).side is Side.VALID
        assert examiner.case(invalid).side is Side.INVALID
        assert examiner.operation(invalid).label == own.label

    judged()


def test_examples_vary() -> None:
    """Of three hundred draws, most are of their own, and break what only several changes together do."""
    examiner = Examiner(SHAPES["json"])
    seen: tuple[set[bytes], set[bytes]] = (set(), set())
    broken: list[int] = []

    @settings(QUICK, max_examples=300, phases=[Phase.generate])
    @seed(1)
    @given(valid_requests(operation("json")), invalid_requests(operation("json")))
    def drawn(valid: Request, invalid: Request) -> None:
        seen[0].add(valid.body)
        seen[1].add(invalid.body)
        broken.append(len(examiner.case(invalid).violates))

    drawn()
    assert min(map(len, seen)) > 20
    assert max(broken) > 2


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "integer", "minimum": 3}, [lambda v: 10 < v < 1_000, lambda v: v > 10**6]),
        ({"type": "number"}, [lambda v: v < 0, lambda v: v % 1 != 0, lambda v: abs(v) > 100]),
        ({"type": "string", "pattern": "^[A-Z]{3}[0-9]+$"}, [lambda v: len(v) > 8]),
        ({"type": "array", "items": {"type": "integer"}}, [lambda v: not v, lambda v: len(v) > 1]),
        ({}, [lambda v: v is None, lambda v: isinstance(v, str), lambda v: isinstance(v, list)]),
    ],
    ids=["integer", "number", "text", "array", "any"],
)
def test_values_vary_where_the_schema_lets_them(schema: Any, shown: list[Callable[[Any], bool]]) -> None:
    """A bound that is not there is no value that is always the same."""
    seen: list[Any] = []

    @settings(QUICK, max_examples=200, phases=[Phase.generate])
    @seed(1)
    @given(values(schema))
    def drawn(value: Any) -> None:
        seen.append(value)

    drawn()
    assert [any(holds(value) for value in seen) for holds in shown] == [True] * len(shown)


def test_single_faults_are_drawn_as_often_as_others() -> None:
    """What a second check refuses hides that a first one is missing."""
    examiner, counts = Examiner(SHAPES["json"]), []

    @settings(QUICK, max_examples=200, phases=[Phase.generate])
    @seed(1)
    @given(invalid_requests(operation("json")))
    def drawn(request: Request) -> None:
        counts.append(len(examiner.case(request).violates))

    drawn()
    assert counts.count(1) > len(counts) / 2


@pytest.mark.parametrize(
    "strategy", [valid_requests(operation("json")), invalid_requests(operation("json"))], ids=["valid", "invalid"]
)
def test_the_same_seed_gives_the_same_requests(strategy: st.SearchStrategy[Request]) -> None:
    """What a printed seed began can be begun again."""

    def drawn() -> list[Request]:
        found: list[Request] = []

        @settings(QUICK, phases=[Phase.generate])
        @seed(7)
        @given(strategy)
        def take(request: Request) -> None:
            found.append(request)

        take()
        return found

    assert drawn() == drawn()


@pytest.mark.parametrize(
    ("fails", "plainest"),
    [
        (lambda examiner, request: True, 1),
        (lambda examiner, request: ("/id", "pattern") in broken(examiner, request), 1),
        (lambda examiner, request: len(broken(examiner, request)) > 1, 2),
        (lambda examiner, request: {"minimum", "pattern"} <= {keyword for _, keyword in broken(examiner, request)}, 2),
    ],
    ids=["any", "one of its own", "two", "these two"],
)
def test_shrinking_ends_at_the_fewest_faults(fails: Callable[[Examiner, Request], bool], plainest: int) -> None:
    """No fault is left that a failure does not need."""
    examiner = Examiner(SHAPES["json"])
    found = find(
        invalid_requests(operation("json")),
        lambda request: fails(examiner, request),
        settings=settings(QUICK, max_examples=3_000),
        random=Random(1),  # noqa: S311 — where shrinking ends depends on what failed first
    )
    assert len(examiner.case(found).violates) == plainest


def broken(examiner: Examiner, request: Request) -> set[tuple[str, str]]:
    """Give what a request breaks: places, and the keywords there."""
    return {(place, keyword.rpartition("/")[2]) for place, keyword in examiner.case(request).violates}


def test_the_plainest_fault_comes_first() -> None:
    """Of all that is wrong, shrinking prefers what is short: no long text, no number of 400 digits."""
    found = find(invalid_requests(operation("json")), lambda request: bool(request.body), settings=QUICK)
    assert len(found.body) < 150


def test_shrinking_ends_at_the_witness() -> None:
    """The plainest valid request is the witness itself."""
    found = find(valid_requests(operation("json")), lambda _: True, settings=QUICK)
    assert found == next(c for c in prove400.plan(SHAPES["json"]) if isinstance(c, prove400.Case)).witness


@pytest.mark.parametrize(
    "schema",
    [
        ORDER,
        {"type": "number", "minimum": 0.5, "maximum": 2.5},
        {"$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"},
        {"anyOf": [{"const": 1}, {"type": "string", "format": "date"}]},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 2},
        True,
    ],
    ids=["object", "number", "recursive", "branches", "array", "any"],
)
def test_values_are_of_their_schema(schema: Any) -> None:
    """Another validator than ours admits every value."""
    validator = jsonschema.Draft202012Validator(schema)

    @QUICK
    @seed(1)
    @given(values(schema))
    def admitted(value: Any) -> None:
        assert validator.is_valid(value), value

    admitted()


def test_values_of_an_older_draft() -> None:
    """A draft says what a keyword means: `items` in 2020-12 takes no list."""

    @QUICK
    @given(
        values(
            {"items": [{"const": 1}], "minItems": 1, "type": "array"}, dialect="http://json-schema.org/draft-07/schema#"
        )
    )
    def first(value: Any) -> None:
        assert value[0] == 1

    first()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: values({"not": {}}), WitnessError, "no valid request"),
        (lambda: values({"type": "string", "maxLength": 0, "minLength": 1}), WitnessError, "no valid request"),
        (lambda: invalid_requests(operation("json"), most_faults=0), ValueError, "at least 1"),
        (lambda: values({"type": 7}), ContractError, r"\(at the schema, /type\)"),
        (lambda: values({"items": {"$ref": "#/$defs/x"}}), ContractError, "at the schema"),
        (lambda: valid_requests("POST /orders"), WitnessError, "not an operation of a contract: 'POST /orders'"),
    ],
    ids=["false", "contradiction", "no fault", "no schema", "no reference", "a label"],
)
def test_what_nothing_can_be_drawn_from_is_said(make: Callable[[], object], error: type[Exception], says: str) -> None:
    """The error comes when the strategy is made, not within a search."""
    with pytest.raises(error, match=says):
        make()


def test_an_operation_that_takes_nothing_has_no_invalid_request() -> None:
    """The error says so, and what to do."""
    health = next(o for o in SHAPES["diamonds"].operations if o.label == "GET /health")
    with pytest.raises(WitnessError, match="nothing in its requests can be broken"):
        invalid_requests(health)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)


@settings(QUICK, max_examples=300)
@given(JSON, JSON)
def test_edits_make_one_value_of_another(before: Any, after: Any) -> None:
    """Whatever two values are, and without a change to the first."""
    was, value = json.dumps(before), before
    for edit in edits(before, after):
        value = edited(value, edit)
    assert json.dumps(value, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert json.dumps(before) == was


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_slips_change_the_bytes(slip: Callable[[bytes, int], bytes]) -> None:
    """At the first byte, the last, and between."""
    body = b'{"a": [1, 2]}'
    assert all(slip(body, at) != body for at in range(len(body)))


def test_the_example_of_the_documentation_runs() -> None:
    """What docs/search.md shows passes as it stands."""
    (code, *_) = re.findall(r"```python\n(.*?)```", Path("docs/search.md").read_text(), re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code, shown)  # noqa: S102 - our own page
    settings(QUICK, max_examples=20)(shown["test_every_invalid_request_is_refused"])()
