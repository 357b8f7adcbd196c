"""The peak of a process that proves very many cases: it does not grow with them, and little with obligations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prove400
from benchmarks.scaling import FIELDS, contract
from prove400.contract import load
from prove400.engine.findings import Ledger
from prove400.errors import StrictJSONError
from prove400.reporters import REPORTERS
from prove400.validation import parse

REFERENCE = "contracts/openapi.json"
_ALLOW = [("Allow", "POST")]
CASES = 601
"""Cases of one operation of `contract`, a few less than it has."""


def memory(cases: int) -> dict[str, float]:
    """Give the peak in MB of processes that go through so many cases and a tenth: of one contract, of a small one."""
    sizes = (cases // 10, cases)
    return {
        **{f"{count:,} cases of one contract, proven and reported": _peak("proven", count) for count in sizes},
        **{f"{count:,} cases of the reference contract, again and again": _peak("stream", count) for count in sizes},
    }


def _peak(stage: str, cases: int) -> float:
    program = f"from benchmarks.speed.memory import {stage}, peak; {stage}({cases}); print(peak())"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)  # noqa: S603 — our own
    return float(json.loads(done.stdout))


def peak() -> float:
    """Give the peak of this process so far in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")  # getrusage has the peak of the parent in it
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def proven(cases: int) -> str:
    """Prove a server against a contract of at least so many cases, and give the report."""
    run = prove400.prove(server, contract(cases // CASES + 1))
    assert run.ok, run.findings[:1]  # noqa: S101 — the server is as the contract wants it
    return REPORTERS["text"](run)


def stream(cases: int) -> int:
    """Plan the reference contract again and again, judge and count what comes; give the number of cases."""
    loaded, ledger = load(REFERENCE), Ledger()
    refusal = prove400.Reply(400, (("Content-Type", "application/problem+json"),), b"{}")
    methods = {"send": lambda *_: refusal, "close": lambda _: None}
    silent: Any = type("Silent", (), {"name": "", "concurrency": 1, **methods})
    proof = prove400.Proof(silent(), loaded, prove400.Settings())
    while ledger.counted < cases:
        for case in proof.planned():
            ledger.add(proof._judged(case, refusal))  # noqa: SLF001 — one stage of it
    return ledger.counted


def server(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as `contract` wants it, whatever the number of operations."""
    status, places = _answer(environ)
    errors = [{"pointer": place, "detail": "not as the contract says"} for place in places]
    start_response(f"{status} -", [("Content-Type", f"application/{'problem+' if places else ''}json"), *_ALLOW])
    return [json.dumps({"type": "about:blank", "status": status, "errors": errors} if places else {}).encode()]


def _answer(environ: dict[str, Any]) -> tuple[int, list[str]]:
    """Give a status, and the places of what is wrong with a body."""
    if not environ["PATH_INFO"].removeprefix("/p").isdecimal() or not environ["PATH_INFO"].startswith("/p"):
        return 404, [""]
    if environ["REQUEST_METHOD"] != "POST":
        return 405, [""]
    kind = environ.get("CONTENT_TYPE", "").replace(" ", "").lower()
    coding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if kind not in ("application/json", "application/json;charset=utf-8") or coding != "identity":
        return 415, [""]
    body = environ["wsgi.input"].read()
    try:
        value = parse(body) if len(body) == int(environ.get("CONTENT_LENGTH") or 0) else None
    except (StrictJSONError, ValueError):
        return 400, [""]
    places = list(_faults(value))
    return (400 if places else 200), places


def _faults(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield ""
        return
    bounds = {f"f{i}": (i, i + 100) for i in range(FIELDS)}
    yield from (f"/{name}" for name in value if name not in bounds)
    for name, (least, most) in bounds.items():
        number = value.get(name)
        if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= most:
            yield f"/{name}"
