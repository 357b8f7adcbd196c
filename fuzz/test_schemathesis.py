"""Schemathesis over the same target, with our oracle as its check: its requests too must get a structured 400."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

import prove400
from api import create_app
from fuzz.conftest import CONTRACT, TARGET
from prove400 import Verdict
from prove400.schemathesis import reply_of, request_of

OPERATIONS = [o.label for o in prove400.load(CONTRACT).operations if o.body or o.parameters]
"""Those whose requests hold something that can be negated."""


@pytest.fixture(scope="session")
def schema(target: str) -> Any:
    """The target's own document, read by Schemathesis: over HTTP, or in process (`from_wsgi`)."""
    config = SchemathesisConfig.from_str("[generation]\nwith-security-parameters = false\n")
    if "://" in target:
        return schemathesis.openapi.from_url(f"{target}/openapi.json", config=config)
    if target != TARGET:
        pytest.fail(f"Schemathesis takes a URL or {TARGET} here, not {target}: serve it and give its URL")
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(), config=config)


@pytest.mark.parametrize("label", OPERATIONS)
@given(data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_what_schemathesis_negates_is_refused(
    label: str, data: st.DataObject, schema: Any, examiner: prove400.Examiner
) -> None:
    """A request of its negative mode gets a structured 400 where its bytes break the contract, else its answer."""
    method, _, path = label.partition(" ")
    operation = schema[path][method]
    response = data.draw(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)).call()
    judged = examiner.judge(request_of(response.request), reply_of(response))
    note(repr(judged.case.request))
    note(repr(judged.reply))
    assert judged.judgement.verdict is Verdict.DISCHARGED, judged.judgement.message
