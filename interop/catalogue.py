"""Every server that is tried: how it is installed, started and waited for, and where its contract is. One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interop.contracts import (
    ARGUMENTS,
    DOLLARS,
    NDARRAY,
    OUTPUT,
    OUTPUTS,
    PREDICTED,
    PREDICTIONS,
    PRICE,
    Body,
    arguments,
    dataframe_records,
    diamond,
    given,
    instances,
    ndarray,
    records,
    row,
    tensors,
)

PREDICT = "/predict"
OPENAPI = "/openapi.json"
METADATA = "/v2/models/diamonds"
INFER = f"{METADATA}/infer"
READY = f"{METADATA}/ready"
"""Open Inference Protocol."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that serves the model, and how it is told so.

    In `command`, `prepare` and `environment`, `{bin}` is the folder of its programs, `{app}` the served module (`main`
    or `hardened`), `{port}`, `{second}` and `{third}` are free ports, `{work}` is a folder of its own, and `{model}`
    the model's file. All run in the server's folder, with MODEL, ROWS and CONTRACTS in the environment.
    """

    name: str  # its folder, its row, and unless it shares them its requirements
    title: str
    packages: tuple[str, ...]  # whose versions the row tells
    command: str
    publishes: str = OPENAPI  # where prove400 reads its contract: a path of it, or a file; empty: nowhere
    model: str = ""  # its name, where the server does not list it
    operation: str = ""  # the one of what it publishes that is tried; empty: all
    flags: tuple[str, ...] = ()  # of each run, and why it needs them is in the note
    path: str = PREDICT  # where predictions are asked for
    body: Body = row  # one diamond → the body of a request
    answer: Mapping[str, Any] = field(default_factory=lambda: PRICE)  # schema of the answer that the model's users need
    ready: str = ""  # path that answers 200 once it serves; empty: where its contract is, if anywhere
    ready_says: str = ""  # what it says there by then, where it answers 200 before
    prepare: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = ""  # program that makes its environment; empty: the one that runs this
    absent: str = ""  # why it cannot be tried
    note: str = ""
    shares: str = ""  # the server whose environment it has; empty: its own
    hardened: str = ""  # what closes the holes, in a sentence; empty: nothing does
    is_fronted: bool = False  # nothing of its own does: it is started behind shared/front.py

    @property
    def is_file(self) -> bool:
        """Whether its contract is made of a file, and not of what it answers."""
        return self.publishes.startswith("{")

    @property
    def environment_name(self) -> str:
        """Name of its environment, and of the requirements for it."""
        return self.shares or self.name


_UVICORN = "{bin}/uvicorn {app}:app --host 127.0.0.1 --port {port} --log-level warning"

FRONT = "Nothing of its own does: the needed contract is held in front of it."

SERVERS: tuple[Server, ...] = (
    Server(
        "fastapi",
        "FastAPI",
        ("fastapi", "pydantic", "starlette", "uvicorn"),
        _UVICORN,
        note="pydantic takes numeric texts and booleans for numbers, and NaN, Infinity and UTF-16 are read as JSON.",
        hardened="A strict model with `Literal`, bounds and `extra=forbid`, JSON that is read strictly before it,"
        " and an error that does not echo the value.",
    ),
    Server(
        "fastapi-strict",
        "FastAPI, a strict model alone",
        ("fastapi", "pydantic", "starlette", "uvicorn"),
        _UVICORN,
        shares="fastapi",
        note="The row as a strict pydantic model, and nothing else. What it refuses it echoes in"
        " `detail[].input`: `NaN`, what is read as infinity and a lone surrogate cannot be written as JSON,"
        " so that the refusal itself becomes a 500. What closes that stands above.",
    ),
    Server(
        "flask",
        "Flask, as in tutorials",
        ("flask", "werkzeug"),
        "{bin}/flask --app {app} run --host 127.0.0.1 --port {port}",
        publishes="",
        note="The view catches every exception and answers with its traceback, status 200: what fails to be a"
        " prediction is a silent 200 too.",
        hardened="The contract decides, with jsonschema, over JSON that is read strictly; no exception is caught.",
    ),
    Server(
        "apiflask",
        "Flask with marshmallow (APIFlask)",
        ("apiflask", "flask", "marshmallow"),
        "{bin}/flask --app {app} run --host 127.0.0.1 --port {port}",
        note="marshmallow takes numeric texts for numbers; JSON that is nested too deeply is answered with 500.",
        hardened="`OneOf` and `Range` on strict fields, and JSON that is read strictly before them.",
    ),
    Server(
        "bentoml",
        "BentoML",
        ("bentoml", "pydantic", "starlette"),
        "{bin}/bentoml serve {app}:Diamonds --host 127.0.0.1 --port {port}",
        publishes="/docs.json",
        body=diamond,
        answer=DOLLARS,
        environment={"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": "{work}"},
        note="Its document describes the `detail` of a 400 as an object, and its answers hold an array, so that"
        " by its own contract each refusal is unstructured. The body is read as JSON whatever its content"
        " type says.",
        hardened="A strict model with `Literal`, bounds and `extra=forbid`, and a middleware that reads JSON"
        " strictly. What stays is the shape of BentoML's own errors, and names beside the argument, which it"
        " passes over.",
    ),
    Server(
        "litestar",
        "Litestar",
        ("litestar", "msgspec", "uvicorn"),
        _UVICORN,
        publishes="/schema/openapi.json",
        note="The body is read as JSON whatever its content type says; msgspec takes numeric texts, and `nan`,"
        " for numbers; bytes that are no UTF-8, and deep nesting, are answered with 500.",
        hardened="A strict pydantic model in the dataclass's place, `validate_strict` (without it the plugin"
        " coerces), and a middleware that reads JSON strictly. What stays: `1e400`, which the parser refuses"
        " and no error places, and a slash at the path's end, which is taken.",
    ),
    Server(
        "litserve",
        "LitServe",
        ("litserve", "fastapi", "pydantic"),
        "{bin}/python {app}.py {port}",
        ready="/health",
        note="Its document says nothing of the request, so that a run with it sees next to nothing; what is no"
        " object, or lacks a column, is answered with 500.",
        hardened="A strict pydantic model in `decode_request`, and a middleware that reads JSON strictly.",
    ),
    Server(
        "vetiver",
        "vetiver",
        ("vetiver", "fastapi", "pydantic"),
        _UVICORN,
        body=records,
        answer=PREDICTED,
        note="Refusals are text, and show the path and the line of the source behind the route.",
        hardened="A strict pydantic model as the prototype, strict JSON before it, and errors that are JSON. What"
        " stays is an empty list, which is answered with 500.",
    ),
    Server(
        "mlflow",
        "MLflow",
        ("mlflow", "fastapi", "uvicorn"),
        "{bin}/mlflow models serve -m {work}/model --env-manager local --host 127.0.0.1 --port {port}",
        publishes="{work}/model/MLmodel",
        prepare="{bin}/python save.py {work}/model",
        path="/invocations",
        body=dataframe_records,
        answer=PREDICTIONS,
        ready="/ping",
        environment={"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
        note="Saved with a signature, which the running server does not tell: the contract is made of the file."
        " A column that one of several records lacks is filled with NaN, and a category may be a number"
        " beside texts: both are answered 200. A list as a category is answered with a traceback.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "mlserver",
        "MLServer",
        ("mlserver", "mlserver-sklearn", "fastapi", "pydantic"),
        "{bin}/mlserver start {work}/served",
        publishes=METADATA,
        path=INFER,
        body=tensors,
        answer=OUTPUTS,
        ready=READY,
        prepare="{bin}/python -c \"import shutil; shutil.copytree('.', '{work}/served', dirs_exist_ok=True)\"",
        environment={
            "MLSERVER_HTTP_PORT": "{port}",
            "MLSERVER_GRPC_PORT": "{second}",
            "MLSERVER_METRICS_PORT": "{third}",
            "MLSERVER_MODEL_URI": "{model}",
        },
        note="Its own document describes any model, and has a schema of type `bytes`, which no JSON Schema has."
        " Invalid values get 422 with FastAPI's `detail`, and not the protocol's `error`; a tensor of"
        " another name or length is answered with 500. A tensor too many, a category as a number, and data"
        " that is longer than its shape are answered 200.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "kserve",
        "KServe, Python server",
        ("kserve", "fastapi", "pydantic"),
        "{bin}/python {app}.py --http_port {port} --enable_grpc false",
        path="/v1/models/diamonds:predict",
        body=instances,
        answer=PREDICTIONS,
        ready="/v1/models/diamonds",
        note="Its document describes any model: what it answers for the name of none is counted as a valid"
        " request refused. A column that one of several records lacks is filled with NaN, and a category may"
        " be a number beside texts: both are answered 200. Another content type than JSON is answered with"
        " 500.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "kserve-v2",
        "KServe, Python server, by the Open Inference Protocol",
        ("kserve", "fastapi", "pydantic"),
        "{bin}/python {app}.py --http_port {port} --enable_grpc false",
        publishes=METADATA,
        path=INFER,
        body=tensors,
        answer=OUTPUTS,
        ready=READY,
        shares="kserve",
        note="The same server, with a model that tells its tensors (`get_input_types`) and takes them as a data"
        " frame. Neither shape nor datatype is held against the data, and what pydantic refuses is not"
        " answered as the protocol has it (`error`), but as FastAPI does.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "ray",
        "Ray Serve",
        ("ray", "fastapi", "pydantic"),
        "{bin}/python {app}.py {port}",
        answer=DOLLARS,
        environment={"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"},
        note="FastAPI as its ingress, and found is what is found there.",
        hardened="As FastAPI's.",
    ),
    Server(
        "triton",
        "Triton Inference Server, through nvidia-pytriton",
        ("nvidia-pytriton", "numpy"),
        "{bin}/python {app}.py {port} {second} {third}",
        publishes=METADATA,
        model="diamonds",
        path=INFER,
        body=tensors,
        answer=OUTPUTS,
        ready=READY,
        python="/usr/bin/python3.11",
        note="Its list of models is not for everybody, so that the model has to be named. What its JSON parser"
        " refuses is answered with 500, and errors name no place.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "seldon",
        "Seldon Core, Python wrapper",
        ("seldon-core", "flask", "numpy"),
        "{bin}/gunicorn {app}:app --bind 127.0.0.1:{port} --threads 4",
        publishes="/seldon.json",
        operation="POST /predict",
        path="/api/v1.0/predictions",
        body=ndarray,
        answer=NDARRAY,
        note="Its document describes twelve operations of a graph, all with the same message, of which every"
        " member is optional: one of them is tried. What the model raises is answered with 500, and so are"
        " an unknown path and method; a category may be a number, and `NaN`, `Infinity` and UTF-16 are read"
        " as JSON. Its own command listens on every address, so that the application it makes is started by"
        " gunicorn here.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "cog",
        "cog 0.14, on FastAPI",
        ("cog", "fastapi", "pydantic"),
        "{bin}/python -m cog.server.http --host 127.0.0.1 --threads 1",
        flags=("--connections", "1"),
        path="/predictions",
        body=given,
        answer=OUTPUT,
        ready="/health-check",
        ready_says="READY",
        environment={
            "PORT": "{port}",
            "COG_PREDICT_TYPE_STUB": "{app}.py:Predictor",
            "COG_GPU": "0",
            "COG_MAX_CONCURRENCY": "1",
        },
        note="It publishes `POST /shutdown`, which a run leaves out: it ends the server. It predicts one at a time and"
        " answers others 409, so that its runs have one connection; what its document describes beside"
        " `/predictions` leaves it busy for good. pydantic takes numeric texts and booleans for numbers; a body of"
        " `null` is answered with 500.",
        hardened="`ge`, `le` and `choices` of its inputs close bounds and categories, and no more: the needed"
        " contract is held in front of it.",
        is_fronted=True,
    ),
    Server(
        "coglet",
        "cog 0.23, on coglet",
        ("cog", "coglet"),
        "{bin}/python -m cog.server.http --host 127.0.0.1",
        publishes="",
        path="/predictions",
        body=given,
        answer=OUTPUT,
        ready="/health-check",
        ready_says="READY",
        environment={"PORT": "{port}", "COG_PREDICT_TYPE_STUB": "{app}.py:Predictor", "COG_MAX_CONCURRENCY": "8"},
        note="Its document is made by `cog build`; without it `/openapi.json` is answered 503 and every input is"
        " taken. What the model raises is answered 200, with `status: failed` and an `error`. Served is an"
        " asynchronous predictor, eight at a time: of others the next request is at times answered 409 when"
        " the last was answered.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "gradio",
        "Gradio",
        ("gradio", "fastapi", "pydantic"),
        "{bin}/python {app}.py {port}",
        publishes="/gradio_api/openapi.json",
        path="/gradio_api/run/predict",
        body=arguments,
        answer=ARGUMENTS,
        environment={"GRADIO_ANALYTICS_ENABLED": "False"},
        note="Its document describes `call/v2`, which answers 200 with the id of an event before anything is"
        " looked at, so that nearly all is a silent 200 there: what was wrong is told in a stream of events."
        " The needed contract is of `run/predict`, which answers with the prediction, and 500 to what a"
        " component refuses. An upload without a file name, and an id that is none, are answered with 500 or"
        " a connection that breaks.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "torchserve",
        "TorchServe",
        ("torchserve", "torch"),
        "{bin}/python start.py {work} {port} {second} {third}",
        publishes="OPTIONS /",
        path="/predictions/diamonds",
        ready="/ping",
        environment={"LOG_LOCATION": "{work}", "METRICS_LOCATION": "{work}"},
        note="Its document describes any model, and says nothing of its request. The handler's answer has no"
        " content type, what it raises is answered 503 without a reason, and any method will do.",
        hardened=FRONT,
        is_fronted=True,
    ),
    Server(
        "tensorflow-serving",
        "TensorFlow Serving",
        (),
        "",
        absent="no registry that the suite installs from has a binary of it",
    ),
)
"""In the order of docs/servers.md."""

BY_NAME: Mapping[str, Server] = {server.name: server for server in SERVERS}
