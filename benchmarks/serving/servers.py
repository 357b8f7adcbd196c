"""Every server that is measured, and what it serves: one table.

All have two workers where they have workers, and the threads that the configurations in `api/` and docs/serving.md
say; none replaces its workers while it is measured. The API runs by its own configurations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOOP, BARE, SKLEARN, ONNX = "no-op", "ONNX, bare", "scikit-learn", "ONNX"
"""A route that does nothing, one that predicts a row that it knows, and the API with either format."""
_FORMATS = {SKLEARN: "joblib", ONNX: "onnx"}
_FLASK = "api:create_app"
_PEERS = "benchmarks.serving.peers"


@dataclass(frozen=True, slots=True)
class Server:
    """A server with what it serves at POST /predict.

    In `command`, `{bin}` is the folder of the Python that runs it, and `{port}` is free. With `shares_metrics`, its
    workers write their metrics into one folder; gunicorn's configuration and BentoML make one by themselves.
    """

    name: str
    serves: str
    command: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    shares_metrics: bool = False

    def __str__(self) -> str:
        """Name it."""
        return f"{self.name}, {self.serves}"


def _flask(
    name: str, api: str, noop: str, settings: Mapping[str, str] | None = None, *, shares_metrics: bool = False
) -> list[Server]:
    """Give the no-op, the bare prediction and the API in both formats under one WSGI server."""
    bare = noop.replace("noop_flask", "bare_flask")
    return [
        Server(name, serves, tuple(command.split()), {**form, **(settings or {})}, shares_metrics)
        for serves, command, form in (
            (NOOP, noop, {}),
            (BARE, bare, {"FORMAT": "onnx"}),
            *((serves, api, {"FORMAT": form}) for serves, form in _FORMATS.items()),
        )
    ]


def _gunicorn(worker_class: str, options: str) -> list[Server]:
    """Give gunicorn with one kind of worker; the API's configuration cannot serve another application."""
    own = "--workers 2 --preload --no-control-socket --worker-tmp-dir /dev/shm"
    return _flask(
        f"gunicorn {worker_class}",
        "{bin}/python -m gunicorn -c python:api.gunicorn_conf",
        f"{{bin}}/python -m gunicorn -b 127.0.0.1:{{port}} -k {worker_class} {options} {own} {_PEERS}.noop_flask:app",
        {"WORKER_CLASS": worker_class, "WORKER_REQUESTS": "0"},
    )


def _fastapi(name: str, settings: Mapping[str, str]) -> list[Server]:
    """Give the no-op, the bare prediction and the peer's API."""
    return [
        Server(
            name,
            serves,
            (*_UVICORN.split(), f"{_PEERS}.{module}:app"),
            {"FORMAT": "onnx", **settings},
            shares_metrics=True,
        )
        for serves, module in ((NOOP, "noop_fastapi"), (BARE, "bare_fastapi"), (ONNX, "fastapi_app"))
    ]


_WAITRESS = "{bin}/python -m waitress --listen 127.0.0.1:{port}"
_UWSGI = "{bin}/uwsgi --ini api/uwsgi.ini --cpu-affinity 1 --max-requests 0"
_GRANIAN = (
    "{bin}/granian --interface wsgi --host 127.0.0.1 --port {port} --http 1 --no-ws --no-log"
    " --workers 2 --blocking-threads 1 --runtime-mode st --backpressure 128"
)
_UVICORN = (
    "{bin}/python -m gunicorn -b 127.0.0.1:{port} -w 2 -k uvicorn_worker.UvicornWorker --no-control-socket"
    " --worker-tmp-dir /dev/shm"
)
_ONE_CORE = {"ONE_CORE": "true"}
_BENTO = "{bin}/bentoml serve --host 127.0.0.1 --port {port}"

SERVERS: tuple[Server, ...] = (
    *_gunicorn("sync", ""),
    *_gunicorn("gthread", "--threads 4 --keep-alive 5"),
    *_flask("Waitress", f"{_WAITRESS} --call {_FLASK}", f"{_WAITRESS} {_PEERS}.noop_flask:app", _ONE_CORE),
    *_flask("uWSGI", _UWSGI, f"{_UWSGI} --module {_PEERS}.noop_flask:app", shares_metrics=True),
    *_flask(
        "Granian",
        f"{_GRANIAN} --factory {_FLASK}",
        f"{_GRANIAN} {_PEERS}.noop_flask:app",
        _ONE_CORE,
        shares_metrics=True,
    ),
    *_fastapi("FastAPI", {}),
    *_fastapi("FastAPI, a core each", _ONE_CORE),
    Server("BentoML", NOOP, (*_BENTO.split(), f"{_PEERS}.noop_bento:Noop")),
    Server("BentoML", ONNX, (*_BENTO.split(), f"{_PEERS}.bento_service:Diamonds"), {"FORMAT": "onnx"}),
)
"""In the order of the table; the API's own server comes first."""
