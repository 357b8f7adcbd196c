"""Real servers of the reference API: how each is started, asked and ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import api

ROOT = Path(api.__file__).parents[1]
PYTHON = Path(sys.executable)


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started, what it answers by itself, and how its log begins to name a worker's process."""

    name: str
    command: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()
    boots: str = "Booting worker"


GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:api.gunicorn_conf")
SYNC = Server("gunicorn-sync", GUNICORN, (("DIAMONDS_WORKER_CLASS", "sync"),))
GTHREAD = Server("gunicorn-gthread", GUNICORN)
WAITRESS = Server(
    "waitress",
    (
        *(sys.executable, "-m", "waitress", "--listen={bind}"),
        *("--connection-limit", "1000", "--channel-timeout", "20", "--max-request-body-size", "16777216"),
        *("--call", "api:create_app"),
    ),
    (("DIAMONDS_RELOAD_ON_SIGHUP", "true"), ("DIAMONDS_ONE_CORE", "true")),
)
GRANIAN = Server(
    "granian",
    (
        str(PYTHON.with_name("granian")),
        *("--interface", "wsgi", "--factory", "--http", "1", "--no-ws"),
        *("--workers", "2", "--blocking-threads", "1", "--runtime-mode", "st"),
        *("--workers-kill-timeout", "10"),
        "--host={host}",
        "--port={port}",
        "api:create_app",
    ),
    (("PROMETHEUS_MULTIPROC_DIR", "{metrics}"), ("DIAMONDS_ONE_CORE", "true")),
    boots="Spawning worker",
)
UWSGI = Server(
    "uwsgi",
    (str(PYTHON.with_name("uwsgi")), "--ini", "api/uwsgi.ini"),
    (("PROMETHEUS_MULTIPROC_DIR", "{metrics}"),),
)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers at `url`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Ask, on a connection of its own, and give the status and the text of the reply."""
        request = Request(self.url + path, body, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=30) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds`, for half a minute at most."""
        for _ in range(300):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if holds():
                    return
            except OSError:
                pass
            time.sleep(0.1)
        pytest.fail(self.log.read_text())

    def lines(self) -> list[dict[str, Any]]:
        """Give the structured lines of the log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextmanager
def running(server: Server, folder: Path, tmp_path: Path, **settings: str) -> Iterator[Running]:
    """Start a server, wait until it is ready, and end it."""
    with starting(server, folder, tmp_path, **settings) as found:
        found.until(lambda: found.get("/readiness")[0] == 200)
        yield found


@contextmanager
def starting(server: Server, folder: Path, tmp_path: Path, **settings: str) -> Iterator[Running]:
    """Start a server, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
    bind = f"{host}:{port}"
    given = {"DIAMONDS_" + name.upper(): value for name, value in settings.items()}
    own = {"DIAMONDS_BIND": bind, "DIAMONDS_ARTEFACT": str(folder), "DIAMONDS_LOG_LEVEL": "info"}
    metrics = tmp_path / "metrics"
    metrics.mkdir()
    environment = os.environ | own | {name: text.format(metrics=metrics) for name, text in server.settings} | given
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    log = tmp_path / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [word.format(bind=bind, host=host, port=port) for word in server.command],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=stream,
        )
    try:
        yield Running(f"http://{bind}", process, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
