"""Which model of a server is meant."""

from __future__ import annotations

from collections.abc import Sequence

from prove400.errors import ContractError


def chosen(wanted: str, known: Sequence[str], where: str) -> str:
    """Give the model meant: the one wanted, else the only one there is.

    Raises `ContractError`, which lists what is there, where that leaves a choice or nothing.
    """
    listed = ", ".join(known)
    if wanted and (wanted in known or not known):
        return wanted
    if wanted:
        raise ContractError(f"the server has no model {wanted!r}", where, f"one of: {listed}")
    if len(known) > 1:
        raise ContractError(f"the server has {len(known)} models", where, f"say which: --model NAME, one of: {listed}")
    return known[0] if known else ""
