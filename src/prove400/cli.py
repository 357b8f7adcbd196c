"""The command line: parses, builds, executes, and turns the result into an exit code.

0 all discharged, 1 findings or drift, 2 usage or contract error, 3 target unreachable or run incomplete.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from prove400 import __version__
from prove400.audit import FORMATS, Facts, audit, drafted, read
from prove400.cases import plan
from prove400.contract import Contract, load
from prove400.contract.difference import changes
from prove400.contract.publication import files
from prove400.engine import Proof, Settings, connect, published
from prove400.engine.settings import ELSEWHERE, configured, with_entries
from prove400.errors import ContractError, Prove400Error, SettingsError, TargetError
from prove400.model import Case, Run, Unisolable
from prove400.reporters import REPORTERS, render_console

DISCHARGED, FINDINGS, UNUSABLE, INCOMPLETE = 0, 1, 2, 3


def _guarded(command: Callable[..., int]) -> Callable[..., None]:
    """Turn the command's result into the exit code, and our errors into one readable message."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except TargetError as error:
            _complain(error)
            code = INCOMPLETE
        except Prove400Error as error:
            _complain(error)
            code = UNUSABLE
        sys.exit(code)

    return guarded


def _complain(error: Prove400Error) -> None:
    """Write an error at the width of the terminal; no word is broken, so that paths and URLs can be copied."""
    width = shutil.get_terminal_size().columns
    for line in f"Error: {error}".splitlines():
        click.echo(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False), err=True)


def _text_setting(name: str) -> str | None:
    """Give a setting of pyproject.toml that is a text, or None."""
    value = configured(Path.cwd()).get(name)
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"{name} has an impossible value: {value!r}", hint="write a text in quotes")
    return value


def _target(given: str | None) -> str:
    target = given or _text_setting("target")
    if not target:
        raise SettingsError("no target", hint="give a URL or module:attr, or set `target` in [tool.prove400]")
    return target


def _settings(**flags: Any) -> Settings:
    own = {name: value for name, value in configured(Path.cwd()).items() if name not in ELSEWHERE}
    if sanity := flags.pop("sanity", ()):
        flags["sanity"] = with_entries(own.get("sanity"), sanity)
    return Settings.of({**own, **{name: value for name, value in flags.items() if value not in (None, ())}})


@contextmanager
def _connected(target: str | None, contract: str | None, settings: Settings) -> Iterator[Proof]:
    transport = connect(_target(target), timeout=settings.timeout, connections=settings.most_connections)
    try:
        document = _contract(contract, settings) or published(transport, attempts=settings.attempts)
        if not document.operations:
            hint = "describe what the API takes under `paths`, or give another contract: --contract FILE"
            raise ContractError("the contract has no operation", document.source, hint)
        proof = Proof(transport, document, settings)
        if settings.wait:
            proof.watch_start()
        yield proof
    finally:
        transport.close()


def _contract(given: str | None, settings: Settings) -> Contract | None:
    source = given or _text_setting("contract")
    if source and "://" in source:
        try:
            return _fetched(source, settings)
        except TargetError as error:
            raise ContractError(error.what, error.where, "check the address of the contract") from error
    return load(source, allow=_folders()) if source else None


def _folders() -> list[str]:
    """Give the folders whose files a contract may refer to, beside its own."""
    found = configured(Path.cwd()).get("allow_references", [])
    if not (isinstance(found, list) and all(isinstance(folder, str) for folder in found)):
        raise SettingsError("allow_references is no list of folders", where="[tool.prove400]", hint="a list of paths")
    return found


def _fetched(url: str, settings: Settings) -> Contract:
    scheme, _, rest = url.partition("://")
    base, slash, path = rest.partition("/")
    transport = connect(f"{scheme}://{base}", timeout=settings.timeout, connections=1)
    try:
        return published(transport, slash + path)
    finally:
        transport.close()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Prove that a model API refuses every invalid request with a structured 400, and never with a silent 200."""


_target_argument = click.argument("target", required=False)
_contract_option = click.option("--contract", metavar="FILE|URL", help="OpenAPI document; else asked of the target.")
_timeout_option = click.option("--timeout", type=float, help="Seconds that one reply may take (10).")
_operation_option = click.option(
    "--operation", "operations", multiple=True, metavar='"METHOD /path"', help="Only this one; may be repeated."
)


class _Requests(click.IntRange):
    """A number of requests; what an option without one swallowed is told by name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and ":" in value:
            self.fail(f"{value!r} is no number; write TARGET first, or --concurrent=N", param, ctx)
        return super().convert(value, param, ctx)


_concurrent_option = click.option(
    "--concurrent",
    type=_Requests(0),
    is_flag=False,
    flag_value=8,
    metavar="[N]",
    help="Requests expected at once (8): all is sent again, twice as many at once, and must be answered as alone.",
)
_wait_option = click.option(
    "--wait", type=float, help="Seconds that TARGET may take to start (0); its readiness is then judged."
)


@main.command()
@_target_argument
@_contract_option
@_timeout_option
@_operation_option
@click.option("--connections", type=int, help="Requests under way at once, over HTTP (4).")
@click.option("--fail-on", type=click.Choice(["error", "warning"]), help="Least severity that fails the run (error).")
@click.option("--strength", type=click.IntRange(1, 2), help="2 breaks any two constraints at once, too (1).")
@click.option("--rows", metavar="FILE", help="CSV or JSON lines of real rows: how far each silent 200 moves them.")
@_concurrent_option
@_wait_option
@click.option("--sanity", multiple=True, metavar="NAME=VALUE", help="A check of the model, or its number; or `off`.")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", help=f"Write {', '.join(REPORTERS)}.")
@_guarded
def run(target: str | None, contract: str | None, reports: tuple[str, ...], **flags: Any) -> int:
    """Send every case to TARGET (a URL, or module:attr) and judge every reply."""
    wanted = [_report(text) for text in reports or _configured_reports()]
    with _connected(target, contract, _settings(**flags)) as proof:
        _drive(proof)
        result = proof.run()
    render_console(result, Console())
    for name, path in wanted:
        write_report(result, name, path)
    return exit_code(result)


def exit_code(result: Run) -> int:
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


def write_report(result: Run, name: str, path: Path) -> None:
    """Write one report, making its folder, and say where it is."""
    _write(path, REPORTERS[name](result))
    click.echo(f"{name} report: {path}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        hint = "give a path whose folders are folders, and where you may write"
        raise SettingsError(f"cannot write the file: {error.strerror}", where=str(path), hint=hint) from error


@main.command("plan")
@click.argument("contract")
@_operation_option
@_guarded
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


@main.command()
@click.argument("target")
@click.option("--output", type=click.Path(path_type=Path), default=Path("contracts"), show_default=True)
@_guarded
def export(target: str, output: Path) -> int:
    """Write what TARGET publishes: openapi.json, and one JSON Schema for each model."""
    for name, text in files(_published(target)).items():
        path = output / name
        _write(path, text)
        click.echo(path)
    return DISCHARGED


def _published(target: str | None) -> Contract:
    transport = connect(_target(target), timeout=_settings().timeout, connections=1)
    try:
        return published(transport)
    finally:
        transport.close()


@main.command()
@_target_argument
@click.option("--contract", default="contracts/openapi.json", show_default=True, help="The committed document.")
@_guarded
def check(target: str | None, contract: str) -> int:
    """Compare what TARGET publishes with the committed contract; exit with 1 where they differ."""
    committed = load(contract)
    found = list(changes(committed.document.content, _published(target).document.content))
    for change in found:
        click.echo(str(change))
    counted = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    click.echo(f"{contract}: {counted if found else 'as published'}")
    return FINDINGS if found else DISCHARGED


@main.command()
@click.argument("wanted", metavar="FINGERPRINT")
@_target_argument
@_contract_option
@_timeout_option
@_concurrent_option
@_wait_option
@_guarded
def replay(wanted: str, target: str | None, contract: str | None, **flags: Any) -> int:
    """Send the cases of one finding again and judge them."""
    with _connected(target, contract, _settings(**flags)) as proof:
        if not proof.replay(wanted):
            hint = "take it from a report on this contract"
            raise SettingsError(f"no constraint of the contract has the fingerprint {wanted!r}", hint=hint)
        result = proof.run()
    render_console(result, Console())
    return exit_code(result)


_model_option = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="A joblib or pickle file, or a folder's manifest."
)
_sha256_option = click.option("--sha256", metavar="HEX", help="Of the model's file, which is loaded only if pinned.")


def _facts(model: Path, sha256: str | None) -> Facts:
    return read(model, sha256, configured(Path.cwd()).get("models"))


@main.command("audit")
@click.argument("contract")
@_model_option
@_sha256_option
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="Of what is written."
)
@_guarded
def show_audit(contract: str, model: Path, sha256: str | None, form: str) -> int:
    """Say where CONTRACT admits what the model never learned to answer; exit with 1 where it does."""
    found = audit(load(contract, allow=_folders()), _facts(model, sha256))
    click.echo(FORMATS[form](found, shutil.get_terminal_size().columns), nl=False)
    return FINDINGS if found.is_weaker else DISCHARGED


@main.command()
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
@_guarded
def init(model: Path, sha256: str | None, output: Path, *, force: bool) -> int:
    """Write a first contract that admits what the model learned, and nothing else."""
    text = drafted(_facts(model, sha256))
    if output.exists() and not force:
        raise SettingsError("the file is there already", where=str(output), hint="--force writes over it")
    _write(output, text)
    click.echo(output)
    return DISCHARGED
