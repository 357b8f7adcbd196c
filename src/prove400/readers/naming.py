"""Which models a server has, and which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prove400.errors import ContractError
from prove400.readers.reading import Site


def listed(site: Site, path: str = "/v2/models") -> list[str]:
    """Give the models of a server: as KServe lists them, or by the model repository extension (MLServer, Triton)."""
    found = site.value(path)
    names = found.get("models") if isinstance(found, dict) else None
    if not isinstance(names, list):
        index = site.value("/v2/repository/index", "POST", b"{}")
        names = index if isinstance(index, list) else []
    every = (item.get("name") if isinstance(item, dict) else item for item in names)
    return sorted({name for name in every if isinstance(name, str)})


def metadata(site: Site, name: str) -> dict[str, Any] | None:
    """Give what a server says of a model by the Open Inference Protocol; None where it says nothing."""
    found = site.value(f"/v2/models/{name}")
    found = found[0] if isinstance(found, list) and found else found  # TorchServe puts it into an array
    return found if isinstance(found, dict) and isinstance(found.get("inputs", []), list) else None


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
