"""Every planted defect is real, is found, is pinned to its constraint, and raises no false alarm.

Most defects concern validation, routes or replies and not the arithmetic of the model: these run on an artefact whose
model is a cheap stand-in (`tests.zoo.signature.StandIn`) with the real signature, so that contract, schemas, parsing
and validation are the real ones. They are proven against the contract that the API publishes, cut down to the
operations that the defect concerns, since planning the others would take most of the time. Defects marked `real` run
on the trained model, with the contract that the engine asks the API for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from api import create_app
from prove400 import Finding, Request, Run
from tests.zoo.defect import covers, place
from tests.zoo.diamonds import DEFECTS
from tests.zoo.signature import plant
from tests.zoo.wsgi import ask, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from tests.zoo.defect import Defect, Pin, Proof

VOLATILE = re.compile(rb'"instance": "[^"]*"')
LEAST = 40
each = pytest.mark.parametrize("defect", DEFECTS, ids=str)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> WSGIApplication:
    """Give the correct API with the stand-in model."""
    return create_app(plant(tmp_path_factory.mktemp("stand-in")))


@pytest.fixture(scope="module")
def trained() -> WSGIApplication:
    """Give the correct API with the trained model."""
    return create_app()


@pytest.fixture(scope="module")
def prove(stand_in: WSGIApplication, trained: WSGIApplication) -> Callable[[Defect], Run]:
    """Give the run of a defect, made once for all tests of it."""
    runs: dict[str, Run] = {}
    published = ask(stand_in, environment(Request("GET", "/openapi.json"))).value

    def prove_once(defect: Defect) -> Run:
        if defect.name not in runs:
            target = defect.build(trained if defect.real else stand_in)
            contract = None if defect.real else part_of(published, defect.operations)
            runs[defect.name] = prove400.prove(target, contract, operations=defect.operations)
        return runs[defect.name]

    return prove_once


def part_of(contract: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Give the contract with the paths of these operations only."""
    paths = {label.partition(" ")[2] for label in operations}
    return contract | {"paths": {path: item for path, item in contract["paths"].items() if path in paths}}


def answered(app: WSGIApplication, proof: Proof) -> tuple[int, list[tuple[str, str]], bytes]:
    """Give the last reply to a proof: status (0 where the app raises), the headers that matter, and the body."""
    for _ in range(proof.times):
        try:
            answer = ask(app, environment(proof.request))
        except TypeError:
            return 0, [], b""
    names = sorted({name.lower() for name, _ in answer.headers})
    kept = [(name, value) for name, value in answer.headers if name in ("Content-Type", "Allow")]
    return answer.status, [*kept, ("names", " ".join(names))], VOLATILE.sub(b"", answer.body)


def found(run: Run, defect: Defect, pin: Pin) -> list[Finding]:
    """List the findings of a run at one pin of a defect, with a verdict that fits."""
    return [f for f in run.findings if covers(pin, place(f)) and f.verdict in defect.verdicts]


def told(run: Run) -> str:
    """Say what a run found, for the message of a failing test."""
    return "\n".join(
        f"{f.severity} {f.verdict} {f.operation} {place(f)} {f.operators}: {f.message}" for f in run.findings
    )


def test_the_zoo_is_large_and_its_names_differ() -> None:
    """There are at least forty defects, each with a name, a story and pins of its own."""
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= LEAST
    assert all(defect.story and defect.pins for defect in DEFECTS)


@each
def test_a_defect_is_proven_without_the_engine(
    defect: Defect, stand_in: WSGIApplication, trained: WSGIApplication
) -> None:
    """The correct and the defective API answer the proof with the statuses named, and differently."""
    app = trained if defect.real else stand_in
    correct, defective = answered(app, defect.proof), answered(defect.build(app), defect.proof)
    assert (correct[0], defective[0]) == (defect.proof.correct, defect.proof.defective)
    assert correct != defective


@each
def test_a_defect_is_found(defect: Defect, prove: Callable[[Defect], Run]) -> None:
    """A defect that breaks the contract fails the run; one that standards only advise against is a finding."""
    run = prove(defect)
    assert run.findings
    assert run.ok == (defect.severity is not prove400.Severity.ERROR), told(run)


@each
def test_a_defect_is_pinned(defect: Defect, prove: Callable[[Defect], Run]) -> None:
    """A finding names the broken constraint with the right verdict; all of them where the defect breaks several."""
    run = prove(defect)
    hits = {pin: found(run, defect, pin) for pin in defect.pins}
    missed = [pin for pin, findings in hits.items() if not findings]
    assert len(missed) < len(hits), told(run)
    assert not (defect.every and missed), f"{missed} not among\n{told(run)}"
    assert {f.severity for findings in hits.values() for f in findings} == {defect.severity}, told(run)


@each
def test_a_defect_raises_no_false_alarm(defect: Defect, prove: Callable[[Defect], Run]) -> None:
    """Every finding is explained by the one defect that was planted."""
    run = prove(defect)
    alarms = [finding for finding in run.findings if not defect.explains(finding)]
    assert not alarms, told(run)


@pytest.mark.parametrize("model", ["stand_in", "trained"])
def test_the_correct_api_has_no_findings(model: str, request: pytest.FixtureRequest) -> None:
    """The API as it is, with either model, breaks nothing of any severity."""
    run = prove400.prove(request.getfixturevalue(model))
    assert not run.findings, told(run)
    assert run.ok
