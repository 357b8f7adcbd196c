"""Reports on the command line: which are wanted, where they go, and ``report``, which writes them again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from prove400.cli import options
from prove400.cli.edges import DISCHARGED, guarded, write
from prove400.engine.settings import configured
from prove400.errors import ReportError, SettingsError
from prove400.model import Run
from prove400.reporters import Reporter, formats, load, render_console, reporter

OUTPUT = "-"
"""Path that stands for standard output."""
_COMMAND = re.compile(r"^\s*:(?=:)|##(?=\[)", re.MULTILINE)
"""Where a runner of GitHub begins to read a command."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is wanted."""

    name: str
    render: Reporter
    path: str

    def write(self, run: Run) -> None:
        """Write it, making its folder, and say where it is."""
        text = self.render(run)
        if self.path == OUTPUT:
            click.echo(text.encode("utf-8", "backslashreplace"), nl=False)
        else:
            write(Path(self.path), text)


def configured_reports() -> list[str]:
    """Give the reports that pyproject.toml names."""
    found = configured(Path.cwd()).get("report", [])
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise SettingsError(f"report has an impossible value: {found!r}", hint='a list of texts "FORMAT=PATH"')
    return listed


def wanted_reports(texts: Iterable[str]) -> list[Wanted]:
    """Read ``FORMAT=PATH``, each; raises `SettingsError` or `ReportError` before anything is sent."""
    return [_wanted(text) for text in texts]


def _wanted(text: str) -> Wanted:
    name, equals, path = text.partition("=")
    if not equals or not path or name not in formats():
        hint = f"FORMAT=PATH, where FORMAT is one of: {', '.join(formats())}"
        raise SettingsError(f"not a report: {text!r}", hint=hint)
    return Wanted(name, reporter(name), path)


def write_reports(run: Run, wanted: Iterable[Wanted]) -> None:
    """Show a run on the console, and write its reports; what a report writes to standard output stands there alone."""
    wanted = list(wanted)
    beside = any(one.path == OUTPUT for one in wanted)
    show(run, Console(stderr=beside))
    for one in wanted:
        one.write(run)
        if one.path != OUTPUT:
            click.echo(f"{one.name} report: {one.path}", err=beside)


def show(run: Run, console: Console) -> None:
    """Print the report for people; in a job of GitHub, no line of it is a command to the runner, whatever a reply held.

    ``::stop-commands::`` would also silence the annotations that follow on the other stream.
    """
    with console.capture() as printed:
        render_console(run, console)
    text = printed.get()
    console.file.write(_COMMAND.sub(r"\g<0> ", text) if os.environ.get("GITHUB_ACTIONS") else text)
    console.file.flush()


@click.command()
@click.argument("saved", metavar="RUN.json")
@options.report_option
@guarded
def report(saved: str, reports: tuple[str, ...]) -> int:
    """Write reports of a run that `--report json=RUN.json` has saved; sends nothing."""
    wanted = wanted_reports(reports)
    try:
        text = Path(saved).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "give a file that `prove400 run --report json=PATH` wrote"
        raise ReportError(f"cannot read the run: {error}", where=saved, hint=hint) from error
    write_reports(load(text), wanted)
    return DISCHARGED
