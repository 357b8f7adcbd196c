"""The last rows of numbers that any worker of a server has written: monitoring is of all of them together."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
import tempfile
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from api.errors import MonitoringWindowError

_COUNT = struct.Struct("q")


class Window:
    """A ring of rows in memory that processes share; the oldest rows go first.

    Processes share a window by the file that they name, whoever started them; without one, those share it that are
    forked after it is made.
    """

    def __init__(self, length: int, width: int, path: Path | None = None) -> None:
        """Take how many rows are kept, how many numbers a row has, and the file of the window, made where absent.

        Raises MonitoringWindowError where there is no room for it.
        """
        self._row = struct.Struct(f"{width}d")
        self._shape, self._path = (length, width), path
        file: IO[bytes] = tempfile.TemporaryFile() if path is None else path.open("ab+")  # noqa: SIM115 - see below
        weakref.finalize(self, file.close)  # open as long as the window is there
        self._alone = _Alone(file)
        size = _COUNT.size + length * self._row.size
        try:
            _reserve(file, size)
        except OSError as error:
            folder = Path(tempfile.gettempdir()) if path is None else path.parent
            raise MonitoringWindowError(folder, size, str(error.strerror)) from error
        self._memory = mmap.mmap(file.fileno(), size)

    def add(self, rows: Sequence[Sequence[float]]) -> None:
        """Write rows; of more than fit, the last are kept."""
        length, memory, row = self._shape[0], self._memory, self._row
        with self._alone:
            (written,) = _COUNT.unpack_from(memory)
            for number, values in enumerate(rows, written):
                row.pack_into(memory, _COUNT.size + number % length * row.size, *values)
            _COUNT.pack_into(memory, 0, written + len(rows))

    def forget(self) -> None:
        """Have who names the file from now on begin anew; those that have this window share it on."""
        if self._path is not None:
            with suppress(OSError):  # a file that cannot be removed is found again, no more
                self._path.unlink()

    def rows(self) -> NDArray[np.float64]:
        """Give a copy of what is there, in no order."""
        length, width = self._shape
        with self._alone:
            (written,) = _COUNT.unpack_from(self._memory)
            kept = min(written, length)
            return np.frombuffer(self._memory, np.float64, kept * width, _COUNT.size).reshape(kept, width).copy()


def _reserve(file: IO[bytes], size: int) -> None:
    """Make the file `size` bytes long: what is new in it is zeros, what is there stays.

    The bytes are there for good, not once they are written: where a disk is full by then, the kernel ends the process.
    """
    file.truncate(size)
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # file systems that know no such thing
                raise


class _Alone:
    """Keeps other threads out, and other processes: their kernel's lock goes with a process that is killed.

    Such locks belong to processes, so that where threads use two windows, as during a reload, the kernel may see a
    deadlock that is none, and refuse. Then two rows may get one slot, which is better than a request that fails.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Take a file that every process has open."""
        self._thread, self._file = threading.Lock(), file.fileno()

    def __enter__(self) -> None:
        """Wait for all others."""
        self._thread.acquire()
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        """Let others in."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        finally:
            self._thread.release()
