"""The routes: each reads, refuses or answers, and holds no rule of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, request
from pydantic import ValidationError

from api import intake
from api.errors import NotReadyError, RequestRefusedError, UnsoundPredictionError
from api.models import Health, ModelInfo, Readiness, validate

if TYPE_CHECKING:
    from pydantic import BaseModel

    from api.service import Service


def blueprint(service: Service) -> Blueprint:
    """Make the routes that serve `service`."""
    routes = Blueprint("diamonds", __name__)
    wire, manifest = service.wire, service.predictor.manifest
    stamp = {"currency": "USD", "model_version": manifest.model_version}

    @routes.post("/predict")
    def predict() -> Response:
        """Price one diamond."""
        value, explain = _accept(service, wire.diamond)
        (item,) = service.predictor.predict([value], explain=explain)
        return _checked(wire.prediction, item | stamp)

    @routes.post("/predict/batch")
    def predict_batch() -> Response:
        """Price up to 64 diamonds."""
        value, explain = _accept(service, wire.batch)
        items = service.predictor.predict(value["instances"], explain=explain)
        return _checked(wire.batch_prediction, {"predictions": items} | stamp)

    @routes.get("/health")
    def health() -> Response:
        """Say that the process is alive."""
        return _checked(Health, {"status": "alive"})

    @routes.get("/readiness")
    def readiness() -> Response:
        """Make a dummy prediction, and say that it passed."""
        if not service.check():
            raise NotReadyError
        version = manifest.model_version
        return _checked(Readiness, {"status": "ready", "model_version": version})

    @routes.get("/model-info")
    def model_info() -> Response:
        """Describe the model."""
        known = manifest.model_dump(include=set(ModelInfo.model_fields))
        return _checked(ModelInfo, {"model_version": manifest.model_version} | known)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        """Give the contract."""
        return Response(service.openapi, content_type="application/json")

    return routes


def _accept(service: Service, model: type[BaseModel]) -> tuple[dict[str, Any], bool]:
    """Give a valid body and `explain`; raises with all faults of any other request."""
    if not service.ready:
        raise NotReadyError
    faults = intake.parameter_faults(request)
    media = intake.media_faults(request)
    if media:
        raise RequestRefusedError(415, media + faults)
    try:
        value, flaws = intake.read_body(request)
    except RequestRefusedError as error:
        error.faults += faults
        raise
    if not flaws:
        flaws = validate(service.wire, model, value)
    if flaws or faults:
        raise RequestRefusedError(400, flaws + faults)
    return model.model_validate(value).model_dump(), intake.wants_explanation(request)


def _checked(model: type[BaseModel], value: dict[str, Any]) -> Response:
    """Send `value`, once it is proven to be inside the published schema."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        reason = f"{error.error_count()} faults against {model.__name__}"
        raise UnsoundPredictionError(reason) from error
    text = json.dumps(value, allow_nan=False)
    return Response(text, content_type="application/json")


def remember_request_id() -> None:
    """Settle the id of the request before anything can fail."""
    g.request_id = intake.usable_request_id(request)


def finish_headers(response: Response) -> Response:
    """Put the id of the request into the reply's header, and sort Allow.

    Allow is a set, whose order would differ from process to process.
    """
    if "Allow" in response.headers:
        response.headers["Allow"] = ", ".join(sorted(response.allow))
    response.headers[intake.REQUEST_ID] = g.request_id
    return response
