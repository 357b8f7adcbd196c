"""Every mutation operator does what its own examples say: it breaks its keyword, and what else it owns up to."""

from __future__ import annotations

from typing import Any

import pytest

from prove400.contract.references import Document
from prove400.model import Side
from prove400.mutations import CONTENT_RULES, JSON_RULES, OPERATORS, ROUTE_RULES, Example, Operator, Subject
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
    assert found == (set() if operator.side is Side.VALID else {operator.keyword, *example.also})


def test_names_of_operators_and_rules_are_unique() -> None:
    """A name stands for one entry: reports, baselines and rules are found by it."""
    names = [entry.name for entry in (*OPERATORS, *JSON_RULES, *CONTENT_RULES, *ROUTE_RULES)]
    assert len(names) == len(set(names))
