"""What is remembered of a request: lines in the log, and counts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from structlog.typing import FilteringBoundLogger

from api import intake, metrics
from api.current import KEY, Note, asked, noted
from api.errors import RequestRefusedError, UnsoundPredictionError
from api.logs import Mask
from api.reply import Reply
from api.service import Service
from api.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Request

MOST_FAULTS = 20
"""Faults of one request that are logged."""
_SHOWN = ("instances", "explain", "application/json", "charset", "utf-8")
SECURE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
"""What keeps a browser from doing more with a reply than to read it; a route may send its own."""
_SECURE_NAMES = frozenset(name.lower() for name, _ in SECURE)


class Observer:
    """Writes and counts what happens to requests."""

    def __init__(self, service: Service, settings: Settings, log: FilteringBoundLogger) -> None:
        """Take what is observed, and where it is told."""
        self._service, self._settings, self._log = service, settings, log

    def around(self, app: WSGIApplication) -> WSGIApplication:
        """Give `app` as WSGI middleware (PEP 3333) that tells of each request, and finishes the headers of its reply.

        It settles when the request began, its id, and the model that will answer it before anything can fail. What
        fails in telling is logged, and takes nothing from the reply. A prediction is told of once its reply has left,
        so that no client waits for that.
        """

        def observed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            request_id = intake.usable_request_id(environ)
            note = environ[KEY] = Note(perf_counter(), request_id, self._service.loaded)

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
                _note_answer(note, environ["werkzeug.request"], status)
                return start_response(status, finished(headers, request_id), exc_info)

            parts = app(environ, start)
            if type(parts) is list:
                return Reply(parts, partial(self._tell, note))
            self._tell(note)
            return parts

        return observed

    def _tell(self, note: Note) -> None:
        """Log and measure a request that was answered."""
        try:
            self._measure(note)
        except Exception:  # noqa: BLE001 - whatever it is, the reply is good
            self._log.exception("not observed", request_id=note.request_id)

    def _measure(self, note: Note) -> None:
        """Log and measure; what fails goes through."""
        prices, loaded = note.prices, note.loaded
        metrics.latency(note.route, note.method, note.status).observe(note.seconds)
        if prices:
            metrics.PREDICTIONS.inc(len(prices))
            loaded.monitor.record(note.rows, prices, note.seconds)
        self._log.info(
            "request",
            request_id=note.request_id,
            method=note.method,
            route=note.route,
            status=note.status,
            duration_ms=round(note.seconds * 1000, 3),
            model_version=loaded.stamp["model_version"],
            prediction=prices,
        )

    def refusal(self, error: RequestRefusedError) -> None:
        """Count the faults of a request, and log them beside what was sent."""
        for kind, count in Counter((fault.part, fault.code) for fault in error.faults).items():
            metrics.FAULTS.labels(*kind).inc(count)
        if not self._log.is_enabled_for(logging.INFO):
            return
        self._log.info("refused", request_id=noted().request_id, status=error.status, **self._sent(error))

    def failure(self, error: Exception) -> None:
        """Log an exception, with its traceback, and count predictions that must not leave."""
        if isinstance(error, UnsoundPredictionError):
            metrics.UNSOUND.inc()
        note = noted()
        version = note.loaded.manifest.model_version
        self._log.error("failed", request_id=note.request_id, model_version=version, exc_info=error)

    def _sent(self, error: RequestRefusedError) -> dict[str, object]:
        """Give the faults and the request as the settings want them shown, texts cut."""
        shown, faults = self._shown(), error.faults[:MOST_FAULTS]
        if shown is None:
            return {"faults": [f"{fault.part}: {fault.code}" for fault in faults]}
        most, request = min(self._settings.log_body_bytes, self._settings.body_bytes), asked()
        # A body of another media type is refused unread, and one that is too large must stay so.
        body = (
            intake.beginning(request, most)
            if error.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
            else noted().body[:most]
        )
        return {
            "faults": [f"{fault.part}{shown(fault.pointer)}: {fault.code}" for fault in faults],
            "query": shown(request.query_string[:most].decode("latin-1")),
            "content_type": shown(request.headers.get("Content-Type", "")[:most]),
            "body": shown(body.decode("utf-8", "backslashreplace")),
        }

    def _shown(self) -> Callable[[str], str] | None:
        """Give how a text of the request is shown, None for not at all."""
        if self._settings.log_bodies == "masked":
            return Mask((*_SHOWN, *noted().loaded.manifest.names))
        return str if self._settings.log_bodies == "raw" else None


def _note_answer(note: Note, request: Request, status: str) -> None:
    """Note how a request is answered, as its reply begins."""
    note.seconds = perf_counter() - note.started
    note.status = int(status[:3])
    # A client makes up paths and methods without end; a series for each would fill the memory.
    if rule := request.url_rule:
        note.route, note.method = rule.rule, request.method


def finished(headers: Sequence[tuple[str, str]], request_id: str) -> list[tuple[str, str]]:
    """Give the headers of a reply with the id of its request and what is secure.

    Allow is a set, whose order would differ from process to process: it is sorted.
    """
    own = {name.lower() for name, _ in headers}
    found = list(headers)
    if "allow" in own:
        found = [(name, _in_order(value) if name.lower() == "allow" else value) for name, value in headers]
    found.append((intake.REQUEST_ID, request_id))
    found += SECURE if own.isdisjoint(_SECURE_NAMES) else [pair for pair in SECURE if pair[0].lower() not in own]
    return found


def _in_order(methods: str) -> str:
    return ", ".join(sorted(method.strip() for method in methods.split(",")))
