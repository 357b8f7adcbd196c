"""A fleet on its way: so many services at once, each in a process of its own, and rows as they come."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from prove400.errors import SettingsError
from prove400.fleet import document, overview
from prove400.fleet.lanes import lanes, rate_of
from prove400.fleet.proving import prove_service
from prove400.fleet.reading import Fleet, Service
from prove400.fleet.rows import Row, unproven

INDEX, DOCUMENT = "index.html", "fleet.json"
"""Files of a fleet's folder that tell of all services."""


@dataclass
class Running:
    """One execution over a fleet; `rows` gives what each service comes to, as soon as it is known."""

    fleet: Fleet
    jobs: int  # services at once
    resume: bool = False  # whether what an earlier run has shown still holds
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        """Begin nothing yet."""
        self._context = _context()
        self._under_way: set[Any] = set()
        self._stopped = ""
        self._lock = threading.Lock()

    def rows(self) -> Iterator[Row]:
        """Prove every service once; rows come in the order in which services end."""
        waiting = deque(lanes(self.fleet.services))
        running: dict[Future[Row], deque[Service]] = {}
        with ThreadPoolExecutor(self.jobs) as pool:
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    lane = waiting.popleft()
                    running[pool.submit(self._alone, lane.popleft(), more=bool(lane))] = lane
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    lane = running.pop(future)
                    if lane:
                        waiting.appendleft(lane)  # what has to wait for itself had better not wait for others
                    yield future.result()

    def stop(self, why: str) -> None:
        """Begin no other service, and ask those under way to tell what they have; the second time they are killed."""
        with self._lock:
            again, self._stopped = bool(self._stopped), why
            for process in self._under_way:
                process.kill() if again else process.terminate()

    def _alone(self, service: Service, *, more: bool) -> Row:
        """Prove one service in a process of its own, and keep the host's budget before the next one of its lane."""
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(sender, service, self.fleet.folder, self.resume))
        with self._lock:
            if self._stopped:
                return unproven(service, f"not begun, {self._stopped}")
            process.start()
            self._under_way.add(process)
        sender.close()
        with receiver:
            try:
                row: Row = receiver.recv()
            except EOFError:
                row = unproven(service, "its process ended without a word")
        process.join()
        with self._lock:
            self._under_way.discard(process)
        if more:
            time.sleep(1 / rate_of(service))
        return row


def _work(sender: Connection, service: Service, folder: Path, resume: bool) -> None:  # noqa: FBT001 — sent by position
    sender.send(prove_service(service, folder, resume=resume))


def _context() -> Any:
    """Give how processes start: forked from a server that has everything imported already, where there are such."""
    methods = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload(["__main__", __name__])
    return context


def prepare(folder: Path) -> None:
    """Make the folder of the pages; raises `SettingsError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "name a folder where you may write: output"
        raise SettingsError(f"cannot make the folder: {error.strerror}", str(folder), hint) from error


def write_overview(running: Running, rows: Sequence[Row], seconds: float) -> list[Path]:
    """Write the overview for people and the one for programs, in the order of the fleet's file; give their paths."""
    place = {service.name: at for at, service in enumerate(running.fleet.services)}
    ordered = sorted(rows, key=lambda row: place[row.name])
    texts = {
        INDEX: overview.render(ordered, running.fleet.source, running.started, seconds),
        DOCUMENT: document.render(ordered, running.started, seconds),
    }
    paths = []
    for name, text in texts.items():
        path = running.fleet.folder / name
        try:
            path.write_text(text, "utf-8", "backslashreplace")
        except OSError as error:
            hint = "make it a file that you may write"
            raise SettingsError(f"cannot write the file: {error.strerror}", str(path), hint) from error
        paths.append(path)
    return paths
