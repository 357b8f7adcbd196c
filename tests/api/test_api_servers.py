"""The API under every server that docs/serving.md names, and what gunicorn's signals do to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import api
import prove400
from api.artefact import MANIFEST_FILE, MODEL_FILE, default_folder

ROOT = Path(api.__file__).parents[1]
PYTHON = Path(sys.executable)
HALF_CLOSED = frozenset({("content-length.too-long", "server-error", "dropped")})
"""A body cut short by a client that hangs up is dropped by servers that read it before they call the application: no
5xx, no hang, nobody left to read a problem."""


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started, and what it answers by itself."""

    name: str
    command: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()
    by_itself: frozenset[tuple[str, str, str]] = frozenset()


GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:api.gunicorn_conf")
SYNC = Server("gunicorn-sync", GUNICORN, (("DIAMONDS_WORKER_CLASS", "sync"),))
GTHREAD = Server("gunicorn-gthread", GUNICORN)
WAITRESS = Server(
    "waitress",
    (sys.executable, "-m", "waitress", "--listen={bind}", "--call", "api:create_app"),
    (("DIAMONDS_RELOAD_ON_SIGHUP", "true"),),
    HALF_CLOSED,
)
UWSGI = Server("uwsgi", (str(PYTHON.with_name("uwsgi")), "--ini", "api/uwsgi.ini"), by_itself=HALF_CLOSED)


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    given = {"DIAMONDS_" + name.upper(): value for name, value in settings.items()}
    own = {"DIAMONDS_BIND": bind, "DIAMONDS_ARTEFACT": str(folder), "DIAMONDS_LOG_LEVEL": "info"}
    environment = os.environ | own | dict(server.settings) | given
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    log = tmp_path / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [word.format(bind=bind) for word in server.command],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=stream,
        )
    try:
        found = Running(f"http://{bind}", process, log)
        found.until(lambda: found.get("/readiness")[0] == 200)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the trained artefact, that a test may change."""
    copied = tmp_path / "artefact"
    copied.mkdir()
    for name in (MANIFEST_FILE, MODEL_FILE):
        shutil.copy(default_folder() / name, copied / name)
    return copied


def replace(folder: Path, trained_at: str) -> None:
    """Put another manifest, sound and of the same model, into `folder`."""
    path = folder / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"trained_at": trained_at}))


@pytest.mark.parametrize("server", [SYNC, GTHREAD, WAITRESS, UWSGI], ids=lambda server: server.name)
def test_catalogue_holds_under_every_server(server: Server, tmp_path: Path) -> None:
    """Every obligation is discharged, but for what a server answers by itself to what is no message of HTTP."""
    with running(server, default_folder(), tmp_path) as served:
        run = prove400.prove(served.url)
    left = {(finding.operator, finding.verdict.value, finding.rule) for finding in run.findings}
    assert left == server.by_itself
    assert run.complete
    assert run.counts["discharged"] > 900


@pytest.mark.parametrize("server", [SYNC, GTHREAD], ids=lambda server: server.name)
def test_sighup_exchanges_the_model_only_for_a_sound_one(server: Server, copy: Path, tmp_path: Path) -> None:
    """A bad artefact leaves the old one serving and readiness 503; a good one is served by every worker."""
    body = json.dumps(json.loads((copy / MANIFEST_FILE).read_text())["samples"][0]).encode()
    sound = (copy / MODEL_FILE).read_bytes()
    with running(server, copy, tmp_path) as served:
        before = served.get("/predict", body)
        (copy / MODEL_FILE).write_bytes(sound[:1000])
        assert json.loads(served.get("/model-info")[1])["changed_on_disk"] is True
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: served.get("/readiness")[0] == 503)
        assert {served.get("/predict", body) for _ in range(8)} == {before}
        assert served.get("/health")[0] == 200
        (copy / MODEL_FILE).write_bytes(sound)
        replace(copy, "2031-01-01T00:00:00+00:00")
        served.process.send_signal(signal.SIGHUP)
        served.until(
            lambda: (
                {json.loads(served.get("/model-info")[1])["trained_at"] for _ in range(8)}
                == {"2031-01-01T00:00:00+00:00"}
            )
        )
        assert {served.get("/readiness")[0] for _ in range(8)} == {200}
        assert served.get("/predict", body) == before
        metrics = served.get("/metrics")[1]
    assert 'diamonds_reloads_total{result="failed"} 1.0' in metrics
    assert 'diamonds_reloads_total{result="done"} 1.0' in metrics
    assert [line["event"] for line in served.lines() if "reload" in line["event"]] == ["reload failed", "reloaded"]
    assert served.process.returncode == 0


def test_waitress_reloads_at_sighup_beside_its_requests(copy: Path, tmp_path: Path) -> None:
    """A server of one process reloads within it, by setting."""
    with running(WAITRESS, copy, tmp_path) as served:
        replace(copy, "2031-01-01T00:00:00+00:00")
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: "2031-01-01" in served.get("/model-info")[1])
        (copy / MODEL_FILE).unlink()
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: served.get("/readiness")[0] == 503)
        assert served.get("/health")[0] == 200


def test_every_worker_answers_for_all_in_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are counted over all workers, those that were replaced included; the files go with the server."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    with running(SYNC, default_folder(), tmp_path, worker_requests="20") as served:
        for _ in range(60):
            assert served.get("/health")[0] == 200
        served.until(lambda: _healths(served) == 60)
        assert list(folder.glob("diamonds-metrics-*"))
        workers = set(re.findall(r"Booting worker with pid: (\d+)", served.log.read_text()))
    assert len(workers) > 2
    assert not list(folder.glob("diamonds-metrics-*"))
    assert served.process.returncode == 0


def _healths(served: Running) -> float:
    """Read how many requests for /health were counted."""
    name = 'diamonds_request_duration_seconds_count{method="GET",route="/health",status="200"}'
    text = served.get("/metrics")[1]
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize("concurrency", ["free", "lock", "process"])
def test_predictions_under_twice_the_load_equal_those_made_alone(concurrency: str, tmp_path: Path) -> None:
    """Two workers of four threads, asked by sixteen clients at once, answer what they answer one."""
    manifest = json.loads((default_folder() / MANIFEST_FILE).read_text())
    bodies = [
        json.dumps(row | {"carat": 0.3 + 0.05 * step}).encode() for row in manifest["samples"] for step in range(16)
    ]
    with running(GTHREAD, default_folder(), tmp_path, model_concurrency=concurrency, model_processes="1") as served:
        alone = [served.get("/predict", body) for body in bodies]
        with ThreadPoolExecutor(16) as clients:
            together = list(clients.map(lambda body: served.get("/predict", body), bodies * 3))
    assert together == alone * 3
    assert {status for status, _ in alone} == {200}
    assert len(set(alone)) > 16


def test_bad_setting_ends_the_server_at_start_and_says_which(tmp_path: Path) -> None:
    """Settings that cannot be are named, all at once; nothing starts."""
    environment = os.environ | {"DIAMONDS_WORKERS": "0", "DIAMONDS_TIMEUOT": "3"}
    ended = subprocess.run(GUNICORN, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "DIAMONDS_WORKERS: Input should be greater than or equal to 1" in ended.stderr
    assert "DIAMONDS_TIMEUOT: Extra inputs are not permitted" in ended.stderr
