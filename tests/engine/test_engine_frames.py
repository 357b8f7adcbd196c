"""Frames of bodies: what is declared of JSON and of forms, and how long they are."""

from __future__ import annotations

from typing import Any

import pytest

import prove400
from prove400 import Case
from prove400.model import Severity, Side
from tests.engine.test_engine_plan import document

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
CLOSED = {"type": "object", "required": ["q"], "properties": {"q": {"type": "string", "minLength": 2}}}


def framed(*media_types: str) -> list[Case]:
    """Give the cases of the frame of a body that may be of these types."""
    content = document(CLOSED)
    media = content["paths"]["/p"]["post"]["requestBody"]["content"]
    media |= dict.fromkeys(media_types, media.pop("application/json"))
    families = ("content-type", "content-encoding", "content-length", "body")
    return [i for i in prove400.plan(content) if isinstance(i, Case) and i.operator.startswith(families)]


def types(cases: list[Case], operator: str) -> list[Any]:
    """Give the content types that an operator's cases declare, without parameters."""
    own = [case.request.header("Content-Type") or "" for case in cases if case.operator == operator]
    return [text.partition(";")[0] for text in own]


@pytest.mark.parametrize("media_type", [FORM, MULTIPART, "application/json", "application/merge-patch+json"])
def test_every_body_that_is_read_has_a_frame(media_type: str) -> None:
    """Type, coding, length and presence are broken, and the type is valid in another case, whatever the format."""
    cases = framed(media_type)
    operators = {case.operator for case in cases}
    assert operators >= {
        "content-type.missing",
        "content-type.plain",
        "content-type.html",
        "content-type.near-miss",
        "content-type.malformed",
        "content-type.parameter",
        "content-encoding.bad-gzip",
        "content-length.too-long",
        "content-length.too-short",
        "body.missing",
    }
    assert types(cases, "content-type.parameter") == [media_type, media_type.title()]
    assert types(cases, "content-type.near-miss")[0] == f"{media_type}x"
    assert {case.operator for case in cases if case.side is Side.VALID} == {"content-type.parameter"}


@pytest.mark.parametrize(
    ("declared", "siblings"),
    [
        (["application/json"], ["application/merge-patch+json", "application/vnd.prove400+json"]),
        (["application/merge-patch+json"], ["application/json", "application/vnd.prove400+json"]),
        (["application/json", "application/*+json"], []),
        ([FORM], []),
    ],
)
def test_other_types_of_json_are_none_that_the_contract_has(declared: list[str], siblings: list[str]) -> None:
    """Plain JSON is another type than what ends like it, and refused; a reader may go by the suffix (RFC 6839)."""
    cases = framed(*declared)
    assert [*types(cases, "content-type.plain-json"), *types(cases, "content-type.sibling")] == siblings
    assert {case.expected_status for case in cases if case.operator == "content-type.sibling"} <= {(415, 400)}
    severe = {case.operator for case in cases if case.obligation.severity is Severity.ERROR}
    assert "content-type.sibling" not in severe
    assert ("content-type.plain-json" in severe) is ("application/json" in siblings)


def test_a_form_is_sent_as_what_it_is_not() -> None:
    """The fields of a form are sent as JSON and as the other kind of form, unless that is declared as well."""
    others = ("content-type.json", "content-type.multipart", "content-type.form")
    seen = {each: [types(framed(each), name) for name in others] for each in (FORM, MULTIPART, "application/json")}
    assert seen[FORM] == [["application/json"], [MULTIPART], []]
    assert seen[MULTIPART] == [["application/json"], [], [FORM]]
    assert seen["application/json"] == [[], [], [FORM]]
    assert not types(framed(FORM, MULTIPART), "content-type.multipart")


def test_a_charset_stands_once() -> None:
    """Where the contract's type has a charset, no second one is added to it, and a boundary stays."""
    declared = [c.request.header("Content-Type") for c in framed("application/json; charset=utf-8")]
    assert "Application/Json" in declared
    assert max((text or "").count("charset") for text in declared) == 1
    parts = [c.request.header("Content-Type") or "" for c in framed(MULTIPART) if c.side is Side.VALID]
    assert ["; boundary=" in text for text in parts] == [True, True]
