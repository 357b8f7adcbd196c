"""An earlier run that did not finish → what of it need not be sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from prove400.contract import Contract
from prove400.engine.settings import Settings
from prove400.errors import SettingsError
from prove400.model import Case, Obligation, Outcome, Run, Side, Status

_AFRESH = "prove it afresh, without --resume"


def settled(run: Run, contract: Contract, settings: Settings, target: str) -> dict[Obligation, Outcome]:
    """Give the outcomes that an earlier run leaves nothing to ask about: refusals that were all as they must be.

    What was broken is asked again, and so is every valid request, whose answers tell of the model. Raises
    `SettingsError` where the earlier run was complete, or was of another contract or target, or with other settings.
    """
    if run.complete:
        raise SettingsError("the run is complete: there is nothing to resume", hint=_AFRESH)
    pairs = (
        ("contract", run.contract.sha256[:12], contract.info.sha256[:12]),
        ("target", run.target, target),
        ("settings", _told(run.settings), _told(settings.chosen)),
    )
    for name, then, now in pairs:
        if then != now:
            raise SettingsError(f"the {name} of the run to resume was {then}, and is {now}", hint=_AFRESH)
    return {
        outcome.obligation: outcome
        for outcome in run.outcomes
        if outcome.status is Status.DISCHARGED and outcome.obligation.side is Side.INVALID
    }


def _told(settings: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings) or "the defaults"


def by_obligation(planned: Iterator[Case]) -> Iterator[tuple[Obligation, list[Case]]]:
    """Give each obligation with its cases, which stand together in a plan."""
    for obligation, cases in groupby(planned, key=lambda case: case.obligation):
        yield obligation, list(cases)


def is_settled(done: Mapping[Obligation, Outcome], obligation: Obligation, cases: list[Case]) -> bool:
    """Tell whether every case of an obligation has been sent before."""
    return obligation in done and done[obligation].cases == len(cases)
