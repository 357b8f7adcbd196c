"""`discriminator`: a name that is none, or that of another schema (OpenAPI 3.1.1 section 4.8.25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prove400.model import Severity, Side
from prove400.mutations.operator import Example, Operator, Subject

PETS = {
    "oneOf": [{"$ref": "#/components/schemas/S/$defs/cat"}, {"$ref": "#/components/schemas/S/$defs/dog"}],
    "$defs": {"cat": {"required": ["mice"]}, "dog": {"required": ["sticks"]}},
    "discriminator": {
        "propertyName": "kind",
        "mapping": {
            "Cat": "#/components/schemas/S/$defs/cat",
            "Tom": "#/components/schemas/S/$defs/cat",
            "Dog": "#/components/schemas/S/$defs/dog",
        },
    },
}
"""A schema with a discriminator, as the contract's component `S`."""
NAMES = ("Cat", "Tom", "Dog")
CAT = {"kind": "Cat", "mice": 3}


def named(names: Callable[[str, Subject], Iterator[str]]) -> Callable[[Subject], Iterator[dict[str, Any]]]:
    """Make a mutation that puts other names in the place of the one that is there."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        key = subject.expected["propertyName"]
        own = subject.value.get(key) if isinstance(subject.value, dict) else None
        if isinstance(own, str):
            yield from ({**subject.value, key: name} for name in names(own, subject) if name != own)

    return mutate


def near_names(own: str, subject: Subject) -> Iterator[str]:
    """Give the name in other cases, and with white space around it."""
    near = (own.swapcase(), own.lower(), own.upper(), f"{own} ", f" {own}")
    yield from (name for name in near if name not in subject.names)


def unnamed(subject: Subject) -> Iterator[dict[str, Any]]:
    """Leave the name out."""
    key = subject.expected["propertyName"]
    if isinstance(subject.value, dict) and key in subject.value:
        yield {name: item for name, item in subject.value.items() if name != key}


OPERATORS = (
    Operator(
        "discriminator.unknown",
        named(lambda _, __: iter(("prove400", ""))),
        (Example(PETS, CAT, {"kind": "prove400", "mice": 3}, names=NAMES),),
    ),
    Operator(
        "discriminator.near-miss",
        named(near_names),
        (Example(PETS, CAT, {"kind": "cat", "mice": 3}, names=NAMES),),
        each=True,
    ),
    Operator(
        "discriminator.other",
        named(lambda _, subject: iter(subject.names)),
        (Example(PETS, CAT, {"kind": "Dog", "mice": 3}, names=NAMES),),
        severity=Severity.WARNING,
    ),
    Operator(
        "discriminator.absent", unnamed, (Example(PETS, CAT, {"mice": 3}, names=NAMES),), severity=Severity.WARNING
    ),
    Operator(
        "discriminator.synonym",
        named(lambda _, subject: iter(subject.expected.get("mapping", ()))),
        (Example(PETS, CAT, {"kind": "Tom", "mice": 3}, names=NAMES),),
        Side.VALID,
    ),
)
"""Every wrong name, and every right one."""
