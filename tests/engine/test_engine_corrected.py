"""Patterns and multiples for the second validator, read as JSON Schema means them."""

from __future__ import annotations

from fractions import Fraction

import jsonschema
import pytest

from prove400.contract.references import Document
from prove400.validation import SchemaValidators
from prove400.validation.corrected import corrected, ecma_to_python
from tests.engine.test_engine_plan import document


@pytest.mark.parametrize(
    ("pattern", "python"),
    [
        ("^a$", r"^a\Z"),
        (r"^a\$", r"^a\$"),
        ("^[$]$", r"^[$]\Z"),
        (r"a[\]$]b", r"a[\]$]b"),
        ("a$|b$", r"a\Z|b\Z"),
        ("", ""),
    ],
)
def test_dollar_is_the_very_end(pattern: str, python: str) -> None:
    """A dollar that asserts the end is rewritten; one that is a character stays."""
    assert ecma_to_python(pattern) == python


@pytest.mark.parametrize(("value", "factor"), [(0.15, 0.05), (0.3, 0.1), (1.1, 0.01), (10**30, 3), (7, 3.5), (True, 2)])
def test_multiples_are_those_of_decimals(value: float, factor: float) -> None:
    """What is a multiple on paper is one; a boolean is no number."""
    is_multiple = value is True or Fraction(str(value)) % Fraction(str(factor)) == 0
    assert corrected(jsonschema.Draft202012Validator)({"multipleOf": factor}).is_valid(value) == is_multiple


def test_a_decimal_multiple_is_no_dispute() -> None:
    """Both validators admit 0.15 as a multiple of 0.05, so that a server which refuses it has a finding."""
    schema = {"type": "object", "properties": {"t": {"type": "number", "multipleOf": 0.05}}}
    validators = SchemaValidators(Document(document(schema)))
    location = "/paths/~1p/post/requestBody/content/application~1json/schema"
    assert validators.at(location).is_valid({"t": 0.15})
    assert validators.second_opinion(location, {"t": 0.15})
    assert not validators.second_opinion(location, {"t": 0.16})
