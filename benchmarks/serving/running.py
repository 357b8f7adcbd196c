"""A server as a process: started, proven to answer, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from benchmarks.serving.servers import BARE, NOOP, Server

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
_TAIL = 300


@dataclass
class StartError(Exception):
    """A server that does not serve, with what it said last."""

    server: Server
    reason: str

    def __str__(self) -> str:
        """Say which, and why."""
        return f"{self.server}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers at `url`; `accepts` names the invalid requests that it took for valid ones."""

    server: Server
    url: str
    pid: int
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to the route that predicts."""

    body: bytes
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(row: dict[str, Any]) -> dict[str, Sent]:
    """Give requests, by what is wrong with them, that a strict API refuses."""
    number, category = "carat", "cut"
    text = json.dumps(row)
    changed = {
        "numeric string": row | {number: str(row[number])},
        "boolean for a number": row | {number: True},
        "number for a category": row | {category: 1},
        "case of a category": row | {category: str(row[category]).swapcase()},
        "past the maximum": row | {number: 1e6},
        "unknown member": row | {"unknown": 1},
        "missing member": {name: value for name, value in row.items() if name != number},
        "NaN": row | {number: float("nan")},
    }
    valid = text.encode()
    return {name: Sent(json.dumps(value).encode()) for name, value in changed.items()} | {
        "duplicate name": Sent(f'{text[:-1]}, "{number}": {row[number]}}}'.encode()),
        "number past all floats": Sent(json.dumps(row | {number: "1e999"}).replace('"1e999"', "1e999").encode()),
        "trailing text": Sent(valid + b" x"),
        "deep nesting": Sent(b"[" * 100_000 + b"]" * 100_000),
        "parameter out of its values": Sent(valid, query="?explain=1"),
        "parameter given twice": Sent(valid, query="?explain=true&explain=true"),
        "request id that is no UUID": Sent(valid, headers={"X-Request-Id": "1"}),
        "content coding": Sent(valid, headers={"Content-Encoding": "br"}),
        "text for JSON": Sent(valid, headers={"Content-Type": "text/plain"}),
    }


@contextlib.contextmanager
def running(server: Server, bin_folder: Path, artefact: Path, place: Path, row: dict[str, Any]) -> Iterator[Running]:
    """Start a server on a free port, prove what it answers, and end it; raises StartError where it does not serve.

    `artefact` holds the model in both formats, `place` takes the log and the metrics, and `row` is valid.
    """
    port = _free_port()
    name = str(server).replace(" ", "-").replace(",", "")
    log = place / f"{name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own table
            [word.format(bin=bin_folder, port=port) for word in server.command],
            cwd=ROOT,
            env=_environment(server, port, artefact, place / name),
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        found = Running(server, f"http://127.0.0.1:{port}/predict", process.pid)
        yield _proven(found, process, log, row)
    finally:
        _end(process)


def _environment(server: Server, port: int, artefact: Path, place: Path) -> dict[str, str]:
    """Give the environment of a server, with none of our caller's settings."""
    place.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIAMONDS_", "PROMETHEUS_"))}
    own = {"BIND": f"127.0.0.1:{port}", "ARTEFACT": str(artefact), "LOG_LEVEL": "info", **server.settings}
    metrics = {"PROMETHEUS_MULTIPROC_DIR": str(place)} if server.shares_metrics else {}
    bento = {"BENTOML_HOME": str(place)}
    settings = {f"DIAMONDS_{name}": value for name, value in own.items()}
    return {**kept, **settings, **metrics, **bento, "PYTHONPATH": str(ROOT)}


def _proven(found: Running, process: subprocess.Popen[bytes], log: Path, row: dict[str, Any]) -> Running:
    """Wait until the valid row gets 200, and see what else does."""
    valid = Sent(json.dumps(row).encode())
    until = time.monotonic() + START_SECONDS
    status = None
    while status != 200:  # noqa: PLR2004
        if process.poll() is not None or time.monotonic() > until:
            raise StartError(found.server, f"last status {status}; its log ends {log.read_text()[-_TAIL:]!r}")
        time.sleep(0.1)
        status = _status(found.url, valid)
    if found.server.serves in (NOOP, BARE):
        return found
    answers = {name: _status(found.url, sent) for name, sent in invalid(row).items()}
    broken = {name: status for name, status in answers.items() if status not in {200, 400, 415, 422}}
    if broken:
        raise StartError(found.server, f"answers {broken}")
    accepts = tuple(name for name, status in answers.items() if status == 200)  # noqa: PLR2004
    return Running(found.server, found.url, found.pid, accepts)


def _status(url: str, sent: Sent) -> int | None:
    """Give the status of the reply, None where there is no reply."""
    headers = {"Content-Type": "application/json", **sent.headers}
    request = Request(url + sent.query, sent.body, headers)  # noqa: S310 - our own
    try:
        with urlopen(request, timeout=10) as reply:  # noqa: S310
            return int(reply.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server, and whatever of its group it leaves behind."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
