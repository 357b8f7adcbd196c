"""Objects and arrays: names missing or extra, items too few, too many or in another order (validation, 6.4 and 6.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from prove400.model import Side
from prove400.mutations.operator import Example, Operator, Subject

POINT = {"properties": {"x": {}, "y": {}}, "additionalProperties": False}
PAIR = {"required": ["x", "y"]}
NAMED = [{"type": "integer"}, {"type": "string"}]
OLD_PREFIX = {"$schema": "http://json-schema.org/draft-07/schema#", "items": NAMED}


def without_member(subject: Subject) -> Iterator[dict[str, Any]]:
    """Leave one name out."""
    if isinstance(subject.value, dict) and subject.member in subject.value:
        yield {name: item for name, item in subject.value.items() if name != subject.member}


def misspelled_member(respell: Callable[[str], str]) -> Callable[[Subject], Iterator[dict[str, Any]]]:
    """Make a mutation that sends one name in another spelling."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        if isinstance(subject.value, dict) and respell(subject.member) not in subject.value:
            yield {respell(name) if name == subject.member else name: item for name, item in subject.value.items()}

    return mutate


def extra_name(*names: str) -> Callable[[Subject], Iterator[dict[str, Any]]]:
    """Make a mutation that adds names which nobody declared."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        if isinstance(subject.value, dict):
            yield from ({**subject.value, name: 1} for name in names if name not in subject.value)

    return mutate


def response_name(subject: Subject) -> Iterator[dict[str, Any]]:
    """Add a name that the response has: the label, sent along with the features."""
    if isinstance(subject.value, dict):
        yield from ({**subject.value, name: 1} for name in subject.answers if name not in subject.value)


def near_name(subject: Subject) -> Iterator[dict[str, Any]]:
    """Add a declared name again in another case; a server that folds case reads it twice."""
    if isinstance(subject.value, dict):
        for name, item in list(subject.value.items())[:1]:
            if name.upper() not in subject.value:
                yield {**subject.value, name.upper(): item}


def fewer_items(subject: Subject) -> Iterator[list[Any]]:
    """Cut an array to one item less than allowed."""
    if isinstance(subject.value, list) and subject.expected > 0:
        yield subject.value[: int(subject.expected) - 1]


def repeated(items: list[Any], count: int) -> list[Any]:
    """Repeat the items in turn until there are `count`."""
    return [items[index % len(items)] for index in range(count)]


def more_items(subject: Subject) -> Iterator[list[Any]]:
    """Lengthen an array to one item more than allowed."""
    if isinstance(subject.value, list) and subject.value:
        yield repeated(subject.value, int(subject.expected) + 1)


def many_more_items(subject: Subject) -> Iterator[list[Any]]:
    """Lengthen an array to ten times what is allowed, at most 1,000 items more."""
    if isinstance(subject.value, list) and subject.value:
        yield repeated(subject.value, int(subject.expected) + min(int(subject.expected) * 9 + 1, 1000))


def most_items(subject: Subject) -> Iterator[list[Any]]:
    """Lengthen an array to exactly what is allowed."""
    if isinstance(subject.value, list) and subject.value:
        yield repeated(subject.value, int(subject.expected))


def fewest_items(subject: Subject) -> Iterator[list[Any]]:
    """Cut an array to exactly what is required."""
    if isinstance(subject.value, list):
        yield subject.value[: int(subject.expected)]


def twin_items(subject: Subject) -> Iterator[list[Any]]:
    """Let one item occur twice: beside itself, and at both ends, in place of the last item and after it."""
    if isinstance(subject.value, list) and subject.value:
        yield [*subject.value, subject.value[-1]]
        yield [*subject.value[:-1], subject.value[0]]
        yield [*subject.value, subject.value[0]]


def alike_items(subject: Subject) -> Iterator[list[Any]]:
    """Add an item that differs from the last in case only, and is another one all the same."""
    last = subject.value[-1] if isinstance(subject.value, list) and subject.value else None
    if isinstance(last, str) and last.swapcase() not in subject.value:
        yield [*subject.value, last.swapcase()]


def swapped_items(subject: Subject) -> Iterator[list[Any]]:
    """Let two neighbours in an array change places."""
    value = subject.value if isinstance(subject.value, list) else []
    for index, (one, other) in enumerate(pairwise(value)):
        if one != other:
            yield [*value[:index], other, one, *value[index + 2 :]]


OPERATORS = (
    Operator("required.absent", without_member, (Example(PAIR, {"x": 1, "y": 2}, {"y": 2}, member="x"),)),
    Operator(
        "required.other-case",
        misspelled_member(str.upper),
        (Example(PAIR, {"x": 1, "y": 2}, {"X": 1, "y": 2}, member="x"),),
    ),
    Operator(
        "required.padded",
        misspelled_member(lambda name: f"{name} "),
        (Example(PAIR, {"x": 1, "y": 2}, {"x ": 1, "y": 2}, member="x"),),
    ),
    Operator(
        "additionalProperties.unknown",
        extra_name("prove400"),
        (Example(POINT, {"x": 1}, {"x": 1, "prove400": 1}),),
    ),
    Operator("additionalProperties.empty-name", extra_name(""), (Example(POINT, {"x": 1}, {"x": 1, "": 1}),)),
    Operator(
        "additionalProperties.prototype",
        extra_name("__proto__"),
        (Example(POINT, {"x": 1}, {"x": 1, "__proto__": 1}),),
    ),
    Operator(
        "additionalProperties.private",
        extra_name("x_prove400", "x-prove400", "_prove400"),
        (Example(POINT, {"x": 1}, {"x": 1, "x_prove400": 1}),),
    ),
    Operator(
        "additionalProperties.response-name",
        response_name,
        (Example(POINT, {"x": 1}, {"x": 1, "price": 1}, answers=("price",)),),
    ),
    Operator("additionalProperties.other-case", near_name, (Example(POINT, {"x": 1}, {"x": 1, "X": 1}),)),
    Operator(
        "dependentRequired.absent",
        without_member,
        (Example({"dependentRequired": {"x": ["y"]}}, {"x": 1, "y": 2}, {"x": 1}, member="y"),),
    ),
    Operator("minItems.one-less", fewer_items, (Example({"minItems": 2}, [1, 2, 3], [1]),)),
    Operator("minItems.at", fewest_items, (Example({"minItems": 2}, [1, 2, 3], [1, 2]),), Side.VALID),
    Operator("maxItems.one-more", more_items, (Example({"maxItems": 2}, [1], [1, 1, 1]),)),
    Operator("maxItems.many-more", many_more_items, (Example({"maxItems": 1}, [1], [1] * 11),)),
    Operator("maxItems.at", most_items, (Example({"maxItems": 2}, [1], [1, 1]),), Side.VALID),
    Operator(
        "uniqueItems.twin",
        twin_items,
        (
            Example({"uniqueItems": True}, [1, 2], [1, 2, 2]),
            Example({"uniqueItems": True}, [1, 2], [1, 2, 1]),
            Example({"uniqueItems": True}, [1, 2, 3], [1, 2, 1]),
        ),
        each=True,
    ),
    Operator("uniqueItems.alike", alike_items, (Example({"uniqueItems": True}, ["Ada"], ["Ada", "aDA"]),), Side.VALID),
    Operator("prefixItems.swapped", swapped_items, (Example({"prefixItems": NAMED}, [1, "a"], ["a", 1], ("type",)),)),
    Operator("items.swapped", swapped_items, (Example(OLD_PREFIX, [1, "a"], ["a", 1], ("type",)),)),
    Operator(
        "properties.absent", without_member, (Example({"properties": {"x": {}}}, {"x": 1}, {}, member="x"),), Side.VALID
    ),
)
"""Every way to miscount."""
