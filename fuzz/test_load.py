"""The catalogue under load: what a model's threads share wrongly shows only when requests meet."""

from __future__ import annotations

from pathlib import Path

import prove400
from fuzz.conftest import CONTRACT, TARGET
from fuzz.servers import served

EXPECTED = 8
"""Requests at once that the API is built for; it is asked with twice as many."""


def test_under_twice_the_expected_load_every_answer_is_as_alone(target: str, tmp_path: Path) -> None:
    """Valid and invalid requests, shuffled, get the verdicts and predictions that they get one at a time."""
    if target != TARGET and "://" not in target:
        run = prove400.prove(target, CONTRACT, concurrent=EXPECTED)
    else:
        with served(target, tmp_path) as url:
            run = prove400.prove(url, CONTRACT, concurrent=EXPECTED)
    assert not run.findings, "\n".join(f"{found.operation}: {found.message}" for found in run.findings)
    assert run.complete, run.notes
    assert any(outcome.obligation.operator == "model.concurrent" for outcome in run.outcomes)
