"""Many services by one command: ``run --fleet FILE``."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from prove400.cli.edges import DISCHARGED, FINDINGS, INCOMPLETE
from prove400.errors import SettingsError
from prove400.fleet import Row, Running, Word, headline, prepare, read_fleet, word_of, write_overview
from prove400.reporters.visible import one_line

_CODES = {Word.PASSED: DISCHARGED, Word.FAILED: FINDINGS, Word.INCOMPLETE: INCOMPLETE}
_BESIDE = "--jobs, --resume without a run, and --verbose"
_LONGEST = 400
"""Characters of what is said of a service."""


def refuse_beside(given: Mapping[str, Any]) -> None:
    """Raise `SettingsError` for a parameter of the command that is given beside a fleet, whose file says it."""
    named = {each.name: each for each in click.get_current_context().command.params}
    for name, value in given.items():
        if value not in (None, (), "", False):
            shown = named[name].opts[0] if isinstance(named[name], click.Option) else named[name].human_readable_name
            hint = f"write it in the fleet's file, under [defaults] or [[service]]; {_BESIDE} go with it"
            raise SettingsError(f"{shown} does not go with --fleet", hint=hint)


def prove_fleet(path: Path, jobs: int | None, *, resume: bool, verbose: bool) -> int:
    """Prove all services of a file, write their pages and the overview, and give the exit code: the worst of all."""
    fleet = read_fleet(path)
    prepare(fleet.folder)
    running = Running(fleet, jobs or os.cpu_count() or 1, resume)
    began, rows = time.perf_counter(), []
    with _signals(running):
        for row in running.rows():
            rows.append(row)
            if verbose or row.word is not Word.PASSED:
                click.echo(_line(row, len(rows), len(fleet.services)))
    written = write_overview(running, rows, time.perf_counter() - began)
    word = word_of(rows)
    click.echo(f"{word.upper()}: {headline(rows)}.")
    click.echo(f"overview: {', '.join(map(str, written))}")
    if word is Word.INCOMPLETE:
        click.echo("go on with it by the same command and --resume", err=True)
    return _CODES[word]


def _line(row: Row, at: int, total: int) -> str:
    owner = f" ({row.owner})" if row.owner else ""
    return one_line(f"{at:,}/{total:,} {row.word.upper()} {row.name}{owner}: {row.text}", _LONGEST)


@contextmanager
def _signals(running: Running) -> Iterator[None]:
    """Stop at the first signal that asks for it, with what there is; the second one does not wait for anybody."""

    def take(number: int, _frame: FrameType | None) -> None:
        running.stop(f"stopped by {signal.Signals(number).name}")
        click.echo("stopping the services under way; once more kills them", err=True)

    before = {number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
