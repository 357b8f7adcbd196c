"""Findings as workflow commands of GitHub Actions: printed by a step, they annotate lines of the contract.

See https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; a step shows ten errors and ten
warnings, so the worst come first, and the last one of each kind counts the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prove400.model import Finding, Run, Severity
from prove400.reporters.causes import folded
from prove400.reporters.summary import count, verdict_line, worst_first
from prove400.reporters.visible import one_line
from prove400.reporters.wording import incomplete, sentences, title

SHOWN = 10
"""Annotations of one kind that a step shows."""


def render(run: Run) -> str:
    """Give one command for each line."""
    known = run.known
    found = [finding for finding in worst_first(run) if finding.fingerprint not in known]
    kinds = {severity: [finding for finding in found if finding.severity is severity] for severity in Severity}
    missing = incomplete(run)
    lines = [*_errors(missing), *_annotations("error", kinds[Severity.ERROR], SHOWN - len(missing[:1]))]
    lines += _annotations("warning", kinds[Severity.WARNING], SHOWN)
    return "".join(f"{line}\n" for line in (*lines, command("notice", verdict_line(run), title="prove400")))


def command(name: str, message: str, **properties: str) -> str:
    """Write a workflow command; no text can end it, or begin another one."""
    said = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{name}{' ' if said else ''}{said}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    safe = one_line(text, 4000).replace("%", "%25")
    for character in more:
        safe = safe.replace(character, f"%{ord(character):02X}")
    return safe


def _errors(missing: Sequence[str]) -> Iterator[str]:
    if missing:
        yield command("error", "; ".join(missing), title="prove400: the run is incomplete")


def _annotations(name: str, findings: Sequence[Finding], most: int) -> Iterator[str]:
    causes = folded(findings)
    shown = causes if len(causes) <= most else causes[: most - 1]
    for cause in shown:
        more = [cause.text] if cause.rest else []
        yield command(name, f"{'. '.join([*more, *sentences(cause.first)])}.", **_properties(cause.first))
    if rest := len(findings) - sum(len(cause.findings) for cause in shown):
        yield command(name, f"and {count(rest, 'finding')} more: see the report", title="prove400")


def _properties(finding: Finding) -> dict[str, str]:
    source = finding.source
    at: Iterable[tuple[str, str]] = ()
    if source is not None:
        at = (("file", source.file), ("line", str(source.line)), ("col", str(source.column)))
    return {**dict(at), "title": title(finding)}
