"""Objects and arrays: names missing or extra, items too few, too many or in another order (validation, 6.4 and 6.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from prove400.applicators import matches
from prove400.model import Side
from prove400.mutations.operator import Example, Operator, Subject

POINT = {"properties": {"x": {}, "y": {}}, "additionalProperties": False}
ONE_OF_TWO = {"properties": {"id": {}, "room_no": {}}, "required": ["id"], "additionalProperties": False}
SWITCHES = {"patternProperties": {"^has_[a-z]+$": {}}, "additionalProperties": False}
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


def _other_convention(name: str) -> str:
    """Write a name with capitals where it has underscores, or the other way round, as bindings of names do."""
    if "_" in name:
        return re.sub("(?<=[^_])_+([a-z0-9])", lambda found: found[1].upper(), name)
    return re.sub("(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()


def _capitalised(name: str) -> str:
    return name[:1].swapcase() + name[1:]


_CONVENTIONS = (_capitalised, _other_convention, str.upper, str.lower)


def respelled_names(subject: Subject) -> Iterator[dict[str, Any]]:
    """Give each member that may be left out by another spelling of its name alone, in each convention in turn."""
    value = subject.value if isinstance(subject.value, dict) else {}
    optional = value.keys() & subject.schema.get("properties", {}).keys() - {*subject.schema.get("required", ())}
    names = [name for name in value if name in optional]
    for shift in range(len(_CONVENTIONS)):
        for turn, name in enumerate(names):
            new = _CONVENTIONS[(turn + shift) % len(_CONVENTIONS)](name)
            if new not in value:
                yield _renamed(value, name, new)


def _renamed(value: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: item for name, item in value.items()}


def near_pattern(*respell: Callable[[str], str]) -> Callable[[Subject], Iterator[dict[str, Any]]]:
    """Make a mutation that gives a member of each pattern by a name that nearly matches it."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        value = subject.value if isinstance(subject.value, dict) else {}
        for pattern in subject.schema.get("patternProperties", {}):
            name = next((name for name in value if matches(pattern, name)), None)
            near = (change(name) for change in respell) if name is not None else ()
            yield from (_renamed(value, str(name), new) for new in near if new not in value)

    return mutate


def bracketed_names(subject: Subject) -> Iterator[dict[str, Any]]:
    """Give the first item of an array by the name that PHP and qs have for it."""
    value = subject.value if isinstance(subject.value, dict) else {}
    for name, items in value.items():
        if isinstance(items, list) and items:
            yield _renamed(value | {name: items[:1]}, name, f"{name}[]")
            yield _renamed(value | {name: items[0]}, name, f"{name}[0]")


def fewest_members(subject: Subject) -> Iterator[dict[str, Any]]:
    """Leave members out until there are exactly as many as required: those that nothing asks for, the last first."""
    value = subject.value if isinstance(subject.value, dict) else {}
    required = subject.schema.get("required", ())
    spare = [name for name in value if name not in required][max(int(subject.expected) - len(required), 0) :]
    yield {name: item for name, item in value.items() if name not in spare}


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
        "additionalProperties.respelled",
        respelled_names,
        (
            Example(ONE_OF_TWO, {"id": 1, "room_no": 2}, {"id": 1, "Room_no": 2}),
            Example(ONE_OF_TWO, {"id": 1, "room_no": 2}, {"id": 1, "roomNo": 2}),
        ),
    ),
    Operator(
        "additionalProperties.near-pattern",
        near_pattern(lambda name: f"x{name}", lambda name: f"{name}X", str.swapcase),
        (
            Example(SWITCHES, {"has_lift": True}, {"xhas_lift": True}),
            Example(SWITCHES, {"has_lift": True}, {"has_liftX": True}),
        ),
        each=True,
    ),
    Operator(
        "additionalProperties.pattern-newline",
        near_pattern(lambda name: f"{name}\n"),
        (Example(SWITCHES, {"has_lift": True}, {"has_lift\n": True}),),
    ),
    Operator(
        "additionalProperties.bracketed",
        bracketed_names,
        (
            Example(POINT, {"x": [1, 2]}, {"x[]": [1]}),
            Example(POINT, {"x": [1, 2]}, {"x[0]": 1}),
        ),
    ),
    Operator(
        "dependentRequired.absent",
        without_member,
        (Example({"dependentRequired": {"x": ["y"]}}, {"x": 1, "y": 2}, {"x": 1}, member="y"),),
    ),
    Operator(
        "minProperties.at",
        fewest_members,
        (Example({"minProperties": 1, "required": ["y"]}, {"x": 1, "y": 2}, {"y": 2}),),
        Side.VALID,
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
