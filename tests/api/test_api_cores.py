"""Processes that keep to a core each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from api.artefact import default_folder
from tests.api.servers import GRANIAN, GTHREAD, ROOT, WAITRESS, Server, running

if not hasattr(os, "sched_getaffinity"):
    pytest.skip("the system knows no affinity", allow_module_level=True)

ALL = os.sched_getaffinity(0)
_KEEPER = """
import os, pathlib, sys, threading
from api.cores import keep_to_one
keep_to_one(*(pathlib.Path(each) if each else None for each in sys.argv[1:]))
later = []
thread = threading.Thread(target=lambda: later.append(os.sched_getaffinity(0)))
thread.start(), thread.join()
print(*sorted(later[0]), flush=True)
sys.stdin.read()
"""


@contextmanager
def kept(folder: Path | str) -> Iterator[set[int]]:
    """Start a process, and give the cores that its threads are left with; end it."""
    command = [sys.executable, "-c", _KEEPER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield {int(core) for core in process.stdout.readline().split()}
        process.communicate()


def test_each_process_keeps_to_another_core(tmp_path: Path) -> None:
    """As many processes as there are cores share none; one more may use all, and what ends leaves its core."""
    with ExitStack() as stack:
        first = stack.enter_context(kept(tmp_path))
        with kept(tmp_path) as second:
            others = [stack.enter_context(kept(tmp_path)) for _ in range(len(ALL) - 2)]
            taken = [first, second, *others][: len(ALL)]
            assert sorted(core for cores in taken for core in cores) == sorted(ALL)
            with kept(tmp_path) as late:
                assert late == ALL
        with kept(tmp_path) as successor:
            assert successor == second


def test_a_process_that_shares_nothing_keeps_to_the_first_core() -> None:
    """Without a folder, nobody is asked."""
    with kept("") as one, kept("") as other:
        assert one == other == {min(ALL)}


@pytest.mark.parametrize("server", [GTHREAD, GRANIAN, WAITRESS], ids=lambda server: server.name)
def test_threads_of_a_server_keep_to_the_core_of_their_worker(server: Server, tmp_path: Path) -> None:
    """Those that answer, and in Granian those that read and write, keep to it; gunicorn's master keeps to none."""
    with running(server, default_folder(), tmp_path, one_core="true") as served:
        workers = children(served.process.pid) or {served.process.pid}
        served.until(lambda: any(len(tasks(pid)) > 1 for pid in workers))  # gunicorn's begin with their first request
        served.until(lambda: all(len(core) == 1 for pid in workers for core in cores(pid)))  # one may answer, one begin
        taken = [cores(pid) for pid in workers]
    assert len(set.union(*taken)) == min(len(ALL), len(workers))


def cores(pid: int) -> set[frozenset[int]]:
    """Give the cores that each thread of a process may use."""
    return {frozenset(os.sched_getaffinity(int(task.name))) for task in tasks(pid)}


def tasks(pid: int) -> list[Path]:
    """Give the threads of a process."""
    return list(Path(f"/proc/{pid}/task").iterdir())


def children(pid: int) -> set[int]:
    """Give the processes that the threads of one have started."""
    return {int(child) for task in tasks(pid) for child in (task / "children").read_text().split()}
