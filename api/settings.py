"""What an operator may choose, read once from the environment: `DIAMONDS_` and the name of a field, in capitals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from limits import parse_many
from limits.storage import storage_from_string
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from api.errors import SettingsError

PREFIX = "DIAMONDS_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]


def _rate(text: str) -> str:
    """Admit what flask-limiter reads; its own message would repeat the value."""
    try:
        parse_many(text)
    except ValueError:
        raise ValueError("must be rates such as 100/minute, or 10/second;1000/hour") from None
    return text


def _storage(text: str) -> str:
    """Admit where flask-limiter can count; its own message would repeat the value, which may hold a password."""
    try:
        storage_from_string(text)
    except Exception:  # noqa: BLE001 - each kind of storage has its own
        raise ValueError("must be memory://, or redis://HOST:PORT with the extra redis installed") from None
    return text


class Settings(BaseModel):
    """Every setting, with its default; texts are read as JSON reads numbers, and `true` or `false`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    artefact: Path = Path(__file__).parent / "artefact"
    """Folder of the model and its manifest."""
    format: Literal["joblib", "onnx", "skops"] | None = None
    """Format that is served where the folder holds several; the manifest's first where absent."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The only sha256 of a model's file that is served, whatever the manifest says; the manifest's where absent."""

    model_concurrency: Literal["free", "lock", "process"] = "free"
    """How a model is called by threads: freely, one at a time, or each call in one of `model_processes`."""
    model_processes: Count = 2
    """Processes that hold a model each, for every worker, where `model_concurrency` is `process`."""
    model_timeout: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Seconds after which a call of the model is given up, and its process ended, where `model_concurrency` is
    `process`; a thread cannot be ended, so elsewhere a hanging call holds it, up to the time-out of gunicorn's sync
    workers or uWSGI's."""
    prediction_slack: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2.0
    """Factor by which a prediction may leave the range of the training data, at either end, before it is unsound."""
    reload_on_sighup: bool = False
    """Whether SIGHUP to this very process loads the artefact anew: for servers of one process, such as Waitress;
    gunicorn's configuration does it from the master."""

    one_core: bool = False
    """Whether each worker keeps to a core of its own: for Granian and Waitress, whose threads fight least so; gunicorn
    gains nothing. Refused by uWSGI, which has `--cpu-affinity`, and beside `model_concurrency=process`."""

    monitoring_window: Annotated[int, Field(ge=500, le=1_000_000)] = 2_000
    """Last rows that monitoring looks at; nothing is an alert before there are 500 of them."""

    body_bytes: Count = 256 * 1024
    """Largest body; a batch of 64 diamonds takes about 9 KiB, so there is room for white space."""
    json_depth: Annotated[int, Field(ge=3, le=200)] = 32
    """Levels of nesting in a body; the most is far below Python's recursion limit, so that it is never reached."""
    batch_length: Count = 64
    """Most diamonds in a batch."""
    request_rate: Annotated[str, AfterValidator(_rate)] | None = None
    """Predictions that one client may ask for, `100/minute` or `10/second;1000/hour`; no limit where absent."""
    rate_storage: Annotated[str, AfterValidator(_storage)] = "memory://"
    """Where the rate is counted: in the memory of each worker, or `redis://HOST:PORT` for all of them together."""
    proxies: Annotated[int, Field(ge=0)] = 0
    """Proxies in front that append to X-Forwarded-For; the client is the address that the first of them saw."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """Least severe event that is logged; requests are `info`. The configurations of servers say `info`."""
    log_bodies: Literal["off", "masked", "raw"] = "masked"
    """How a refused body is logged: not, with letters and digits masked beside known names, or as it came."""
    log_body_bytes: Count = 1024
    """Bytes of a refused body that are logged."""

    bind: str = "127.0.0.1:8000"
    """Address that gunicorn listens on."""
    workers: Count = 2
    """Worker processes of gunicorn."""
    worker_class: Literal["sync", "gthread"] = "gthread"
    """Kind of gunicorn's workers: one request at a time, or `worker_threads` of them."""
    worker_threads: Count = 4
    """Threads of a gthread worker."""
    worker_requests: Annotated[int, Field(ge=0)] = 10_000
    """Requests after which a worker is replaced, give or take a tenth; 0 for never."""
    timeout: Seconds = 30
    """Seconds without a sign of life after which a worker is killed."""
    read_timeout: Seconds = 10
    """Seconds that a worker of gunicorn gives a client for the whole of a request that has begun, and for taking its
    reply, before it hangs up."""
    graceful_timeout: Seconds = 30
    """Seconds that a stopping worker has for the requests that it holds."""
    keepalive: Annotated[int, Field(ge=0)] = 5
    """Seconds that an idle connection of a gthread worker is kept."""

    @field_validator("one_core")
    @classmethod
    def _not_beside_processes(cls, chosen: bool, before: ValidationInfo) -> bool:  # noqa: FBT001 - as pydantic calls
        if chosen and before.data.get("model_concurrency") == "process":
            raise ValueError("it would keep the model's processes to the worker's core, too; leave one of both out")
        return chosen

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from `environment`; raises SettingsError, with every one that is wrong or unknown."""
        found = {name: text for name, text in environment.items() if name.startswith(PREFIX)}
        given: dict[str, Any] = {name.removeprefix(PREFIX).lower(): text for name, text in found.items()}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False)
            said = {PREFIX + str(fault["loc"][0]).upper(): fault["msg"] for fault in faults}
            raise SettingsError(said) from error
