"""One service, in a process of its own: prove it, write its pages, keep a row."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from prove400.engine import Proof, Settings, published, reached, start
from prove400.engine.history import read_run
from prove400.errors import ContractError, Prove400Error, SettingsError, TargetError
from prove400.fleet.reading import Service
from prove400.fleet.rows import Row, row_of, unproven
from prove400.model import ContractInfo, Run
from prove400.reporters import REPORTERS

PAGES = ("json", "html")
"""Reports that every service gets."""


def prove_service(service: Service, folder: Path, *, resume: bool) -> Row:
    """Prove a service and write its pages; whatever goes wrong makes its own row incomplete, and nothing else."""
    began = time.process_time()
    saved = folder / f"{service.name}.json"
    try:
        with _stops() as stops:
            row = _proven(service, saved, stops, resume=resume)
    except Prove400Error as error:
        row = _told(service, saved, error)
    except OSError as error:  # of the files: a transport's are replies
        row = unproven(service, f"its report cannot be written: {error.strerror}")
    except Exception as error:  # noqa: BLE001 — an error of prove400 itself ends this service only
        row = _told(service, saved, Prove400Error(f"an error of prove400 itself, {type(error).__name__}: {error}"))
    return replace(row, cpu=time.process_time() - began)


def _proven(service: Service, saved: Path, stops: Sequence[str], *, resume: bool) -> Row:
    proof = start(service.target, _contract(service), **service.settings)
    with closing(proof.transport):
        earlier = _earlier(proof, saved) if resume else None
        if earlier is not None and earlier.complete:
            return row_of(service, earlier, kept=True)
        if earlier is not None:
            proof.resume(earlier)
        if proof.settings.wait:
            proof.watch_start()
        for _ in proof.events():
            if stops:
                proof.stop(f"stopped by {stops[0]}")
                break
        run = proof.run()
    _write(run, saved)
    return row_of(service, run)


def _contract(service: Service) -> Any:
    """Give what the engine makes a contract of: nothing where the target is asked, what a URL gives, or a file."""
    scheme, found, rest = service.contract.partition("://")
    if not found:
        return service.contract or None
    base, slash, path = rest.partition("/")
    settings = Settings.of(service.settings)
    try:
        with closing(reached(f"{scheme}://{base}", settings, connections=1)) as transport:
            return published(transport, slash + path)
    except TargetError as error:
        raise ContractError(error.what, error.where, "check the address of the contract") from error


def _earlier(proof: Proof, saved: Path) -> Run | None:
    """Give the saved run, where it was of the same target and contract, and with the same settings."""
    try:
        run = read_run(saved)
    except SettingsError:
        return None
    same = (run.contract.sha256, run.target, run.settings) == (
        proof.contract.info.sha256,
        proof.transport.name,
        proof.settings.chosen,
    )
    return run if same else None


def _told(service: Service, saved: Path, error: Prove400Error) -> Row:
    """Write the pages of a service of which nothing could be shown, with the reason."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    info = ContractInfo(service.name, "", "", service.contract)
    run = Run(service.target, info, (), (), (), 0, now, 0.0, complete=False, notes=(str(error),))
    row = unproven(service, error.what)
    try:
        _write(run, saved)
    except OSError:
        return row
    return replace(row, has_page=True, started=now)


def _write(run: Run, saved: Path) -> None:
    for name in PAGES:
        saved.with_name(f"{saved.stem}.{name}").write_text(REPORTERS[name](run), "utf-8", "backslashreplace")


@contextmanager
def _stops() -> Iterator[list[str]]:
    """Collect the signals that ask to stop; the run then tells what it has."""
    caught: list[str] = []

    def take(number: int, _frame: FrameType | None) -> None:
        caught.append(signal.Signals(number).name)

    before: dict[int, Callable[..., Any] | int | None] = {
        number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
