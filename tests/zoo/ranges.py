"""Defects of range: bounds that are off, rounded, skipped or never reached."""

from __future__ import annotations

from typing import Any

import numpy as np

from prove400 import Verdict
from tests.zoo.defect import Defect, Proof, at, diamond, pins, post, refused, swallowed, verdicts
from tests.zoo.kinds import NUMBER_PLACES
from tests.zoo.signature import HIGHEST, LOWEST, NUMBERS, TYPICAL
from tests.zoo.wsgi import crash, on_fields

BOUNDS = pins("minimum", *NUMBER_PLACES) | pins("maximum", *NUMBER_PLACES)
SAFE = 2**53


def is_number(value: Any) -> bool:
    """Tell a JSON number from a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def clipped(name: str, value: Any) -> Any:
    """Move a number to its nearest bound."""
    return min(max(value, LOWEST[name]), HIGHEST[name]) if is_number(value) else value


def if_within(name: str, seen: Any, value: Any) -> Any:
    """Let a number pass where what the check sees of it, `seen`, is inside the bounds."""
    return clipped(name, value) if LOWEST[name] <= seen <= HIGHEST[name] else value


def rounded(name: str, value: Any) -> Any:
    """Check the bounds after rounding to two decimals."""
    return if_within(name, round(value, 2), value) if is_number(value) else value


def single(name: str, value: Any) -> Any:
    """Check the bounds in single precision."""
    if not isinstance(value, float) or abs(value) > np.finfo(np.float32).max:
        return value
    seen = np.float32(value)
    return clipped(name, value) if np.float32(LOWEST[name]) <= seen <= np.float32(HIGHEST[name]) else value


def nudged(name: str, value: Any) -> Any:
    """Take the upper bound itself for too much."""
    return value + 1 if is_number(value) and value == HIGHEST[name] else value


def sunk(name: str, value: Any) -> Any:
    """Take the lower bound itself for too little."""
    return value - 1 if is_number(value) and value == LOWEST[name] else value


def imputing(sentinel: float) -> Any:
    """Give a change that takes one number for a missing value."""
    return lambda name, value: TYPICAL[name] if is_number(value) and value == sentinel else value


def depth_by_table(name: str, value: Any) -> Any:
    """Check depth against the bounds of table."""
    return clipped(name, value) if is_number(value) and LOWEST["table"] <= value <= HIGHEST["table"] else value


def scaled(unit: Any) -> Any:
    """Give a change that mends a slip of unit where `unit(number)` is inside its bounds."""

    def change(name: str, value: Any) -> Any:
        if not is_number(value) or abs(value) > SAFE or LOWEST[name] <= value <= HIGHEST[name]:
            return value
        return if_within(name, unit(value), unit(value))

    return change


def holds_huge_integer(value: Any) -> bool:
    """Tell whether a diamond has an integer that no double holds."""
    held = value.values() if isinstance(value, dict) else ()
    return any(type(item) is int and abs(item) >= 2**1024 for item in held)


RANGES = (
    Defect(
        "carat-maximum-off",
        "The bound was copied from another cut of the data, one hundredth too high.",
        on_fields(lambda n, v: HIGHEST[n] if is_number(v) and HIGHEST[n] < v <= HIGHEST[n] + 0.01 else v, "carat"),
        swallowed(post(diamond(carat=5.02))),
        pins("maximum", "/carat"),
    ),
    Defect(
        "rounded-before-check",
        "Inputs are rounded to two decimals as in the training data, then checked.",
        on_fields(rounded, *NUMBERS),
        swallowed(post(diamond(carat=5.0149))),
        BOUNDS,
        every=True,
        real=True,
    ),
    Defect(
        "single-precision-check",
        "The frame is cast to float32 before the bounds are checked.",
        on_fields(single, *NUMBERS),
        swallowed(post(diamond(carat=5.010000000000001))),
        BOUNDS,
        every=True,
    ),
    Defect(
        "maximum-exclusive",
        "The check was written with < where the contract says at most.",
        on_fields(nudged, "carat"),
        refused(post(diamond(carat=5.01))),
        pins("maximum", "/carat"),
        verdicts(Verdict.OVER_REJECTED),
    ),
    Defect(
        "minimum-exclusive",
        "The check was written with > where the contract says at least.",
        on_fields(sunk, "z"),
        refused(post(diamond(z=2.24))),
        pins("minimum", "/z"),
        verdicts(Verdict.OVER_REJECTED),
    ),
    Defect(
        "x-bounded-like-y",
        "Copy and paste gave x the smaller maximum of y.",
        on_fields(lambda _, v: v + 1 if is_number(v) and HIGHEST["y"] < v <= HIGHEST["x"] else v, "x"),
        refused(post(diamond(x=10.74))),
        pins("maximum", "/x"),
        verdicts(Verdict.OVER_REJECTED),
    ),
    Defect(
        "depth-bounded-like-table",
        "Copy and paste gave depth the wider bounds of table.",
        on_fields(depth_by_table, "depth"),
        swallowed(post(diamond(depth=90.0))),
        pins("minimum", "/depth") | pins("maximum", "/depth"),
        every=True,
    ),
    Defect(
        "minimum-forgotten",
        "Only the upper bound of the width was ever written down.",
        on_fields(lambda n, v: max(v, LOWEST[n]) if is_number(v) else v, "y"),
        swallowed(post(diamond(y=-1.0))),
        pins("minimum", "/y"),
    ),
    Defect(
        "clipped",
        "np.clip keeps the model inside its training range, and hides what was asked.",
        on_fields(clipped, *NUMBERS),
        swallowed(post(diamond(table=200))),
        BOUNDS,
        every=True,
    ),
    Defect(
        "unit-slip-mended",
        "Lengths ten times too large are taken for tenths of a millimetre and divided.",
        on_fields(scaled(lambda v: v / 10), "x"),
        swallowed(post(diamond(x=65.5))),
        pins("maximum", "/x"),
    ),
    Defect(
        "fraction-as-percent",
        "A depth of 0.607 is taken for a share and multiplied by a hundred.",
        on_fields(scaled(lambda v: v * 100), "depth"),
        swallowed(post(diamond(depth=0.607))),
        pins("minimum", "/depth"),
    ),
    Defect(
        "sign-dropped",
        "abs() cleans up heights from a coordinate system that points down.",
        on_fields(lambda _, v: abs(v) if is_number(v) else v, "z"),
        swallowed(post(diamond(z=-3.96))),
        pins("minimum", "/z"),
    ),
    Defect(
        "zero-is-missing",
        "The raw data writes 0 for unknown extents, and the pipeline imputes it.",
        on_fields(imputing(0), "x", "y", "z"),
        swallowed(post(diamond(x=0))),
        pins("minimum", "/x", "/y", "/z"),
        every=True,
    ),
    Defect(
        "minus-one-is-missing",
        "An upstream system marks unknown values with -1, and the pipeline imputes it.",
        on_fields(imputing(-1), "table"),
        swallowed(post(diamond(table=-1))),
        pins("minimum", "/table"),
    ),
    Defect(
        "sentinel-is-missing",
        "An upstream system marks unknown values with -999, and the pipeline imputes it.",
        on_fields(imputing(-999), "depth"),
        swallowed(post(diamond(depth=-999))),
        pins("minimum", "/depth"),
    ),
    Defect(
        "unsafe-integers",
        "Integers past 2^53 make an object column, whose comparison with the bound is skipped.",
        on_fields(lambda n, v: clipped(n, v) if type(v) is int and abs(v) > SAFE else v, *NUMBERS),
        swallowed(post(diamond(carat=10**17))),
        pins("maximum", "/carat"),
        also=at(*BOUNDS),
    ),
    Defect(
        "huge-integer-500",
        "float() raises OverflowError for an integer that no double holds, and nobody catches it.",
        crash(holds_huge_integer),
        Proof(post(diamond(carat=10**400)), 400, 500),
        pins("maximum", "/carat"),
        verdicts(Verdict.SERVER_ERROR),
        also=at(*BOUNDS),
    ),
    Defect(
        "integers-refused",
        "isinstance(value, float) refuses the integers that JSON counts among numbers.",
        on_fields(lambda _, v: str(v) if type(v) is int else v, *NUMBERS),
        refused(post(diamond(table=58))),
        pins("type", *NUMBER_PLACES),
        verdicts(Verdict.OVER_REJECTED),
        every=True,
    ),
)
