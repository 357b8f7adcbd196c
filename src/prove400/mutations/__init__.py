"""Mutation operators: the tables, and the look-up by keyword."""

from collections import defaultdict

from prove400.mutations import containers, contents, discriminators, formats, numbers, strings, tensors, types
from prove400.mutations.operator import Example, Operator, Subject
from prove400.mutations.wire import (
    CONTENT_RULES,
    JSON_RULES,
    ROUTE_RULES,
    Wire,
    WireRule,
    retyped,
    with_header,
    with_utf_8,
)

__all__ = [
    "CONTENT_RULES",
    "JSON_RULES",
    "OPERATORS",
    "ROUTE_RULES",
    "Example",
    "Operator",
    "Subject",
    "Wire",
    "WireRule",
    "by_keyword",
    "retyped",
    "with_header",
    "with_utf_8",
]

OPERATORS: tuple[Operator, ...] = (
    *types.OPERATORS,
    *strings.OPERATORS,
    *numbers.OPERATORS,
    *containers.OPERATORS,
    *formats.OPERATORS,
    *contents.OPERATORS,
    *discriminators.OPERATORS,
    *tensors.OPERATORS,
)
"""Every operator on values, in the order in which cases are planned."""


def by_keyword() -> dict[str, tuple[Operator, ...]]:
    """Give the operators of each keyword."""
    found: dict[str, list[Operator]] = defaultdict(list)
    for operator in OPERATORS:
        found[operator.keyword].append(operator)
    return {keyword: tuple(operators) for keyword, operators in found.items()}
