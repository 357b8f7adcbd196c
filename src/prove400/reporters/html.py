"""A run as one self-contained HTML page: verdict, proof matrix, then each finding with its evidence.

Nothing of a reply is trusted. Every text is made visible first and escaped by Jinja2 then, and the page's Content
Security Policy admits only the style and the script whose SHA-256 it names. What matters is in the page as it stands;
cases, and what would make it large, are in compressed parts (`prove400.reporters.details`) that the script reads.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from prove400.model import Run
from prove400.reporters import standing
from prove400.reporters.details import packed, part
from prove400.reporters.evidence import Shown
from prove400.reporters.matrix import Matrix, Table
from prove400.reporters.sheet import asset, environment, policy, script
from prove400.reporters.view import view

if TYPE_CHECKING:
    from jinja2 import Environment

IN_PAGE = 2_500
"""Obligations up to which the page holds the table of each keyword; of more it holds them compressed."""
IN_FULL = 100
"""Findings that the page holds with all their evidence; of the rest it holds the evidence compressed."""
OPEN = 12
"""Findings that are open at first, the worst."""
ROOM = 150
"""Rows of all operations up to which all are open at first; of more only those where something is broken."""
_STYLES = ("base.css", "matrix.css", "findings.css", "print.css")
_SCRIPTS = ("parts.js", "matrix.js", "findings.js", "page.js")


def render(run: Run) -> str:
    """Give the page; equal runs give equal pages."""
    style = "".join(map(asset, _STYLES))
    whole = script(*map(asset, _SCRIPTS))
    seen = view(run)
    inside = len(run.outcomes) <= IN_PAGE
    page = {
        **{field.name: getattr(seen, field.name) for field in fields(seen)},
        "inside": inside,
        "roomy": sum(len(section.overview.rows) for section in seen.matrix.sections) <= ROOM,
        "parts": {**_tables(seen.matrix, run, inside=inside), **_findings(seen.shown[IN_FULL:])},
        "full": IN_FULL,
        "policy": policy(style, whole),
        "style": style,
        "script": whole,
    }
    return _environment().get_template("report.html.j2").render(page)


def _tables(proof: Matrix, run: Run, *, inside: bool) -> dict[str, str]:
    """Give the parts of the tables by their ids."""
    grid = _environment().get_template("cells.html.j2").module.grid  # type: ignore[attr-defined]
    parts = {}
    for section in proof.sections:
        for table in section.keywords:
            html = None if inside else str(grid(table, _caption(section.operation, table), section.notes, section.id))
            parts[table.id] = part(table, run, html)
    if proof.wire:
        parts[proof.wire.id] = part(proof.wire, run, None)
    return parts


def _caption(operation: str, table: Table) -> str:
    return f"{operation}, {table.name}: places by operators"


def _findings(rest: list[Shown]) -> dict[str, str]:
    """Give the parts of findings whose evidence is not in the page, by their ids."""
    evidence = _environment().get_template("finding.html.j2").module.evidence  # type: ignore[attr-defined]
    return {f"evidence-{each.finding.fingerprint}": packed({"html": str(evidence(each))}) for each in rest}


@cache
def _environment() -> Environment:
    made = environment()
    made.globals.update(why=standing.WHY, open_limit=OPEN, caption=_caption)
    return made
