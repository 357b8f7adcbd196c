"""Settings, guards of the model, limits, logs and metrics, within one process."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

import api
from api import create_app
from api.artefact import Artefact, default_folder, load
from api.concurrency import pricer
from api.errors import SettingsError, UnsoundPredictionError
from api.logs import Mask, logger
from api.settings import PREFIX, Settings
from api.threads import TELEMETRY, VARIABLES, pin

if TYPE_CHECKING:
    from flask import Flask

Json = dict[str, Any]
ROOT = Path(api.__file__).parents[1]


def make(**settings: Any) -> Flask:
    """Make an application with other settings than the default ones."""
    return create_app(default_folder(), Settings(**settings))


def lines(capsys: pytest.CaptureFixture[str]) -> list[Json]:
    """Give what was logged since the last look."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def row() -> Json:
    """Give a valid diamond of the default artefact."""
    return dict(load(default_folder()).manifest.samples[0])


# Settings


def test_settings_are_read_from_the_environment() -> None:
    """Names are prefixed capitals; numbers and booleans are read from their texts, other variables are not ours."""
    read = Settings.read({"DIAMONDS_WORKERS": "3", "DIAMONDS_RELOAD_ON_SIGHUP": "true", "HOME": "/"})
    assert (read.workers, read.reload_on_sighup) == (3, True)
    assert read == Settings(workers=3, reload_on_sighup=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WORKERS", "0"),
        ("WORKERS", "two"),
        ("MODEL_CONCURRENCY", "threads"),
        ("PREDICTION_SLACK", "0.5"),
        ("PREDICTION_SLACK", "inf"),
        ("REQUEST_RATE", "often"),
        ("RATE_STORAGE", "foo://user:often@host"),
        ("RATE_STORAGE", "redis://127.0.0.1:often"),
        ("READ_TIMEOUT", "99999999999999999999"),
        ("JSON_DEPTH", "100000"),
        ("LOG_LEVEL", "loud"),
        ("TIMEUOT", "30"),
    ],
)
def test_settings_that_cannot_be_are_named_without_their_values(name: str, text: str) -> None:
    """What is wrong or unknown is said by the variable's name, beside other faults."""
    with pytest.raises(SettingsError) as caught:
        Settings.read({PREFIX + name: text, "DIAMONDS_BODY_BYTES": "-1"})
    assert set(caught.value.faults) == {PREFIX + name, "DIAMONDS_BODY_BYTES"}
    assert "often" not in str(caught.value)
    assert "docs/serving.md" in str(caught.value)


def test_processes_of_a_model_do_not_share_one_core() -> None:
    """They would be started on the worker's."""
    with pytest.raises(SettingsError, match="processes") as caught:
        Settings.read({"DIAMONDS_ONE_CORE": "true", "DIAMONDS_MODEL_CONCURRENCY": "process"})
    assert set(caught.value.faults) == {"DIAMONDS_ONE_CORE"}
    assert Settings.read({"DIAMONDS_ONE_CORE": "true", "DIAMONDS_MODEL_CONCURRENCY": "lock"}).one_core


def test_every_setting_is_documented() -> None:
    """Each field says what it means, and docs/serving.md has its variable with the default."""
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `DIAMONDS_(\w+)` \| `?([^|`]*)`? \|", text, re.MULTILINE))
    assert all(field.description for field in Settings.model_fields.values())
    shown = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert set(documented) == set(shown)
    for name, default in shown.items():
        if not isinstance(default, Path):
            assert documented[name] == ("" if default is None else json.dumps(default).strip('"')), name


def test_native_pools_are_pinned_unless_the_operator_has() -> None:
    """Each pool gets one thread, telemetry none, and what is set stays."""
    environment = {"OMP_NUM_THREADS": "4"}
    pin(environment)
    assert environment == dict.fromkeys((*VARIABLES, TELEMETRY), "1") | {"OMP_NUM_THREADS": "4"}


def test_pools_are_pinned_before_numpy_is_imported() -> None:
    """Importing the package and reading the settings do not import numpy, which reads the pins once."""
    import subprocess
    import sys

    script = "import sys, api, api.settings, api.threads; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=60, check=False).returncode == 0


# A model that is not thread-safe


@dataclass
class Unsafe:
    """A model that keeps its rows where another thread overwrites them."""

    rows: Any = None

    def predict(self, rows: Any) -> Any:
        """Give a thousand times the carats of the rows, whosever they are by then."""
        self.rows = rows
        time.sleep(0.002)
        return [1000.0 * row["carat"] for row in self.rows]


def prices(artefact: Artefact, settings: Settings, rows: list[Mapping[str, Any]], threads: int) -> list[float]:
    """Price each row alone, by so many threads."""
    guarded = pricer(artefact, settings)
    with ThreadPoolExecutor(threads) as clients:
        answers = clients.map(lambda one: guarded.predict([one], explain=False), rows)
        return [answer["price"] for (answer,) in answers]


def test_unsafe_model_is_guarded_by_lock_and_by_processes(row: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen threads mix the answers of a model that is called freely, and none of one that is guarded."""
    from tests.api.test_api_serving import Unsafe as Importable  # by the name under which a process finds it

    artefact = replace(load(default_folder()), model=Importable())
    rows: list[Mapping[str, Any]] = [row | {"carat": round(0.3 + 0.01 * step, 2)} for step in range(100)]
    expected = [round(1000 * one["carat"], 2) for one in rows]
    assert prices(artefact, Settings(), rows, 1) == expected
    assert prices(artefact, Settings(), rows, 16) != expected
    assert prices(artefact, Settings(model_concurrency="lock"), rows, 16) == expected
    assert prices(artefact, Settings(model_concurrency="process"), rows, 16) == expected


def test_processes_come_back_after_one_has_died(row: Json) -> None:
    """A process that is killed costs one structured 500; the next request is served by a new one."""
    guarded = pricer(load(default_folder()), Settings(model_concurrency="process", model_processes=1))
    before = guarded.predict([row], explain=True)
    (process,) = guarded._running()._processes.values()  # type: ignore[attr-defined]
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with pytest.raises(UnsoundPredictionError, match="died"):
        guarded.predict([row], explain=False)
    assert guarded.predict([row], explain=True) == before


@dataclass
class Stuck:
    """A model that never comes back from a row of more than a carat."""

    def predict(self, rows: Any) -> Any:
        """Give a price, or hang."""
        if rows[0]["carat"] > 1:
            time.sleep(3600)
        return [1000.0 for _ in rows]


def test_a_model_that_hangs_is_ended_with_its_process(row: Json) -> None:
    """A call past the time-out costs one structured 500; the next request is served by a new process."""
    from tests.api.test_api_serving import Stuck as Importable  # by the name under which a process finds it

    artefact = replace(load(default_folder()), model=Importable())
    guarded = pricer(artefact, Settings(model_concurrency="process", model_processes=1, model_timeout=0.5))
    small, large = row | {"carat": 0.5}, row | {"carat": 1.5}
    assert guarded.predict([small], explain=False) == [{"price": 1000.0}]
    with pytest.raises(UnsoundPredictionError, match="took too long"):
        guarded.predict([large], explain=False)
    assert guarded.predict([small], explain=False) == [{"price": 1000.0}]


# Limits and headers


def test_limits_of_settings_hold_and_are_published(row: Json) -> None:
    """Body, depth and batch are refused past what is set, and the contract says the same."""
    client = make(body_bytes=2000, json_depth=4, batch_length=2).test_client()
    headers = {"Content-Type": "application/json"}
    assert client.post("/predict", data=json.dumps(row).ljust(2000), headers=headers).status_code == 200
    assert client.post("/predict", data=json.dumps(row).ljust(2001), headers=headers).status_code == 413
    assert "deeper than 4" in client.post("/predict", data=b"[" * 5 + b"]" * 5, headers=headers).text
    assert client.post("/predict/batch", json={"instances": [row] * 2}).status_code == 200
    assert client.post("/predict/batch", json={"instances": [row] * 3}).status_code == 400
    contract = json.loads(client.get("/openapi.json").data)["components"]
    assert contract["schemas"]["Batch"]["properties"]["instances"]["maxItems"] == 2
    assert "2000 bytes" in contract["responses"]["ContentTooLarge"]["description"]


@pytest.mark.parametrize("storage", ["memory://", "redis://127.0.0.1:1"])
def test_rate_is_limited_for_each_client_and_only_for_predictions(row: Json, storage: str) -> None:
    """Past the rate comes a problem with 429 and Retry-After; without Redis, each worker counts for itself."""
    client = make(request_rate="2/hour", rate_storage=storage, proxies=1).test_client()

    def ask(address: str) -> Any:
        return client.post("/predict", json=row, headers={"X-Forwarded-For": address})

    assert [ask("10.0.0.1").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask("10.0.0.1")
    assert refused.content_type == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert json.loads(refused.data)["errors"] == []
    assert "10.0.0.1" not in refused.text
    assert ask("10.0.0.2").status_code == 200
    assert {client.get(path).status_code for path in ("/health", "/readiness", "/metrics") * 3} == {200}


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing, and give its URL."""
    socket = folder / "redis.sock"
    quiet = ["--port", "0", "--save", "", "--appendonly", "no", "--logfile", str(folder / "redis.log")]
    process = subprocess.Popen(["redis-server", "--unixsocket", str(socket), *quiet], cwd=folder)
    try:
        for _ in range(100):
            if socket.exists():
                break
            time.sleep(0.1)
        yield f"redis+unix://{socket}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no Redis here; Debian's is redis-server")
def test_redis_counts_for_all_workers_together(row: Json, tmp_path: Path) -> None:
    """With a real Redis, two applications share what a client may ask; while it is away, each counts for itself."""
    with redis(tmp_path) as url:
        settings = {"request_rate": "3/hour", "rate_storage": url}
        one, other = make(**settings).test_client(), make(**settings).test_client()
        asked = [client.post("/predict", json=row).status_code for client in (one, other, one, other, one)]
        assert asked == [200, 200, 200, 429, 429]
    assert [one.post("/predict", json=row).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_redis_that_hangs_costs_no_request(row: Json) -> None:
    """Requests that come together while Redis says nothing are answered, and counted by the worker from then on."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make(request_rate="12/hour", rate_storage=f"redis://127.0.0.1:{silent.getsockname()[1]}")
        (limiter,) = app.extensions["limiter"]
        asking = limiter.storage.storage.connection_pool.connection_kwargs
        assert (asking["socket_timeout"], asking["socket_connect_timeout"]) == (1, 1)
        with ThreadPoolExecutor(8) as clients:
            asked = clients.map(lambda _: app.test_client().post("/predict", json=row).status_code, range(8))
            assert set(asked) == {200}
        assert 429 in {app.test_client().post("/predict", json=row).status_code for _ in range(13)}


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/predict", "/metrics"])
def test_every_reply_has_what_keeps_browsers_from_harm(path: str) -> None:
    """The security headers stand on answers and on problems."""
    headers = make().test_client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"


# Logs


def test_request_is_one_structured_line(row: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """Id, route, status, duration, model and prediction of a request are logged, and no value that was sent."""
    reply = make(log_level="info").test_client().post("/predict?explain=true", json=row)
    (line,) = lines(capsys)
    price = json.loads(reply.data)["price"]
    assert line["event"] == "request"
    assert line["request_id"] == reply.headers["X-Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/predict", 200)
    assert line["duration_ms"] > 0
    assert line["model_version"] == json.loads(reply.data)["model_version"]
    assert line["prediction"] == [price]
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(line["timestamp"])) < timedelta(minutes=1)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "let go"])
def test_a_prediction_leaves_before_it_is_told_of(
    row: Json, capsys: pytest.CaptureFixture[str], *, closes: bool
) -> None:
    """No client waits for log and metrics, which come once, whether the server closes the reply or lets it go."""
    environ = EnvironBuilder("/predict", method="POST", json=row).get_environ()
    heads: list[str] = []
    reply: Any = make(log_level="info")(environ, lambda status, *_: heads.append(status))
    assert (heads, len(list(reply)), lines(capsys)) == (["200 OK"], 1, [])
    if closes:
        reply.close()
        assert len(lines(capsys)) == 1
    del reply
    assert len(lines(capsys)) == (0 if closes else 1)


BROKEN = '{"carat": "1.07", "cut": "Ideal", "x": NaN, "owner": "Zoë 4711"'


@pytest.mark.parametrize(
    ("bodies", "shown"),
    [
        ("raw", BROKEN),
        ("masked", '{"carat": "0.00", "cut": "xxxxx", "x": NaN, "xxxxx": "xxx 0000"'),
        ("off", None),
    ],
)
def test_refused_request_is_logged_as_settings_say(
    bodies: Any, shown: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent stands beside the faults: as it came, masked, or not at all."""
    client = make(log_level="info", log_bodies=bodies).test_client()
    reply = client.post("/predict?explain=1", data=BROKEN, content_type="application/json")
    refused, request = lines(capsys)
    assert refused["event"] == "refused"
    assert refused["request_id"] == request["request_id"] == reply.headers["X-Request-Id"]
    assert refused["status"] == 400
    assert refused["faults"][0].endswith("json.syntax")
    assert refused.get("body") == shown
    assert refused.get("query") == {"raw": "explain=1", "masked": "explain=0", "off": None}[bodies]


def test_logged_body_is_cut_and_need_not_be_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A body of any bytes and any length is a short text in the log."""
    client = make(log_level="info", log_bodies="raw", log_body_bytes=8).test_client()
    client.post("/predict", data=b"\xff\xfe" + b"a" * 1000, content_type="application/json")
    assert lines(capsys)[0]["body"] == "\\xff\\xfeaaaaaa"


def test_body_of_another_type_is_logged_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What is refused for its media type is read as far as it is logged; what is too large is not, whatever it is."""
    client = make(log_level="info", log_body_bytes=8, body_bytes=100).test_client()
    client.post("/predict", data="owner=Zoë", content_type="text/plain")
    client.post("/predict", data="{}", headers={"Content-Type": "application/json", "Content-Encoding": "br"})
    client.post("/predict", data="a" * 101, content_type="text/plain")
    client.post("/predict", data="a" * 101, content_type="application/json")
    client.post("/predict", data=b"a=b", content_type="text/plain", environ_overrides={"CONTENT_LENGTH": "50"})
    refused = [(line["status"], line["body"]) for line in lines(capsys) if line["event"] == "refused"]
    assert refused == [(415, "xxxxx=xx"), (415, "{}"), (415, ""), (413, ""), (415, "x=x")]


@pytest.mark.parametrize(("settings", "most"), [({"log_level": "info", "log_body_bytes": 5}, 5), ({}, 0)])
def test_no_more_is_read_than_is_logged(settings: Json, most: int, row: Json) -> None:
    """Of a body that nothing else reads, the rest is left, and all of it where nothing is logged."""
    sent = io.BytesIO(json.dumps(row).encode())
    overrides = {"wsgi.input": sent, "CONTENT_LENGTH": str(len(sent.getvalue()))}
    make(**settings).test_client().post("/predict", content_type="text/plain", environ_overrides=overrides)
    assert sent.tell() == most


def test_masked_names_show_no_values_of_pointers() -> None:
    """Names that are not known are masked in pointers too."""
    mask = Mask(["carat", "instances"])
    assert mask("/instances/0/carat/jane@doe") == "/instances/0/carat/xxxx@xxx"


@pytest.mark.parametrize("error", [RuntimeError("secret"), MemoryError(), ValueError("secret")], ids=repr)
def test_exception_is_logged_with_its_traceback_and_answered_without(
    error: Exception, row: Json, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the predict path raises, the log has the traceback and the id; the reply has only the id."""
    client = make().test_client()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("api.fitted.Fitted.predict", fail)
    reply = client.post("/predict", json=row)
    (line,) = lines(capsys)
    assert (reply.status_code, reply.content_type) == (500, "application/problem+json")
    assert "secret" not in reply.text
    assert line["request_id"] == reply.headers["X-Request-Id"]
    assert type(error).__name__ in line["exception"]
    assert "Traceback" in line["exception"]
    assert line["level"] == "error"


def test_what_fails_in_telling_takes_nothing_from_the_reply(
    row: Json, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A prediction leaves though monitoring cannot keep it, and the log says why it could not."""
    client = make().test_client()

    def fail(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("api.monitoring.Monitor.record", fail)
    reply = client.post("/predict", json=row)
    (line,) = lines(capsys)
    assert (reply.status_code, line["event"], line["level"]) == (200, "not observed", "error")
    assert line["request_id"] == reply.headers["X-Request-Id"]
    assert "no space" in line["exception"]


def test_any_value_can_be_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """Lone surrogates, integers past 64 bits and objects end no request: each is a line of JSON."""
    log = logger(Settings())
    for value in ("\ud800", 2**70, {1}):
        log.warning("odd", value=value)
    written = lines(capsys)
    assert [line["value"] for line in written] == ["\ud800", 2**70, "{1}"]
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo is UTC for line in written)


# Metrics, readiness, reload


def value(client: FlaskClient, name: str) -> float:
    """Read one sample."""
    found = [line for line in client.get("/metrics").text.splitlines() if line.startswith(name + " ")]
    return float(found[0].split()[-1]) if found else 0.0


def test_requests_predictions_and_faults_are_counted(row: Json) -> None:
    """Each thing that happens moves its own number; what a client makes up makes no series."""
    client = make().test_client()
    ok = 'diamonds_request_duration_seconds_count{method="POST",route="/predict/batch",status="200"}'
    fault = 'diamonds_faults_total{code="required",part="body"}'
    names = (ok, fault, "diamonds_predictions_total")
    before = [value(client, name) for name in names]
    client.post("/predict/batch", json={"instances": [row] * 3})
    client.post("/predict", json={})
    client.open("/made-up-4711", method="MADEUP")
    client.open("/predict", method="MADEUP")
    after = [value(client, name) for name in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 9, 3]
    assert not re.search("made-up|MADEUP", client.get("/metrics").text)
    assert client.get("/metrics").content_type.startswith("text/plain")


def test_unsound_prediction_is_counted(row: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """NaN and a price far from all that were learnt are structured 500s, and counted."""
    client = make().test_client()
    before = value(client, "diamonds_unsound_predictions_total")
    for answer in (np.nan, 1e9, 1.0):
        monkeypatch.setattr("api.fitted.Fitted.predict", lambda *_, answer=answer: np.array([answer]))
        assert client.post("/predict", json=row).status_code == 500
    assert value(client, "diamonds_unsound_predictions_total") == before + 3


def test_failed_reload_serves_on_and_tells(row: Json, tmp_path: Path) -> None:
    """After a failed reload the old model answers, readiness and metrics tell, and a sound one ends it."""
    import shutil

    shutil.copytree(default_folder(), tmp_path / "artefact")
    model = tmp_path / "artefact" / "model.joblib"
    sound = model.read_bytes()
    app = create_app(tmp_path / "artefact", Settings(log_level="error"))
    client, service = app.test_client(), app.extensions["diamonds"]
    model.write_bytes(b"bad")
    assert service.reload() is False
    assert client.get("/readiness").status_code == 503
    assert client.get("/readiness").content_type == "application/problem+json"
    assert client.get("/health").status_code == client.post("/predict", json=row).status_code == 200
    assert value(client, "diamonds_ready") == 0
    assert json.loads(client.get("/model-info").data)["changed_on_disk"] is True
    model.write_bytes(sound)
    assert json.loads(client.get("/model-info").data)["changed_on_disk"] is False
    assert service.reload() is True
    assert client.get("/readiness").status_code == 200
    assert value(client, "diamonds_ready") == 1
