"""What Prometheus reads: counts and times of requests, predictions and reloads, and which model is served.

With PROMETHEUS_MULTIPROC_DIR in the environment, which gunicorn's configuration sets, every worker answers for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST

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


class Model(Collector):
    """Which model is served, and whether it is ready."""

    def __init__(self, version: str, *, ready: bool) -> None:
        """Take what is so now."""
        self._version, self._ready = version, ready

    def collect(self) -> Iterator[Metric]:
        """Give both as gauges."""
        yield InfoMetricFamily("diamonds_model", "The model that is served.", {"version": self._version})
        yield GaugeMetricFamily("diamonds_ready", "Whether this worker is ready.", float(self._ready))


def exposition(model: Model) -> bytes:
    """Give all of it in Prometheus's text format."""
    counted, state = _COUNTED, CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    state.register(model)
    return generate_latest(counted) + generate_latest(state)
