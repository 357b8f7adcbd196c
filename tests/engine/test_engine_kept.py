"""What a run keeps for its readers: each case in short, what was predicted, and what was set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import prove400
from prove400.model import LARGE, Run, Status, Verdict
from prove400.sanity import Limits

if TYPE_CHECKING:
    from types import ModuleType


def proven(service: ModuleType, defect: str, **settings: object) -> Run:
    """Prove the sample service with a defect."""
    return prove400.prove(service.Service(defect), service.CONTRACT, **settings)


def test_every_case_is_told_in_short(service: ModuleType) -> None:
    """Each outcome tells its cases: where, what was sent, and what it got; of a large body, its size alone."""
    run = proven(service, "index")
    for outcome in run.outcomes:
        assert len(outcome.tried) == outcome.cases
        broken = any(tried.verdict is not Verdict.DISCHARGED for tried in outcome.tried)
        assert broken == (outcome.status is Status.BROKEN)
    cases = [tried for outcome in run.outcomes for tried in outcome.tried]
    assert any(tried.size > LARGE for tried in cases)
    for tried in cases:
        assert (None if tried.request is None else len(tried.request.body)) == (
            None if tried.size > LARGE else tried.size
        )
    assert {200, 400} <= {tried.status for tried in cases}


def test_of_very_many_cases_the_first_are_kept(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: all cases are counted, and the run says that not all are kept."""
    whole = proven(service, "")
    monkeypatch.setattr("prove400.engine.findings.KEPT", 5)
    monkeypatch.setattr("prove400.engine.proof.KEPT", 5)
    run = proven(service, "")
    assert [tried for o in run.outcomes for tried in o.tried] == [tried for o in whole.outcomes for tried in o.tried][
        :5
    ]
    assert [outcome.cases for outcome in run.outcomes] == [outcome.cases for outcome in whole.outcomes]
    assert any("the first 5 are kept one by one" in note for note in run.notes)
    assert not any("kept one by one" in note for note in whole.notes)


def test_what_valid_requests_were_answered_is_told(service: ModuleType) -> None:
    """Predictions for different inputs stand in ascending order, so that damage can be seen against them."""
    (told,) = proven(service, "").predictions
    assert (told.operation, told.location) == ("POST /price", "/price")
    assert len(set(told.values)) > 2
    assert list(told.values) == sorted(told.values)


def test_settings_are_told_without_secrets(service: ModuleType) -> None:
    """What differs from the defaults is told; credentials never are."""
    limits = Limits(inputs=7, off=frozenset({"model.constant", "model.repeatable"}))
    run = proven(service, "", strength=2, operations=["POST /price"], credentials={"key": "hush"}, sanity=limits)
    assert dict(run.settings) == {
        "strength": "2",
        "operations": "POST /price",
        "sanity": "inputs=7, off=model.constant model.repeatable",
    }
    assert "hush" not in repr(run)
    assert proven(service, "").settings == ()


def test_of_very_many_bytes_the_first_are_kept(service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: past so many bytes of bodies, a case is told by the size of its own."""
    monkeypatch.setattr("prove400.engine.findings.KEPT_BYTES", 1_000)
    told = [tried for outcome in proven(service, "").outcomes for tried in outcome.tried]
    kept = [len(tried.request.body) for tried in told if tried.request is not None]
    assert 900 < sum(kept) <= 1_000
    assert sum(tried.size for tried in told) > 1_000
