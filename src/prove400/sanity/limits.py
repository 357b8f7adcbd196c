"""Which checks of the model run, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from prove400.errors import SettingsError

SLUGS = (
    "model.finite",
    "model.constant",
    "model.repeatable",
    "model.probabilities",
    "model.first-request",
    "model.version",
    "model.readiness",
    "model.concurrent",
)
"""Every check of the model, in the order in which obligations are listed."""
HINTS = {
    "inputs": "an integer, 2 or more",
    "repeats": "an integer, 1 or more",
    "tolerance": "a number from 0 to 1",
    "sum_tolerance": "a number from 0 to 1",
    "first_request": "a number above 1",
    "first_request_gates": "true or false",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The table ``[tool.prove400.sanity]``."""

    inputs: int = 5  # different valid inputs from which on a prediction that never changes is a finding
    repeats: int = 3  # requests of each operation that are sent again at the end
    tolerance: float = 1e-9  # relative difference up to which two predictions are equal
    sum_tolerance: float = 1e-3  # by which probabilities may miss 1, beside what rounding explains
    first_request: float = 50.0  # times the median that the first prediction may take
    first_request_gates: bool = False  # whether a slower one is a finding, or a note
    off: frozenset[str] = frozenset()  # slugs of checks that do not run

    def __post_init__(self) -> None:
        """Refuse impossible values with `SettingsError`."""
        _check("inputs", self.inputs, within=_is_whole(self.inputs) and self.inputs > 1)
        _check("repeats", self.repeats, within=_is_whole(self.repeats) and self.repeats > 0)
        _check("tolerance", self.tolerance, within=0 <= _number(self.tolerance) <= 1)
        _check("sum_tolerance", self.sum_tolerance, within=0 <= _number(self.sum_tolerance) <= 1)
        _check("first_request", self.first_request, within=_number(self.first_request) > 1)
        _check("first_request_gates", self.first_request_gates, within=isinstance(self.first_request_gates, bool))

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Limits:
        """Make limits from names and values; a slug is true or false. Raises `SettingsError` for any other name."""
        slugs = given.get("model")  # what TOML makes of `model.constant = false` without quotes
        if isinstance(slugs, Mapping):
            rest = {name: value for name, value in given.items() if name != "model"}
            given = {**rest, **{f"model.{name}": value for name, value in slugs.items()}}
        names = {field.name for field in fields(cls)} - {"off"}
        if unknown := sorted(given.keys() - names - set(SLUGS)):
            hint = f"one of: {', '.join((*sorted(names), *SLUGS))}"
            raise SettingsError(f"unknown setting {unknown[0]!r}", where="sanity", hint=hint)
        for slug in given.keys() & set(SLUGS):
            if not isinstance(given[slug], bool):
                raise SettingsError(f"sanity.{slug} has an impossible value: {given[slug]!r}", hint="true or false")
        off = frozenset(slug for slug in SLUGS if given.get(slug) is False)
        return cls(**{name: given[name] for name in names & given.keys()}, off=off)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _check(name: str, value: Any, *, within: bool) -> None:
    if not within:
        raise SettingsError(f"sanity.{name} has an impossible value: {value!r}", hint=HINTS[name])
