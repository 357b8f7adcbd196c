"""A server as a process group: prepared, started, waited for, and ended."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from api import diamonds
from interop.catalogue import Server
from interop.environment import HERE, MODEL

MAIN, HARDENED = "main", "hardened"
"""As its users would write it; with its holes closed."""
NEEDED, HELD = "needed.json", "held.json"
"""The contract that the model needs, in the folder of a run; as it is held in front, where errors are the front's."""
START_SECONDS = 120
STOP_SECONDS = 15
_TAIL = 2000
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")


@dataclass
class StartError(Exception):
    """A server that does not serve, with what it said last."""

    server: Server
    reason: str

    def __str__(self) -> str:
        """Say which, and why."""
        return f"{self.server.title} does not serve: {self.reason}"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers at `url`."""

    server: Server
    url: str
    process: subprocess.Popen[bytes]

    def has_exited(self, is_complete: bool) -> bool:  # noqa: FBT001 - the one thing that it depends on
        """Tell whether the process that was started is gone; one whose run was cut short is given time to go."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.01 if is_complete else STOP_SECONDS)
        return self.process.poll() is not None


@contextlib.contextmanager
def running(server: Server, place: Path, work: Path, app: str) -> Iterator[Running]:
    """Start a server on free ports, wait until it is ready, and end it with all that it started.

    `place` is its environment, `work` takes what it writes. Raises StartError where it does not come up.
    """
    port, hidden, second, third = _free_ports()
    is_fronted = server.is_fronted and app == HARDENED
    served = hidden if is_fronted else port
    words = {"bin": place / "bin", "app": MAIN if is_fronted else app, "port": served, "second": second, "third": third}
    words |= {"work": work, "model": place / MODEL}
    environment = _environment(server, place, work, {name: str(value) for name, value in words.items()})
    where = HERE / "servers" / server.name
    with (work / f"{app}.log").open("wb") as log:
        if server.prepare and app != HARDENED:
            subprocess.run(  # noqa: S603 - our own table
                shlex.split(server.prepare.format(**words)),
                cwd=where,
                env=environment,
                stdout=log,
                stderr=log,
                check=True,
            )
        process = subprocess.Popen(  # noqa: S603 - our own table
            [*(_front(port, hidden, work) if is_fronted else ()), *shlex.split(server.command.format(**words))],
            cwd=where,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    found = Running(server, f"http://127.0.0.1:{port}", process)
    try:
        _wait(found, work / f"{app}.log")
        yield found
    finally:
        _end(process)


def _front(port: int, hidden: int, work: Path) -> list[str]:
    """Give the beginning of a command that starts a server behind its contract."""
    return [sys.executable, str(HERE / "servers" / "shared" / "front.py"), str(port), str(hidden), str(work / HELD)]


def _environment(server: Server, place: Path, work: Path, words: dict[str, str]) -> dict[str, str]:
    """Give the environment of a server: its own, and of the caller's only what programs need."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {name: value.format(**words) for name, value in server.environment.items()}
    paths = {"PATH": f"{place / 'bin'}{os.pathsep}{kept.get('PATH', '')}", "TMPDIR": str(work)}
    paths["PYTHONPATH"] = str(HERE / "servers" / "shared")
    return {
        **kept,
        **paths,
        "OMP_NUM_THREADS": "1",
        "MODEL": str(place / MODEL),
        "ROWS": str(diamonds.DATA),
        "CONTRACTS": _contracts(),
        **own,
    }


def _contracts() -> str:
    return str(diamonds.DATA.parents[2] / "contracts")


def _wait(found: Running, log: Path) -> None:
    until, status, said = time.monotonic() + START_SECONDS, None, ""
    ready = found.server.ready or found.server.publishes
    while status is None or (ready and (status != 200 or found.server.ready_says not in said)):  # noqa: PLR2004
        if found.process.poll() is not None or time.monotonic() > until:
            ending = log.read_text("utf-8", "replace")[-_TAIL:]
            raise StartError(found.server, f"last status {status}; its log ends:\n{ending}")
        time.sleep(0.2)
        status, said = _answered(found.url + ready)


def _answered(url: str) -> tuple[int | None, str]:
    """Give the status and the text of an answer; None where there is none."""
    try:
        with urlopen(url, timeout=5) as reply:  # noqa: S310 - our own
            return int(reply.status), reply.read().decode("utf-8", "replace")
    except HTTPError as error:
        with error:
            return error.code, ""
    except OSError:
        return None, ""


def _free_ports() -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(4)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group that a server leads, in kindness first."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
