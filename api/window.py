"""The last rows of numbers that any worker of a server has written: monitoring is of all of them together."""

from __future__ import annotations

import fcntl
import mmap
import struct
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

_COUNT = struct.Struct("q")


class Window:
    """A ring of rows in memory that processes share which are forked after it is made; the oldest rows go first.

    Where workers load the application each for itself, each has a window of its own.
    """

    def __init__(self, length: int, width: int) -> None:
        """Take how many rows are kept, and how many numbers a row has."""
        self._row = struct.Struct(f"{width}d")
        self._memory = mmap.mmap(-1, _COUNT.size + length * self._row.size)  # anonymous, and shared with what is forked
        self._shape = length, width
        self._thread = threading.Lock()
        self._process = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the window is there
        weakref.finalize(self, self._process.close)

    def add(self, rows: Sequence[Sequence[float]]) -> None:
        """Write rows; of more than fit, the last are kept."""
        length, memory, row = self._shape[0], self._memory, self._row
        with self._alone():
            (written,) = _COUNT.unpack_from(memory)
            for number, values in enumerate(rows, written):
                row.pack_into(memory, _COUNT.size + number % length * row.size, *values)
            _COUNT.pack_into(memory, 0, written + len(rows))

    def rows(self) -> NDArray[np.float64]:
        """Give a copy of what is there, in no order."""
        length, width = self._shape
        with self._alone():
            (written,) = _COUNT.unpack_from(self._memory)
            kept = min(written, length)
            return np.frombuffer(self._memory, np.float64, kept * width, _COUNT.size).reshape(kept, width).copy()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads out, and other processes: their kernel's lock goes with a process that is killed.

        Such locks belong to processes, so that where threads use two windows, as during a reload, the kernel may see a
        deadlock that is none, and refuse. Then two rows may get one slot, which is better than a request that fails.
        """
        with self._thread:
            with suppress(OSError):
                fcntl.lockf(self._process, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._process, fcntl.LOCK_UN)
