"""A fleet of real servers on this machine, and from what it shows the arithmetic for very many.

usage: python -m benchmarks.fleet [--services N] [--json FILE]

N servers, each with its own port, run in two processes on 127.0.0.1; `prove400 run --fleet` proves them. Measured are
requests, seconds of processor, and bytes of reports for each service. A discrete-event simulation then puts 1,000 to
100,000 services with these numbers on more processors and within budgets; it takes lanes from the command's own code.
It is first given the seconds of the very services that were measured, so that its end can be compared with theirs.
"""

from __future__ import annotations

import argparse
import heapq
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from socketserver import ThreadingMixIn
from statistics import mean
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import prove400
from prove400.fleet import Service, lanes
from tests.engine.price_service import Service as Prices

PROCESSES = 2  # that serve
DEFECTS = {3: ("no-maximum",), 50: ("index",), 77: ("misnames",)}
"""Service → what it does wrong."""
HOUR, GIGABYTE = 3600, 1e9
SEED = 400
REPLY = 0.02  # assumed: seconds until a reply comes over a network
CONNECTIONS = 4  # the setting as it comes
DOLLARS = 0.05  # assumed: for one processor and an hour
MONTHLY = 0.023  # assumed: dollars for a gigabyte and a month


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class names it so
        """Write nothing."""


def serve(sender: Any, numbers: list[int]) -> None:
    """Serve some services, tell their ports, and go on until the process is ended."""
    servers = [make_server("127.0.0.1", 0, Prices(*DEFECTS.get(at, ())), _Server, _Quiet) for at in numbers]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    sender.send([server.server_port for server in servers])
    threading.Event().wait()


@dataclass(frozen=True)
class Measured:
    """What the fleet on this machine shows; means are over its services."""

    verdict: str
    services: int
    jobs: int
    seconds: float  # of all
    requests: float  # mean
    cpu: float  # seconds of processor of the prover, mean
    overhead: float  # seconds that a job was held beyond the run: process, contract, pages; mean
    written: float  # bytes of JSON and HTML, mean
    packed: float  # bytes of these after zlib, mean
    told: float  # bytes of fleet.json and index.html, mean
    reference: int  # cases of the reference API's contract
    replayed: float  # seconds of all, as simulated from the seconds of each
    memory: float  # bytes at the peak, of the fleet's own process or of one run alone, whichever is more


def measured(number: int, jobs: int) -> Measured:
    """Prove a fleet of real servers by the command."""
    context = multiprocessing.get_context("spawn")
    ports: list[int] = []
    servers = []
    for shift in range(PROCESSES):
        receiver, sender = context.Pipe(duplex=False)
        servers.append(context.Process(target=serve, args=(sender, list(range(shift, number, PROCESSES))), daemon=True))
        servers[-1].start()
        ports += receiver.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _proven(Path(folder), ports, jobs)
    finally:
        for server in servers:
            server.terminate()


def _proven(folder: Path, ports: list[int], jobs: int) -> Measured:
    entries = [
        f'[[service]]\nname = "service-{at}"\ntarget = "http://127.0.0.1:{port}"\n' for at, port in enumerate(ports)
    ]
    folder.joinpath("fleet.toml").write_text("\n".join(entries), "utf-8")
    program = "from prove400.cli import main; main()"
    for words in (["--fleet", "fleet.toml", "--jobs", str(jobs)], [f"http://127.0.0.1:{ports[0]}"]):
        command = [sys.executable, "-c", program, "run", *words]
        subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
    files = {page: page.read_bytes() for page in folder.joinpath("reports/fleet").iterdir()}
    pages = [raw for path, raw in files.items() if path.stem not in ("index", "fleet")]
    document = json.loads(folder.joinpath("reports/fleet/fleet.json").read_bytes())
    clocks, seconds, number = document["timing"]["services"], document["timing"]["seconds"], len(ports)
    overhead = max(seconds * jobs - sum(clock["seconds"] for clock in clocks), 0.0) / number
    own = {row["name"]: clock["seconds"] for row, clock in zip(document["services"], clocks, strict=True)}
    return Measured(
        document["verdict"],
        number,
        jobs,
        seconds,
        mean(row["sent"] for row in document["services"]),
        mean(clock["cpu"] for clock in clocks),
        overhead,
        sum(map(len, pages)) / number,
        sum(len(zlib.compress(page)) for page in pages) / number,
        sum(len(raw) for path, raw in files.items() if path.stem in ("index", "fleet")) / number,
        sum(isinstance(item, prove400.Case) for item in prove400.plan("contracts/openapi.json")),
        makespan((Service(name, name, "", "", {}) for name in own), lambda service: own[service.name] + overhead, jobs),
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024.0,
    )


def makespan(services: Iterable[Service], lasts: Callable[[Service], float], jobs: int) -> float:
    """Give when the last service ends, where the next free job takes the next lane, as the command does."""
    waiting, now = deque(lanes(services)), 0.0
    ends: list[tuple[float, int, deque[Service]]] = []
    turns = count()
    while waiting or ends:
        while waiting and len(ends) < jobs:
            lane = waiting.popleft()
            heapq.heappush(ends, (now + lasts(lane.popleft()), next(turns), lane))
        now, _, lane = heapq.heappop(ends)
        if lane:
            waiting.appendleft(lane)
    return now


@dataclass(frozen=True)
class Plan:
    """A fleet that is only simulated."""

    services: int
    processors: int
    jobs: int  # at once, over all processors
    rate: float = 0.0  # requests a second that a host allows
    shared: int = 1  # services on one host


PLANS = (
    Plan(1_000, 2, 2),
    Plan(10_000, 2, 2),
    Plan(10_000, 64, 64),
    Plan(100_000, 64, 64),
    Plan(100_000, 64, 64, rate=50),
    Plan(100_000, 64, 512, rate=50),
    Plan(100_000, 64, 512, rate=50, shared=20),
    Plan(100_000, 64, 512, rate=50, shared=2_000),
    Plan(100_000, 256, 2_048, rate=50),
)


@dataclass(frozen=True)
class Simulated:
    """What a simulated fleet takes."""

    plan: Plan
    requests: int
    hours: float
    processor_hours: float  # used
    busy: float  # share of the processors that is used
    gigabytes: float
    dollars: float  # for the processors, used or not
    storage: float  # dollars a month


def simulated(plan: Plan, seen: Measured) -> Simulated:
    """Let the services of a plan take their turns.

    A service lasts as long as the longest of: its processor time, which jobs share where they are more than processors;
    its replies; its budget. Its requests vary as an exponential distribution does, around the number of the reference
    API's contract: many small services, a few large ones.
    """
    chance = random.Random(SEED)  # noqa: S311 — a simulation
    settings = {"rate": plan.rate}
    services = [Service(f"s{at}", f"http://h{at // plan.shared}", "", "", settings) for at in range(plan.services)]
    sizes = {service.name: max(chance.expovariate(1 / seen.reference), 1.0) for service in services}
    slowed, each = max(plan.jobs / plan.processors, 1.0), seen.cpu / seen.requests

    def lasts(service: Service) -> float:
        size = sizes[service.name]
        budget = size / plan.rate if plan.rate else 0.0
        return seen.overhead + max(size * each * slowed, size * REPLY / CONNECTIONS, budget)

    hours = makespan(services, lasts, plan.jobs) / HOUR
    requests = sum(sizes.values())
    used, had = requests * each / HOUR, hours * plan.processors
    written = seen.packed * requests / seen.requests / GIGABYTE
    return Simulated(plan, round(requests), hours, used, used / had, written, had * DOLLARS, written * MONTHLY)


COLUMNS = (
    "services",
    "processors",
    "jobs",
    "budget of a host",
    "services on it",
    "million requests",
    "requests a second",
    "hours",
    "processor hours used",
    "busy",
    "GB after zlib",
    "$ once",
    "$ a month",
)


def shown(seen: Measured, plans: list[Simulated]) -> str:
    """Write both tables."""
    lines = [
        seen.verdict,
        "",
        "| measured, mean of a service | |",
        "|---|---|",
        f"| services, jobs | {seen.services}, {seen.jobs} |",
        f"| seconds of all; as simulated | {seen.seconds:.1f}; {seen.replayed:.1f} |",
        f"| requests | {seen.requests:.0f} |",
        f"| requests a second, over all | {seen.requests * seen.services / seen.seconds:.0f} |",
        f"| seconds of processor | {seen.cpu:.2f} |",
        f"| requests for a second of processor | {seen.requests / seen.cpu:.0f} |",
        f"| seconds of a job beyond the run | {seen.overhead:.2f} |",
        f"| kilobytes of JSON and HTML | {seen.written / 1000:.0f} |",
        f"| of these after zlib | {seen.packed / 1000:.0f} |",
        f"| bytes in fleet.json and index.html | {seen.told:.0f} |",
        f"| megabytes of a process at its peak | {seen.memory / 1e6:.0f} |",
        f"| cases of the reference API's contract | {seen.reference:,} |",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|" + "---|" * len(COLUMNS),
    ]
    for each in plans:
        plan = each.plan
        budget = f"{plan.rate:g}/s" if plan.rate else "none"
        lines.append(
            f"| {plan.services:,} | {plan.processors} | {plan.jobs:,} | {budget} | {plan.shared:,} "
            f"| {each.requests / 1e6:.1f} | {each.requests / each.hours / HOUR:,.0f} "
            f"| {each.hours:.1f} | {each.processor_hours:.1f} | {each.busy:.0%} "
            f"| {each.gigabytes:.1f} | {each.dollars:.2f} | {each.storage:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, simulate, print, and write where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    seen = measured(options.services, options.jobs)
    plans = [simulated(plan, seen) for plan in PLANS]
    print(shown(seen, plans))
    if options.json:
        text = json.dumps({"measured": asdict(seen), "simulated": [asdict(plan) for plan in plans]}, indent=2)
        options.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
