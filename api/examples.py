"""Examples of replies in the contract: what the API answers, but for the values of one trained model.

Problems are made as replies make them. What differs from one training to the next is fixed here, so that the contract
is the same wherever it is generated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import intake, problems
from api.manifest import Metrics
from api.models import ModelInfo, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.manifest import Manifest
    from api.models import Wire
    from api.problems import Fault
    from api.settings import Settings

Json = dict[str, Any]

INSTANCE = "urn:uuid:0b54bf4c-2c61-4a5d-8a3f-6d3f1c9e7a20"

_RELEASED = {
    "sha256": "1211217d6171788bad0cc4e0764efefa385c01f3a2f52e5f2c45133161c0392e",
    "versions": {"python": "3.11.7", "joblib": "1.6.0", "scikit-learn": "1.9.1"},
    "trained_at": "2026-11-22T13:54:48+00:00",
    "metrics": Metrics(mean_absolute_error=267.16, median_absolute_error=96.52, r2=0.98211),
}
_STAMP = {"currency": "USD", "model_version": "diamonds-1211217d6171"}
_PRICES = (6708.16, 975.75, 768.35)
_EXPLAINED = {
    "carat": -1647.81,
    "cut": 430.39,
    "clarity": -1770.45,
    "depth": 31.73,
    "table": -23.17,
    "x": -140.48,
    "y": -2746.52,
    "z": -688.89,
}
_MONITORED: Json = {
    "rows": 2000,
    "alerts": [],
    "latency": {"requests": 2000, "p50": 0.0021, "p95": 0.0043, "p99": 0.0065},
    "prediction": {"sigmas": 0.0134, "outside": 0.0115, "psi": 0.0112, "ks": 0.0152},
}
_SCRAPED = """\
# HELP diamonds_predictions_total Predictions that left.
# TYPE diamonds_predictions_total counter
diamonds_predictions_total 3.0
"""


def broken(manifest: Manifest) -> Json:
    """Give a request with two faults: its first feature is a text, its last one is missing."""
    first, last = manifest.names[0], manifest.names[-1]
    sent = manifest.samples[0] | {first: str(manifest.samples[0][first])}
    return {name: value for name, value in sent.items() if name != last}


def refusals(manifest: Manifest, wire: Wire, settings: Settings) -> dict[int, Json]:
    """Give an example of the problem for each status."""
    _, broken_faults = read(wire, wire.diamond, broken(manifest))
    faults: dict[int, Sequence[Fault]] = {
        400: broken_faults,
        413: [intake.too_large(settings.body_bytes)],
        415: [intake.NOT_JSON],
    }
    return {status: _refusal(status, faults.get(status, problems.path_faults(status))) for status in problems.TITLES}


def _refusal(status: int, faults: Sequence[Fault]) -> Json:
    """Give one example of a problem."""
    return problems.content(status, problems.DETAILS.get(status), faults, INSTANCE)


def predictions(manifest: Manifest) -> Json:
    """Give the examples of a reply that prices one diamond."""
    explained = {"explanation": {name: _EXPLAINED.get(name, 0.0) for name in manifest.names}}
    price = {"price": _PRICES[0]}
    return {"price": {"value": price | _STAMP}, "explained": {"value": price | explained | _STAMP}}


def batch() -> Json:
    """Give the example of a reply that prices several diamonds."""
    return {"three-prices": {"value": {"predictions": [{"price": price} for price in _PRICES]} | _STAMP}}


def _undrifted(manifest: Manifest) -> list[Json]:
    """Give the features as a stream shows them that is like the training's."""
    return [{"name": name, "psi": 0.0104, "ks": 0.0121} for name in manifest.names]


def tellers(manifest: Manifest) -> Json:
    """Give an example for each route that takes nothing and tells something, by its path."""
    told = manifest.model_copy(update=_RELEASED).model_dump(include=set(ModelInfo.model_fields))
    return {
        "/health": {"status": "alive"},
        "/readiness": {"status": "ready", "model_version": _STAMP["model_version"]},
        "/model-info": {"name": "diamonds", "model_version": _STAMP["model_version"], "changed_on_disk": False} | told,
        "/monitoring": {"model_version": _STAMP["model_version"]} | _MONITORED | {"features": _undrifted(manifest)},
        "/metrics": _SCRAPED,
        "/openapi.json": {"openapi": "3.1.0", "info": {"title": "Diamond prices", "version": "1.0.0"}, "paths": {}},
    }
