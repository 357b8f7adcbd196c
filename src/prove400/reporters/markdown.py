"""A run in Markdown, for the comment of a pull request and the summary of a job: verdict, ten findings, a table.

What an API or a contract says stands in ``<code>`` and ``<pre>`` only, as character references: it cannot end them,
break the table, mention people, close issues or command a bot. Stays under 65,536 characters, the most that a comment
of GitHub has; its first line is a comment by which a bot finds what it has to replace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prove400.model import Finding, Run, Severity
from prove400.reporters.causes import common, folded
from prove400.reporters.curl import curl
from prove400.reporters.excerpt import contrast
from prove400.reporters.rules import rule_of
from prove400.reporters.summary import (
    count,
    counts_line,
    damage_line,
    effort_line,
    expected,
    samples,
    status_word,
    verdict_line,
    worst_first,
)
from prove400.reporters.text import reply_line
from prove400.reporters.visible import one_line, visible
from prove400.reporters.wording import accepted, incomplete

MARKER = "<!-- prove400 report -->"
"""First line: what a bot looks for to update its comment."""
LIMIT = 60_000
"""Characters, of the 65,536 that GitHub takes."""
TOP = 10
"""Findings told in full."""
CURL_LIMIT = 2_000
"""Characters of a reproducer; a longer one is left to ``prove400 replay``."""
_SIGNS = {"PASSED": "✅", "FAILED": "❌", "INCOMPLETE": "⚠️"}
_UNSAFE = re.compile(r"[^A-Za-z0-9 ,.()=\-…–›→−\n]")


def render(run: Run) -> str:
    """Give the text; what would make it too long is counted instead."""
    known = run.known
    found = [finding for finding in worst_first(run) if finding.fingerprint not in known]
    blocks = [MARKER, f"### {_SIGNS[status_word(run)]} prove400: {_plain(verdict_line(run))}", _facts(run)]
    if missing := incomplete(run):
        blocks.append("**Incomplete:**\n\n" + "\n".join(f"- {_code(text, 300)}" for text in missing[:TOP]))
    pieces = _Pieces(blocks)
    names, causes = ["verdict", "operation", "place", "keyword", "fingerprint"], folded(found)
    for cause in common(found):
        said = f"{cause.size}, one cause: <b>{cause.first.verdict}</b> {_code(cause.first.message, 300)}"
        pieces.table(names, map(_row, cause.findings), said, "finding")
    pieces.extend((_details(cause.first, run) for cause in causes[:TOP]), "{} not shown in full")
    alone = [cause.first for cause in causes if not cause.rest]
    pieces.table(names, map(_row, alone), f"Findings ({len(alone):,})", "finding")
    rows = (
        [_cell(f.operation), _cell(f.constraint.label), _cell(accepted(known[f.fingerprint]))]
        for f in run.findings
        if f.fingerprint in known
    )
    pieces.table(["operation", "place", "why"], rows, f"Known findings ({len(known):,})", "finding")
    lost = ([_cell(u.operation), _cell(u.constraint.label), _cell(u.explanation)] for u in run.unisolable)
    title = f"Not isolable ({len(run.unisolable):,})"
    pieces.table(["operation", "place", "reason"], lost, title, "constraint")
    return pieces.text()


class _Pieces:
    """Blocks of the text, as long as there is room."""

    def __init__(self, blocks: list[str]) -> None:
        self._blocks = blocks
        self._room = LIMIT - sum(map(len, blocks))

    def add(self, block: str) -> bool:
        """Add a block where there is room for it."""
        fits = len(block) + 2 <= self._room
        if fits:
            self._blocks.append(block)
            self._room -= len(block) + 2
        return fits

    def extend(self, blocks: Iterator[str], otherwise: str) -> None:
        """Add each block that there is room for, and count the others."""
        left = sum(not self.add(block) for block in blocks)
        if left:
            self.add(otherwise.format(count(left, "finding")))

    def table(self, names: list[str], rows: Iterator[list[str]], title: str, noun: str) -> None:
        """Add a table that can be opened, with the rows that there is room for."""
        lines = [f"| {' | '.join(row)} |" for row in rows]
        head = f"| {' | '.join(names)} |\n|{' --- |' * len(names)}"
        room = self._room - len(head) - 200
        kept: list[str] = []
        for line in lines:
            room -= len(line) + 1
            if room < 0:
                break
            kept.append(line)
        if not kept:
            return
        more = f"\n\nand {count(len(lines) - len(kept), noun)} more" if len(kept) < len(lines) else ""
        body = "\n".join([head, *kept]) + more
        self.add(f"<details><summary>{title}</summary>\n\n{body}\n\n</details>")

    def text(self) -> str:
        """Give the whole text."""
        return "\n\n".join(self._blocks) + "\n"


def _facts(run: Run) -> str:
    contract = f"{run.contract.title} {run.contract.version}".strip()
    facts = [
        f"Contract {_code(contract, 200)} ({_code(run.contract.sha256[:12], 12)})",
        f"target {_code(run.target, 200)}",
        effort_line(run),
        counts_line(run),
    ]
    return " · ".join(facts)


def _details(finding: Finding, run: Run) -> str:
    sent, witness = contrast(finding)
    rows = [("sent", sent), ("valid", witness), ("reply", reply_line(finding.reply)), ("expected", expected(finding))]
    if finding.damage is not None:
        rows.append(("damage", damage_line(finding.damage)))
        rows += [("", line) for _, line in samples(finding)]
    if finding.source is not None:
        rows.append(("contract", f"{finding.source.file}:{finding.source.line}  {finding.source.text}"))
    facts = "\n".join(f"{name:8} {one_line(text, 300)}" for name, text in rows)
    line = curl(finding.request, run.target, beside=run.headers)
    again = line if len(line) <= CURL_LIMIT else f"prove400 replay {finding.fingerprint}"
    severity = "" if finding.severity is Severity.ERROR else " (warning)"
    head = f"<b>{finding.verdict}</b>{severity} {_code(f'{finding.operation} › {finding.constraint.label}', 200)}"
    said = f"{_code(finding.message, 400)}\n\n{rule_of(finding).said}"
    return (
        f"<details><summary>{head}</summary>\n\n{said}\n\n<pre><code>{_escaped(facts)}</code></pre>\n\n"
        f"<pre><code>{_escaped(visible(again, ()))}</code></pre>\n\n</details>"
    )


def _row(finding: Finding) -> list[str]:
    constraint = finding.constraint
    shown = (finding.verdict, finding.operation, constraint.label, constraint.keyword, finding.fingerprint)
    return [_cell(text) for text in shown]


def _cell(text: str) -> str:
    return _code(text, 160)


def _code(text: str, limit: int) -> str:
    return f"<code>{_escaped(one_line(text, limit))}</code>"


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"&#{ord(found[0])};", text)


def _plain(text: str) -> str:
    """Give a sentence of ours; a word joiner keeps names of the contract in it from being mentions."""
    return re.sub(r"(&#(?:35|64);)", r"\1&#8288;", _escaped(one_line(text, 500)))
