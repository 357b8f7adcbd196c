"""The benchmark of serving: its table of servers, what it reads from wrk and /proc, and one short run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path

import pytest

from api import artefact
from benchmarks.serving import figures, load, usage
from benchmarks.serving.figures import Figures
from benchmarks.serving.running import ROOT, Sent, StartError, invalid, running
from benchmarks.serving.servers import BARE, NOOP, ONNX, SERVERS, SKLEARN, Server
from benchmarks.serving.table import HEAD, table, versus

FLASK = ("gunicorn sync", "gunicorn gthread", "Waitress", "uWSGI", "Granian")
PEERS = ("FastAPI", "BentoML")
RECORDED = """\
Running 1s test @ http://127.0.0.1:40001/predict
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.99ms    0.35ms   7.12ms   86.01%
    Req/Sec     2.61k    71.14     2.69k    80.00%
  2588 requests in 1.00s, 0.91MB read
Requests/sec:   2588.10
Transfer/sec:      0.91MB
{"requests": 2588, "duration": 1000012, "p50": 2987, "p95": 3371, "p99": 4081, "refused": 3, "broken": 1}
"""
BUSY = "import time\nwhile time.process_time() < {seconds}: pass\n"
needs_proc = pytest.mark.skipif(not usage.PROC.joinpath("self/smaps_rollup").exists(), reason="no /proc of Linux")


def test_every_server_serves_every_model_and_a_noop() -> None:
    """Each WSGI server serves both formats and the no-op, each peer ONNX and its own no-op, and nothing twice."""
    wanted = [
        *product(FLASK, (NOOP, BARE, SKLEARN, ONNX)),
        *product(("FastAPI", "FastAPI, a core each"), (NOOP, BARE, ONNX)),
        *product(("BentoML",), (NOOP, ONNX)),
    ]
    assert sorted((server.name, server.serves) for server in SERVERS) == sorted(wanted)


def test_every_server_can_be_started_from_the_repository() -> None:
    """A command runs a program of its environment on the port that it is given, on files that are here."""
    for server in SERVERS:
        words = " ".join(server.command)
        assert server.command[0].startswith("{bin}/"), server
        assert "{port}" in words or "api.gunicorn_conf" in words or "api/uwsgi.ini" in words, server
        for module in re.findall(r"benchmarks\.serving\.peers\.\w+", words):
            assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), module


def test_the_peers_are_pinned() -> None:
    """What the servers need beyond the API's extras is pinned with hashes."""
    wanted = (ROOT / "benchmarks/serving/requirements.in").read_text().splitlines()[1:]
    pinned = (ROOT / "benchmarks/serving/requirements.txt").read_text()
    for name in wanted:
        assert re.search(rf"^{re.escape(name.partition('[')[0])}==.+ \\\n +--hash=sha256:", pinned, re.MULTILINE), name


def test_a_recorded_run_of_wrk_is_read() -> None:
    """Counts, seconds, and latencies in milliseconds come from the last line."""
    assert load.parse(RECORDED) == load.Load(2588, 1.000012, 2.987, 3.371, 4.081, 3, 1)


@needs_proc
def test_the_cpu_time_of_a_tree_is_counted() -> None:
    """The time of a child's child counts while it runs, and still once it was waited for."""
    parent = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\n"
        "subprocess.Popen([sys.executable, '-c', sys.argv[1] + 'print(1, flush=True)\\ninput()']).wait()\n"
    )
    command = [sys.executable, "-c", parent, BUSY.format(seconds=0.3)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert len(usage.tree(process.pid)) == 2
        assert usage.cpu_seconds(process.pid) > 0.55
        assert usage.memory_bytes(process.pid) > 2**20
        process.communicate(b"\n")


def test_ratios_are_to_the_same_server_and_the_same_model() -> None:
    """A row is compared with the no-op and the bare route at the same concurrency, and with its own raw prediction."""
    taken = {
        ("gunicorn sync", NOOP, 1): [Figures(4000, 1, 1, 2, 0.2, 10)],
        ("gunicorn sync", BARE, 1): [Figures(3000, 1, 1, 2, 0.3, 15)],
        ("gunicorn sync", ONNX, 1): [Figures(rps, 2, 3, 4, 0.5, 20) for rps in (1000, 2000, 9000)],
    }
    raw = {figures.RAW_WAYS[SKLEARN]: Figures(0, 0, 0, 0, 9), figures.RAW_WAYS[ONNX]: Figures(0, 0, 0, 0, 0.1)}
    *_, noop, bare, row = figures.rows(taken, raw)
    assert (noop.over_noop, noop.over_raw) == (None, None)
    assert (bare.over_raw, bare.added) == (pytest.approx(3), None)
    assert row.figures.rps == 2000
    assert row.over_noop == Figures(0.5, 2, 3, 2, 2.5, 2)
    assert row.over_raw == pytest.approx(5)
    assert row.added == pytest.approx(0.2)
    (*_, line) = table([row], {})
    assert line == (
        "| gunicorn sync | ONNX | 1 | 2,000 (0.50) | 2.00 (2.00) | 3.00 (3.00) | 4.00 (2.00) | 0.500 (2.50) | 20 (2.00)"
        " | 5.0 | 0.200 |"
    )
    assert line.count("|") == HEAD.count("|")


def test_a_peer_is_compared_round_by_round() -> None:
    """Ratios are of rounds that ran side by side, to what serves the same at the same concurrency in all of them."""
    taken = {
        ("Granian", ONNX, 1): [Figures(rate, 1, 1, tail, 1) for rate, tail in ((300, 2), (200, 6), (900, 9))],
        ("FastAPI", ONNX, 1): [Figures(rate, 1, 1, tail, 2) for rate, tail in ((100, 4), (100, 8), (1000, 3))],
        ("Granian", ONNX, 8): [Figures(1, 1, 1, 1, 1)],
        ("Granian", NOOP, 1): [Figures(1, 1, 1, 1, 1)],
        ("uWSGI", ONNX, 1): [Figures(1, 1, 1, 1, 1)] * 2,
    }
    (row,) = figures.against("FastAPI", taken)
    assert (row.name, row.serves, row.connections, row.rounds) == ("Granian", ONNX, 1, 3)
    assert row.ratios == Figures(2, 1, 1, 0.75, 0.5)
    assert row.better == {"rps": 2, "p50": 0, "p95": 0, "p99": 2, "cpu": 3, "memory": 0}
    head, _, line, _, legend = versus("FastAPI", [row])
    assert line == (
        "| Granian | ONNX | 1 | 2.00 (2 of 3) | 1.00 (0 of 3) | 1.00 (0 of 3) | 0.75 (2 of 3) | 0.50 (3 of 3) | – |"
    )
    assert line.count("|") == head.count("|")
    assert legend.startswith("Over FastAPI,")
    assert not figures.against("BentoML", taken)


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    """What it said last is the reason, and stands in the table."""
    server = Server("broken", ONNX, ("{bin}/python", "-c", "raise SystemExit('no such server')"))
    with (
        pytest.raises(StartError, match="no such server") as caught,
        running(server, _programs(), tmp_path, tmp_path, {}),
    ):
        pass
    line = list(table([], {str(server): caught.value.reason}))[-1]
    assert line == f"| broken, ONNX | could not be measured: {caught.value.reason} |"


@needs_proc
@pytest.mark.skipif(shutil.which("wrk") is None, reason=load.MISSING)
def test_a_short_run_over_a_server_gives_a_row(tmp_path: Path) -> None:
    """The API under gunicorn refuses every invalid body, and answers all that wrk sends."""
    folder = artefact.default_folder()
    row = json.loads((folder / artefact.MANIFEST_FILE).read_text())["samples"][0]
    body = tmp_path / "row.json"
    body.write_text(json.dumps(row))
    server = next(server for server in SERVERS if (server.name, server.serves) == ("gunicorn sync", SKLEARN))
    with running(server, _programs(), folder, tmp_path, row) as found:
        before = usage.cpu_seconds(found.pid)
        seen = load.press(found.url, body, 2, 1)
        assert usage.cpu_seconds(found.pid) > before
    assert not found.accepts
    assert seen.requests
    assert not seen.refused + seen.broken
    assert 0 < seen.p50 <= seen.p95 <= seen.p99


def test_invalid_requests_differ_from_the_valid_row() -> None:
    """Each invalid request is one of its own."""
    row = {"carat": 0.5, "cut": "Ideal"}
    sent = [Sent(json.dumps(row).encode()), *invalid(row).values()]
    assert all(one != other for one, other in combinations(sent, 2))


def _programs() -> Path:
    """Give the folder of the programs beside this Python."""
    return Path(sys.executable).parent
