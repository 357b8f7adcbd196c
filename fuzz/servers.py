"""Targets as servers: a URL as it is, the reference API under gunicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from fuzz.conftest import TARGET

START_SECONDS = 60


@contextmanager
def served(target: str, place: Path) -> Iterator[str]:
    """Give the URL of a target, which gunicorn serves in the meantime where it is the reference API."""
    if "://" in target:
        yield target.rstrip("/")
        return
    if target != TARGET:
        raise ValueError(f"serve {target} and give its URL: only {TARGET} is served here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = os.environ | {"DIAMONDS_BIND": bind, "DIAMONDS_LOG_LEVEL": "error"}
    log = place / "gunicorn.log"
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:api.gunicorn_conf"]
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)  # noqa: S603 - our own
    try:
        _wait(f"http://{bind}/readiness", process, log)
        yield f"http://{bind}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready: {log.read_text()[-1000:]}")
