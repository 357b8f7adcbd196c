"""A run for the terminal and the log: the verdict on one line, counts, then every finding, worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from prove400.model import Finding, Reply, Run, Severity
from prove400.reporters.causes import Cause, common, folded
from prove400.reporters.curl import curl
from prove400.reporters.excerpt import contrast, spelled
from prove400.reporters.summary import (
    count,
    counts_line,
    damage_line,
    effort_line,
    expected,
    samples,
    standing,
    status_word,
    verdict_line,
    worst_first,
)
from prove400.reporters.visible import decoded, one_line, visible

WIDTH = 80
WORST = 5
"""Findings that are told in short."""
CURL_LIMIT = 4096
"""Characters of a reproducer; a longer one is left to ``prove400 replay``."""
_STYLES = {"PASSED": "bold green", "FAILED": "bold red", "INCOMPLETE": "bold yellow"}


def render(run: Run) -> str:
    """Give the report in plain text of 80 columns, without colour codes; only reproducers run over."""
    stream = StringIO()
    # Every switch is set, so neither the environment nor a terminal has a say.
    console = Console(
        file=stream,
        width=WIDTH,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        no_color=True,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    render_console(run, console)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().split("\n")).rstrip() + "\n"


def render_console(run: Run, console: Console, *, verbose: bool = True) -> None:
    """Print the report; colour and width are the console's, which heeds ``NO_COLOR``.

    What is not verbose is one line where all is well, and else the worst findings; what is known is a line each.
    """
    console.print(Text(visible(verdict_line(run)), style=_STYLES[status_word(run)]))
    if verbose or not run.ok:
        _print_effort(run, console, verbose=verbose)
    told = [finding for finding in worst_first(run) if finding.fingerprint not in run.known]
    if verbose or not run.ok:
        _print_causes(told, console)
    causes = folded(told)
    shown = causes if verbose else causes[: 0 if run.ok else WORST]
    place = 1
    for cause in shown:
        _print_finding(place, cause.first, run, console)
        _print_rest(cause, console, verbose=verbose)
        place += len(cause.findings)
    if not verbose and not run.ok and place <= len(told):
        console.print(Text(f"\n… and {count(len(told) - place + 1, 'more finding')}: see the report, or --verbose"))
    _print_baseline(run, console)
    if verbose and (run.findings or not run.ok):
        _print_unisolable(run, console)
        _print_disputed(run, console)


def _print_effort(run: Run, console: Console, *, verbose: bool) -> None:
    console.print(Text(f"{counts_line(run)}\n{effort_line(run)}"))
    if run.model and verbose:
        console.print(Text(f"Model: {', '.join(one_line(f'{name} {value}', 100) for name, value in run.model)}"))
    for note in run.notes if verbose or not run.complete else ():
        console.print(Text(f"Note: {one_line(note, 500)}", style="yellow"))
    if not run.ok or run.findings:
        _print_contract(run, console)


def _print_causes(told: list[Finding], console: Console) -> None:
    """Tell first what many findings have in common."""
    for cause in common(told):
        console.print(Text(one_line(cause.text, 300), style="bold"))


def _print_rest(cause: Cause, console: Console, *, verbose: bool) -> None:
    """List the constraints that the cause of a finding breaks beside its own, a line each."""
    if not cause.rest:
        return
    console.print(Text(f"  the same of {count(len(cause.rest), 'more constraint')}", style="bold"))
    for finding in cause.rest if verbose else ():
        line = " › ".join([*_place(finding), visible(finding.constraint.keyword, ())])
        console.print(Padding(Text(f"{line} {visible(finding.fingerprint, ())}"), (0, 0, 0, 4)))


def _print_baseline(run: Run, console: Console) -> None:
    """List what the baseline accepts, and what it need not accept any more."""
    lines = [
        f"{f.fingerprint} {f.verdict} of {f.operation} › {f.constraint.label}, {standing(f, run)}"
        for f in run.findings
        if f.fingerprint in run.known
    ]
    if lines:
        console.print()
    for line in lines:
        console.print(Text(one_line(line, 300), style="dim"))
    if run.fixed:
        fixed = ", ".join(known.fingerprint for known in run.fixed)
        console.print(
            Text(f"fixed, so that `prove400 baseline prune` may take it out: {one_line(fixed, 600)}", style="green")
        )


def _print_contract(run: Run, console: Console) -> None:
    contract = run.contract
    title = one_line(f"{contract.title} {contract.version}", 200)
    source = f"sha256 {one_line(contract.sha256[:12], 12)}, {one_line(contract.source, 300)}"
    console.print(Text(f"Contract: {title}, {source}"))
    console.print(Text(f"Target: {one_line(run.target, 300)}"))


def _print_finding(place: int, finding: Finding, run: Run, console: Console) -> None:
    style = "bold red" if finding.severity is Severity.ERROR else "bold yellow"
    console.print()
    console.print(
        Rule(
            Text(f"{place} of {len(run.findings)} · {finding.verdict} · {finding.severity}", style=style),
            align="left",
            characters="─",
            style="dim",
        )
    )
    console.print(Text(" › ".join([*_place(finding), visible(", ".join(finding.operators), ())]), style="bold"))
    console.print(Text(one_line(finding.message, 600)))
    console.print(_rows(list(_facts(finding, run))))
    console.print(Text(_reproducer(finding, run)), soft_wrap=True)


def _place(finding: Finding) -> list[str]:
    return [visible(finding.operation, ()), visible(finding.constraint.label, ())]


def _rows(facts: list[tuple[str, str]]) -> RenderableType:
    grid = Table.grid(padding=(0, 1), pad_edge=False)
    grid.add_column(width=11, no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in facts:
        grid.add_row(Text(name, style="dim"), Text(text))
    return Padding(grid, (0, 0, 0, 2))


def _facts(finding: Finding, run: Run) -> Iterator[tuple[str, str]]:
    sent, witness = contrast(finding)
    yield "sent", sent
    yield "witness", witness
    yield "reply", reply_line(finding.reply)
    yield "expected", expected(finding)
    if finding.damage is not None:
        yield "damage", visible(damage_line(finding.damage), ())
        yield from (("", visible(line, ())) for _, line in samples(finding))
    yield "contract", visible(finding.keyword_location, ())
    if finding.constraint.expected is not None:
        yield "", one_line(f"{finding.constraint.keyword}: {spelled(finding.constraint.expected)}", 160)
    yield "rule", visible(finding.rule, ())
    if said := standing(finding, run):
        yield "baseline", one_line(said, 300)
    yield "fingerprint", f"{visible(finding.fingerprint, ())} ({count(finding.cases, 'case')})"


def reply_line(reply: Reply) -> str:
    """Give status, media type and the start of the body; for none, why there is none."""
    if not reply.status:
        why = f"{reply.failure or 'unknown'} {reply.detail}"
        return f"none: {one_line(why, 200)}"
    return f"{reply.status} {one_line(f'{reply.media_type} {decoded(reply.body[:400])}', 160)}".strip()


def _reproducer(finding: Finding, run: Run) -> str:
    line = curl(finding.request, run.target, separator=" \\\n  ", beside=run.headers)
    if len(line) > CURL_LIMIT:
        size = count(len(finding.request.body), "byte")
        return f"prove400 replay {visible(finding.fingerprint, ())}  # a body of {size}"
    return line


def _print_unisolable(run: Run, console: Console) -> None:
    if not run.unisolable:
        return
    console.print()
    console.print(Text(f"Not isolable ({len(run.unisolable):,})", style="bold"))
    places = defaultdict(list)
    for item in run.unisolable:
        places[item.operation, item.constraint.keyword, item.explanation].append(item.constraint.label)
    for (operation, keyword, reason), labels in places.items():
        where = f"{visible(operation, ())} › {visible(', '.join(labels), ())} › {visible(keyword, ())}"
        console.print(Padding(Text(f"{where}: {one_line(reason, 300)}"), (0, 0, 0, 2)))


def _print_disputed(run: Run, console: Console) -> None:
    if not run.disputed:
        return
    console.print()
    console.print(Text(f"Disputed between two validators ({len(run.disputed):,})", style="bold"))
    for case in run.disputed:
        console.print(Padding(Text(one_line(case.obligation.id, 300)), (0, 0, 0, 2)))
