"""The Flask application: routes, limits, and problem replies for every error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g
from werkzeug.exceptions import HTTPException

from api import artefact as artefacts
from api.errors import NotReadyError, RequestRefusedError
from api.intake import LARGEST_BODY
from api.problems import Fault, problem, summary
from api.routes import blueprint, finish_headers, remember_request_id
from api.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def create_app(artefact: Path | None = None) -> Flask:
    """Make the API that serves the model in the folder `artefact`.

    Without one, DIAMONDS_ARTEFACT names it, else it is `api/artefact`. Raises
    ArtefactError where no sound artefact is there.
    """
    folder = artefacts.default_folder() if artefact is None else artefact
    service = Service(artefacts.load(folder))
    app = Flask("api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    # A redirect would answer a malformed path with something else than a problem.
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.before_request(remember_request_id)
    app.after_request(finish_headers)
    app.register_blueprint(blueprint(service))
    app.register_error_handler(RequestRefusedError, _refused)
    app.register_error_handler(NotReadyError, _not_ready)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    return app


def _problem(
    status: int,
    detail: str,
    faults: Sequence[Fault] = (),
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """Build a problem reply that names this occurrence by its request id."""
    return problem(status, detail, faults, f"urn:uuid:{g.request_id}", headers)


def _refused(error: RequestRefusedError) -> Response:
    """Answer a request that breaks the contract."""
    return _problem(error.status, summary(error.faults), error.faults)


def _not_ready(_: NotReadyError) -> Response:
    """Answer while the model does not work."""
    detail = "The model is not ready; its last dummy prediction failed."
    return _problem(503, detail, headers=[("Retry-After", "30")])


_DETAILS = {
    404: "There is no such path; see /openapi.json for those there are.",
    405: "The path does not know this method; see the Allow header.",
}
_PATH_FAULTS = {404: "path.unknown", 405: "path.method"}


def _http_error(error: HTTPException) -> Response:
    """Answer what Flask or Werkzeug refuses by itself: 404, 405 and the like."""
    status = error.code or 500
    detail = _DETAILS.get(status, "The request cannot be served.")
    code = _PATH_FAULTS.get(status)
    faults = [Fault("path", "", code, detail)] if code else []
    headers = [pair for pair in error.get_headers() if pair[0] == "Allow"]
    return _problem(status, detail, faults, headers=headers)


def _unexpected(error: Exception) -> Response:
    """Answer any other exception, and keep what it says in the log."""
    current_app.logger.error("request %s failed", g.request_id, exc_info=error)
    return _problem(500, "The API failed; the log has this request's id.")
