"""Commands about the baseline: ``baseline list``, ``add``, ``prune`` and ``remove``."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from prove400.baseline import read, table_of
from prove400.cli.edges import DISCHARGED, guarded, write
from prove400.cli.given import text_setting
from prove400.cli.reporting import configured_reports, saved_run, wanted_reports
from prove400.engine.history import read_run
from prove400.errors import SettingsError
from prove400.model import Known, Run

DEFAULT = Path("contracts/baseline.toml")
"""Where the baseline is, unless a flag or ``[tool.prove400]`` says otherwise."""


class _Day(click.ParamType[dt.date]):
    """The last day of an entry: a date, or a number of days from today."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            if value.endswith("d"):
                return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=int(value[:-1]))
            return dt.date.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a date, 2027-01-31, nor a number of days, 90d", param, ctx)


_file_option = click.option(
    "--file", "path", type=click.Path(path_type=Path), help=f"The baseline; else that of the settings, else {DEFAULT}."
)
_from_option = click.option(
    "--from", "source", type=click.Path(path_type=Path), help="The run, in JSON; else the last one of the settings."
)


def _path(given: Path | None) -> Path:
    return given or Path(text_setting("baseline") or DEFAULT)


def _run(given: Path | None) -> Run:
    path = given or saved_run(wanted_reports(configured_reports()))
    if path is None:
        raise SettingsError("no run to take findings from", hint="give one: --from reports/prove400.json")
    return read_run(Path(path))


@click.group()
def baseline() -> None:
    """Accept findings for a while: each with a reason, an owner and the day on which it expires."""


@baseline.command("list")
@_file_option
@guarded
def show(path: Path | None) -> int:
    """List what is accepted, and until when."""
    entries = read(_path(path))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for known in sorted(entries, key=lambda entry: entry.expires):
        click.echo(_line(known, today))
    click.echo(f"{_path(path)}: {_counted(len(entries))}")
    return DISCHARGED


def _line(known: Known, today: str) -> str:
    word = "EXPIRED" if known.expires < today else "until"
    return (
        f"{known.fingerprint} {word} {known.expires} {known.owner}: {known.operation} › {known.about}\n  {known.reason}"
    )


def _counted(number: int) -> str:
    return "1 known finding" if number == 1 else f"{number} known findings"


@baseline.command()
@click.argument("fingerprints", nargs=-1, metavar="[FINGERPRINT]...")
@click.option("--all", "every", is_flag=True, help="Accept all findings of the run.")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--owner", required=True, help="Who sees to it.")
@click.option("--expires", required=True, type=_Day(), help="The last day, 2027-01-31, or days from today, 90d.")
@_from_option
@_file_option
@guarded
def add(fingerprints: tuple[str, ...], source: Path | None, path: Path | None, *, every: bool, **grounds: Any) -> int:
    """Accept findings of a run, by fingerprint."""
    if bool(fingerprints) == every:
        raise SettingsError("no finding is named", hint="give fingerprints, or --all; not both")
    from prove400.baseline.edit import Grounds, added, chosen  # noqa: PLC0415 — slow to import, and seldom needed

    findings = chosen(_run(source), fingerprints)
    target = _path(path)
    text = target.read_text(encoding="utf-8") if target.exists() else ""
    table_of(text, str(target))
    write(target, added(text, findings, Grounds(**grounds)))
    click.echo(f"{target}: {_counted(len(read(target)))}, {len(findings)} of them written now")
    return DISCHARGED


@baseline.command()
@_from_option
@_file_option
@guarded
def prune(source: Path | None, path: Path | None) -> int:
    """Take out what the run has shown to be fixed."""
    target = _path(path)
    run = replace(_run(source), baseline=read(target))
    if not run.complete:
        raise SettingsError("the run is incomplete: it does not show what is fixed", hint="run it to its end first")
    for known in run.fixed:
        click.echo(f"fixed: {known.fingerprint} {known.operation} › {known.about}")
    return _removed(target, {known.fingerprint for known in run.fixed})


@baseline.command()
@click.argument("fingerprints", nargs=-1, required=True, metavar="FINGERPRINT...")
@_file_option
@guarded
def remove(fingerprints: tuple[str, ...], path: Path | None) -> int:
    """Take out entries by fingerprint, fixed or not."""
    target = _path(path)
    entries = [known.fingerprint for known in read(target)]
    for fingerprint in fingerprints:
        if fingerprint not in entries:
            hint = f"those of the baseline: {', '.join(entries) or 'none'}"
            raise SettingsError(f"the baseline has no entry {fingerprint!r}", str(target), hint)
    return _removed(target, set(fingerprints))


def _removed(target: Path, fingerprints: set[str]) -> int:
    if fingerprints:
        from prove400.baseline.edit import without  # noqa: PLC0415 — slow to import, and seldom needed

        write(target, without(target.read_text(encoding="utf-8"), fingerprints))
    click.echo(f"{target}: {_counted(len(read(target)))} left")
    return DISCHARGED
