"""The command about a model's file: ``audit``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from prove400.audit import FORMATS, Facts, audit, read
from prove400.cli import options
from prove400.cli.edges import DISCHARGED, FINDINGS, guarded
from prove400.cli.given import reference_folders
from prove400.contract import load
from prove400.contract.overlays import overlaid
from prove400.engine.settings import configured

_model_option = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="A joblib or pickle file, or a folder's manifest."
)
_sha256_option = click.option("--sha256", metavar="HEX", help="Of the model's file, which is loaded only if pinned.")


def facts_of(model: Path, sha256: str | None) -> Facts:
    """Give what a trained model tells; raises `ModelError` where it cannot be read, or nobody pinned it."""
    return read(model, sha256, configured(Path.cwd()).get("models"))


@click.command("audit")
@click.argument("contract")
@_model_option
@_sha256_option
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="Of what is written."
)
@options.overlay_option
@guarded
def show_audit(contract: str, model: Path, sha256: str | None, form: str, overlay: tuple[str, ...]) -> int:
    """Say where CONTRACT admits what the model never learned to answer; exit with 1 where it does."""
    found = audit(overlaid(load(contract, allow=reference_folders()), overlay), facts_of(model, sha256))
    click.echo(FORMATS[form](found, shutil.get_terminal_size().columns), nl=False)
    return FINDINGS if found.is_weaker else DISCHARGED
