"""Reports on the command line: which are wanted, where they go, and ``report``, which writes them again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prove400.cli import options
from prove400.cli.edges import DISCHARGED, guarded, write
from prove400.engine.history import read_run
from prove400.engine.settings import configured
from prove400.errors import Prove400Error, SettingsError
from prove400.model import Run
from prove400.reporters import Reporter, formats, is_format, reporter

if TYPE_CHECKING:
    from rich.console import Console

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

    @classmethod
    def of(cls, name: str, path: str) -> Wanted:
        """Make one of a format that there is."""
        return cls(name, reporter(name), path)

    def write(self, run: Run) -> None:
        """Write it, making its folder."""
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
    if not equals or not path or not is_format(name):
        hint = f"FORMAT=PATH, where FORMAT is one of: {', '.join(formats())}"
        raise SettingsError(f"not a report: {text!r}", hint=hint)
    return Wanted.of(name, path)


def saved_run(wanted: Iterable[Wanted]) -> str | None:
    """Give the file that a run is saved in, as JSON, from which it can be read again."""
    return next((one.path for one in wanted if one.name == "json" and one.path != OUTPUT), None)


def write_reports(run: Run, wanted: Iterable[Wanted], *, verbose: bool = False) -> None:
    """Show a run on the console, and write its reports; what a report writes to standard output stands there alone.

    All that can be written is written; then the first error of those that cannot is raised.
    """
    wanted, failures = list(wanted), []
    beside = any(one.path == OUTPUT for one in wanted)
    show(run, printer(beside=beside), verbose=verbose)
    for one in wanted:
        try:
            one.write(run)
        except Prove400Error as error:
            failures.append(error)
        else:
            if one.path != OUTPUT:
                click.echo(f"{one.name} report: {one.path}", err=beside)
    if failures:
        raise failures[0]


def printer(*, beside: bool = False) -> Console:
    """Give the console to print on: that of errors, where what is printed stands beside a report."""
    from rich.console import Console  # noqa: PLC0415 — slow to import, and needed when all is done

    return Console(stderr=beside)


def show(run: Run, console: Console, *, verbose: bool) -> None:
    """Print the report for people; in a job of GitHub, no line of it is a command to the runner, whatever a reply held.

    ``::stop-commands::`` would also silence the annotations that follow on the other stream.
    """
    from prove400.reporters.text import render_console  # noqa: PLC0415 — slow to import, and needed when all is done

    with console.capture() as printed:
        render_console(run, console, verbose=verbose)
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
    write_reports(read_run(Path(saved)), wanted)
    return DISCHARGED
