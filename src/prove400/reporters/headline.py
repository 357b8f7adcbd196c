"""The top of the page: what is proven, or what is broken and what it costs, in the words of people."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from prove400.model import Damage, Finding, Run, Severity, Side, Status, Verdict
from prove400.reporters.summary import amount, count, missing, number, status_word, worst_damage

_REFUSED = 400
NO_SEED = "none: the catalogue is deterministic"
_WORDS = {
    Verdict.SILENT_200: ("silent 200", "silent 200s"),
    Verdict.SERVER_ERROR: ("server error", "server errors"),
    Verdict.WRONG_STATUS: ("wrong status", "wrong statuses"),
    Verdict.UNSTRUCTURED: ("refusal without structure", "refusals without structure"),
    Verdict.MISATTRIBUTED: ("misattributed refusal", "misattributed refusals"),
    Verdict.LEAKY: ("leak", "leaks"),
    Verdict.OVER_REJECTED: ("valid request refused", "valid requests refused"),
    Verdict.BAD_RESPONSE: ("bad response", "bad responses"),
    Verdict.IMPLAUSIBLE: ("implausible answer", "implausible answers"),
    Verdict.UNSTABLE: ("unstable answer", "unstable answers"),
}
MEANING = {
    Verdict.SILENT_200: "An invalid request was answered as if it were valid.",
    Verdict.SERVER_ERROR: "The server failed, or dropped the connection, where it must answer.",
    Verdict.WRONG_STATUS: "The request was refused, with another status than the contract's.",
    Verdict.UNSTRUCTURED: "The refusal does not have the contract's error media type or schema.",
    Verdict.MISATTRIBUTED: "The refusal does not name the location that is at fault.",
    Verdict.LEAKY: "The reply shows a traceback, a path or source code.",
    Verdict.OVER_REJECTED: "A request that the contract admits was refused.",
    Verdict.BAD_RESPONSE: "The answer breaks the response schema, or is not strict JSON.",
    Verdict.IMPLAUSIBLE: "The contract admits this answer, and no sound model gives it.",
    Verdict.UNSTABLE: "Equal requests got different verdicts or predictions.",
}
"""What a verdict says, in one sentence."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict in words, what a reader must know beside it, and how many constraints are proven of how many."""

    word: str  # PASSED, FAILED or INCOMPLETE
    text: str
    asides: tuple[str, ...]
    proven: int
    tested: int


def headline(run: Run) -> Headline:
    """Say what the run comes to."""
    statuses: dict[object, set[Status]] = {}
    for outcome in run.outcomes:
        statuses.setdefault(outcome.obligation.constraint, set()).add(outcome.status)
    proven = sum(found == {Status.DISCHARGED} for found in statuses.values())
    word = status_word(run)
    share = f"{proven:,} of {count(len(statuses), 'constraint')} proven"
    if word == "PASSED":
        text, asides = f"{share}; {_held(run)}", [] if run.findings else _others(run)
    elif word == "FAILED":
        text, asides = "; ".join([_kinds(run.gating), *_cost(run)]), [share]
    else:
        text, asides = "Not proven: " + missing(run), [f"{share}; nothing found to be broken"] if statuses else []
    return Headline(word, text, (*asides, *_asides(run, frozenset(statuses))), proven, len(statuses))


def _asides(run: Run, tested: frozenset[object]) -> list[str]:
    known, gating = run.known, {finding.fingerprint for finding in run.gating}
    warned = sum(f.fingerprint not in known and f.fingerprint not in gating for f in run.findings)
    said = []
    if run.unisolable:
        joint = sum(item.constraint in tested for item in run.unisolable)
        together = f", {joint:,} of them {'was' if joint == 1 else 'were'} broken together with others" if joint else ""
        said.append(f"{count(len(run.unisolable), 'constraint')} cannot be broken alone{together}")
    if run.disputed:
        said.append(f"{count(len(run.disputed), 'case')} disputed between two validators")
    if known:
        said.append(f"{count(len(known), 'known finding')} accepted by the baseline")
    if warned:
        said.append(f"{count(warned, 'warning')} that {'does' if warned == 1 else 'do'} not gate")
    if gating and missing(run):
        said.append(f"the run is incomplete: {missing(run)}")
    return said


def _held(run: Run) -> str:
    if not any(outcome.obligation.side is Side.INVALID for outcome in run.outcomes):
        return "every valid request was answered as the contract says"
    if run.findings:
        return "nothing gates"
    return f"every invalid request got a structured {_REFUSED}"


def _others(run: Run) -> list[str]:
    """Say which other statuses invalid requests got: those that wire rules ask for."""
    tried = (case for o in run.outcomes if o.obligation.side is Side.INVALID for case in o.tried)
    others = sorted({case.status for case in tried} - {0, _REFUSED})
    return [f"wire rules were answered with {', '.join(map(str, others))}"] if others else []


def _kinds(findings: tuple[Finding, ...]) -> str:
    tally = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{tally[v]:,} {_WORDS[v][tally[v] > 1]}" for v in _WORDS if tally[v])


def _cost(run: Run) -> list[str]:
    damage = worst_damage(run)
    return [] if damage is None or damage.worst == 0 else [f"worst {cost(damage)}"]


def cost(damage: Damage) -> str:
    """Say what a damage does: ``moves the price by $9,947``."""
    name = place_name(damage)
    if not math.isfinite(damage.worst):
        return f"turns the {name} into {number(damage.after)}"
    return f"moves the {name} by {amount(damage.worst, damage.unit)}"


def place_name(damage: Damage) -> str:
    """Give the name of the number that moved: ``price`` for ``/predictions/0/price``."""
    names = [token for token in damage.location.split("/") if token and not token.isdecimal()]
    return names[-1] if names else "answer"


def seed(run: Run) -> str:
    """Give the seed of a random search; the catalogue has none."""
    return dict(run.settings).get("seed", NO_SEED)


def gate(run: Run) -> str:
    """Say what fails the run."""
    return f"fails on {'warnings and errors' if run.fail_on is Severity.WARNING else 'errors'}"
