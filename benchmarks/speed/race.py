"""A race against Schemathesis: CPU seconds until every defect that both find is found, on the same servers."""

from __future__ import annotations

import time

import prove400
from benchmarks.kill_score import diamonds
from benchmarks.kill_score.peer import Peer
from prove400 import Verdict
from tests.zoo.defect import Defect
from tests.zoo.diamonds import DEFECTS

EVERY = 10
"""Of the defects that need no real model, each tenth takes part."""


def race() -> dict[str, float]:
    """Give the seconds of both, added up over the defects that both find, and how many times ours theirs are."""
    ours = theirs = 0.0
    both = 0
    peers: dict[tuple[str, ...], Peer] = {}
    with diamonds.served() as service:
        for defect in [defect for defect in DEFECTS if not defect.real][::EVERY]:
            document = diamonds.part(service.published, defect)
            if defect.operations not in peers:
                peers[defect.operations] = Peer(document, service.stand_in)
            own = _found(service, defect, document)
            began = time.process_time()
            if own is not None and peers[defect.operations].finds(defect.build(service.stand_in)):
                theirs += time.process_time() - began
                ours += own
                both += 1
    return {"defects that both find": both, "prove400": ours, "Schemathesis": theirs, "times": theirs / ours}


def _found(service: diamonds.Service, defect: Defect, document: dict[str, object]) -> float | None:
    """Give the seconds until the first finding on a defect, the contract read and planned anew; None without any."""
    began = time.process_time()
    proof = prove400.start(defect.build(service.stand_in), document, operations=defect.operations)
    for judged in proof.events():
        if judged.judgement.verdict is not Verdict.DISCHARGED and not judged.disputed:
            return time.process_time() - began
    return None
