"""Bounds of numbers: one ulp, one step and far past them, and the bound itself (validation, section 6.2)."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from prove400.model import Severity, Side
from prove400.mutations.operator import Example, Mutate, Operator, Subject
from prove400.serialization import Raw

MAXIMUM = {"type": "number", "maximum": 5.01}
MINIMUM = {"type": "number", "minimum": 0.2}
ABOVE, BELOW = 1, -1
MOST_TURNS = 100  # multiples that are looked at; of 0.01 every sixth or so divides badly
LARGEST = sys.float_info.max


def is_number(value: Any) -> bool:
    """Tell whether a value is a number: in Python, a boolean would be one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _only_integers(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "integer"


def _step(limit: float) -> Decimal:
    """Give the place value of the last digit written: 0.01 for 5.01, 1 for 5."""
    exponent = Decimal(repr(limit)).as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(1)


def _number(value: Decimal) -> int | float:
    """Give the number nearest to a decimal: an integer where doubles hold each of them, or none at all."""
    is_whole = abs(value) < 2**53 and value == value.to_integral_value()
    return int(value) if is_whole or abs(value) > LARGEST else float(value)


def _beside(limit: float, direction: int) -> Iterator[float]:
    """Give the nearest double on one side of a limit, where there is one (IEEE 754)."""
    if abs(limit) <= LARGEST:
        found = math.nextafter(limit, direction * math.inf)
        yield from () if math.isinf(found) else (found,)


def ulp(direction: int) -> Mutate:
    """Make the nearest double past the bound (IEEE 754)."""

    def mutate(subject: Subject) -> Iterator[float]:
        if not _only_integers(subject.schema):
            yield from _beside(subject.expected, direction)

    return mutate


def step(direction: int) -> Mutate:
    """Make the next number with as many decimals as the bound."""

    def mutate(subject: Subject) -> Iterator[int | float]:
        limit = subject.expected
        if _only_integers(subject.schema):
            yield (math.floor(limit) if direction > 0 else math.ceil(limit)) + direction
        else:
            yield _number(Decimal(repr(limit)) + direction * _step(limit))

    return mutate


def rounds_to_bound(direction: int) -> Mutate:
    """Make a number past the bound that rounds to it: 5.0149 past 5.01."""

    def mutate(subject: Subject) -> Iterator[float]:
        if not _only_integers(subject.schema):
            past = _step(subject.expected) * Decimal("0.49")
            yield _number(Decimal(repr(subject.expected)) + direction * past)

    return mutate


def tenfold(direction: int) -> Mutate:
    """Make a number ten times as far out, as a wrong unit would."""

    def mutate(subject: Subject) -> Iterator[int | float]:
        limit = Decimal(repr(subject.expected))
        distance = max(abs(limit) * 9, Decimal(10))
        yield _number(limit + direction * distance)

    return mutate


def beyond_doubles(direction: int) -> Mutate:
    """Make the smallest integer that a double cannot hold, 2^53 + 1."""

    def mutate(subject: Subject) -> Iterator[int]:
        if abs(subject.expected) < 2**53:
            yield direction * (2**53 + 1)

    return mutate


def many_digits(direction: int) -> Mutate:
    """Make an integer of 400 digits, far past the largest double."""

    def mutate(_: Subject) -> Iterator[int]:
        yield direction * int("9" * 400)

    return mutate


def overflow(direction: int) -> Mutate:
    """Make 1e400, which most parsers turn into infinity."""

    def mutate(_: Subject) -> Iterator[Raw]:
        yield Raw("1e400" if direction > 0 else "-1e400")

    return mutate


def constants(*values: float) -> Mutate:
    """Make numbers that stand for "unknown" in many tables."""

    def mutate(_: Subject) -> Iterator[int | float]:
        yield from values

    return mutate


def scaled(*factors: str) -> Mutate:
    """Make the value in another unit: a fraction for a percentage, millimetres for inches."""

    def mutate(subject: Subject) -> Iterator[int | float]:
        if is_number(subject.value):
            yield from (_number(Decimal(repr(subject.value)) * Decimal(factor)) for factor in factors)

    return mutate


def negated(subject: Subject) -> Iterator[int | float]:
    """Flip the sign of the value."""
    if is_number(subject.value):
        yield -subject.value


def at_bound(subject: Subject) -> Iterator[int | float]:
    """Give the bound itself, which it admits; an integer without a fraction, however the bound is written."""
    is_whole = _only_integers(subject.schema) and subject.expected % 1 == 0
    yield int(subject.expected) if is_whole else subject.expected


def inside_bound(direction: int) -> Mutate:
    """Make the nearest double inside an exclusive bound."""

    def mutate(subject: Subject) -> Iterator[int | float]:
        if _only_integers(subject.schema):
            limit = subject.expected
            yield (math.ceil(limit) if direction > 0 else math.floor(limit)) - direction
        else:
            yield from _beside(subject.expected, -direction)

    return mutate


def between_multiples(subject: Subject) -> Iterator[int | float]:
    """Move off a multiple by half of it, by one and by a little."""
    if not is_number(subject.value):
        return
    factor = Decimal(repr(subject.expected))
    value = Decimal(repr(subject.value))
    for offset in (factor / 2, factor / 5, Decimal(1), factor / 10):
        for direction in (ABOVE, BELOW):
            yield _number(value + direction * offset)


def decimal_multiples(subject: Subject) -> Iterator[int | float]:
    """Give multiples that a division of doubles takes for none: 0.07 / 0.01 is 7.000000000000001."""
    if not is_number(subject.value) or abs(subject.value) > 2**53 or subject.expected % 1 == 0:
        return
    factor = Decimal(repr(subject.expected))
    nearby = (_number(Decimal(repr(subject.value)) + turn * factor) for turn in range(MOST_TURNS))
    yield from islice((found for found in nearby if found / subject.expected % 1), 2)


BIG = int("9" * 400)


def _bound(keyword: str, direction: int, schema: dict[str, Any], after: tuple[Any, ...]) -> tuple[Operator, ...]:
    """Give the operators that go past one bound; `after` holds, in their order, what each makes of the example."""
    mutations = {
        "ulp": ulp(direction),
        "step": step(direction),
        "rounds-to-bound": rounds_to_bound(direction),
        "tenfold": tenfold(direction),
        "beyond-doubles": beyond_doubles(direction),
        "400-digits": many_digits(direction),
        "overflow": overflow(direction),
    }
    return tuple(
        Operator(f"{keyword}.{name}", mutate, (Example(schema, 1.0, value),))
        for (name, mutate), value in zip(mutations.items(), after, strict=True)
    )


OVER_5 = {"type": "number", "exclusiveMaximum": 5}
UNDER_0 = {"type": "number", "exclusiveMinimum": 0}

OPERATORS = (
    *_bound("maximum", ABOVE, MAXIMUM, (5.010000000000001, 5.02, 5.0149, 50.1, 2**53 + 1, BIG, Raw("1e400"))),
    *_bound("minimum", BELOW, MINIMUM, (0.19999999999999998, 0.1, 0.151, -9.8, -(2**53) - 1, -BIG, Raw("-1e400"))),
    *_bound("exclusiveMaximum", ABOVE, OVER_5, (5.000000000000001, 6, 5.49, 50, 2**53 + 1, BIG, Raw("1e400"))),
    *_bound("exclusiveMinimum", BELOW, UNDER_0, (-5e-324, -1, -0.49, -10, -(2**53) - 1, -BIG, Raw("-1e400"))),
    Operator("exclusiveMaximum.at", at_bound, (Example(OVER_5, 1, 5),)),
    Operator("exclusiveMinimum.at", at_bound, (Example(UNDER_0, 1, 0),)),
    Operator("minimum.negated", negated, (Example(MINIMUM, 1.0, -1.0),)),
    Operator("exclusiveMinimum.negated", negated, (Example(UNDER_0, 1.0, -1.0),)),
    Operator("minimum.zero", constants(0), (Example(MINIMUM, 1.0, 0),)),
    Operator("minimum.sentinel", constants(-1, -999, -9999), (Example(MINIMUM, 1.0, -999),)),
    Operator("minimum.scaled", scaled("0.1", "0.01", "0.001"), (Example(MINIMUM, 1.0, 0.1),), each=True),
    Operator("maximum.sentinel", constants(999, 9999, 99999), (Example(MAXIMUM, 1.0, 999),)),
    Operator("maximum.scaled", scaled("10", "25.4", "100", "1000"), (Example(MAXIMUM, 1.0, 10),), each=True),
    Operator("exclusiveMinimum.sentinel", constants(-1, -999, -9999), (Example(UNDER_0, 1.0, -999),)),
    Operator("exclusiveMaximum.scaled", scaled("10", "100", "1000"), (Example(OVER_5, 1.0, 10),), each=True),
    Operator("multipleOf.between", between_multiples, (Example({"multipleOf": 0.5}, 1, 1.25),)),
    Operator(
        "multipleOf.decimal",
        decimal_multiples,
        (Example({"multipleOf": 0.01}, 0.05, 0.07), Example({"multipleOf": 0.1}, 1, 1.2)),
        Side.VALID,
        Severity.WARNING,
    ),
    Operator("maximum.at", at_bound, (Example(MAXIMUM, 1.0, 5.01),), Side.VALID),
    Operator("minimum.at", at_bound, (Example(MINIMUM, 1.0, 0.2),), Side.VALID),
    Operator("exclusiveMaximum.inside", inside_bound(ABOVE), (Example(OVER_5, 1, 4.999999999999999),), Side.VALID),
    Operator("exclusiveMinimum.inside", inside_bound(BELOW), (Example(UNDER_0, 1, 5e-324),), Side.VALID),
)
"""Every way to stand just past a bound, far past it, and on it."""
