"""Measure the reference API and its peers under load.

usage: python -m benchmarks.serving [--rounds N] [--seconds S] [--only TEXT]… [--connections N]… [--against SERVER]
                                    [--json PATH]

All servers run at once, each on two workers, and are loaded one after the other, in turns, so that what else the
machine does falls on all of them alike. Figures are medians over the rounds. Needs Linux, and wrk.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.serving import environment, load, usage
from benchmarks.serving.figures import Figures, Key, Row, against, median, rows
from benchmarks.serving.running import ROOT, Running, StartError, running
from benchmarks.serving.servers import SERVERS, Server
from benchmarks.serving.table import LEGEND, table, versus

CONNECTIONS = (1, 8)
RAW_ROWS = 500
WARM_SECONDS = 1


@dataclass
class Seen:
    """What was measured so far: figures by server and concurrency, and what must be said beside them."""

    taken: dict[Key, list[Figures]] = field(default_factory=lambda: defaultdict(list))
    alone: dict[str, list[Figures]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    absent: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """Give the lines of the table."""
        return rows(self.taken, {name: median(found) for name, found in self.alone.items()})

    def said(self) -> list[str]:
        """Give what must be said beside the table."""
        return [*self.notes, *(f"{name}: {count} requests had no good reply" for name, count in self.failed.items())]

    def load(self, server: Running, body: Path, connections: int, seconds: int) -> None:
        """Load a server, and keep what its requests took."""
        before = usage.cpu_seconds(server.pid)
        seen = load.press(server.url, body, connections, seconds)
        spent = usage.cpu_seconds(server.pid) - before
        failed = seen.refused + seen.broken
        if failed or not seen.requests:
            self.failed[f"{server.server} at {connections}"] += max(failed, 1)
        if seen.requests:
            rate, cpu, memory = seen.requests / seen.seconds, spent / seen.requests, usage.memory_bytes(server.pid)
            figures = Figures(rate, seen.p50, seen.p95, seen.p99, 1000 * cpu, memory / 2**20)
            self.taken[server.server.name, server.server.serves, connections].append(figures)


def raw(programs: Path, artefact: Path) -> dict[str, Figures]:
    """Measure the prediction in a process of its own, by way."""
    command = [programs / "python", "-m", "benchmarks.serving.raw", artefact, str(RAW_ROWS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return {name: Figures(**found) for name, found in json.loads(done.stdout).items()}


def measure(options: argparse.Namespace, programs: Path, place: Path) -> Seen:
    """Start what was asked for, and load it in turns."""
    artefact, body = place / "artefact", place / "row.json"
    environment.train(programs, artefact)
    row = json.loads((artefact / "manifest.json").read_text())["samples"][0]
    body.write_text(json.dumps(row))
    seen = Seen()
    with contextlib.ExitStack() as stack:
        up = []
        for server in chosen(options.only):
            try:
                up.append(stack.enter_context(running(server, programs, artefact, place, row)))
            except StartError as error:
                seen.absent[str(server)] = error.reason
        seen.notes += [f"{found.server} accepts: {', '.join(found.accepts)}" for found in up if found.accepts]
        for found in up:
            load.press(found.url, body, max(CONNECTIONS), WARM_SECONDS)
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            for name, figures in raw(programs, artefact).items():
                seen.alone[name].append(figures)
            for connections in options.connections or CONNECTIONS:
                for found in up:
                    seen.load(found, body, connections, options.seconds)
    return seen


def chosen(texts: list[str]) -> list[Server]:
    """Give the servers whose names contain one of the texts; all where there are none."""
    return [server for server in SERVERS if not texts or any(text in str(server) for text in texts)]


def _count(text: str) -> int:
    """Read a whole number of at least 1; raises ArgumentTypeError for any other text."""
    if not text.isdecimal() or int(text) < 1:
        reason = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(reason)
    return int(text)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=_count, default=5)
    parser.add_argument("--seconds", type=_count, default=3, help="of load, for each server in each round")
    parser.add_argument("--only", action="append", default=[], help="servers whose name contains this text")
    parser.add_argument("--connections", action="append", type=_count, default=[], help="at once; 1 and 8 if not given")
    parser.add_argument(
        "--against", choices=sorted({server.name for server in SERVERS}), help="a server to compare others with"
    )
    parser.add_argument("--json", type=Path, help="file for all figures")
    options = parser.parse_args()
    load.wrk()
    os.environ.update(BENTOML_DO_NOT_TRACK="True", ORT_DISABLE_TELEMETRY="1")  # all that is started inherits it
    programs = environment.bin_folder()
    with tempfile.TemporaryDirectory(prefix="serving-") as place:
        seen = measure(options, programs, Path(place))
    found, notes = seen.rows(), seen.said()
    about = f"{os.cpu_count()} cores, {options.rounds} rounds of {options.seconds} s"
    print(*table(found, seen.absent), "", LEGEND, about, *notes, sep="\n")
    compared = against(options.against, seen.taken) if options.against else []
    if options.against:
        print("", *versus(options.against, compared), sep="\n")
    if options.json:
        said: dict[str, Any] = {
            "about": about,
            "rows": [asdict(row) for row in found],
            "against": [asdict(row) for row in compared],
            "absent": seen.absent,
            "notes": notes,
        }
        options.json.write_text(json.dumps(said, indent=2) + "\n")


if __name__ == "__main__":
    main()
