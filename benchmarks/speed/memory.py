"""The peak of a process that plans, judges and counts very many cases: it does not grow with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import prove400
from prove400.contract import load
from prove400.engine.findings import Ledger

REFERENCE = "contracts/openapi.json"


def memory(cases: int) -> dict[str, float]:
    """Give the peak in MB of a process that goes through so many cases, and of one that does through a tenth."""
    return {f"{count:,} cases": _peak(count) for count in (cases // 10, cases)}


def _peak(cases: int) -> float:
    program = f"from benchmarks.speed.memory import stream; print(stream({cases}))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)  # noqa: S603 — our own
    return float(json.loads(done.stdout))


def stream(cases: int) -> float:
    """Plan the reference contract again and again, judge and count what comes; give the peak of this process in MB."""
    loaded, ledger = load(REFERENCE), Ledger()
    refusal = prove400.Reply(400, (("Content-Type", "application/problem+json"),), b"{}")
    methods = {"send": lambda *_: refusal, "close": lambda _: None}
    silent: Any = type("Silent", (), {"name": "", "concurrency": 1, **methods})
    proof = prove400.Proof(silent(), loaded, prove400.Settings())
    while ledger.counted < cases:
        for case in proof.planned():
            ledger.add(proof._judged(case, refusal))  # noqa: SLF001 — one stage of it
    status = Path("/proc/self/status").read_text(encoding="ascii")  # getrusage has the peak of the parent in it
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
