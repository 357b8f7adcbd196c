"""A core for each worker, whose threads then hand one another the interpreter's lock without waking a second core."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def keep_to_one(folder: Path | None) -> None:
    """Keep this thread, and those that it starts from now on, to one core; nothing where the system knows of none.

    It is one to which no other process keeps that shares `folder`; where all are taken, the kernel goes on choosing.
    The claim, a lock, goes with the process.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    free = (core for core in sorted(os.sched_getaffinity(0)) if folder is None or _claimed(folder / f"core-{core}"))
    core = next(free, None)
    if core is not None:
        os.sched_setaffinity(0, {core})


def _claimed(path: Path) -> bool:
    """Tell whether the lock on a file is ours from now on."""
    claim = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # never closed: the lock would go
    try:
        fcntl.lockf(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(claim)
        return False
    return True
