"""A contract against the model behind it: where requests are admitted that the model never learned to answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from prove400.audit import checks, labels
from prove400.audit.drafting import draft, draft_around
from prove400.audit.facts import Categories, Facts, Fate, Feature, Kind, Range
from prove400.audit.overlays import as_overlay
from prove400.audit.places import places
from prove400.audit.reading import read
from prove400.audit.rendering import as_json, text
from prove400.audit.weakness import Audit, Level, Rule, Weakness
from prove400.contract import Contract

__all__ = [
    "FORMATS",
    "Audit",
    "Categories",
    "Facts",
    "Fate",
    "Feature",
    "Kind",
    "Level",
    "Range",
    "Rule",
    "Weakness",
    "audit",
    "draft",
    "draft_around",
    "drafted",
    "read",
]


FORMATS: dict[str, Callable[[Audit, int], str]] = {"text": text, "json": as_json, "overlay": as_overlay}
"""Name of a format → its function, of an audit and a width in columns."""


def audit(contract: Contract, facts: Facts) -> Audit:
    """Give every place where a contract is weaker than the model that the facts are of, or stronger; sends nothing.

    Raises `ContractError` where no operation takes the features, and `WitnessError` where one that does has no valid
    request, of which one feature could be changed.
    """
    found = places(contract, facts)

    def differences() -> Iterator[Weakness]:
        for place in found:
            yield from checks.check(place, facts)
        for judge in {place.operation.label: place.judge for place in found}.values():
            yield from labels.check(judge.operation, judge.validators, facts)

    return Audit(contract.source, facts, tuple(place.label for place in found), tuple(differences()))


def drafted(facts: Facts) -> str:
    """Give the text of a first contract made from facts."""
    return json.dumps(draft(facts), indent=2, ensure_ascii=False) + "\n"
