"""A finding in the words that all machine formats share, safe to show."""

from __future__ import annotations

from prove400.model import Finding, Known, Run, Source
from prove400.reporters.excerpt import contrast
from prove400.reporters.summary import count, damage_line, expected, samples
from prove400.reporters.text import reply_line
from prove400.reporters.visible import one_line, visible

PUBLISHED = "openapi.json"
"""Path that stands for a contract that came from no file, in formats that need one."""


def title(finding: Finding) -> str:
    """Give ``silent-200: POST /predict › body/cut › enum``."""
    constraint = finding.constraint
    place = f"{constraint.operation} › {constraint.label} › {constraint.keyword}"
    return one_line(f"{finding.verdict}: {place}", 250)


def sentences(finding: Finding) -> list[str]:
    """Say what was seen, one fact for each sentence."""
    sent, witness = contrast(finding)
    said = [
        one_line(finding.message, 400).rstrip("."),
        f"Sent {sent}; valid is {witness}",
        f"Reply: {reply_line(finding.reply)}",
        f"Expected: {expected(finding)}",
    ]
    if finding.damage is not None:
        said.append(f"Damage: {visible(damage_line(finding.damage))}")
        said.extend(visible(line) for _, line in samples(finding))
    operators = one_line(", ".join(finding.operators), 200)
    return [*said, f"Shown by {operators} ({count(finding.cases, 'case')})"]


def accepted(known: Known) -> str:
    """Say why a finding is accepted, by whom, and until when."""
    return one_line(f"accepted until {known.expires} by {known.owner or 'nobody'}: {known.reason}", 500)


def place(run: Run, finding: Finding) -> Source:
    """Give where a finding is shown: at its keyword, else at the first line of the contract."""
    if finding.source is not None:
        return finding.source
    source = run.contract.source
    is_file = source.endswith((".json", ".yaml", ".yml")) and "://" not in source and source.isprintable()
    return Source(source if is_file and " " not in source else PUBLISHED, 1, 1, "")


def incomplete(run: Run) -> list[str]:
    """Say why a run shows less than it should; nothing for a whole one."""
    if run.complete and run.outcomes and not run.unreachable:
        return []
    missing = [f"{count(run.unreachable, 'case')} without a verdict"] if run.unreachable else []
    nothing = [] if run.outcomes else ["no obligation was tested"]
    return [*missing, *nothing, *(one_line(note, 500) for note in run.notes)] or ["the run stopped before its end"]
