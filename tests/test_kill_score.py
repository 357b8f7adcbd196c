"""Servers with one fault, of six contracts: all coded faults and a sample of the ablations are found and pinned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

import prove400
from benchmarks.kill_score.ablation import Ablation, ablations
from benchmarks.kill_score.bench import Prover, pins
from benchmarks.kill_score.defects import DEFECTS, Defect
from benchmarks.kill_score.defects.defect import NAMES, contract, correct
from prove400 import Request, Unisolable
from tests.zoo.wsgi import Answer, ask, environment

LEAST = 60
LEAST_EACH = 10
SAMPLE = 7
"""Every seventh ablation is proven here; `python -m benchmarks.kill_score` proves all."""


@pytest.fixture(scope="module")
def prover() -> Callable[[str], Prover]:
    """Give the prover of a contract, which plans once for all tests."""
    return cache(Prover)


SHARED = ("/Text/type", "/Image/type", "/Audio/type", "/limits/propertyNames/pattern")
"""Ends of the names of ablations whose faults also show elsewhere: in the other branches, or at the keyword above."""


def sampled() -> list[tuple[str, Ablation]]:
    """List a fixed sample of ablations of bounds, members and closed objects, which no other keyword implies."""
    certain = ("/minimum", "/maximum", "/pattern", "/exclusiveMinimum", "/uniqueItems")
    return [
        (name, ablation)
        for name in NAMES
        for ablation in [a for a in ablations(contract(name)) if a.name.endswith(certain)][::SAMPLE]
    ] + [("nested", ablation) for ablation in ablations(contract("nested")) if ablation.name.endswith(SHARED)]


def test_there_are_enough_defects() -> None:
    """At least sixty defects, ten of each contract, each with a name and a story of its own."""
    each = Counter(defect.contract for defect in DEFECTS)
    assert len({str(defect) for defect in DEFECTS}) == len(DEFECTS) >= LEAST
    assert len({defect.story for defect in DEFECTS}) > LEAST
    assert set(each) == set(NAMES)
    assert min(each.values()) >= LEAST_EACH


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_server_has_no_findings(name: str, prover: Callable[[str], Prover]) -> None:
    """The server that enforces all of its contract breaks nothing of any severity."""
    assert not [(f.verdict, f.keyword_location, f.operator, f.request, f.message) for f in prover(name).alarms]


@pytest.mark.parametrize("name", NAMES)
def test_what_no_server_shows_is_proven(name: str) -> None:
    """Every constraint that no request breaks alone is one that the contract rules out."""
    assert not [i.explanation for i in prove400.plan(contract(name)) if isinstance(i, Unisolable) and not i.proven]


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_server_answers_its_examples(name: str) -> None:
    """Every example of a contract gets its prediction."""
    for item in contract(name)["paths"].values():
        for operation in item.values():
            media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in media.get("examples", {}).values() if name != "parameters" else ():
                assert _posted(name, next(iter(contract(name)["paths"])), example["value"]).status == 200


def _posted(name: str, path: str, value: object) -> Answer:
    from benchmarks.kill_score.defects.defect import post

    return ask(correct(name), environment(post(path, value)))


def seen(answer: Answer) -> tuple[int, bytes, str | None]:
    """Give what can differ between two answers."""
    return answer.status, answer.body, dict(answer.headers).get("Content-Type")


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_a_defect_is_proven_without_the_engine(defect: Defect) -> None:
    """The correct and the faulty server answer the proof with the statuses named, and differently."""
    request: Request = defect.request
    good, bad = (ask(server, environment(request)) for server in (correct(defect.contract), defect.server()))
    assert (good.status, bad.status) == (defect.correct, defect.faulty)
    assert seen(good) != seen(bad)


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_a_defect_is_found_and_pinned(defect: Defect, prover: Callable[[str], Prover]) -> None:
    """The plan of the contract shows the fault, and names the constraint that it breaks."""
    findings, _ = prover(defect.contract).findings(defect.server())
    assert findings, f"missed; {defect.request} shows it"
    assert any(defect.pinned(finding) for finding in findings), [(f.keyword_location, f.operator) for f in findings]


@pytest.mark.parametrize(("name", "ablation"), sampled(), ids=str)
def test_an_ablation_is_found_and_pinned(name: str, ablation: Ablation, prover: Callable[[str], Prover]) -> None:
    """The plan of the contract shows that a keyword is not enforced, and names its location."""
    findings, _ = prover(name).findings(ablation.server(contract(name)))
    assert any(pins(ablation, finding) for finding in findings), [(f.keyword_location, f.operator) for f in findings]
