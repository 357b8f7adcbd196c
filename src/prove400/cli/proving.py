"""Commands that send: ``run`` and ``replay``."""

from __future__ import annotations

import os
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from prove400.cases import plan
from prove400.cli import options
from prove400.cli.edges import DISCHARGED, FINDINGS, INCOMPLETE, guarded
from prove400.cli.given import proof_of, settings_of
from prove400.cli.reporting import configured_reports, show, wanted_reports, write_reports
from prove400.engine import Proof
from prove400.errors import SettingsError
from prove400.model import Case, Run


@click.command()
@options.target_argument
@options.contract_option
@options.timeout_option
@options.operation_option
@click.option("--connections", type=int, help="Requests under way at once, over HTTP (4).")
@click.option("--fail-on", type=click.Choice(["error", "warning"]), help="Least severity that fails the run (error).")
@click.option("--strength", type=click.IntRange(1, 2), help="2 breaks any two constraints at once, too (1).")
@click.option("--rows", metavar="FILE", help="CSV or JSON lines of real rows: how far each silent 200 moves them.")
@options.concurrent_option
@options.wait_option
@click.option("--sanity", multiple=True, metavar="NAME=VALUE", help="A check of the model, or its number; or `off`.")
@options.report_option
@guarded
def run(target: str | None, contract: str | None, reports: tuple[str, ...], **flags: Any) -> int:
    """Send every case to TARGET (a URL, or module:attr) and judge every reply."""
    wanted = wanted_reports(reports or configured_reports())
    with proof_of(target, contract, settings_of(**flags)) as proof:
        _drive(proof)
        result = proof.run()
    write_reports(result, wanted)
    return _exit_code(result)


def _exit_code(result: Run) -> int:
    """Give the exit code of a run: incomplete goes before findings, since it hides how many there are."""
    if not result.complete or not result.outcomes:
        return INCOMPLETE
    return DISCHARGED if result.ok else FINDINGS


def _drive(proof: Proof) -> None:
    """Prove, with a progress bar on a terminal and nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal or os.environ.get("CI"):
        for _ in proof.events():
            pass
        return
    chosen = proof.settings
    total = sum(isinstance(item, Case) for item in plan(proof.contract, chosen.operations, chosen.strength))
    with Progress(console=console, transient=True) as progress:
        for _ in progress.track(proof.events(), total=total, description="proving"):
            pass


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
    show(result, Console())
    return _exit_code(result)
