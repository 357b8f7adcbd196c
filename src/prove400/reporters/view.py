"""Everything that the HTML page shows of a run, made ready for its templates."""

from __future__ import annotations

from dataclasses import dataclass

from prove400.model import Constraint, Finding, Run
from prove400.reporters import causes, headline, plots, standing, summary
from prove400.reporters.choices import Choice, choices
from prove400.reporters.coverage import Coverage, coverage
from prove400.reporters.evidence import Shown, shown
from prove400.reporters.matrix import Matrix, matrix

Lost = tuple[tuple[str, str, str], list[str]]
"""(operation, keyword, reason), and the labels of the places that are not isolable for it."""


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows, in the words of its templates."""

    run: Run
    top: headline.Headline
    seed: str
    gate: str
    coverage: tuple[Coverage, ...]
    matrix: Matrix
    worst: list[Shown]  # worst first
    groups: list[list[Shown]]  # those of one constraint together
    shown: list[Shown]  # in the order of the groups
    causes: list[causes.Cause]  # that several of them have, the one of the most first
    folded: frozenset[str]  # fingerprints of those whose cause another one before them tells
    choices: tuple[Choice, ...]
    standings: dict[str, standing.Standing]
    since: standing.Since | None
    trend: tuple[plots.Step, ...]
    lost: list[Lost]


def view(run: Run) -> View:
    """Make a run ready."""
    known = standing.standings(run)
    worst = [shown(finding, run, known[finding.fingerprint]) for finding in worst_first(run)]
    groups = _grouped(worst)
    found = [each for group in groups for each in group]
    told = causes.common([each.finding for each in found if each.standing.word != standing.KNOWN])
    return View(
        run=run,
        top=headline.headline(run),
        seed=headline.seed(run),
        gate=headline.gate(run),
        coverage=coverage(run),
        matrix=matrix(run),
        worst=worst,
        groups=groups,
        shown=found,
        causes=told,
        folded=frozenset(finding.fingerprint for cause in told for finding in cause.rest),
        choices=choices(found),
        standings=known,
        since=standing.since(run),
        trend=plots.trend(run),
        lost=_lost(run),
    )


def worst_first(run: Run) -> list[Finding]:
    """Order the findings: what the baseline accepts last, within that the worst first."""
    known = run.known
    return sorted(summary.worst_first(run), key=lambda finding: finding.fingerprint in known)


def _grouped(found: list[Shown]) -> list[list[Shown]]:
    """Put the findings of one constraint together, where its worst stands."""
    groups: dict[tuple[bool, Constraint], list[Shown]] = {}
    for each in found:
        accepted = each.standing.word == standing.KNOWN
        groups.setdefault((accepted, each.finding.constraint), []).append(each)
    return list(groups.values())


def _lost(run: Run) -> list[Lost]:
    """Put the places together that are not isolable for one reason."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for item in run.unisolable:
        key = (item.operation, item.constraint.keyword, item.explanation)
        places.setdefault(key, []).append(item.constraint.label)
    return list(places.items())
