"""Shards of a plan proven by many processes, here or on a cluster, and given back in plan order.

A shard is a list of cases that begins where `Shards` says, and its judge begins without a memory: so a run is the
same, byte for byte, however many processes share it and in whatever order they finish. joblib carries the shards: to
processes of this machine (loky), to the workers of a Dask scheduler, or to those of a Ray cluster.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from prove400.contract import Contract
from prove400.contract.references import Document
from prove400.engine.findings import Judged
from prove400.engine.judging import Judge, Shards, oracles_of
from prove400.engine.redaction import Redaction
from prove400.engine.sanity import Sanity
from prove400.engine.sending import replies
from prove400.engine.settings import Settings
from prove400.engine.taking import reached, shape_of
from prove400.errors import SettingsError, TargetError
from prove400.model import Case
from prove400.validation import SchemaValidators

ATTEMPTS = 3
"""Times that a shard is sent out before it counts as lost."""
AHEAD = 4
"""Shards that wait for each process."""
CONNECT_SECONDS = 20
"""Seconds that a cluster may take to answer."""
_LOSSES = (
    ("joblib.externals.loky.process_executor", "BrokenProcessPool"),
    ("joblib.externals.loky.process_executor", "TerminatedWorkerError"),
    ("distributed.scheduler", "KilledWorker"),
    ("distributed.client", "FutureCancelledError"),
    ("ray.exceptions", "RayActorError"),
    ("ray.exceptions", "WorkerCrashedError"),
)
"""Module and name of the exceptions by which a backend says that a worker is gone."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a process needs to prove a shard: plain values, which travel."""

    target: str
    document: bytes  # compressed JSON
    settings: Settings

    @classmethod
    def of(cls, target: str, contract: Contract, settings: Settings) -> Recipe:
        """Make the recipe of a run."""
        share = settings.rate / settings.jobs
        alone = replace(settings, jobs=1, rate=share, changed_only=None, changed_first=None, past=(), baseline="")
        return cls(target, zlib.compress(json.dumps(contract.document.content).encode()), alone)

    @property
    def key(self) -> str:
        """What tells recipes apart."""
        return hashlib.sha256(repr((self.target, self.settings)).encode() + self.document).hexdigest()


@dataclass(frozen=True, slots=True)
class Proven:
    """What a process has seen of one shard."""

    judged: tuple[Judged, ...]
    sent: int


def shards_of(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Give the shards of a plan, in its order."""
    shards, shard = Shards(), list[Case]()
    for case in cases:
        if shards.begins_with(case) and shard:
            yield shard
            shard = []
        shard.append(case)
    if shard:
        yield shard


def prove_shard(recipe: Recipe, cases: list[Case]) -> Proven:
    """Send the cases of one shard and judge the replies; what connects to the target is kept for the next shard."""
    transport, judge_of = _bench(recipe.key, recipe)
    judge = judge_of()
    judged = tuple(judge.judged(case, reply) for case, reply in replies(transport, cases, transport.concurrency))
    return Proven(judged, len(cases) + judge.sent)


@lru_cache(maxsize=4)
def _bench(_key: str, recipe: Recipe) -> Any:
    """Connect to a target, once in a process."""
    settings = recipe.settings
    transport = reached(recipe.target, settings)
    contract = Contract(Document(json.loads(zlib.decompress(recipe.document))))
    validators = SchemaValidators(contract.document)
    proven = tuple(operation for operation in contract.operations if operation.label in settings.operations)
    sanity = Sanity(proven, validators, settings.sanity)
    redaction = Redaction.of(contract, settings.secrets, settings.redact)
    oracles = oracles_of(contract, validators, settings.policy, shape_of(contract, settings))
    return transport, lambda: Judge(transport, oracles, validators, sanity, redaction)


class Team:
    """Processes that share the shards of a run."""

    def __init__(self, recipe: Recipe, settings: Settings) -> None:
        """Take what they prove, and who they are; raises `SettingsError` where what carries the shards is missing."""
        self._recipe, self._settings = recipe, settings
        self._joblib = _joblib()
        self.lost = 0  # cases whose process ended each time

    def proven(self, cases: Iterable[Case]) -> Iterator[Proven]:
        """Give what was seen of every shard, in plan order; a lost one is sent out again, in the end alone."""
        shards = shards_of(cases)
        with CARRIERS[self._settings.backend](self._settings.cluster):
            wave = self._next(shards)
            while wave:
                yield from self._tried(wave)
                wave = self._next(shards)

    def _next(self, shards: Iterator[list[Case]]) -> deque[list[Case]]:
        return deque(islice(shards, self._settings.jobs * AHEAD))

    def _tried(self, wave: deque[list[Case]]) -> Iterator[Proven]:
        for _ in range(ATTEMPTS):
            try:
                for proven in self._sent_out(wave, self._settings.jobs):
                    wave.popleft()
                    yield proven
            except _losses():
                continue
            return
        while wave:  # one of them ends its process: each is tried alone
            shard = wave.popleft()
            try:
                yield from self._sent_out([shard], 2)  # one job would be done in this very process
            except _losses():
                self.lost += len(shard)

    def _sent_out(self, wave: Iterable[list[Case]], jobs: int) -> Iterator[Proven]:
        """Send shards out and give what comes back, in order."""
        streams = "list" if self._settings.backend == "ray" else "generator"
        parallel = self._joblib.Parallel(n_jobs=jobs, return_as=streams, pre_dispatch="all", batch_size=1)
        given: Iterable[Proven] = parallel(self._joblib.delayed(prove_shard)(self._recipe, each) for each in list(wave))
        yield from given


def _joblib() -> Any:
    try:
        import joblib  # noqa: PLC0415 — an extra
    except ImportError as error:
        hint = "pip install 'prove400[jobs]'"
        raise SettingsError("more than one job needs joblib", where="jobs", hint=hint) from error
    return joblib


@contextmanager
def _loky(_: str) -> Iterator[None]:
    with _joblib().parallel_config(backend="loky"):
        yield


@contextmanager
def _dask(address: str) -> Iterator[None]:
    """Connect to a Dask scheduler; its workers must see the target's modules, and have prove400 installed."""
    try:
        from distributed import Client  # noqa: PLC0415 — an extra
    except ImportError as error:
        hint = "pip install 'prove400[dask]'"
        raise SettingsError("the Dask backend needs distributed", where="backend", hint=hint) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise TargetError(f"no Dask scheduler there: {error}", address, "start one: dask scheduler") from error
    with client, _joblib().parallel_config(backend="dask"):
        yield


@contextmanager
def _ray(address: str) -> Iterator[None]:
    """Connect to a Ray cluster; its workers must see the target's modules, and have prove400 installed."""
    try:
        import ray  # noqa: PLC0415 — an extra
        from ray.util.joblib import register_ray  # noqa: PLC0415 — an extra
    except ImportError as error:
        raise SettingsError("the Ray backend needs ray", where="backend", hint="pip install 'prove400[ray]'") from error
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, ignore_reinit_error=True)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise TargetError(f"no Ray cluster there: {error}", address, "start one: ray start --head") from error
    try:
        register_ray()
        with _joblib().parallel_config(backend="ray"):
            yield
    finally:
        ray.shutdown()


CARRIERS: dict[str, Callable[[str], AbstractContextManager[None]]] = {"loky": _loky, "dask": _dask, "ray": _ray}
"""Backend → what carries shards to its workers, given the address of the cluster."""


def _losses() -> tuple[type[BaseException], ...]:
    """Give the exceptions by which each backend says that a worker is gone; those that are loaded."""
    return tuple(
        found
        for module, name in _LOSSES
        if (loaded := sys.modules.get(module)) is not None and (found := getattr(loaded, name, None)) is not None
    )
