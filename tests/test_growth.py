"""Planning grows as its contract does, whatever it is that grows; what makes it so changes no plan."""

from __future__ import annotations

from typing import Any

import pytest

import prove400
from benchmarks.growth import KINDS, LINEAR, calls, exponent
from prove400.model import Part
from prove400.validation import SchemaValidators, requests, schemas
from prove400.validation.parameters import Held

DISCRIMINATED = "components under a discriminator"
MOST = 2.2
"""Times the calls that twice as large a contract may take."""
OPEN = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/p": {
            "post": {
                "parameters": [
                    {"name": "a", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                    {
                        "name": "o",
                        "in": "query",
                        "schema": {"type": "object", "properties": {"x": {"type": "integer"}}},
                    },
                    {"name": "l", "in": "query", "required": True, "schema": {"type": "array", "items": {"const": 1}}},
                    {"name": "X-Count", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "c", "in": "cookie", "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Any"}}}},
                "responses": {"200": {"description": "ok"}, "400": {"description": "invalid"}},
            }
        }
    },
    "components": {
        "schemas": {
            "Open": {"type": "object", "properties": {"x": {"type": "integer"}, "value": {"type": "boolean"}}},
            "Any": {
                "type": ["integer", "string"],
                "oneOf": [{"type": "integer", "minimum": 3}, {"enum": ["a", "b"]}, {"anyOf": [{}]}],
            },
        }
    },
}


@pytest.mark.parametrize("kind", LINEAR)
def test_calls_grow_linearly(kind: str) -> None:
    """A contract of twice the size takes hardly more than twice the calls."""
    size = 2 if kind == "operations" else 8
    assert calls(KINDS[kind](2 * size)) <= MOST * calls(KINDS[kind](size))


@pytest.mark.parametrize("document", [OPEN, KINDS["query parameters"](6), KINDS["header parameters"](6)])
def test_what_one_parameter_breaks_is_what_the_whole_request_shows(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a request with one parameter rewritten, the faults are those that its bytes show by themselves."""
    plain, seen = requests.RequestJudge.faults, []

    def compared(judge: Any, request: Any, change: Any = None) -> Any:
        seen.append(change)
        found = plain(judge, request, change)
        assert found == plain(judge, request)
        return found

    monkeypatch.setattr(requests.RequestJudge, "faults", compared)
    assert [*prove400.plan(document)]
    assert any(seen)


def test_pairs_of_another_name_are_read_anew() -> None:
    """A pair that a parameter writes under another name may be anybody's: only the whole query tells whose."""
    operation = prove400.load(KINDS["query parameters"](2)).operations[0]
    first, second = operation.parameters
    held = Held(Part.QUERY, operation, ((first.name, "1"), (second.name, "2")))
    assert held.rewritten(first, ((first.name, "3"),)) == ((first.name, "3"),)
    assert held.rewritten(first, ((first.name, "3"), (second.name, "4"))) is None


@pytest.mark.parametrize(
    "document", [OPEN, *(KINDS[f"branches of {each}"](3) for each in ("oneOf", "anyOf")), KINDS[DISCRIMINATED](3)]
)
def test_a_lone_combinator_is_judged_as_its_errors_say(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schema that is one `oneOf` or `anyOf` has the same faults without the errors of its branches."""
    place = "/paths/~1p/post/requestBody/content/application~1json/schema"
    values: tuple[Any, ...] = (0, 3, "a", "z", None, {}, {"kind": "k1", "f1": 1}, {"kind": "k1", "f1": -1})
    loaded = prove400.load(document).document
    found = [SchemaValidators(loaded).at(place).faults(value) for value in values]
    monkeypatch.setattr(schemas, "lone_combinator", lambda *_: "")
    validator = SchemaValidators(loaded).at(place)
    assert found == [validator.faults(value) for value in values]
    assert any(found)


def test_the_exponent_is_the_slope_of_logarithms() -> None:
    """Squares have the exponent 2, whatever they are multiplied by."""
    assert exponent([(1, 3), (2, 12), (8, 192)]) == pytest.approx(2)
