"""Applications that publish, and the command line in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prove400.cli import main


class Publisher:
    """A WSGI application that answers some paths with JSON (or bytes as they are), and all others with 404."""

    def __init__(self, answers: dict[str, Any]) -> None:
        """Take answers by ``METHOD /path``, or by the path alone for GET."""
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        self.asked.append(f"{method} {path}")
        found = self.answers.get(f"{method} {path}", self.answers.get(path) if method == "GET" else None)
        status = "404 Not Found" if found is None else "200 OK"
        body = found if isinstance(found, bytes) else json.dumps(found or {}).encode()
        kind = "text/plain" if isinstance(found, bytes) else "application/json"
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def publish() -> Callable[[dict[str, Any]], Publisher]:
    """Give a function that makes an application of what it publishes."""
    return Publisher


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that runs a command in an empty folder, where the test modules can be imported from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])
