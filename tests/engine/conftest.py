"""The sample service, as a module here and as a file that a command line can be pointed at."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

SAMPLE = Path(__file__).with_name("price_service.py")
CORPORA = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")


@pytest.fixture(scope="session")
def service() -> ModuleType:
    """Give the module of the sample service: `Service`, `CONTRACT`, and applications with and without defects."""
    spec = importlib.util.spec_from_file_location("prove400_price_service", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder with `price_service.py` and its contract in it, and stand there."""
    tmp_path.joinpath("price_service.py").write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    sys.modules.pop("price_service", None)


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


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Give the folder of the public corpora; skip where it is absent."""
    if not CORPORA.is_dir():
        pytest.skip(f"no corpora at {CORPORA}: set PROVE400_CORPORA")
    return CORPORA
