"""What no list holds: several faults at once, drawn by Hypothesis and judged on their final bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import prove400
from prove400 import Case, Request, Verdict, pointer
from prove400.model import Part
from prove400.serialization import json_bytes
from prove400.transport import Transport
from prove400.validation import parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _body_cases(contract: prove400.Contract) -> Iterator[Case]:
    for item in prove400.plan(contract):
        if isinstance(item, Case) and item.part is Part.BODY and item.violates_body_schema:
            yield item


def _grafted(onto: Any, case: Case) -> Any:
    """Put what a case has at its instance location onto another body, where that location still is."""
    value = pointer.get(parse(case.request.body), case.instance_location)
    try:
        return pointer.replace(onto, case.instance_location, value)
    except prove400.PointerError:
        return onto


@pytest.fixture(scope="module")
def cases(contract: prove400.Contract) -> dict[str, list[Case]]:
    """The planned cases that break a body schema, by operation."""
    found: dict[str, list[Case]] = {}
    for case in _body_cases(contract):
        found.setdefault(case.operation, []).append(case)
    return found


@given(data=st.data())
def test_many_faults_at_once_are_refused_and_one_of_them_is_named(
    data: st.DataObject, cases: dict[str, list[Case]], transport: Transport, examiner: prove400.Examiner
) -> None:
    """A body with two to five faults gets a structured 400 that names at least one of them."""
    operation = data.draw(st.sampled_from(sorted(cases)))
    chosen = data.draw(st.lists(st.sampled_from(cases[operation]), min_size=2, max_size=5))
    body = parse(chosen[0].witness.body)
    for case in chosen:
        body = _grafted(body, case)
    _assert_discharged(replace(chosen[0].witness, body=json_bytes(body)), transport, examiner)


@given(data=st.data())
def test_api_and_schema_agree_on_any_value_at_any_place(
    data: st.DataObject, cases: dict[str, list[Case]], transport: Transport, examiner: prove400.Examiner
) -> None:
    """A body with any JSON value at one place is refused where the schema refuses it, and answered where not."""
    operation = data.draw(st.sampled_from(sorted(cases)))
    case = data.draw(st.sampled_from(cases[operation]))
    body = pointer.replace(parse(case.witness.body), case.instance_location, data.draw(JSON))
    _assert_discharged(replace(case.witness, body=json_bytes(body)), transport, examiner)


def _assert_discharged(request: Request, transport: Transport, examiner: prove400.Examiner) -> None:
    judged = examiner.judge(request, transport.send(request))
    note(repr(request.body))
    note(repr(judged.reply))
    assert judged.judgement.verdict is Verdict.DISCHARGED, judged.judgement.message
