"""The API under every server that docs/serving.md names, and what gunicorn's signals do to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import prove400
from api import healthcheck
from api.artefact import MANIFEST_FILE, default_folder
from api.formats import FORMATS
from tests.api.servers import (
    GRANIAN,
    GTHREAD,
    GUNICORN,
    ROOT,
    SYNC,
    UWSGI,
    WAITRESS,
    Running,
    Server,
    running,
    starting,
)
from tests.zoo.signature import SAMPLE, Waiting, plant


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the trained artefact, that a test may change."""
    copied = tmp_path / "artefact"
    copied.mkdir()
    for name in (MANIFEST_FILE, FORMATS["joblib"].file):
        shutil.copy(default_folder() / name, copied / name)
    return copied


def replace(folder: Path, trained_at: str) -> None:
    """Put another manifest, sound and of the same model, into `folder`."""
    path = folder / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"trained_at": trained_at}))


@pytest.mark.parametrize("server", [SYNC, GTHREAD], ids=lambda server: server.name)
def test_catalogue_holds_with_onnx(server: Server, every_format: Path, tmp_path: Path) -> None:
    """Every obligation is discharged when the same model is served by onnxruntime."""
    with running(server, every_format, tmp_path, format="onnx") as served:
        assert json.loads(served.get("/model-info")[1])["format"] == "onnx"
        run = prove400.prove(served.url)
    assert (run.findings, run.complete) == ((), True)
    assert run.counts["discharged"] > 900


@pytest.mark.parametrize("server", [SYNC, GTHREAD], ids=lambda server: server.name)
def test_workers_with_onnx_are_replaced_without_a_pause(server: Server, every_format: Path, tmp_path: Path) -> None:
    """A library's own threads, which a fork does not take along, keep no worker from its end."""
    body = json.dumps(json.loads((every_format / MANIFEST_FILE).read_text())["samples"][0]).encode()
    with running(server, every_format, tmp_path, format="onnx", worker_requests="20") as served:
        assert {served.get("/predict", body)[0] for _ in range(120)} == {200}
        workers = set(re.findall(r"Booting worker with pid: (\d+)", served.log.read_text()))
    assert len(workers) > 3
    assert not re.findall("SIGABRT|SIGKILL", served.log.read_text())


@pytest.mark.parametrize("server", [SYNC, GTHREAD, WAITRESS, UWSGI, GRANIAN], ids=lambda server: server.name)
def test_catalogue_holds_under_every_server(server: Server, tmp_path: Path) -> None:
    """Every obligation is discharged."""
    with running(server, default_folder(), tmp_path) as served:
        run = prove400.prove(served.url)
    assert not [(finding.operator, finding.verdict.value, finding.rule) for finding in run.findings]
    assert run.complete
    assert run.counts["discharged"] > 900


@pytest.mark.parametrize("server", [SYNC, GTHREAD], ids=lambda server: server.name)
def test_sighup_exchanges_the_model_only_for_a_sound_one(server: Server, copy: Path, tmp_path: Path) -> None:
    """A bad artefact leaves the old one serving and readiness 503; a good one is served by every worker."""
    body = json.dumps(json.loads((copy / MANIFEST_FILE).read_text())["samples"][0]).encode()
    sound = (copy / FORMATS["joblib"].file).read_bytes()
    with running(server, copy, tmp_path) as served:
        before = served.get("/predict", body)
        (copy / FORMATS["joblib"].file).write_bytes(sound[:1000])
        assert json.loads(served.get("/model-info")[1])["changed_on_disk"] is True
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: served.get("/readiness")[0] == 503)
        assert {served.get("/predict", body) for _ in range(8)} == {before}
        assert served.get("/health")[0] == 200
        (copy / FORMATS["joblib"].file).write_bytes(sound)
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
        (copy / FORMATS["joblib"].file).unlink()
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: served.get("/readiness")[0] == 503)
        assert served.get("/health")[0] == 200


def test_every_worker_answers_for_all_in_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are counted over all workers, those that were replaced included; the files go with the server."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    with running(SYNC, default_folder(), tmp_path, worker_requests="20") as served:
        for _ in range(160):
            assert served.get("/health")[0] == 200
        served.until(lambda: _healths(served) == 160)
        assert list(folder.glob("diamonds-metrics-*"))
        workers = set(re.findall(r"Booting worker with pid: (\d+)", served.log.read_text()))
        served.until(lambda: _healths(served) == 160 and len(list(folder.glob("*/histogram_*.db"))) <= 3)
    assert len(workers) > 3
    assert not list(folder.glob("diamonds-metrics-*"))
    assert served.process.returncode == 0


@pytest.mark.parametrize("server", [SYNC, GRANIAN], ids=lambda server: server.name)
def test_monitoring_is_of_all_workers_together(server: Server, tmp_path: Path) -> None:
    """Whichever worker is asked, the rows that all of them have predicted are compared, forked or started alone."""
    rows = json.loads((default_folder() / MANIFEST_FILE).read_text())["samples"]
    body = json.dumps({"instances": rows}).encode()
    with running(server, default_folder(), tmp_path) as served:
        with ThreadPoolExecutor(4) as clients:
            statuses = {status for status, _ in clients.map(lambda _: served.get("/predict/batch", body), range(60))}
        served.until(lambda: {_monitored(served) for _ in range(12)} == {60 * len(rows)})
        workers = {line.rsplit(" ", 1)[-1] for line in served.log.read_text().splitlines() if server.boots in line}
    assert statuses == {200}
    assert len(workers) == 2


@pytest.mark.parametrize("server", [SYNC, GTHREAD, WAITRESS, UWSGI, GRANIAN], ids=lambda server: server.name)
def test_no_two_requests_get_one_id(server: Server, tmp_path: Path) -> None:
    """Workers that are forked from one process, with Python's knowledge or without, do not repeat each other's ids."""
    row = json.loads((default_folder() / MANIFEST_FILE).read_text())["samples"][0]
    body = json.dumps({"instances": [row] * 64}).encode()
    with running(server, default_folder(), tmp_path) as served, ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: served.get("/predict/batch", body), range(80)))
    ids = [line["request_id"] for line in served.lines() if line.get("route") == "/predict/batch"]
    assert (len(ids), len(set(ids))) == (80, 80)


def _monitored(served: Running) -> int:
    """Read how many rows monitoring looks at."""
    return int(json.loads(served.get("/monitoring")[1])["rows"])


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


def test_workers_of_uwsgi_do_not_share_one_core(tmp_path: Path) -> None:
    """It makes the application in their master, whose core would be that of all: nothing starts."""
    with starting(UWSGI, default_folder(), tmp_path, one_core="true") as started:
        assert started.process.wait(timeout=60) != 0
    assert "DIAMONDS_ONE_CORE: all of uWSGI's workers" in started.log.read_text()


@pytest.mark.parametrize("bind", ["unix:{folder}/api.sock", "0.0.0.0:{port}", "localhost:{port}"])
def test_health_is_asked_where_the_server_listens(bind: str, tmp_path: Path) -> None:
    """On a socket of Unix, on all addresses and on a name; the check fails once the server has ended."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        place = bind.format(folder=tmp_path, port=probe.getsockname()[1])
    environment = {"DIAMONDS_BIND": place}
    with starting(SYNC, default_folder(), tmp_path, bind=place) as started:
        started.until(lambda: healthcheck.ready(environment))
    assert not healthcheck.ready(environment)


@pytest.mark.parametrize("server", [SYNC, GTHREAD, UWSGI, GRANIAN], ids=lambda server: server.name)
def test_a_request_in_work_is_answered_though_the_server_stops(server: Server, tmp_path: Path) -> None:
    """After SIGTERM comes the reply, and its line in the log; Waitress ends at once, as docs/serving.md says."""
    folder = plant(tmp_path / "held-artefact", Waiting(tmp_path))
    body = json.dumps(SAMPLE).encode()
    with running(server, folder, tmp_path) as served, ThreadPoolExecutor(1) as client:
        (tmp_path / "held").touch()
        reply = client.submit(served.get, "/predict", body)
        served.until((tmp_path / "asked").exists)
        served.process.terminate()
        served.until(
            lambda: bool(re.search("Handling signal: term|graceful shutdown|Shutting down", served.log.read_text()))
        )
        (tmp_path / "held").unlink()
        assert reply.result()[0] == 200
    assert [line["status"] for line in served.lines() if line.get("route") == "/predict"] == [200]
    assert served.process.returncode == 0


def test_bad_setting_ends_the_server_at_start_and_says_which(tmp_path: Path) -> None:
    """Settings that cannot be are named, all at once; nothing starts."""
    environment = os.environ | {"DIAMONDS_WORKERS": "0", "DIAMONDS_TIMEUOT": "3"}
    ended = subprocess.run(GUNICORN, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "DIAMONDS_WORKERS: Input should be greater than or equal to 1" in ended.stderr
    assert "DIAMONDS_TIMEUOT: Extra inputs are not permitted" in ended.stderr
