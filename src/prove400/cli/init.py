"""The command that sets a project up: ``init``."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from prove400 import prove
from prove400.audit import drafted
from prove400.baseline import read
from prove400.cli.edges import DISCHARGED, FINDINGS, INCOMPLETE, guarded, write
from prove400.cli.given import publication_of
from prove400.cli.models import facts_of
from prove400.contract.publication import files
from prove400.errors import ContractError, SettingsError
from prove400.init import ACTION, CONTRACT, PIECES, Setup, applications, settings
from prove400.model import Run
from prove400.reporters.text import render_console

WAIT = 60.0
"""Seconds that the server of a URL may take to start."""
_USED = {"tox": "tox.ini", "pre-commit": ".pre-commit-config.yaml"}
"""Name of a piece → the file of a project that has use for it."""
ACCEPTED = 90
"""Days for which `--accept` accepts what is broken."""


@click.command()
@click.argument("target", required=False)
@click.option("--contract", metavar="FILE", help="A contract that is there; else what TARGET publishes is written.")
@click.option("--model", type=click.Path(path_type=Path), help="A trained model: a contract as strict is written.")
@click.option("--sha256", metavar="HEX", help="Of the model's file, which is loaded only if pinned.")
@click.option("--output", default=CONTRACT, show_default=True, help="Where the contract is written.")
@click.option(
    "--with", "names", multiple=True, type=click.Choice([*PIECES, "all"]), help="Files to write; else those that fit."
)
@click.option("--install", metavar="COMMAND", help="How CI installs the project (by its requirements.txt).")
@click.option("--start", default="", metavar="COMMAND", help="How CI starts the server, where TARGET is a URL.")
@click.option("--action", default=ACTION, show_default=True, help="The GitHub action that the workflow uses.")
@click.option("--accept", is_flag=True, help=f"Accept what is broken now for {ACCEPTED} days: a green gate.")
@click.option("--owner", help="Who sees to what is accepted (git's user.name).")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@guarded
def init(target: str | None, model: Path | None, sha256: str | None, *, force: bool, **given: Any) -> int:
    """Set a project up for the gate, and run it once.

    TARGET is a URL or module:attr; else the project's one Flask or ASGI application is taken. With --model and no
    TARGET only a contract is written, that admits what the model learned and nothing else.
    """
    if model is not None and target is None:
        _write_new(Path(given["output"]), drafted(facts_of(model, sha256)), force=force)
        return DISCHARGED
    setup = _setup(target, given)
    pyproject = settings(setup, Path.cwd())
    names = _names(given["names"])
    if given["contract"] is None:
        text = drafted(facts_of(model, sha256)) if model else _published(setup.target)
        _write_new(Path(setup.contract), text, force=force)
    from prove400.baseline.edit import START  # noqa: PLC0415 — slow to import, and seldom needed

    _write_new(Path(setup.baseline), START, force=force)
    write(pyproject.path, pyproject.text)
    click.echo(f"{pyproject.path}: [tool.prove400]")
    for name in names:
        _place(name, setup, force=force)
    return _tried(setup, accept=given["accept"], owner=given["owner"])


def _setup(target: str | None, given: dict[str, Any]) -> Setup:
    chosen = target or _application()
    if "://" in chosen and not given["start"]:
        click.echo("note: --start COMMAND tells CI how the server is started; until then write it in by hand", err=True)
    install = given["install"] or _install()
    contract = given["contract"] or given["output"]
    return Setup(chosen, contract, install=install, start=given["start"], action=given["action"])


def _application() -> str:
    """Give the one application of the project; raises `SettingsError` where there is none, or a choice."""
    found = applications(Path.cwd())
    if len(found) == 1:
        click.echo(f"{found[0].file}: {found[0].framework} application {found[0].target}")
        return found[0].target
    hint = "name it: prove400 init module:app, or the URL of a running server"
    if not found:
        raise SettingsError("no Flask or ASGI application is found in the modules here", str(Path.cwd()), hint)
    raise SettingsError(f"there are {len(found)} applications: {', '.join(each.target for each in found)}", hint=hint)


def _install() -> str:
    is_project = Path("pyproject.toml").is_file() and "[project]" in Path("pyproject.toml").read_text(encoding="utf-8")
    return "pip install ." if is_project and not Path("requirements.txt").is_file() else Setup("").install


def _names(given: tuple[str, ...]) -> list[str]:
    """Give the files to write: those that are named, else CI's, pytest's, and what the project uses already."""
    if given:
        return list(PIECES) if "all" in given else list(given)
    is_gitlab = Path(".gitlab-ci.yml").exists() or "gitlab" in _git("remote", "-v")
    used = [
        name for name, file in (("tox", "tox.ini"), ("pre-commit", ".pre-commit-config.yaml")) if Path(file).exists()
    ]
    return ["gitlab" if is_gitlab else "github", "pytest", *used]


def _git(*words: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    return subprocess.run([git, *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def _published(target: str) -> str:
    """Give the contract that a target publishes, as the text of a file."""
    try:
        return files(publication_of(target, wait=WAIT))["openapi.json"]
    except ContractError as error:
        hint = "give one: --contract FILE, or --model FILE, which drafts one from a trained model"
        raise ContractError(error.what, error.where, hint) from error


def _write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a file that is not there yet, and say so."""
    if path.exists() and not force:
        raise SettingsError("the file is there already", where=str(path), hint="--force writes over it")
    write(path, text)
    click.echo(path)


def _place(name: str, setup: Setup, *, force: bool) -> None:
    """Write a piece; where its file is there and cannot be added to, tell what to put in."""
    piece = PIECES[name](setup, Path.cwd())
    if piece.is_whole and piece.path.exists() and not force:
        click.echo(f"{piece.path}: is there already and kept; put this in:\n\n{piece.text}")
        return
    write(piece.path, piece.text)
    click.echo(piece.path)


def _tried(setup: Setup, *, accept: bool, owner: str | None) -> int:
    """Prove once with what was written; accept what is broken, where that is wanted."""
    wait = WAIT if "://" in setup.target else 0.0
    result = prove(setup.target, setup.contract, wait=wait)
    if accept and result.findings and result.complete:
        result = _accepted(result, Path(setup.baseline), owner or _git("config", "user.name") or "nobody yet")
    click.echo()
    render_console(result, Console(), verbose=False)
    if not result.complete:
        return INCOMPLETE
    if not result.ok:
        click.echo(
            f"\nto start with a green gate: prove400 run, then prove400 baseline add --all --expires {ACCEPTED}d …"
        )
    return DISCHARGED if result.ok else FINDINGS


def _accepted(result: Run, path: Path, owner: str) -> Run:
    from prove400.baseline.edit import Grounds, added  # noqa: PLC0415 — slow to import, and seldom needed

    expires = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=ACCEPTED)
    write(
        path,
        added(path.read_text("utf-8"), result.findings, Grounds("broken when the gate was set up", owner, expires)),
    )
    return replace(result, baseline=read(path))
