"""The routes: each reads, refuses or answers, and holds no rule of its own."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Request, Response
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import Headers

from api import intake, metrics
from api.current import Note, asked, noted
from api.errors import NotReadyError, RequestRefusedError, UnsoundPredictionError
from api.models import Health, ModelInfo, Monitoring, Readiness, read
from api.service import Loaded, Service

NAME = "diamonds"


class Final(Response):
    """A reply whose headers are as they are sent: it redirects nowhere, and the length of its body is known."""

    def get_wsgi_headers(self, _: object) -> Headers:
        """Give the headers, not a copy in which Werkzeug looks for locations and lengths."""
        return self.headers


def register(app: Flask, service: Service) -> None:
    """Add the routes that serve `service`; `noted().loaded` is the model that the request began with."""

    @app.post("/predict")
    def predict() -> Response:
        """Price one diamond."""
        request = asked()
        note = noted(request)
        loaded = note.loaded
        value, explain = _accept(service, request, loaded, loaded.wire.diamond)
        (item,) = loaded.predict([value], explain=explain)
        return _predicted(loaded.wire.prediction, item | loaded.stamp, note, [value], [item])

    @app.post("/predict/batch")
    def predict_batch() -> Response:
        """Price several diamonds."""
        request = asked()
        note = noted(request)
        loaded = note.loaded
        value, explain = _accept(service, request, loaded, loaded.wire.batch)
        items = loaded.predict(value["instances"], explain=explain)
        reply = {"predictions": items} | loaded.stamp
        return _predicted(loaded.wire.batch_prediction, reply, note, value["instances"], items)

    @app.get("/health")
    def health() -> Response:
        """Say that the process is alive."""
        return _checked(Health, {"status": "alive"})

    @app.get("/readiness")
    def readiness() -> Response:
        """Make a dummy prediction, and say that it passed, and the last reload too."""
        if not service.check() or service.outdated:
            raise NotReadyError
        return _checked(Readiness, {"status": "ready", "model_version": service.loaded.manifest.model_version})

    @app.get("/model-info")
    def model_info() -> Response:
        """Describe the model."""
        manifest = noted().loaded.manifest
        state = {
            "name": NAME,
            "model_version": manifest.model_version,
            "changed_on_disk": service.differs_from_disk(),
        }
        return _checked(ModelInfo, state | manifest.model_dump(include=set(ModelInfo.model_fields)))

    @app.get("/monitoring")
    def monitoring() -> Response:
        """Say how the last requests look beside the training data."""
        loaded = noted().loaded
        return _checked(Monitoring, {"model_version": loaded.manifest.model_version} | loaded.monitor.report())

    @app.get("/metrics")
    def scrape() -> Response:
        """Tell Prometheus what was counted."""
        loaded = noted().loaded
        is_ready = service.ready and not service.outdated
        model = metrics.Model(loaded.manifest.model_version, loaded.monitor.report(), ready=is_ready)
        return Response(metrics.exposition(model), content_type=metrics.MEDIA_TYPE)

    @app.get("/openapi.json")
    def openapi() -> Response:
        """Give the contract."""
        return Response(noted().loaded.openapi, content_type="application/json")


def _accept(service: Service, request: Request, loaded: Loaded, model: type[BaseModel]) -> tuple[dict[str, Any], bool]:
    """Give a valid body and `explain`; raises with all faults of any other request."""
    if not service.ready:
        raise NotReadyError
    faults = intake.parameter_faults(request)
    media = intake.media_faults(request)
    if media:
        raise RequestRefusedError(415, media + faults)
    try:
        sent, flaws = intake.read_body(request, service.settings.body_bytes, service.settings.json_depth)
    except RequestRefusedError as error:
        error.faults += faults
        raise
    value, flaws = ({}, flaws) if flaws else read(loaded.wire, model, sent)
    if flaws or faults:
        raise RequestRefusedError(400, flaws + faults)
    return value, intake.wants_explanation(request)


def _predicted(
    model: type[BaseModel], value: dict[str, Any], note: Note, rows: list[dict[str, Any]], items: list[dict[str, Any]]
) -> Response:
    """Send predictions, and remember them with their rows for log and monitoring."""
    reply = _checked(model, value)
    note.rows, note.prices = rows, [item["price"] for item in items]
    return reply


def _checked(model: type[BaseModel], value: dict[str, Any]) -> Response:
    """Send `value`, once it is proven to be inside the published schema; its bytes need no encoding iterator."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        reason = f"{error.error_count()} faults against {model.__name__}"
        raise UnsoundPredictionError(reason) from error
    return Final(orjson.dumps(value), content_type="application/json", direct_passthrough=True)
