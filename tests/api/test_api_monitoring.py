"""Monitoring: drift of inputs and predictions, latency, and the same as metrics."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from api import create_app, diamonds
from api.manifest import Distribution
from api.monitoring import LEAST_ROWS, Monitor, drift
from api.train import split
from api.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from flask.testing import FlaskClient

Rows = list[dict[str, Any]]
NAMES = [column.name for column in diamonds.COLUMNS]


@pytest.fixture(scope="module")
def held_out() -> pd.DataFrame:
    """Rows that the model has not seen."""
    return split(diamonds.load().rows).test


@pytest.fixture
def fresh(folder: Path) -> FlaskClient:
    """Client of an application that has predicted nothing yet."""
    return create_app(folder).test_client()


def stream(client: FlaskClient, rows: pd.DataFrame) -> dict[str, Any]:
    """Have rows predicted in batches, and give what monitoring says of them."""
    records = rows[NAMES].to_dict("records")
    for start in range(0, len(records), 64):
        assert client.post("/predict/batch", json={"instances": records[start : start + 64]}).status_code == 200
    found: dict[str, Any] = client.get("/monitoring").get_json()
    return found


def gauges(client: FlaskClient) -> dict[str, float]:
    """Give what Prometheus reads, by series."""
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def test_nothing_is_an_alert_before_there_is_anything(fresh: FlaskClient) -> None:
    """Without a request there is no quantile, and no drift."""
    found = fresh.get("/monitoring").get_json()
    assert (found["rows"], found["alerts"], found["latency"]) == (0, [], {"requests": 0})


def test_a_stream_like_the_training_is_no_alert(fresh: FlaskClient, held_out: pd.DataFrame) -> None:
    """Rows drawn from the same data do not drift, and are counted; latency is told by its quantiles."""
    found = stream(fresh, held_out.sample(1_500, random_state=1))
    assert (found["rows"], found["alerts"]) == (1_500, [])
    assert [feature["name"] for feature in found["features"]] == NAMES
    latency = found["latency"]
    assert latency["requests"] == 24
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]
    shown = gauges(fresh)
    assert (shown["diamonds_alerts"], shown["diamonds_monitored_rows"]) == (0, 1_500)
    assert shown['diamonds_latency_seconds{quantile="0.95"}'] > 0


SHIFTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "heavier diamonds": (
        lambda rows: rows[rows["carat"] > rows["carat"].quantile(0.7)],
        ["carat drifts", "x drifts", "y drifts", "z drifts", "predictions drift"],
    ),
    "one clarity": (lambda rows: rows[rows["clarity"] == "SI2"], ["clarity drifts"]),
    "dearest of all": (
        lambda rows: rows.sort_values("price").tail(700),
        [
            "predictions are off by more than 2 standard deviations",
            "more predictions than at training are more than 2 standard deviations away",
            "predictions drift",
        ],
    ),
}


@pytest.mark.parametrize(("shift", "expected"), SHIFTS.values(), ids=SHIFTS)
def test_a_shifted_stream_is_an_alert(
    fresh: FlaskClient,
    held_out: pd.DataFrame,
    shift: Callable[[pd.DataFrame], pd.DataFrame],
    expected: list[str],
) -> None:
    """What differs from the training is named, in the reply and as a metric."""
    found = stream(fresh, shift(held_out).head(1_000))
    assert set(expected) <= set(found["alerts"])
    assert gauges(fresh)["diamonds_alerts"] == len(found["alerts"])
    shown = gauges(fresh)
    for feature in (*found["features"], found["prediction"] | {"name": "prediction"}):
        assert shown[f'diamonds_drift{{of="{feature["name"]}",statistic="psi"}}'] == feature["psi"]
    drifted = {f"{feature['name']} drifts" for feature in found["features"] if feature["psi"] > 0.2}
    assert drifted <= set(found["alerts"])


def test_predictions_two_deviations_off_are_an_alert(folder: Path) -> None:
    """A model that says the same of everything is seen by its mean, once there are rows enough."""
    loaded = create_app(folder).extensions["diamonds"].loaded
    monitor, row = Monitor(loaded.manifest, 2_000), loaded.manifest.samples[0]
    monitor.record([row] * (LEAST_ROWS - 1), [30_000.0] * (LEAST_ROWS - 1), 0.1)
    assert monitor.report()["alerts"] == []
    monitor.record([row], [30_000.0], 0.1)
    found = monitor.report()
    assert found["prediction"]["sigmas"] > 2
    assert "predictions are off by more than 2 standard deviations" in found["alerts"]


def test_only_the_last_rows_count(fresh: FlaskClient, held_out: pd.DataFrame) -> None:
    """A shift that is over is forgotten once as many rows have come since as are remembered."""
    one = held_out[held_out["clarity"] == "SI2"].head(1_000)
    assert "clarity drifts" in stream(fresh, one)["alerts"]
    after = stream(fresh, held_out.sample(2_000, random_state=2))
    assert (after["rows"], after["alerts"]) == (2_000, [])


def test_refused_requests_are_not_monitored(fresh: FlaskClient, diamond: dict[str, Any]) -> None:
    """What was not predicted tells nothing of the stream that the model sees."""
    assert fresh.post("/predict", json=diamond | {"carat": "1"}).status_code == 400
    assert fresh.get("/monitoring").get_json()["latency"] == {"requests": 0}


def test_statistics_are_what_their_definitions_say() -> None:
    """Two bins with half of the rows each, of which one is empty now."""
    halves = Distribution(rows=1_000, edges=[0.0], shares=[0.5, 0.5])
    found = drift(halves, np.ones(1_000))
    assert (found.ks, found.rows, found.is_alert) == (0.5, 1_000, True)
    now, then = np.array([0.5, 1_000.5]) / 1_001, np.array([500.5, 500.5]) / 1_001
    assert found.psi == pytest.approx(float(((now - then) * np.log(now / then)).sum()))
    assert drift(halves, np.array([-1.0, 1.0] * 500)).psi == pytest.approx(0)
    apart = drift(halves, np.array([-1.0] * 350 + [1.0] * 650))
    assert (round(apart.ks, 6), apart.psi < 0.2, apart.is_alert) == (0.15, True, True)
    few = drift(halves, np.array([-1.0] * 195 + [1.0] * 305))
    assert (round(few.ks, 6), few.is_alert) == (0.11, False)


def test_a_window_is_shared_by_what_is_forked() -> None:
    """Rows of several processes, each with several threads, are all there, each of them whole."""
    window = Window(20_000, 3)

    def write(number: float) -> None:
        for _ in range(2_000):
            window.add([[number] * 3])

    children = []
    for child in (1, 2):
        pid = os.fork()
        if pid == 0:
            threads = [threading.Thread(target=write, args=(child * 10.0 + number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
    rows = window.rows()
    assert {(number, len(rows[rows[:, 0] == number])) for number in set(rows[:, 0])} == {
        (child * 10.0 + number, 2_000) for child in (1, 2) for number in range(3)
    }
    assert (rows == rows[:, :1]).all()


def test_a_window_is_shared_by_its_file(tmp_path: Path) -> None:
    """Processes that were started apart write one window, which a later one finds as it is."""
    path = tmp_path / "window"
    first, second = Window(3, 1, path), Window(3, 1, path)
    first.add([[1.0], [2.0]])
    second.add([[3.0], [4.0]])
    assert sorted(first.rows()[:, 0]) == sorted(Window(3, 1, path).rows()[:, 0]) == [2, 3, 4]


def test_two_windows_are_no_deadlock() -> None:
    """During a reload threads use an old and a new one; no request fails for what the kernel makes of that."""
    windows = [Window(1_000, 2), Window(1_000, 2)]
    failed: list[Exception] = []

    def write(turn: int) -> None:
        try:
            for number in range(4_000):
                windows[(number + turn) % 2].add([[1.0, 2.0]])
        except OSError as error:
            failed.append(error)

    child = os.fork()
    threads = [threading.Thread(target=write, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if child == 0:
        os._exit(len(failed))
    assert (os.waitpid(child, 0)[1], failed) == (0, [])


def test_a_window_keeps_the_last_rows() -> None:
    """Of more than fit, the oldest go, within one writing too."""
    window = Window(3, 1)
    window.add([[1.0], [2.0]])
    window.add([[3.0], [4.0]])
    assert sorted(window.rows()[:, 0]) == [2, 3, 4]
    window.add([[float(number)] for number in range(10)])
    assert sorted(window.rows()[:, 0]) == [7, 8, 9]
