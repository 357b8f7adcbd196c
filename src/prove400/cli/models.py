"""Commands about a model's file: ``audit`` and ``init``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from prove400.audit import FORMATS, Facts, audit, drafted, read
from prove400.cli import options
from prove400.cli.edges import DISCHARGED, FINDINGS, guarded, write
from prove400.cli.given import reference_folders
from prove400.contract import load
from prove400.contract.overlays import overlaid
from prove400.engine.settings import configured
from prove400.errors import SettingsError

_model_option = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="A joblib or pickle file, or a folder's manifest."
)
_sha256_option = click.option("--sha256", metavar="HEX", help="Of the model's file, which is loaded only if pinned.")


def _facts(model: Path, sha256: str | None) -> Facts:
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
    found = audit(overlaid(load(contract, allow=reference_folders()), overlay), _facts(model, sha256))
    click.echo(FORMATS[form](found, shutil.get_terminal_size().columns), nl=False)
    return FINDINGS if found.is_weaker else DISCHARGED


@click.command()
@_model_option
@_sha256_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("contracts/openapi.json"),
    show_default=True,
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@guarded
def init(model: Path, sha256: str | None, output: Path, *, force: bool) -> int:
    """Write a first contract that admits what the model learned, and nothing else."""
    text = drafted(_facts(model, sha256))
    if output.exists() and not force:
        raise SettingsError("the file is there already", where=str(output), hint="--force writes over it")
    write(output, text)
    click.echo(output)
    return DISCHARGED
