"""The planted defects of the reference API (`tests/zoo/diamonds.py`) as servers to score."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import prove400
from api import create_app
from benchmarks.kill_score.bench import Planted, Score
from prove400 import Request
from tests.zoo.defect import Defect, covers, place
from tests.zoo.diamonds import DEFECTS
from tests.zoo.signature import plant
from tests.zoo.wsgi import ask, environment


@dataclass(frozen=True, slots=True)
class Service:
    """The reference API with a stand-in for its model and with the trained one, and the contract that it publishes."""

    stand_in: WSGIApplication
    trained: WSGIApplication
    published: dict[str, Any]

    def correct(self, defect: Defect) -> WSGIApplication:
        """Give the API that a defect is planted in."""
        return self.trained if defect.real else self.stand_in


@contextmanager
def served() -> Iterator[Service]:
    """Make the reference API."""
    with tempfile.TemporaryDirectory() as folder:
        stand_in, trained = create_app(plant(Path(folder))), create_app()
        yield Service(stand_in, trained, ask(stand_in, environment(Request("GET", "/openapi.json"))).value)


def score(service: Service) -> Score:
    """Prove every defect against the operations that it concerns, and count."""
    total = Score("diamonds", "behaviour")
    began = time.perf_counter()
    run = prove400.prove(service.stand_in, service.published)
    total.false_alarms = [f"{f.verdict} {f.keyword_location} {f.operator}" for f in run.findings]
    for defect in DEFECTS:
        target = defect.build(service.correct(defect))
        _count(total, defect, prove400.prove(target, part(service.published, defect), operations=defect.operations))
    total.seconds = round(time.perf_counter() - began, 1)
    return total


def peer_score(service: Service, seconds: float) -> Score:
    """Run Schemathesis on every defect, on the same operations, and count."""
    from benchmarks.kill_score import peer  # noqa: PLC0415 — an optional dependency

    made: dict[tuple[Any, ...], peer.Peer] = {}

    def servers() -> Iterator[tuple[peer.Peer, Planted]]:
        for defect in DEFECTS:
            key = defect.operations, defect.real
            correct = service.correct(defect)
            if key not in made:
                made[key] = peer.Peer(part(service.published, defect), correct)
            yield made[key], _planted(defect, correct)

    return peer.score("diamonds", "behaviour", servers(), seconds)


def _planted(defect: Defect, correct: WSGIApplication) -> Planted:
    return Planted(defect.name, "behaviour", lambda: defect.build(correct), lambda _: False, lambda: True)


def part(document: dict[str, Any], defect: Defect) -> dict[str, Any]:
    """Give the contract with the paths of a defect's operations only."""
    paths = {label.partition(" ")[2] for label in defect.operations}
    return document | {"paths": {path: item for path, item in document["paths"].items() if path in paths}}


def _count(total: Score, defect: Defect, run: prove400.Run) -> None:
    places = [place(finding) for finding in run.findings if finding.verdict in defect.verdicts]
    pinned = any(covers(pin, found) for pin in defect.pins for found in places)
    total.killable += 1
    total.found += bool(run.findings)
    total.pinned += pinned
    total.sent += run.sent
    if not pinned:
        (total.unpinned if run.findings else total.missed).append(defect.name)
