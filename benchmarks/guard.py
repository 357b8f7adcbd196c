"""A guard against slower code: the calls that planning and judging make for each case, beside committed ones.

usage: python -m benchmarks.guard [--write]

Calls are counted, not timed: of functions of Python and of C, in a process of its own with a fixed hash seed, so that
the same code gives the same figures on any machine. Other versions of Python call a little less; a tenth more fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMITTED = Path(__file__).with_name("guard.json")
TOLERANCE = 1.1
"""How many times the committed calls are allowed."""


def counted() -> dict[str, float]:
    """Give the calls for each case of the reference contract, by stage, counted in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", "from benchmarks.guard import stages; print(stages())"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def committed() -> dict[str, float]:
    """Give the calls for each case that the committed code made."""
    found: dict[str, float] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


def slower(now: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    """Give how many times the calls of before a stage makes, where that is more than is allowed."""
    return {stage: now[stage] / calls for stage, calls in before.items() if now[stage] > calls * TOLERANCE}


def stages() -> str:
    """Count in this process, and give JSON."""
    import prove400  # noqa: PLC0415 — counted in a process of its own
    from prove400.contract import load  # noqa: PLC0415

    loaded = load("contracts/openapi.json")
    methods = {"send": lambda *_: prove400.Reply(500), "close": lambda _: None}
    silent: Any = type("Silent", (), {"name": "", "concurrency": 1, **methods})
    proof = prove400.Proof(silent(), loaded, prove400.Settings())
    cases: list[Any] = []
    calls = {"planning": _calls(lambda: cases.extend(proof.planned())) / len(cases)}
    pairs = [(case, prove400.Reply(400, *_refusal(case))) for case in cases if case.violates_body_schema]
    judged: list[Any] = []
    calls["judging"] = _calls(lambda: [judged.append(proof._judged(*pair)) for pair in pairs]) / len(pairs)  # noqa: SLF001
    calls["counting"] = _calls(lambda: [*map(proof._ledger.add, judged)]) / len(pairs)  # noqa: SLF001
    assert not proof.findings, proof.findings[:1]  # noqa: S101 — the refusals are as the contract wants them
    return json.dumps({stage: round(each, 1) for stage, each in calls.items()})


def _refusal(case: Any) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Give a refusal that names what is wrong with a body, as the reference API writes it."""
    faults = [{"in": "body", "pointer": at, "code": "c", "detail": "d"} for at in case.fault_locations]
    problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "d", "instance": "urn:x"}
    fields = (("Content-Type", "application/problem+json"), ("X-Request-Id", "123e4567-e89b-42d3-a456-426614174000"))
    return fields, json.dumps({**problem, "errors": faults}).encode()


def _calls(measured: Callable[[], object]) -> int:
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        measured()
    finally:
        sys.setprofile(None)
    return count


def main() -> int:
    """Print the calls of each stage beside the committed ones; 1 where one is slower than allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="commit to what is counted now")
    now = counted()
    if parser.parse_args().write:
        COMMITTED.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    before = committed()
    for stage, calls in now.items():
        print(f"{stage}: {calls} calls for each case, {calls / before[stage]:.2f} of those committed")
    return 1 if slower(now, before) else 0


if __name__ == "__main__":
    sys.exit(main())
