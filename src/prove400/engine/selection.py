"""Which of the planned obligations a change touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prove400.contract import Contract
from prove400.engine.settings import Settings
from prove400.model import Case, Obligation, Unisolable

if TYPE_CHECKING:
    from prove400.diff.comparison import Touched

Planned = Case | Unisolable


def _touched(base: Contract, contract: Contract) -> Touched:
    """Tell what changed from one contract to another."""
    from prove400.diff import compare  # noqa: PLC0415 — slow to import, and seldom needed

    return compare(base, contract).touched


class Selection:
    """Chooses what is sent: all of it, only what changed since another contract, or that first."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Compare the contract with the one that the settings name, if any."""
        base = settings.changed_only or settings.changed_first
        self.is_partial = settings.changed_only is not None
        self._touched = None if base is None else _touched(base, contract)
        self._base = "" if base is None else base.source
        self._left_out: set[Obligation] = set()

    def chosen(self, planned: Callable[[], Iterable[Planned]]) -> Iterator[Planned]:
        """Give what is to be sent of a plan, in its order; `planned` makes the plan anew."""
        touched = self._touched
        if touched is None:
            yield from planned()
            return
        self._left_out.clear()
        for item in planned():
            if touched.has(item):
                yield item
            elif isinstance(item, Case):
                self._left_out.add(item.obligation)
        if not self.is_partial:
            yield from (item for item in planned() if not touched.has(item))

    @property
    def untouched(self) -> int:
        """How many obligations a partial run has left out."""
        return len(self._left_out) if self.is_partial else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What readers of a partial run must know."""
        if not self.is_partial:
            return ()
        left = f"{self.untouched:,} {'obligation' if self.untouched == 1 else 'obligations'} untouched and left out"
        proven = f"only what the change from {self._base} touched was proven"
        return (f"{proven}: {left}, so this is no proof of the whole contract; the model was not judged",)
