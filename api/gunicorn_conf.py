"""The default server: `gunicorn -c python:api.gunicorn_conf`; see docs/serving.md.

The application is loaded once, in the master, and workers are forked from it: they share its memory, and all serve the
same model. SIGHUP makes the master load the artefact anew: where it is sound, new workers replace the old ones, which
finish what they hold; where it is not, new workers go on with the old model, and readiness tells.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn import util

from api.cores import keep_to_one
from api.patience import Listener
from api.settings import Settings
from api.threads import pin

pin(os.environ)
os.environ.setdefault("DIAMONDS_LOG_LEVEL", "info")
_SETTINGS = Settings.read(os.environ)
os.environ.pop("DIAMONDS_ONE_CORE", None)  # each worker keeps to a core, not the master, which makes the application

wsgi_app = "api:create_app()"
preload_app = True
bind = _SETTINGS.bind
workers = _SETTINGS.workers
worker_class = _SETTINGS.worker_class
threads = _SETTINGS.worker_threads if _SETTINGS.worker_class == "gthread" else 1  # more would turn sync into gthread
max_requests = _SETTINGS.worker_requests
max_requests_jitter = _SETTINGS.worker_requests // 10
timeout = _SETTINGS.timeout
graceful_timeout = _SETTINGS.graceful_timeout
keepalive = _SETTINGS.keepalive
control_socket_disable = True
sendfile = False  # it would pass by what bounds the time for a reply
forwarder_headers = ""  # none makes up a path (SCRIPT_NAME) for the application, whoever sends it
if os.path.isdir("/dev/shm"):  # noqa: PTH112, S108 - heartbeats in memory: a slow disk would pass for a dead worker
    worker_tmp_dir = "/dev/shm"  # noqa: S108

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_OWN_FOLDER = None if _METRICS in os.environ else tempfile.mkdtemp(prefix="diamonds-metrics-")
if _OWN_FOLDER:
    os.environ[_METRICS] = _OWN_FOLDER


_write_error = util.write_error


def _refuse(sock: Any, status: int, reason: str, _: str) -> None:
    """Answer what is no HTTP, without gunicorn's message, which repeats what was sent."""
    _write_error(sock, status, reason, "")


util.write_error = _refuse


def when_ready(server: Any) -> None:
    """Bound the time for a request and for the taking of its reply, for which gunicorn has no bound."""
    for listener in server.LISTENERS:
        listener.sock = Listener.of(listener.sock, _SETTINGS.read_timeout)


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn passes both
    """Keep a worker to a core of its own, where the settings say so."""
    if _SETTINGS.one_core:
        keep_to_one(Path(os.environ[_METRICS]))


def post_worker_init(worker: Any) -> None:
    """Warm what cannot be forked, the processes of the model, before the first request."""
    worker.wsgi.extensions["diamonds"].check()


def on_reload(server: Any) -> None:
    """Load the artefact anew in the master, from which the new workers are then forked."""
    server.app.wsgi().extensions["diamonds"].reload()


def child_exit(server: Any, worker: Any) -> None:
    """Keep what a worker that is gone has counted, without its files; what fails in it must not end the master."""
    from api.metrics import fold  # noqa: PLC0415 - prometheus_client reads the environment when imported

    try:
        fold(worker.pid)
    except Exception:  # counts are worth less than the service
        server.log.exception("what worker %s has counted is lost", worker.pid)


def on_exit(server: Any) -> None:
    """Remove the files of the metrics, unless a new master has taken them over (SIGUSR2)."""
    if _OWN_FOLDER and not server.reexec_pid:
        shutil.rmtree(_OWN_FOLDER, ignore_errors=True)
