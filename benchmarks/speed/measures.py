"""What is measured, in CPU seconds of this process: each figure beside what it is to be compared with."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import prove400
from api import create_app
from benchmarks.scaling import CONSTRAINTS, contract
from prove400 import Case, Request
from prove400.contract import load
from prove400.engine.findings import Ledger
from prove400.transport.wsgi import build_environ
from prove400.validation import Change, Fault, RequestJudge
from tests.zoo.signature import plant

REFERENCE = "contracts/openapi.json"
ROUNDS = 5
"""Each time is the least of so many."""
SIZES = (10, 100, 1_000, 10_000)
COMMAND = "from prove400.cli import main; main()"
ENDS = "import os; end = lambda *_: os._exit(0); "
OVER_HTTP = (
    "from prove400.transport.http import HTTPTransport; "
    "HTTPTransport.send = end; HTTPTransport.stream = lambda _, requests, __: end(next(iter(requests))); "
)
"""What ends a program at its first request: an application, or the transport."""
STARTS = {
    "python": ("pass", ""),
    "prove400 --help": (COMMAND, "--help"),
    "prove400 run APP, to its first request": (ENDS + COMMAND, f"run __main__:end --contract {REFERENCE}"),
    "prove400 run URL, to its first request": (
        ENDS + OVER_HTTP + COMMAND,
        f"run http://127.0.0.1:9 --contract {REFERENCE}",
    ),
}
"""Programs, with their arguments."""


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


def proof() -> float:
    """Give the CPU seconds in which the bytes of cases are judged by the validator while all are planned."""
    judged, spent = RequestJudge.faults, 0.0

    def timed(judge: RequestJudge, request: Request, change: Change | None = None) -> tuple[Fault, ...]:
        nonlocal spent
        began = time.process_time()
        try:
            return judged(judge, request, change)
        finally:
            spent += time.process_time() - began

    with patch.object(RequestJudge, "faults", timed):
        planned()
    return spent


def bare(app: Any, environs: list[tuple[dict[str, Any], bytes]]) -> None:
    """Send prepared requests to an application and read what it answers: the least that a client can do."""
    for environ, body in environs:
        answer = app({**environ, "wsgi.input": BytesIO(body)}, lambda *_: lambda _: None)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()


def in_process() -> dict[str, float]:
    """Give the split of a run of the reference API without its model, and what a bare loop takes for the same bytes."""
    loaded = load(REFERENCE)
    planning = least(lambda: sum(1 for _ in prove400.plan(loaded)))  # before there is an application in the process
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(plant(Path(folder)))
    cases = planned()
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
        "planning": planning,
        "proof": min(proof() for _ in range(ROUNDS)),
        "judging": least(judge),
        "whole": least(lambda: prove400.prove(app, loaded)),
    }
    return found | {"of bare": found["bare"] / found["whole"], "planned per second": len(cases) / found["planning"]}


def start() -> dict[str, float]:
    """Give the CPU seconds from the start of a program to its end, or to its first request, with bytecode at hand."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [{name: _run(*own, folder) for name, own in STARTS.items()} for _ in range(ROUNDS + 1)]  # turn by turn
    found = {name: min(seconds[name] for seconds in rounds) for name in STARTS}
    return found | {"contract to first case": least(lambda: next(prove400.plan(REFERENCE)))}


def _run(program: str, arguments: str, bytecode: str) -> float:
    """Run a program and give the CPU seconds that it took; its bytecode is kept in a folder."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = bytecode
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", program, *arguments.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)  # noqa: S603 — our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def growth() -> Iterator[dict[str, float]]:
    """Give the milliseconds that planning takes for each constraint, for contracts of several sizes."""
    for size in SIZES:
        operations = max(round(size / CONSTRAINTS), 1)
        document = contract(operations)
        seconds = least(lambda document=document: sum(1 for _ in prove400.plan(document)), 2)  # type: ignore[misc]
        total = operations * CONSTRAINTS
        yield {"constraints": total, "milliseconds per constraint": seconds / total * 1000}
