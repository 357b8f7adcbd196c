"""A run on its way: progress on a terminal, and a whole account of it whatever ends it early."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from prove400.engine import Judged, Proof
from prove400.errors import Prove400Error


def drive(proof: Proof) -> Exception | None:
    """Prove to the end, or until a signal or an error ends it, which the run then tells; give the error."""
    try:
        with _signals() as caught:
            for _ in _shown(proof):
                if caught:
                    proof.stop(f"stopped by {caught[0]}")
                    break
    except KeyboardInterrupt:
        proof.stop("stopped at once by a second signal")
    except Exception as error:
        if isinstance(error, Prove400Error) and not proof.sent:
            raise
        proof.stop(f"ended by {_named(error)},")
        return error
    return None


def _named(error: Exception) -> str:
    """Say what ended a run: something with a name, a place and a hint, or an error of our own."""
    if isinstance(error, Prove400Error):
        return f"what cannot be used: {error}".replace("\nHint: ", "; ")
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error of its own, {type(error).__name__}: {error}".partition("\n")[0] + place


@contextmanager
def _signals() -> Iterator[list[str]]:
    """Collect the first signal that asks to stop; the second one stops at once."""
    caught: list[str] = []

    def take(number: int, _frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(signal.Signals(number).name)
        click.echo("stopping after the requests under way; once more stops at once", err=True)

    before = {number: signal.signal(number, take) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shown(proof: Proof) -> Iterator[Judged]:
    """Give the judged cases, with a progress bar on a terminal and nothing elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield from proof.events()
        return
    from rich.console import Console  # noqa: PLC0415 — slow to import, and needed on terminals only
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    total = sum(1 for _ in proof.planned())
    with Progress(console=console, transient=True) as progress:
        yield from progress.track(proof.events(), total=total, description="proving")
