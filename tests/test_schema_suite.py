"""The official JSON Schema suite: every falsifiable schema is falsified, and what is claimed of a body is true."""

from __future__ import annotations

import pytest

from benchmarks.schema_suite import CORPORA, measure, ours

ISOLATED = {"draft2020-12": 384, "draft2019-09": 406, "draft7": 229, "draft4": 177}
"""Occurrences of leaf keywords that are broken alone; the others are idle, implied or contradicted by others."""

if not (CORPORA / "json-schema-test-suite").is_dir():
    pytest.skip(f"no corpora at {CORPORA}", allow_module_level=True)


@pytest.mark.parametrize("draft", ISOLATED)
def test_draft(draft: str) -> None:
    """Every schema of a draft that can fail gets an invalid body, every other a valid one, and every claim is true."""
    score = measure(draft, ours, claims=True)
    assert score.schemas > 100
    assert (score.falsified, score.witnessed) == (score.falsifiable, score.satisfiable)
    assert (score.wrong_claims, score.refused) == (0, 0)
    assert score.isolated >= ISOLATED[draft]
