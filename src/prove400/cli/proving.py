"""Commands that send: ``run`` and ``replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from prove400.cli import options
from prove400.cli.driving import drive
from prove400.cli.edges import DISCHARGED, FINDINGS, INCOMPLETE, guarded
from prove400.cli.given import proof_of, settings_of, source_of
from prove400.cli.reporting import Wanted, configured_reports, printer, saved_run, show, wanted_reports, write_reports
from prove400.engine.history import read_run
from prove400.errors import SettingsError
from prove400.model import Run

INCOMPLETE_RUN = "reports/prove400-incomplete.json"
"""Where an incomplete run is saved, unless a report in JSON is asked for anyway."""


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
@options.reading_options
@options.reaching_options
@options.judging_options
@click.option("--sanity", multiple=True, metavar="NAME=VALUE", help="A check of the model, or its number; or `off`.")
@options.jobs_option
@options.backend_option
@options.cluster_option
@click.option("--baseline", metavar="FILE", help="Known findings, which do not fail the run until they expire.")
@click.option("--past", multiple=True, metavar="PATH", help="Earlier runs in JSON, or folders of them: what is new.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    metavar="[RUN]",
    help="Go on with an incomplete run, saved as JSON: the one given, else the last.",
)
@click.option("--fleet", metavar="FILE", help="Prove every service that a TOML file lists: docs/scale.md.")
@click.option("--verbose", "-v", is_flag=True, help="Tell all findings, and how many requests were sent.")
@options.report_option
@guarded
def run(
    target: str | None,
    contract: str | None,
    reports: tuple[str, ...],
    resume: str | None,
    *,
    verbose: bool,
    **flags: Any,
) -> int:
    """Send every case to TARGET (a URL, or module:attr) and judge every reply."""
    if (fleet := flags.pop("fleet")) is not None:
        from prove400.cli.fleet import prove_fleet, refuse_beside  # noqa: PLC0415 — slow to import, and seldom needed

        jobs = flags.pop("jobs")
        refuse_beside({"target": target, "contract": contract, "reports": reports, "resume": resume, **flags})
        return prove_fleet(Path(fleet), jobs, resume=resume is not None, verbose=verbose)
    wanted = wanted_reports(reports or configured_reports())
    flags |= {name: source_of(flags[name]) for name in ("changed_only", "changed_first") if flags[name]}
    with proof_of(target, contract, settings_of(**flags)) as proof:
        if resume is not None:
            proof.resume(read_run(Path(resume or saved_run(wanted) or INCOMPLETE_RUN)))
        failed = drive(proof)
        result = proof.run()
    if not result.complete and saved_run(wanted) is None:
        wanted.append(Wanted.of("json", INCOMPLETE_RUN))
    write_reports(result, wanted, verbose=verbose)
    if not result.complete:
        click.echo(f"go on with it by the same command and --resume {saved_run(wanted)}", err=True)
    if failed is not None:
        raise failed
    return _exit_code(result)


def _exit_code(result: Run) -> int:
    """Give the exit code of a run: incomplete goes before findings, since it hides how many there are."""
    if not result.complete or not (result.outcomes or result.untouched):
        return INCOMPLETE
    return DISCHARGED if result.ok else FINDINGS


@click.command()
@click.argument("wanted", metavar="FINGERPRINT")
@options.target_argument
@options.contract_option
@options.timeout_option
@options.concurrent_option
@options.wait_option
@options.reading_options
@options.reaching_options
@options.judging_options
@guarded
def replay(wanted: str, target: str | None, contract: str | None, **flags: Any) -> int:
    """Send the cases of one finding again and judge them."""
    with proof_of(target, contract, settings_of(**flags, baseline="")) as proof:
        if not proof.replay(wanted):
            hint = "take it from a report on this contract"
            raise SettingsError(f"no constraint of the contract has the fingerprint {wanted!r}", hint=hint)
        result = proof.run()
    show(result, printer(), verbose=True)
    return _exit_code(result)
