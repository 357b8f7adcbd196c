"""The planted defects of the reference API (`tests/zoo/diamonds.py`) as servers to score."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import prove400
from api import create_app
from benchmarks.kill_score.bench import Score
from prove400 import Request
from tests.zoo.defect import Defect, covers, place
from tests.zoo.diamonds import DEFECTS
from tests.zoo.signature import plant
from tests.zoo.wsgi import ask, environment


def score() -> Score:
    """Prove every defect against the operations that it concerns, and count."""
    total = Score("diamonds", "behaviour")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        stand_in, trained = create_app(plant(Path(folder))), create_app()
        published = ask(stand_in, environment(Request("GET", "/openapi.json"))).value
        run = prove400.prove(stand_in, published)
        total.false_alarms = [f"{f.verdict} {f.keyword_location} {f.operator}" for f in run.findings]
        for defect in DEFECTS:
            target = defect.build(trained if defect.real else stand_in)
            _count(total, defect, prove400.prove(target, _part(published, defect), operations=defect.operations))
    total.seconds = round(time.perf_counter() - began, 1)
    return total


def _part(document: dict[str, Any], defect: Defect) -> dict[str, Any]:
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
