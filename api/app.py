"""The Flask application: routes, limits, and problem replies for every error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from api import docs, routes
from api.cores import keep_to_one
from api.current import noted
from api.errors import NotReadyError, RequestRefusedError, SettingsError
from api.limits import limit
from api.logs import logger
from api.metrics import shared_folder
from api.observation import Observer
from api.problems import DETAILS, Fault, path_faults, problem
from api.service import Service
from api.settings import Settings


class NoSessions(SessionInterface):
    """One session for all requests, in which nothing can be kept."""

    none = NullSession()

    def open_session(self, *_: object) -> NullSession:
        """Give it; Flask would look for a secret key first, and make one for each request."""
        return self.none


class Routes(MapAdapter):
    """The routes, bound to a request; those without parameters are looked up.

    Werkzeug's search of them leaves a cycle of references for the collector of garbage, which one request in a hundred
    would wait for.
    """

    def __init__(self, fixed: Mapping[tuple[str, str], Rule], *bound: Any) -> None:
        """Take the rules without parameters by method and path, and what a `MapAdapter` takes."""
        super().__init__(*bound)
        self._fixed = fixed

    def match(self, *args: Any, **options: Any) -> Any:
        """Give what Werkzeug gives, or raise what it raises."""
        rule = self._fixed.get((self.default_method, self.path_info))
        if rule and not args and options == {"return_rule": True}:  # as Flask asks for each request
            return rule, {}
        return super().match(*args, **options)


class Api(Flask):
    """Flask, without what a request to this API costs and does not need."""

    session_interface = NoSessions()

    @cached_property
    def fixed(self) -> dict[tuple[str, str], Rule]:
        """The rules without parameters, by method and path; Flask takes no more of them once a request has come."""
        rules = [rule for rule in self.url_map.iter_rules() if not rule.arguments]
        return {(method, rule.rule): rule for rule in rules for method in rule.methods or ()}

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the routes to a request without a look at its Host, on which no route and no reply depends."""
        if request is None:
            return None
        bound = (self.url_map, "", request.root_path, "", request.scheme, request.path, request.method)
        return Routes(self.fixed, *bound)


def make(artefact: Path | None = None, settings: Settings | None = None) -> Flask:
    """Make the API; see `api.create_app`."""
    settings = settings or Settings.read(os.environ)
    if settings.one_core:
        _keep_to_one_core()
    log = logger(settings)
    service = Service(artefact or settings.artefact, settings, log)
    if settings.reload_on_sighup:
        service.reload_on_sighup()
    observer = Observer(service, settings, log)
    app = Api("api", static_folder=None)
    app.extensions["diamonds"] = service
    app.config["MAX_CONTENT_LENGTH"] = settings.body_bytes
    # A redirect would answer a malformed path with something else than a problem.
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    limit(app, settings)
    routes.register(app, service)
    docs.register(app)
    app.wsgi_app = observer.around(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.register_error_handler(RequestRefusedError, lambda error: _refused(error, observer))
    app.register_error_handler(NotReadyError, _not_ready)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, lambda error: _unexpected(error, observer))
    return app


def _keep_to_one_core() -> None:
    """Keep the worker that this is to a core; raises SettingsError under uWSGI, where it is the master of all."""
    if "uwsgi" in sys.modules:
        raise SettingsError({"DIAMONDS_ONE_CORE": "all of uWSGI's workers would share a core; use --cpu-affinity 1"})
    keep_to_one(shared_folder())


def _problem(
    status: int,
    detail: str | None,
    faults: Sequence[Fault] = (),
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """Build a problem reply that names this occurrence by its request id."""
    return problem(status, detail, faults, f"urn:uuid:{noted().request_id}", headers)


def _refused(error: RequestRefusedError, observer: Observer) -> Response:
    """Answer a request that breaks the contract, and keep what it was in the log."""
    observer.refusal(error)
    return _problem(error.status, None, error.faults)


def _not_ready(_: NotReadyError) -> Response:
    """Answer while the model does not work."""
    return _problem(503, DETAILS[503], headers=[("Retry-After", "30")])


def _http_error(error: HTTPException) -> Response:
    """Answer what Flask, Werkzeug or the limit refuses by itself: 404, 405, 429 and the like."""
    status = error.code or 500
    detail = DETAILS.get(status, "The request cannot be served.")
    headers = [pair for pair in error.get_headers() if pair[0] == "Allow"]
    return _problem(status, detail, path_faults(status), headers=headers)


def _unexpected(error: Exception, observer: Observer) -> Response:
    """Answer any other exception, and keep what it says in the log."""
    observer.failure(error)
    return _problem(500, DETAILS[500])
