"""What all tests need: the trained model of the reference API, and WSGI applications over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from api import artefact, train
from api.errors import ArtefactError


def pytest_configure(config: pytest.Config) -> None:
    """Train the model where there is none that can be served; workers of xdist find it ready."""
    if hasattr(config, "workerinput"):
        return
    try:
        artefact.load(artefact.default_folder())
    except ArtefactError:
        train.train(artefact.default_folder())


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class names it so
        """Write nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Give a function that serves a WSGI application on a free port and gives its URL."""
    running: list[tuple[WSGIServer, threading.Thread]] = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
