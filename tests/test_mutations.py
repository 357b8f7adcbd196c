"""Every mutation operator does what its own examples say: it breaks its keyword, and what else it owns up to."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from prove400.contract.references import Document
from prove400.model import Side
from prove400.mutations import CONTENT_RULES, JSON_RULES, OPERATORS, ROUTE_RULES, Example, Operator, Subject
from prove400.obligations import POSITIONAL
from prove400.pointer import tokens
from prove400.serialization import Raw, json_bytes
from prove400.validation import ANNOTATIONS, SchemaValidators, follows, parse
from prove400.validation.discriminators import discriminator_faults

EXAMPLES = [pytest.param(o, e, id=f"{o.name}-{i}") for o in OPERATORS for i, e in enumerate(o.examples)]


def broken(schema: dict[str, Any], value: Any) -> list[tuple[str, str | None]]:
    """Give the keywords that a value breaks, with the member that each names."""
    document = Document({"openapi": "3.1.0", "components": {"schemas": {"S": schema}}})
    validators = SchemaValidators(document)
    faults = [
        *validators.at("/components/schemas/S").faults(value),
        *discriminator_faults(validators, "/components/schemas/S", value),
    ]
    unfollowed = [(name, None) for name in ANNOTATIONS if name in schema and not follows(name, schema, value)]
    return [*unfollowed, *sorted((tokens(fault.keyword_location)[-1], fault.member) for fault in faults)]


def mutants(operator: Operator, example: Example) -> list[Any]:
    """Give what an operator makes of an example's value before."""
    expected = example.schema[operator.keyword]
    subject = Subject(
        example.before, expected, example.schema, example.member, example.foreign, example.answers, example.names
    )
    return list(operator.mutate(subject))


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_operator_has_an_example(operator: Operator) -> None:
    """An entry of the table without an example is a defect."""
    assert operator.examples


@pytest.mark.parametrize(("operator", "example"), EXAMPLES)
def test_operator_makes_what_its_example_says(operator: Operator, example: Example) -> None:
    """The value after is among the mutants of the value before, byte for byte."""
    assert json_bytes(example.after) in [json_bytes(mutant) for mutant in mutants(operator, example)]


@pytest.mark.parametrize(("operator", "example"), EXAMPLES)
def test_operator_breaks_just_its_keyword(operator: Operator, example: Example) -> None:
    """The value before is valid; the one after breaks the keyword and what the example lists, or nothing if valid."""
    assert broken(example.schema, example.before) == []
    after = parse(json_bytes(example.after)) if isinstance(example.after, Raw) else example.after
    found = {keyword for keyword, _ in broken(example.schema, after)}
    own = {operator.keyword} - {*POSITIONAL}  # these speak through the schemas that they list
    assert found == (set() if operator.side is Side.VALID else {*own, *example.also})


EXACT: list[tuple[str, float, float, str]] = [
    ("maximum.ulp", 0.1, 0.1, "0.10000000000000002"),
    ("maximum.step", 0.1, 0.1, "0.2"),
    ("maximum.rounds-to-bound", 0.1, 0.1, "0.149"),
    ("minimum.ulp", 0.1, 0.1, "0.09999999999999999"),
    ("minimum.rounds-to-bound", 0.1, 0.1, "0.051"),
    ("exclusiveMaximum.inside", 0.1, 0, "0.09999999999999999"),
    ("exclusiveMaximum.inside", 0.3, 0, "0.29999999999999993"),
    ("exclusiveMinimum.inside", 0.1, 1, "0.10000000000000002"),
    ("maximum.ulp", 1e23, 1e23, "1.0000000000000001e+23"),
    ("minimum.ulp", 1e23, 1e23, "9.999999999999997e+22"),
    ("maximum.tenfold", 1e23, 1e23, "1e+24"),
    ("maximum.at", 1e23, 1, "1e+23"),
    ("exclusiveMaximum.inside", 1e23, 1, "9.999999999999997e+22"),
    ("maximum.ulp", 2**53, 1, "9007199254740994.0"),
    ("maximum.ulp", 5e-324, 0, "1e-323"),
    ("maximum.tenfold", sys.float_info.max, 1, "17976931348623157" + "0" * 293),
    ("minimum.tenfold", -sys.float_info.max, 1, "-17976931348623157" + "0" * 293),
    ("exclusiveMaximum.inside", sys.float_info.max, 1, "1.7976931348623155e+308"),
    ("multipleOf.between", 0.01, 19.99, "19.995"),
    ("multipleOf.between", 0.01, 0.07, "0.071"),
    ("multipleOf.between", 1e-8, 1e-8, "5e-09"),
    ("multipleOf.decimal", 0.01, 4.35, "4.35"),
    ("multipleOf.decimal", 0.01, 0.28, "0.29"),
    ("multipleOf.decimal", 0.1, 0.3, "0.3"),
]
"""Operator, the keyword's value, a valid value, and what the operator makes of it, as it is sent."""


@pytest.mark.parametrize(("name", "expected", "before", "sent"), EXACT)
def test_decimals_that_doubles_cannot_hold(name: str, expected: float, before: float, sent: str) -> None:
    """Around bounds that no double holds exactly, the bytes are those of the nearest decimals, on the side meant."""
    operator = next(operator for operator in OPERATORS if operator.name == name)
    schema = {"type": "number", operator.keyword: expected}
    assert broken(schema, before) == []
    made = [json_bytes(mutant) for mutant in operator.mutate(Subject(before, expected, schema))]
    assert sent.encode() in made
    assert bool(broken(schema, parse(sent.encode()))) is (operator.side is Side.INVALID)


@pytest.mark.parametrize("keyword", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
@pytest.mark.parametrize("expected", [sys.float_info.max, 10**400, 2**63 - 1, 1e23, 5e-324, 0.1])
def test_operators_of_extreme_numbers_can_be_written(keyword: str, expected: float) -> None:
    """Whatever the bound, what an operator makes can be written as JSON."""
    for kind in ("number", "integer"):
        for operator in OPERATORS:
            if operator.keyword == keyword:
                for value in (expected, 1, 0.5):
                    for mutant in operator.mutate(Subject(value, expected, {"type": kind, keyword: expected})):
                        assert json_bytes(mutant)


def test_a_whole_bound_of_integers_is_sent_without_a_fraction() -> None:
    """A bound that is written 9.0 is the integer 9: a text `9.0` is an integer by no standard."""
    operator = next(operator for operator in OPERATORS if operator.name == "maximum.at")
    assert [json_bytes(v) for v in operator.mutate(Subject(1, 9.0, {"type": "integer", "maximum": 9.0}))] == [b"9"]


def test_names_of_operators_and_rules_are_unique() -> None:
    """A name stands for one entry: reports, baselines and rules are found by it."""
    names = [entry.name for entry in (*OPERATORS, *JSON_RULES, *CONTENT_RULES, *ROUTE_RULES)]
    assert len(names) == len(set(names))
