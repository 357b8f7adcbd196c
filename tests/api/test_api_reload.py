"""What goes wrong beneath a server that runs: artefacts, models, files of metrics. It serves on, and tells."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.mmap_dict import MmapedDict

from api import artefact, create_app, metrics
from api.concurrency import Processes
from api.errors import ArtefactUnreadableError, MonitoringWindowError
from api.formats.joblib import dump
from api.monitoring import Monitor
from api.service import AGAIN, Service
from api.settings import Settings
from api.window import Window
from tests.api.servers import GRANIAN, GTHREAD, running

Json = dict[str, Any]
FAILED = 'diamonds_reloads_total{result="failed"}'
UNSOUND = "diamonds_unsound_predictions_total"


class Raising:
    """A pickle that cannot be loaded, in no way that a format foresees."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Have a RuntimeError raised by the loader."""
        return exec, ("raise RuntimeError('boom')",)


class UnforeseenError(Exception):
    """What nobody foresees."""


@dataclass
class Model:
    """A model that gives prices, or raises where it is told to."""

    fails: bool = False

    def predict(self, rows: Any) -> list[float]:
        """Give a thousand for each row."""
        if self.fails:
            raise UnforeseenError
        return [1000.0] * len(rows)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Folder of the artefact, which a test may break."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """Give a model that any new application serves."""
    found, load = Model(), artefact.load
    monkeypatch.setattr("api.service.artefacts.load", lambda path, *_: artefact.Artefact(found, load(path).manifest))
    return found


def served(folder: Path) -> tuple[Service, FlaskClient]:
    """Make an application, and give its service and a client."""
    app = create_app(folder)
    return app.extensions["diamonds"], app.test_client()


def edit(folder: Path, change: Callable[[Json], object]) -> None:
    """Change the manifest."""
    path = folder / artefact.MANIFEST_FILE
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def pin(folder: Path, model: object) -> None:
    """Put another model into the folder, and let the manifest name its hash."""
    raw = dump(model)
    (folder / "model.joblib").write_bytes(raw)
    edit(folder, lambda content: content.update(sha256=hashlib.sha256(raw).hexdigest()))


def to_folder(path: Path) -> None:
    """Put a folder in the place of a file."""
    path.unlink()
    path.mkdir()


def feature(content: Json, kind: str) -> Json:
    """Give the first feature of a type."""
    found: Json = next(entry for entry in content["features"] if entry["type"] == kind)
    return found


def reference(content: Json, kind: str) -> Json:
    """Give the distribution of the first feature of a type."""
    found: Json = content["reference"]["features"][feature(content, kind)["name"]]
    return found


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "model is a folder": (lambda path: to_folder(path / "model.joblib"), "model.joblib cannot be read: Is a directory"),
    "manifest is a folder": (lambda path: to_folder(path / "manifest.json"), "manifest.json cannot be read: Is a dir"),
    "folder is a file": (lambda path: (shutil.rmtree(path), path.touch()), "manifest.json cannot be read: Not a dir"),
    "loading raises": (lambda path: pin(path, Raising()), "model.joblib does not load: RuntimeError: boom"),
}
MANIFESTS: dict[str, tuple[Callable[[Json], object], str]] = {
    "no samples": (lambda content: content["samples"].clear(), "must not be empty"),
    "no features": (lambda content: content["features"].clear(), "must not be empty"),
    "one name twice": (lambda content: content["features"].append(content["features"][0]), "share a name"),
    "no categories": (lambda content: feature(content, "category")["categories"].clear(), "cut has no categories"),
    "a category more": (
        lambda content: feature(content, "category")["categories"].append("Bad"),
        "the reference of cut is not of its 6 categories",
    ),
    "no reference": (lambda content: content["reference"]["features"].pop("carat"), "differ in carat"),
    "another reference": (
        lambda content: content["reference"]["features"].update(age=reference(content, "number")),
        "differ in age",
    ),
    "a share less": (lambda content: reference(content, "number")["shares"].pop(), "/carat .*edges make .* bins"),
    "edges fall": (lambda content: reference(content, "number")["edges"].reverse(), "/carat .*edges do not rise"),
    "shares of nothing": (lambda content: reference(content, "category").update(shares=[0.1] * 5), "do not add up"),
    "negative share": (lambda content: reference(content, "category")["shares"].append(-1), "/cut/shares/5 .*greater"),
    "no rows": (lambda content: reference(content, "number").update(rows=0), "/carat/rows .*greater"),
    "number without edges": (
        lambda content: reference(content, "number").update(edges=[], shares=[1.0]),
        "the reference of carat has no edges",
    ),
    "prediction without edges": (
        lambda content: content["reference"]["prediction"].update(edges=[], shares=[1.0]),
        "the reference of the prediction has no edges",
    ),
}
FAULTS = FILES | {
    name: (lambda path, change=change: edit(path, change), said)  # type: ignore[misc]
    for name, (change, said) in MANIFESTS.items()
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
def test_any_fault_of_an_artefact_ends_a_start_and_no_service(
    copy: Path, diamond: Json, capfd: pytest.CaptureFixture[str], fault: Callable[[Path], object], said: str
) -> None:
    """A start says in a line what is wrong; a reload fails, is logged and counted, and the old model serves on."""
    service, client = served(copy)
    before = client.post("/predict", json=diamond).get_json()
    failed = counted(client, FAILED)
    fault(copy)
    with pytest.raises(ArtefactUnreadableError, match=said) as caught:
        create_app(copy)
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert service.reload() is False
    assert (client.get("/readiness").status_code, client.get("/health").status_code) == (503, 200)
    assert client.post("/predict", json=diamond).get_json() == before
    assert client.get("/monitoring").status_code == client.get("/metrics").status_code == 200
    assert counted(client, FAILED) == failed + 1
    assert "reload failed" in capfd.readouterr().err


def counted(client: FlaskClient, series: str) -> float:
    """Read what Prometheus reads of a series."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_trained_manifest_fits_together(every_format: Path) -> None:
    """What training writes is admitted, and all of its formats."""
    for name in ("joblib", "onnx", "skops"):
        assert artefact.read_manifest(every_format, name).format == name


def test_a_reload_fails_of_whatever_is_raised(
    copy: Path, diamond: Json, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is logged with its traceback; the next sound artefact is served."""
    service, client = served(copy)

    def load(*_: object) -> None:
        raise UnforeseenError("unforeseen")

    with monkeypatch.context() as broken:
        broken.setattr("api.service.load", load)
        assert service.reload() is False
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert line["event"] == "reload failed"
    assert "in load\n" in line["exception"]
    assert "UnforeseenError: unforeseen" in line["exception"]
    assert client.get("/readiness").status_code == 503
    assert client.post("/predict", json=diamond).status_code == 200
    assert service.reload() is True
    assert client.get("/readiness").status_code == 200


@pytest.mark.parametrize("prices", [None, ["much"], [[]]], ids=["raises", "text", "list"])
def test_whatever_a_model_does_is_an_unsound_prediction(
    copy: Path, diamond: Json, model: Model, monkeypatch: pytest.MonkeyPatch, prices: object
) -> None:
    """It raises what it likes, or gives what is no number: that is counted, readiness is 503, and a reload fails."""
    service, client = served(copy)
    before = counted(client, UNSOUND)
    if prices:
        monkeypatch.setattr(model, "predict", lambda _: prices)
    model.fails = True
    assert client.post("/predict", json=diamond).status_code == 500
    assert counted(client, UNSOUND) == before + 1
    assert service.reload() is False
    assert client.get("/readiness").status_code == 503
    assert served(copy)[1].get("/readiness").status_code == 503


def test_a_worker_that_was_not_ready_tries_again(
    copy: Path, diamond: Json, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predictions are refused after a dummy prediction that failed, until one is due again, whoever asks."""
    now = 100.0
    monkeypatch.setattr("api.service.monotonic", lambda: now)
    _, client = served(copy)
    model.fails = True
    assert client.get("/readiness").status_code == 503
    model.fails = False
    assert client.post("/predict", json=diamond).status_code == 503
    now += AGAIN
    assert client.post("/predict", json=diamond).status_code == 200
    model.fails = True
    assert client.post("/predict", json=diamond).status_code == 500
    assert client.get("/readiness").status_code == 503
    now += AGAIN
    assert client.post("/predict", json=diamond).status_code == 503, "nothing has recovered"
    model.fails = False
    assert client.post("/predict", json=diamond).status_code == 503, "it was tried just now"


def test_a_process_that_cannot_be_started_is_an_unsound_prediction(
    copy: Path, diamond: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no more processes, readiness is 503; once it has, the model is served."""
    monkeypatch.setattr("api.service.AGAIN", 0.0)
    app = create_app(copy, Settings(model_concurrency="process", model_processes=1))
    client = app.test_client()
    pricer = app.extensions["diamonds"].loaded.pricer
    assert isinstance(pricer, Processes)
    pricer._pool = None

    def none(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with monkeypatch.context() as full:
        full.setattr("api.concurrency.ProcessPoolExecutor", none)
        assert client.get("/readiness").status_code == 503
        assert client.post("/predict", json=diamond).status_code == 503
    assert client.post("/predict", json=diamond).status_code == 200


def test_a_window_without_room_is_refused_at_start(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is named with its setting; written into, it would be the end of the process."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    for path in (None, tmp_path / "window"):
        with pytest.raises(MonitoringWindowError, match=r"DIAMONDS_MONITORING_WINDOW: .* 24008 bytes .* No space left"):
            Window(1_000, 3, path)
    with pytest.raises(MonitoringWindowError):
        create_app(copy)


def test_a_window_has_its_room_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its bytes are there before a row is; where the file system knows no such thing, it is a window still."""
    size = 100_000 * 3 * 8
    Window(100_000, 3, tmp_path / "window")
    assert (tmp_path / "window").stat().st_blocks * 512 >= size

    def unknown(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr("os.posix_fallocate", unknown)
    plain = Window(3, 1, tmp_path / "plain")
    plain.add([[1.0]])
    assert plain.rows().tolist() == [[1.0]]


def test_monitoring_begins_anew_with_a_model_that_returns(
    copy: Path, diamond: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a reload of A, of B and of A again no row of the first A is seen; the same model keeps its rows."""
    shared = tmp_path / "shared"
    shared.mkdir()
    sound = {path.name: path.read_bytes() for path in copy.iterdir()}
    monkeypatch.setattr("api.service.metrics.shared_folder", lambda: shared)
    service, client = served(copy)

    def rows() -> int:
        return int(client.get("/monitoring").get_json()["rows"])

    client.post("/predict", json=diamond)
    assert service.reload()
    assert rows() == 1
    beside = Monitor(service.loaded.manifest, 2_000, shared)
    pin(copy, Model())
    assert service.reload()
    assert rows() == 0
    assert len(list(shared.iterdir())) == 1, "the first model's rows take room"
    for name, raw in sound.items():
        (copy / name).write_bytes(raw)
    assert service.reload()
    assert rows() == 0
    beside.record([diamond], [1000.0], 0.1)
    assert beside.report()["rows"] == 2, "who has not reloaded yet shares on"
    assert rows() == 0


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of metrics, that workers share."""
    found = tmp_path / "counts"
    found.mkdir()
    monkeypatch.setenv(metrics.FOLDER, str(found))
    return found


def counter(path: Path, value: float) -> None:
    """Write what a worker has counted."""
    values: Any = MmapedDict
    file = values(str(path))
    file.write_value(json.dumps(["hits", "hits_total", {}, "Hits."]), value, 0.0)
    file.close()


BREAKS = {
    "length of a name": (8, 2**31 - 1),
    "length of the file": (0, 2**31 - 1),
    "zeros behind the last": (0, 4096),
    "half a name": (8, 3),
}


@pytest.mark.parametrize(("offset", "number"), BREAKS.values(), ids=BREAKS)
def test_a_broken_file_of_a_worker_is_no_part_of_the_counts(counts: Path, offset: int, number: int) -> None:
    """It goes with an exception, and no scrape fails of it; what was counted before stays."""
    counter(counts / "counter_7.db", 2.0)
    metrics.fold(7)
    counter(counts / "counter_8.db", 3.0)
    with (counts / "counter_8.db").open("r+b") as file:
        file.seek(offset)
        file.write(struct.pack("i", number))
    with pytest.raises((ValueError, RuntimeError, struct.error)):
        metrics.fold(8)
    assert "hits_total 2.0" in metrics._counts().decode()
    assert [path.name for path in counts.glob("*.db")] == ["counter_0.db"]


def test_a_folder_of_metrics_that_was_removed_is_made_anew(counts: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Scrapes, folds and windows find a folder, once more for its owner only; the log says what is lost."""
    for ask in (metrics._counts, lambda: metrics.fold(7), metrics.shared_folder):
        counts.rmdir()
        ask()
        assert counts.stat().st_mode & 0o777 == 0o700
        assert f"{counts} was not there, and is made" in caplog.messages[-1]
        shutil.rmtree(counts)
        counts.mkdir()


def test_a_folder_of_metrics_that_nobody_has_made_is_made(tmp_path: Path) -> None:
    """A server whose setting names one starts, and every worker answers for all."""
    settings = dict(GRANIAN.settings) | {metrics.FOLDER: "{metrics}/not/made"}
    server = replace(GRANIAN, settings=tuple(settings.items()))
    with running(server, artefact.default_folder(), tmp_path) as served:
        served.until(lambda: 'route="/readiness"' in served.get("/metrics")[1])
    assert list((tmp_path / "metrics/not/made").glob("histogram_*.db"))


def test_gunicorn_outlives_its_metrics_and_a_folder_for_a_model(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The master goes on where a worker's counts are broken, where their folder is gone, and where a reload fails."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    body = json.dumps(json.loads((copy / artefact.MANIFEST_FILE).read_text())["samples"][0]).encode()
    with running(GTHREAD, copy, tmp_path, workers="1") as served:
        (place,) = temporary.glob("diamonds-metrics-*")

        def replaced(fault: Callable[[int], object]) -> None:
            found = re.findall(r"Booting worker with pid: (\d+)", served.log.read_text())
            assert served.get("/predict", body)[0] == 200
            fault(int(found[-1]))
            os.kill(int(found[-1]), signal.SIGKILL)
            served.until(lambda: served.log.read_text().count("Booting worker") > len(found))
            served.until(lambda: served.get("/readiness")[0] == 200)
            assert served.get("/metrics")[0] == 200

        replaced(lambda pid: (place / f"counter_{pid}.db").write_bytes(struct.pack("ii", 64, 0) + b"\xff" * 4096))
        assert "has counted is lost" in served.log.read_text()
        replaced(lambda _: shutil.rmtree(place))
        assert f"{place} was not there, and is made" in served.log.read_text()
        assert "diamonds_predictions_total" in served.get("/metrics")[1]
        to_folder(copy / "model.joblib")
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: served.get("/readiness")[0] == 503)
        assert served.get("/predict", body)[0] == 200
    assert "Is a directory" in served.log.read_text()
    assert served.process.returncode == 0
    assert not list(temporary.glob("diamonds-metrics-*"))
