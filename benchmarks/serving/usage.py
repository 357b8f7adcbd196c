"""What a process and all its descendants use, from Linux's /proc (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of `stat` after the name, from zero: the parent, then user and system time, own and of children waited for."""


def tree(root: int) -> list[int]:
    """List the process and its descendants that live."""
    parents = {pid: int(fields[_PARENT]) for pid in _all() if (fields := _stat(pid))}
    found = [root]
    for parent in found:  # which grows meanwhile
        found += [pid for pid, its_parent in parents.items() if its_parent == parent]
    return found


def cpu_seconds(root: int) -> float:
    """Add up the user and system time of the tree, ended and waited-for children included."""
    return sum(int(ticks) for pid in tree(root) for ticks in _stat(pid)[_TIMES]) / TICKS


def memory_bytes(root: int) -> int:
    """Add up the tree's proportional set size: what is shared counts once."""
    return sum(_pss(pid) for pid in tree(root))


def _all() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdecimal()]


def _stat(pid: int) -> list[str]:
    """Give the fields after the name, which may hold spaces and brackets; none where the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _pss(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
