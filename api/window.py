"""The last rows of numbers that any worker of a server has written: monitoring is of all of them together."""

from __future__ import annotations

import fcntl
import mmap
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray


class Window:
    """A ring of rows in memory that processes share which are forked after it is made; the oldest rows go first.

    Where workers load the application each for itself, each has a window of its own.
    """

    def __init__(self, length: int, width: int) -> None:
        """Take how many rows are kept, and how many numbers a row has."""
        memory = mmap.mmap(-1, 8 * (1 + length * width))  # anonymous, and shared with what is forked
        self._written = np.frombuffer(memory, np.int64, count=1)
        self._rows = np.frombuffer(memory, np.float64, offset=8).reshape(length, width)
        self._thread = threading.Lock()
        self._process = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the window is there
        weakref.finalize(self, self._process.close)
        self.length = length

    def add(self, rows: NDArray[np.float64]) -> None:
        """Write rows, one below the other; of more than fit, the last."""
        with self._alone():
            start = int(self._written[0])
            self._rows[(start + np.arange(len(rows))) % self.length] = rows
            self._written[0] = start + len(rows)

    def rows(self) -> NDArray[np.float64]:
        """Give a copy of what is there, in no order."""
        with self._alone():
            return self._rows[: min(int(self._written[0]), self.length)].copy()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads out, and other processes: their kernel's lock goes with a process that is killed."""
        with self._thread:
            fcntl.lockf(self._process, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._process, fcntl.LOCK_UN)
