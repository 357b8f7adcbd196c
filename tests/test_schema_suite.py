"""The official JSON Schema suite: every falsifiable schema is falsified, and what is claimed of a body is true."""

from __future__ import annotations

import pytest

from benchmarks.schema_suite import CORPORA, measure, ours

ISOLATED_2020_12 = 380
"""Occurrences of leaf keywords that are broken alone, of 444; at most 60 are implied, idle or contradicted."""

if not (CORPORA / "json-schema-test-suite").is_dir():
    pytest.skip(f"no corpora at {CORPORA}", allow_module_level=True)


def test_draft_2020_12() -> None:
    """Every schema of the draft that can fail gets an invalid body, and no claim is contradicted by a validator."""
    score = measure("draft2020-12", ours, claims=True)
    assert score.schemas > 300
    assert (score.falsified, score.wrong_claims, score.refused) == (score.falsifiable, 0, 0)
    assert score.isolated >= ISOLATED_2020_12
    assert score.witnessed >= 0.99 * score.satisfiable


@pytest.mark.parametrize("draft", ["draft7", "draft4"])
def test_older_draft(draft: str) -> None:
    """Older drafts are planned too: no refusal, no wrong claim, and a valid witness for nearly every schema."""
    score = measure(draft, ours, claims=True)
    assert score.schemas > 100
    assert (score.wrong_claims, score.refused) == (0, 0)
    assert score.falsified >= 0.98 * score.falsifiable
    assert score.witnessed >= 0.99 * score.satisfiable
