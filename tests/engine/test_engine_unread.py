"""A body that cannot be read may be refused with 400, whatever status a contract has for invalid values."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

import prove400
from prove400.engine import Examiner
from prove400.model import Case, Request

if TYPE_CHECKING:
    from types import ModuleType


@pytest.mark.parametrize(
    ("operator", "statuses"),
    [
        ("json.truncated", {422, 400}),
        ("json.nan", {422, 400}),
        ("body.missing", {422, 400, 411, 415}),
        ("content-length.too-long", {422, 400}),
        ("content-type.form", {415, 400}),
        ("type.null", {422}),
        ("required.absent", {422}),
    ],
)
def test_each_kind_of_fault_has_its_statuses(operator: str, statuses: set[int], service: ModuleType) -> None:
    """Where 422 is documented, an invalid value gets that alone."""
    document = deepcopy(service.CONTRACT)
    responses = document["paths"]["/price"]["post"]["responses"]
    responses["422"] = responses.pop("400")
    found = [c for c in prove400.plan(document) if isinstance(c, Case) and c.operator == operator and c.part == "body"]
    assert {status for case in found for status in case.expected_status} == statuses


def test_a_search_says_the_same(service: ModuleType) -> None:
    """What a search sends is judged as what the catalogue sends."""
    document = deepcopy(service.CONTRACT)
    responses = document["paths"]["/price"]["post"]["responses"]
    responses["422"] = responses.pop("400")
    examiner = Examiner(prove400.load(document))
    json = (("Content-Type", "application/json"),)
    assert examiner.case(Request("POST", "/price", json, b"{")).expected_status == (422, 400)
    assert examiner.case(Request("POST", "/price", json, b"{}")).expected_status == (422,)
