"""What is measured, in CPU seconds of this process: each figure beside what it is to be compared with."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import prove400
from api import create_app
from benchmarks.scaling import CONSTRAINTS, contract
from prove400 import Case
from prove400.contract import load
from prove400.engine.findings import Ledger
from prove400.transport.wsgi import build_environ
from tests.zoo.signature import plant

REFERENCE = "contracts/openapi.json"
ROUNDS = 5
"""Each time is the least of so many."""
SIZES = (10, 100, 1_000, 10_000)


def least(measured: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Give the least CPU time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        measured()
        times.append(time.process_time() - began)
    return min(times)


def planned() -> list[Case]:
    """Give the cases of the reference contract."""
    return [item for item in prove400.plan(REFERENCE) if isinstance(item, Case)]


def bare(app: Any, environs: list[tuple[dict[str, Any], bytes]]) -> None:
    """Send prepared requests to an application and read what it answers: the least that a client can do."""
    for environ, body in environs:
        answer = app({**environ, "wsgi.input": BytesIO(body)}, lambda *_: lambda _: None)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()


def in_process() -> dict[str, float]:
    """Give the split of a run of the reference API without its model, and what a bare loop takes for the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(plant(Path(folder)))
    cases, loaded = planned(), load(REFERENCE)
    transport = prove400.connect(app)
    environs = [(build_environ(case.request), case.request.body) for case in cases]
    replies = [transport.send(case.request) for case in cases]

    def judge() -> None:
        proof, ledger = prove400.Proof(transport, loaded, prove400.Settings()), Ledger()
        for case, reply in zip(cases, replies, strict=True):
            ledger.add(proof._judged(case, reply))  # noqa: SLF001 — one stage of it

    found = {
        "cases": len(cases),
        "bare": least(lambda: bare(app, environs)),
        "sending": least(lambda: [transport.send(case.request) for case in cases]),
        "planning": least(planned),
        "judging": least(judge),
        "whole": least(lambda: prove400.prove(app, loaded)),
    }
    return found | {"of bare": found["bare"] / found["whole"], "planned per second": len(cases) / found["planning"]}


def start() -> dict[str, float]:
    """Give the CPU seconds that the command takes to start, and Python itself."""
    commands = {"python": ["-c", "pass"], "prove400 --help": ["-c", "from prove400.cli import main; main(['--help'])"]}
    return {name: min(_run(own) for _ in range(ROUNDS)) for name, own in commands.items()}


def _run(arguments: list[str]) -> float:
    """Run a program and give the CPU seconds that it took."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 — our own
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def growth() -> Iterator[dict[str, float]]:
    """Give the milliseconds that planning takes for each constraint, for contracts of several sizes."""
    for size in SIZES:
        operations = max(round(size / CONSTRAINTS), 1)
        document = contract(operations)
        seconds = least(lambda document=document: sum(1 for _ in prove400.plan(document)), 2)  # type: ignore[misc]
        total = operations * CONSTRAINTS
        yield {"constraints": total, "milliseconds per constraint": seconds / total * 1000}
