"""How threads call a model: freely, one at a time, or each call in a process that holds a model of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, Protocol

from api.artefact import Artefact
from api.errors import UnsoundPredictionError
from api.predict import Predictor
from api.settings import Settings

Rows = Sequence[Mapping[str, Any]]
Answers = list[dict[str, Any]]


class Pricer(Protocol):
    """What prices rows; see `Predictor.predict`."""

    def predict(self, rows: Rows, *, explain: bool) -> Answers:
        """Price rows."""
        ...


def pricer(artefact: Artefact, settings: Settings) -> Pricer:
    """Make what calls the model as `settings.model_concurrency` says."""
    if settings.model_concurrency == "process":
        return Processes(artefact, settings.model_processes, settings.model_timeout)
    free = Predictor(artefact)
    return free if settings.model_concurrency == "free" else Locked(free)


class Locked:
    """A model that one thread calls at a time."""

    def __init__(self, free: Pricer) -> None:
        """Take what must not be called by two."""
        self._free = free
        self._lock = threading.Lock()

    def predict(self, rows: Rows, *, explain: bool) -> Answers:
        """Price `rows` once nobody else does."""
        with self._lock:
            return self._free.predict(rows, explain=explain)


class Processes:
    """A pool of spawned processes, each with the model that was loaded here, whatever the disk has by now.

    The pool starts with the first call, and anew after a fork or once a process has died: threads and pipes belong to
    the process that made them.
    """

    def __init__(self, artefact: Artefact, count: int, seconds: float) -> None:
        """Take what `count` processes will hold, and the seconds that a call may take."""
        self._artefact, self._count, self._seconds = artefact, count, seconds
        self._pool: ProcessPoolExecutor | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def predict(self, rows: Rows, *, explain: bool) -> Answers:
        """Price `rows` in a process; raises UnsoundPredictionError where none starts, or it dies or takes too long."""
        pool = None
        try:
            pool = self._running()
            return pool.submit(_price, rows, self._seconds, explain=explain).result()
        except (BrokenProcessPool, OSError, RuntimeError) as error:  # the latter two where none can be started
            with self._lock:
                if self._pool is pool:
                    self._pool = None
            reason = "a process of the model died, took too long, or could not be started"
            raise UnsoundPredictionError(reason) from error

    def _running(self) -> ProcessPoolExecutor:
        """Give the pool of this process."""
        with self._lock:
            if self._pool is None or self._owner != os.getpid():
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._count, spawn, _hold, (self._artefact,))
                self._owner = os.getpid()
            return self._pool


_HELD: list[Predictor] = []
"""The model of a process of the pool."""


def _hold(artefact: Artefact) -> None:
    """Keep the model, warm, and end this process once its parent is gone, however it went."""
    _HELD.append(Predictor(artefact))
    _HELD[0].check()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)


def _price(rows: Rows, seconds: float, *, explain: bool) -> Answers:
    """Price `rows` by the model that this process holds; the kernel ends the process if that takes too long.

    So a model that hangs in native code is ended as well, which no exception would do.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return _HELD[0].predict(rows, explain=explain)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
