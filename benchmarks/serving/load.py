"""Load on one route, by wrk: how many requests were answered, and how long they took."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
MISSING = "wrk is not installed: `apt-get install wrk` on Debian and Ubuntu"


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: latencies in milliseconds, replies that were no 2xx or 3xx, and connections that broke."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    refused: int
    broken: int


def wrk() -> str:
    """Give the path of wrk; raises SystemExit, with what to do, where there is none."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit(MISSING)
    return found


def press(url: str, body: Path, connections: int, seconds: int) -> Load:
    """POST the content of `body` for so many seconds, each connection as soon as it has its answer."""
    command = [wrk(), "--threads=1", f"--connections={connections}", f"--duration={seconds}s", f"--script={SCRIPT}"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, url, "--", str(body)], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    return parse(done.stdout)


def parse(output: str) -> Load:
    """Read what wrk printed, whose last line is our script's."""
    said = json.loads(output.splitlines()[-1])
    p50, p95, p99 = (said[name] / 1000 for name in ("p50", "p95", "p99"))
    return Load(said["requests"], said["duration"] / 1e6, p50, p95, p99, said["refused"], said["broken"])
