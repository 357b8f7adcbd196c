"""Over HTTP, beside wrk: the same bytes to the same server at the same concurrency, in turns.

The server is the reference API under gunicorn by its own configuration (gthread, two workers). Client and server share
the machine, so what a client computes the server lacks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, takewhile
from pathlib import Path
from statistics import median
from typing import Any

import prove400
from api import artefact
from benchmarks.serving import usage
from benchmarks.serving.load import wrk
from benchmarks.serving.running import running
from benchmarks.serving.servers import SERVERS, SKLEARN
from benchmarks.speed.measures import REFERENCE, planned
from prove400 import Case
from prove400.contract import Contract, load
from prove400.engine.findings import Ledger
from prove400.engine.sending import replies
from prove400.model import Reply, Request
from prove400.transport import HTTPTransport
from prove400.transport.message import Framing, framed
from prove400.transport.server import Server
from tests.zoo.signature import SAMPLE, plant

CONNECTIONS = 8
SECONDS = 2
"""Of each client in each round."""
LARGE = 64 * 1024
"""Bytes of a body from which on the server may close the connection without a word."""
SCRIPT = Path(__file__).with_name("replay.lua")
SERVER = next(server for server in SERVERS if (server.name, server.serves) == ("gunicorn gthread", SKLEARN))


@dataclass(frozen=True, slots=True)
class Pace:
    """What one client did in one round: requests, and seconds of the clock, of its own CPU and of the server's."""

    requests: int
    seconds: float
    client: float
    server: float


def over_http(rounds: int) -> dict[str, Any]:
    """Measure with a stand-in for the model, and with the model."""
    with tempfile.TemporaryDirectory() as folder:
        plant(Path(folder))
        models = {"stand-in": Path(folder), "real model": artefact.default_folder()}
        return {name: _beside_wrk(model, rounds) for name, model in models.items()}


def _beside_wrk(model: Path, rounds: int) -> dict[str, Any]:
    """Give the requests that are left out, and what each client reaches, in that of wrk in the same round."""
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder, running(SERVER, programs, model, Path(folder), SAMPLE) as found:
        url, loaded = found.url.removesuffix("/predict"), load(REFERENCE)
        with closing(HTTPTransport(url, connections=CONNECTIONS)) as transport:
            cases, host = planned(), Server.parse(url)
            kept = [case for case, reply in replies(transport, cases, 1) if is_comparable(case.request, reply, host)]
            messages = Path(folder) / "messages"
            lines = (framed(case.request, host)[0] for case in kept)
            messages.write_bytes(b"".join(b"%d\n%s" % (len(line), line) for line in lines))
            clients: dict[str, Callable[[], int]] = {
                "wrk": lambda: _press(url, messages),
                "sending": lambda: _send(transport, kept),
                "with planning and judging": lambda: _prove(transport, loaded, set(kept)),
                "whole run": lambda: prove400.prove(url, loaded, connections=CONNECTIONS).sent,
            }
            paces = [{name: _paced(own, found.pid) for name, own in clients.items()} for _ in range(rounds)]
    table = {name: beside([each[name] for each in paces], [each["wrk"] for each in paces]) for name in clients}
    return {"cases": len(cases), "left out": len(cases) - len(kept), "connections": CONNECTIONS, "clients": table}


def is_comparable(request: Request, reply: Reply, server: Server) -> bool:
    """Tell whether both clients can send a request on a connection that is kept; wrk cannot read replies to HEAD."""
    plain = framed(request, server)[1] is Framing.PLAIN and request.method != "HEAD"
    return (
        plain
        and len(request.body) < LARGE
        and reply.failure is None
        and "close" not in (reply.header("Connection") or "").lower()
    )


def _press(url: str, messages: Path) -> int:
    command = [wrk(), "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}s", f"--script={SCRIPT}"]
    done = subprocess.run([*command, url, "--", str(messages)], capture_output=True, check=True)  # noqa: S603 — our own
    said = json.loads(done.stdout.splitlines()[-1])
    assert not said["broken"], said  # noqa: S101 — else it is no comparison
    return int(said["requests"])


def _send(transport: HTTPTransport, cases: list[Case]) -> int:
    until = time.perf_counter() + SECONDS
    again = takewhile(lambda _: time.perf_counter() < until, cycle(cases))
    return sum(1 for _ in replies(transport, again, CONNECTIONS))


def _prove(transport: HTTPTransport, loaded: Contract, kept: set[Case]) -> int:
    until, count = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < until:
        proof, ledger = prove400.Proof(transport, loaded, prove400.Settings()), Ledger()
        for case, reply in replies(transport, filter(kept.__contains__, proof.planned()), CONNECTIONS):
            ledger.add(proof._judged(case, reply))  # noqa: SLF001 — a run, but for what is left out
            count += 1
    return count


def _paced(client: Callable[[], int], server: int) -> Pace:
    began, own, its = time.perf_counter(), _own_cpu(), usage.cpu_seconds(server)
    count = client()
    return Pace(count, time.perf_counter() - began, _own_cpu() - own, usage.cpu_seconds(server) - its)


def _own_cpu() -> float:
    """Give the CPU seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


def beside(own: list[Pace], bare: list[Pace]) -> dict[str, float]:
    """Give the medians of all rounds; `by CPU` is the ratio on a machine that does nothing else."""
    return {
        "requests per second": median(each.requests / each.seconds for each in own),
        "of wrk": median(
            each.requests / each.seconds * wrks.seconds / wrks.requests for each, wrks in zip(own, bare, strict=True)
        ),
        "of wrk by CPU": median(_cpu(wrks) / _cpu(each) for each, wrks in zip(own, bare, strict=True)),
        "client microseconds": median(each.client / each.requests * 1e6 for each in own),
        "server microseconds": median(each.server / each.requests * 1e6 for each in own),
    }


def _cpu(pace: Pace) -> float:
    """Give the CPU seconds that one request takes, at both ends."""
    return (pace.client + pace.server) / pace.requests
