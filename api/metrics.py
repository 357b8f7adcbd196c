"""What Prometheus reads: counts and times of requests, predictions and reloads, and which model is served.

With PROMETHEUS_MULTIPROC_DIR in the environment, which gunicorn's configuration sets, every worker answers for all.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_LOG = logging.getLogger(__name__)


def shared_folder() -> Path | None:
    """Give the folder that the workers of this server share, None where there is none.

    It is made where it is not there: nobody has made it yet, or something has removed it, as cleaners of /tmp do.
    """
    named = os.environ.get(FOLDER)
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _LOG.warning(
            "%s was not there, and is made: what workers that run count until they are replaced is lost", folder
        )
    return folder


shared_folder()  # the counters below open files in it
_COUNTED = CollectorRegistry()
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

LATENCY = Histogram(
    "diamonds_request_duration_seconds",
    "Time from the request's arrival in the application to its answer.",
    ("route", "method", "status"),
    buckets=_SECONDS,
    registry=_COUNTED,
)
FAULTS = Counter("diamonds_faults_total", "Faults of refused requests.", ("part", "code"), registry=_COUNTED)
PREDICTIONS = Counter("diamonds_predictions_total", "Predictions that left.", registry=_COUNTED)
UNSOUND = Counter(
    "diamonds_unsound_predictions_total", "Predictions that did not leave: none, or out of range.", registry=_COUNTED
)
RELOADS = Counter("diamonds_reloads_total", "Reloads of the artefact.", ("result",), registry=_COUNTED)


@lru_cache(maxsize=256)
def latency(route: str, method: str, status: int) -> Histogram:
    """Give the series of one route, method and status, which the registry would look up each time."""
    return LATENCY.labels(route, method, status)


class Model(Collector):
    """Which model is served, whether it is ready, and how its last requests look."""

    def __init__(self, version: str, report: Mapping[str, Any], *, ready: bool) -> None:
        """Take what is so now; `report` is that of monitoring."""
        self._version, self._report, self._ready = version, report, ready

    def collect(self) -> Iterator[Metric]:
        """Give all of it as gauges."""
        yield InfoMetricFamily("diamonds_model", "The model that is served.", {"version": self._version})
        yield GaugeMetricFamily("diamonds_ready", "Whether this worker is ready.", float(self._ready))
        report = self._report
        yield GaugeMetricFamily("diamonds_alerts", "Alerts of monitoring.", len(report["alerts"]))
        yield GaugeMetricFamily("diamonds_monitored_rows", "Rows that monitoring looks at.", report["rows"])
        latency = GaugeMetricFamily(
            "diamonds_latency_seconds", "Quantiles of the last predictions' times.", labels=["quantile"]
        )
        for name in (name for name in report["latency"] if name.startswith("p")):
            latency.add_metric([f"0.{name[1:]}"], report["latency"][name])
        yield latency
        drift = GaugeMetricFamily(
            "diamonds_drift", "How far the last rows are from the training's.", labels=["of", "statistic"]
        )
        for found in (*report["features"], report["prediction"] | {"name": "prediction"}):
            for statistic in (name for name in found if name != "name"):
                drift.add_metric([found["name"], statistic], found[statistic])
        yield drift


def exposition(model: Model) -> bytes:
    """Give all of it in Prometheus's text format."""
    state = CollectorRegistry()
    state.register(model)
    return _counts() + generate_latest(state)


def _counts() -> bytes:
    """Give what was counted, by all workers where they share a folder."""
    folder = shared_folder()
    if folder is None:
        return generate_latest(_COUNTED)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    with _locked(folder, fcntl.LOCK_SH):
        return generate_latest(registry)


def fold(pid: int) -> None:
    """Add what a worker that is gone has counted to one file for all such workers.

    Each worker writes files of its own; without this, those of replaced workers would be kept and read for ever. One
    that is broken goes, too, and what it makes the reader raise goes through: every scrape would fail of it.
    """
    folder = shared_folder()
    if folder is None:
        return
    with _locked(folder, fcntl.LOCK_EX):
        for path in sorted(folder.glob(f"*_{pid}.db")):
            kind = path.name.partition("_")[0]
            if kind in ("counter", "histogram"):
                try:
                    _add(path, folder / f"{kind}_0.db")
                finally:
                    path.unlink()


def _add(counted: Path, total: Path) -> None:
    """Add the values of one file to those of another: all, or none where a scrape could not read them."""
    multiprocess.MultiProcessCollector.merge([str(counted)])  # type: ignore[no-untyped-call]
    values: Any = MmapedDict
    sums = values(str(total))
    for key, value, stamp, _ in values.read_all_values_from_file(str(counted)):
        sums.write_value(key, sums.read_value(key)[0] + value, stamp)
    sums.close()


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Keep scrapes apart from folding, which would count twice what they read."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield
