"""Figures as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from benchmarks.serving.figures import Figures, Row, Versus

_FORMS = {"rps": ",.0f", "p50": ".2f", "p95": ".2f", "p99": ".2f", "cpu": ".3f", "memory": ".0f"}
HEAD = (
    "| server | serves | connections | requests/s | p50 ms | p95 ms | p99 ms | CPU ms | MiB | CPU over raw | added ms |"
)
LEGEND = (
    "In brackets: the ratio to the no-op route on the same server. *CPU over raw* is the ratio to the prediction in "
    "process; *added* is the CPU time beyond the bare prediction on the same server: what validation, log and metrics "
    "cost."
)
VERSUS_HEAD = "| server | serves | connections | requests/s | p50 | p95 | p99 | CPU | memory |"
VERSUS_LEGEND = (
    "Over {peer}, which serves the same: of each figure, the median over the rounds of its ratio in a round, and in "
    "brackets in how many of them it was the better one."
)


def table(rows: Iterable[Row], absent: Mapping[str, str]) -> Iterator[str]:
    """Write the lines; `absent` says why a server has no figures."""
    yield HEAD
    yield "|" + "---|" * HEAD.count("|", 1)
    for row in rows:
        cells = [row.name, row.serves, str(row.connections)]
        cells += [_cell(row, field.name) for field in fields(Figures)]
        cells += ["–" if row.over_raw is None else f"{row.over_raw:.1f}"]
        cells += ["–" if row.added is None else f"{row.added:.3f}"]
        yield f"| {' | '.join(cells)} |"
    for name, reason in absent.items():
        yield f"| {name} | could not be measured: {reason} |"


def versus(peer: str, rows: Iterable[Versus]) -> Iterator[str]:
    """Write the lines of a comparison with `peer`, and how to read them."""
    yield VERSUS_HEAD
    yield "|" + "---|" * VERSUS_HEAD.count("|", 1)
    for row in rows:
        cells = [row.name, row.serves, str(row.connections)]
        cells += [_versus_cell(row, field.name) for field in fields(Figures)]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield VERSUS_LEGEND.format(peer=peer)


def _versus_cell(row: Versus, name: str) -> str:
    ratio = getattr(row.ratios, name)
    return "–" if ratio is None else f"{ratio:.2f} ({row.better[name]} of {row.rounds})"


def _cell(row: Row, name: str) -> str:
    value = getattr(row.figures, name)
    if value is None:
        return "–"
    ratio = getattr(row.over_noop, name, None)
    return f"{value:{_FORMS[name]}}" + ("" if ratio is None else f" ({ratio:.2f})")
