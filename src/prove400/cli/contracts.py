"""Commands about contracts: ``plan``, ``export`` and ``check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from prove400.cases import plan
from prove400.cli import options
from prove400.cli.edges import DISCHARGED, FINDINGS, guarded, write
from prove400.cli.given import publication_of, settings_of
from prove400.contract import load
from prove400.contract.difference import changes
from prove400.contract.overlays import overlaid
from prove400.contract.publication import files
from prove400.model import Case, Unisolable


@click.command("plan")
@click.argument("contract")
@options.operation_option
@guarded
def show_plan(contract: str, operations: tuple[str, ...]) -> int:
    """List every case of CONTRACT without sending anything."""
    counted = {Case: 0, Unisolable: 0}
    for item in plan(contract, operations):
        counted[type(item)] += 1
        click.echo(_planned_line(item))
    click.echo(f"{counted[Case]} cases, {counted[Unisolable]} constraints that cannot be broken alone")
    return DISCHARGED


def _planned_line(item: Case | Unisolable) -> str:
    if isinstance(item, Unisolable):
        return (
            f"[unisolable] {item.operation} › {item.constraint.label} › {item.constraint.keyword}: {item.explanation}"
        )
    proof = item.side if not item.violates else "isolated" if item.isolated else "joint"
    return f"[{proof}] {item.obligation.id}"


@click.command()
@click.argument("target")
@click.option("--output", type=click.Path(path_type=Path), default=Path("contracts"), show_default=True)
@options.model_option
@options.wait_option
@options.reaching_options
@guarded
def export(target: str, output: Path, **flags: Any) -> int:
    """Write what TARGET publishes, or a reader makes of it: openapi.json, and one JSON Schema for each model."""
    contract = publication_of(target, **flags)
    for note in contract.notes:
        click.echo(note, err=True)
    for name, text in files(contract).items():
        path = output / name
        write(path, text)
        click.echo(path)
    return DISCHARGED


@click.command()
@options.target_argument
@click.option("--contract", default="contracts/openapi.json", show_default=True, help="The committed document.")
@options.model_option
@options.overlay_option
@options.reaching_options
@guarded
def check(target: str | None, contract: str, **flags: Any) -> int:
    """Compare what TARGET publishes with the committed contract; exit with 1 where they differ.

    It may have been committed as it is published, or as the overlays tighten that; overlays have to fit either way.
    """
    committed, published = load(contract).document.content, publication_of(target, **flags)
    either = (published, overlaid(published, settings_of(**flags).overlay))
    found = min((list(changes(committed, each.document.content)) for each in either), key=len)
    for change in found:
        click.echo(str(change))
    counted = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    click.echo(f"{contract}: {counted if found else 'as published'}")
    return FINDINGS if found else DISCHARGED
