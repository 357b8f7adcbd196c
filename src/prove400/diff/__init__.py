"""Two contracts → what changed between them, and who breaks by it: proven by requests that only one of them admits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prove400.contract import Contract, load
from prove400.diff.comparison import BREAKING, Change, Comparison, Effect, Kind, Touched, Witness
from prove400.diff.pairs import Pair

__all__ = ["BREAKING", "Change", "Comparison", "Effect", "Kind", "Touched", "Witness", "compare"]


def compare(
    old: Contract | dict[str, Any] | str, new: Contract | dict[str, Any] | str, allow: Mapping[str, str] | None = None
) -> Comparison:
    """Compare two contracts: a `Contract`, a parsed document, or the path of one, each.

    `allow` are fingerprints of changes that nobody is to be told of again, with the reasons. The same contracts give
    the same comparison. Raises `ContractError` where one of them cannot be used.
    """
    allowed = allow or {}
    found = Pair(load(old), load(new)).compared()
    changes = tuple(replace(change, allowed=allowed.get(change.fingerprint)) for change in found.changes)
    known = {change.fingerprint for change in changes}
    return replace(found, changes=changes, unused=tuple(sorted(allowed.keys() - known)))
