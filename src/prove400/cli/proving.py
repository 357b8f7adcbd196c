"""Commands that send: ``run`` and ``replay``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from prove400.cli import options
from prove400.cli.edges import DISCHARGED, FINDINGS, INCOMPLETE, guarded, write
from prove400.cli.given import proof_of, settings_of, source_of
from prove400.engine import Proof
from prove400.engine.settings import configured
from prove400.errors import SettingsError
from prove400.model import Run
from prove400.reporters import REPORTERS, render_console


@click.command()
@options.target_argument
@options.contract_option
@options.timeout_option
@options.operation_option
@click.option("--connections", type=int, help="Requests under way at once, over HTTP (4).")
@click.option("--fail-on", type=click.Choice(["error", "warning"]), help="Least severity that fails the run (error).")
@options.changed_only_option
@options.changed_first_option
@click.option("--strength", type=click.IntRange(1, 2), help="2 breaks any two constraints at once, too (1).")
@click.option("--rows", metavar="FILE", help="CSV or JSON lines of real rows: how far each silent 200 moves them.")
@options.concurrent_option
@options.wait_option
@click.option("--sanity", multiple=True, metavar="NAME=VALUE", help="A check of the model, or its number; or `off`.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", help=f"Write {', '.join(REPORTERS)}.")
@guarded
def run(target: str | None, contract: str | None, reports: tuple[str, ...], **flags: Any) -> int:
    """Send every case to TARGET (a URL, or module:attr) and judge every reply."""
    wanted = [_report(text) for text in reports or _configured_reports()]
    flags |= {name: source_of(flags[name]) for name in ("changed_only", "changed_first") if flags[name]}
    with proof_of(target, contract, settings_of(**flags)) as proof:
        _drive(proof)
        result = proof.run()
    render_console(result, Console())
    for name, path in wanted:
        _write_report(result, name, path)
    return _exit_code(result)


def _exit_code(result: Run) -> int:
    """Give the exit code of a run: incomplete goes before findings, since it hides how many there are."""
    if not result.complete or not (result.outcomes or result.untouched):
        return INCOMPLETE
    return DISCHARGED if result.ok else FINDINGS


def _drive(proof: Proof) -> None:
    """Prove, with a progress bar on a terminal and nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal or os.environ.get("CI"):
        for _ in proof.events():
            pass
        return
    total = sum(1 for _ in proof.planned())
    with Progress(console=console, transient=True) as progress:
        for _ in progress.track(proof.events(), total=total, description="proving"):
            pass


def _configured_reports() -> list[str]:
    found = configured(Path.cwd()).get("report", [])
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise SettingsError(f"report has an impossible value: {found!r}", hint='a list of texts "FORMAT=PATH"')
    return listed


def _report(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or not path or name not in REPORTERS:
        hint = f"FORMAT=PATH, where FORMAT is one of: {', '.join(REPORTERS)}"
        raise SettingsError(f"not a report: {text!r}", hint=hint)
    return name, Path(path)


def _write_report(result: Run, name: str, path: Path) -> None:
    """Write one report, making its folder, and say where it is."""
    write(path, REPORTERS[name](result))
    click.echo(f"{name} report: {path}")


@click.command()
@click.argument("wanted", metavar="FINGERPRINT")
@options.target_argument
@options.contract_option
@options.timeout_option
@options.concurrent_option
@options.wait_option
@guarded
def replay(wanted: str, target: str | None, contract: str | None, **flags: Any) -> int:
    """Send the cases of one finding again and judge them."""
    with proof_of(target, contract, settings_of(**flags)) as proof:
        if not proof.replay(wanted):
            hint = "take it from a report on this contract"
            raise SettingsError(f"no constraint of the contract has the fingerprint {wanted!r}", hint=hint)
        result = proof.run()
    render_console(result, Console())
    return _exit_code(result)
