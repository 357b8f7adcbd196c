"""A race against Schemathesis to the first finding on each planted defect that both find, on the same servers.

Each defect is a server of its own, which both meet in one process, in turn, with everything imported. Each begins at
the parsed contract, keeps nothing from one server to the next, and stops at the first finding that the correct server
does not have; what is reported on that one is learnt before, and not timed. Seconds are CPU time, with the server's own
in them, and beside them: a tester cannot be quicker than the server answers what it asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import prove400
from benchmarks.kill_score import bench, diamonds
from benchmarks.kill_score.defects.defect import BLIND, NAMES, contract, correct
from benchmarks.kill_score.peer import Peer
from prove400 import Verdict
from tests.zoo.diamonds import DEFECTS


@dataclass(frozen=True, slots=True)
class Entry:
    """A server with one defect, its contract, and the correct server."""

    name: str
    document: dict[str, Any]
    correct: WSGIApplication
    faulty: WSGIApplication
    operations: tuple[str, ...] = ()  # those that the contract is cut down to


@dataclass(slots=True)
class Clocked:
    """A server whose requests are counted, and the CPU seconds that it takes for them."""

    app: WSGIApplication
    requests: int = 0
    seconds: float = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        began = time.process_time()
        try:
            return self.app(environ, start_response)
        finally:
            self.requests += 1
            self.seconds += time.process_time() - began


@dataclass(frozen=True, slots=True)
class Lap:
    """How long it took to the first finding on one server, how much of it the server, and how many requests."""

    seconds: float
    served: float
    requests: int


def entries() -> Iterator[tuple[str, Entry]]:
    """Give every server whose defect somebody planted, by the place where it stands."""
    with diamonds.served() as service:
        for defect in DEFECTS:
            own, document = service.correct(defect), diamonds.part(service.published, defect)
            yield "diamonds", Entry(defect.name, document, own, defect.build(own), defect.operations)
    for kind, names, planted in (
        ("behaviour", NAMES, bench.planted_defects),
        ("blind", BLIND, bench.planted_blind),
    ):
        for name in names:
            for each in planted(name):
                yield kind, Entry(f"{name} {each.name}", contract(name), correct(name), each.server())


def lap(finds: Callable[[WSGIApplication], bool], faulty: WSGIApplication) -> Lap | None:
    """Time a tester on a server; None where it finds nothing."""
    server = Clocked(faulty)
    began = time.process_time()
    is_found = finds(server)
    return Lap(time.process_time() - began, server.seconds, server.requests) if is_found else None


def finds(entry: Entry, server: WSGIApplication) -> bool:
    """Tell whether prove400 finds anything, the contract read and planned anew; ask no further then."""
    proof = prove400.start(server, entry.document, operations=entry.operations)
    return any(judged.judgement.verdict is not Verdict.DISCHARGED and not judged.disputed for judged in proof.events())


def laps() -> dict[str, list[tuple[Lap, Lap]]]:
    """Give the laps of both on each defect that both find, by the place where it stands."""
    peers: dict[tuple[int, tuple[str, ...]], Peer] = {}
    found: dict[str, list[tuple[Lap, Lap]]] = {}
    for kind, entry in entries():
        key = id(entry.correct), entry.operations
        if key not in peers:
            peers[key] = Peer(entry.document, entry.correct)
        theirs = lap(peers[key].finds, entry.faulty)
        ours = lap(lambda server, entry=entry: finds(entry, server), entry.faulty) if theirs else None  # type: ignore[misc]
        if ours and theirs:
            found.setdefault(kind, []).append((ours, theirs))
    return found


def race() -> dict[str, dict[str, float]]:
    """Give what the race comes to, by the place where the defects stand, and over all."""
    found = laps()
    every = [pair for pairs in found.values() for pair in pairs]
    return {kind: summary(pairs) for kind, pairs in {**found, "all": every}.items()}


def summary(pairs: list[tuple[Lap, Lap]]) -> dict[str, float]:
    """Give what both took, added up, and how many times ours theirs is: in all, on the median defect, on the last one.

    `times, at most` is what there would be if ours were the time alone that the servers take for our requests.
    """
    ours, theirs = zip(*pairs, strict=True)
    own, their = _sums("prove400", ours), _sums("Schemathesis", theirs)
    seconds = their["Schemathesis"]
    return {
        "found by both": len(pairs),
        **own,
        **their,
        "times": seconds / own["prove400"],
        "times, at most": seconds / own["prove400, the server's"],
        "times, median": median(their.seconds / own.seconds for own, their in pairs),
        "times, the last to be found": max(lap.seconds for lap in theirs) / max(lap.seconds for lap in ours),
    }


def _sums(name: str, laps: tuple[Lap, ...]) -> dict[str, float]:
    return {
        name: sum(lap.seconds for lap in laps),
        f"{name}, the server's": sum(lap.served for lap in laps),
        f"{name}, requests": sum(lap.requests for lap in laps),
    }
