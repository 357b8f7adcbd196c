"""A contract as users load it: it tells its obligations, which the layers below do not know yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove400 import contract
from prove400.cases import plan
from prove400.model import Case, Obligation


@dataclass(frozen=True)
class Contract(contract.Contract):
    """A usable contract: the document, its operations, and what is to be shown of them."""

    def obligations(self) -> tuple[Obligation, ...]:
        """Give what is to be shown, in plan order; a constraint that cannot be broken alone may have nothing here."""
        return tuple(dict.fromkeys(planned.obligation for planned in plan(self) if isinstance(planned, Case)))


def load(source: str | Path | dict[str, Any] | contract.Contract, *, allow: Iterable[str | Path] = ()) -> Contract:
    """Make a contract from a JSON or YAML file, a parsed document, or one that is already there.

    A file may refer to others in its own folder, and in the folders of `allow`; nothing is fetched from a network.
    Raises `ContractError` for a file that cannot be read or is no OpenAPI 3.0 or 3.1 document, and
    `UnresolvableReferenceError` for a reference that leads out of those folders.
    """
    found = contract.load(source, allow=allow)
    return Contract(found.document, found.source, found.notes, found.file)
