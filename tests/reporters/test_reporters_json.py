"""The JSON report: complete, deterministic, described by a schema, and read back to an equal run."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from prove400.errors import ReportError
from prove400.model import Damage, Run
from prove400.reporters import REPORTERS, load
from prove400.reporters.json_report import schema

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = ("passing", "failing", "incomplete", "hostile", "small")
render = REPORTERS["json"]


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest) -> Run:
    """Give each sample run."""
    sample: Run = request.getfixturevalue(request.param)
    return sample


def test_round_trip(run: Run) -> None:
    """Reading a rendered run back gives an equal run, which renders to the same bytes."""
    text = render(run)
    assert load(text) == run
    assert render(load(text)) == text


def test_schema_admits_every_report(run: Run) -> None:
    """Every rendered run fits the published schema."""
    errors = list(Draft202012Validator(schema()).iter_errors(json.loads(render(run))))
    assert not errors, errors[0]


def test_schema_is_valid() -> None:
    """The published schema is itself a valid JSON Schema."""
    Draft202012Validator.check_schema(schema())


def closed(node: Any) -> list[bool]:
    """Say for each schema that describes members whether it is closed to others."""
    if isinstance(node, dict):
        own = [node.get("additionalProperties", True) is not True] if isinstance(node.get("properties"), dict) else []
        return own + [said for inner in node.values() for said in closed(inner)]
    return [said for inner in node for said in closed(inner)] if isinstance(node, list) else []


def test_schema_is_tight() -> None:
    """No object of the schema admits members that it does not describe."""
    said = closed(schema())
    assert len(said) > 10
    assert all(said)


def test_gold(small: Run, gold: Callable[[str, str], str]) -> None:
    """The document stays as it is, byte for byte."""
    text = render(small)
    assert text == gold("small.json", text)


def test_only_timing_differs(failing: Run) -> None:
    """Clock, durations and Date fields change nothing outside of `timing`."""
    late = [
        replace(
            f,
            reply=replace(
                f.reply,
                seconds=9.5,
                headers=tuple(
                    (name, "Sun, 23 Nov 2025 10:00:00 GMT" if name == "Date" else value)
                    for name, value in f.reply.headers
                ),
            ),
        )
        for f in failing.findings
    ]
    other = replace(failing, started="2025-11-23T10:00:00Z", seconds=99.0, findings=tuple(late))
    one, two = json.loads(render(failing)), json.loads(render(other))
    assert one.pop("timing") != two.pop("timing")
    assert json.dumps(one) == json.dumps(two)
    assert load(render(other)) == other


def test_ascii_and_one_record_per_line(failing: Run) -> None:
    """The document is ASCII, and each outcome has a line of its own, so line-wise tools and diffs work."""
    text = render(failing)
    assert text.isascii()
    assert sum(line.startswith('  {"obligation"') for line in text.splitlines()) == len(failing.outcomes)


def test_infinite_damage(failing: Run) -> None:
    """An answer that became infinite is kept, in a document that is still strict JSON."""
    finding = replace(failing.findings[0], damage=Damage("/price", 1.0, math.inf))
    run = replace(failing, findings=(finding,))
    assert load(render(run)) == run
    assert '"after": "Infinity"' in render(run)


def test_older_document_loads(passing: Run) -> None:
    """A document that lacks a field with a default still loads."""
    document = json.loads(render(passing))
    del document["settings"]
    assert load(json.dumps(document)) == replace(passing, settings=())


def changed(text: str, *path: str | int, value: Any) -> str:
    """Set one place of a document."""
    document = json.loads(text)
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return json.dumps(document)


BAD = [
    (("format",), "other", "/format"),
    (("version",), 2, "/version"),
    (("timing",), None, "/timing"),
    (("timing", "replies"), [], "/timing/replies"),
    (("timing", "seconds"), "x", "/seconds"),
    (("sent",), True, "/sent"),
    (("sent",), 1.5, "/sent"),
    (("notes",), "text", "/notes"),
    (("surprise",), 1, "/surprise"),
    (("outcomes", 0, "status"), "fine", "/outcomes/0/status"),
    (("outcomes", 0, "status"), [], "/outcomes/0/status"),
    (("outcomes", 0), 5, "/outcomes/0"),
    (("outcomes", 0, "obligation", "constraint", "part"), "foot", "/outcomes/0/obligation/constraint/part"),
    (("findings", 0), 5, "/findings/0"),
    (("findings", 0, "reply", "headers"), None, "/findings/0/reply/headers"),
    (("findings", 0, "reply", "headers"), [["a"]], "/findings/0/reply/headers/0"),
    (("findings", 0, "reply", "headers"), [["Date"]], "/findings/0/reply/headers/0"),
    (("findings", 0, "request", "body"), {"text": "a", "base64": ""}, "/findings/0/request/body"),
    (("findings", 0, "request", "body"), {"base64": "="}, "/findings/0/request/body/base64"),
    (("findings", 0, "request"), {}, "/findings/0/request"),
]


@pytest.mark.parametrize(("path", "value", "where"), BAD, ids=[f"{where}={value}" for _, value, where in BAD])
def test_load_names_the_place(small: Run, path: tuple[str | int, ...], value: object, where: str) -> None:
    """A document that does not fit is refused with the place and a hint."""
    with pytest.raises(ReportError) as caught:
        load(changed(render(small), *path, value=value))
    assert caught.value.where == where
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "prove400/run"}', "[" * 100_000, "1" * 5000])
def test_load_refuses_what_is_no_report(text: str) -> None:
    """Text that is no report gives a ReportError, never another exception."""
    with pytest.raises(ReportError):
        load(text)


def test_unserialisable_value(failing: Run) -> None:
    """A value that JSON cannot hold is reported as such."""
    place = replace(failing.findings[0].constraint, expected={1, 2})
    with pytest.raises(ReportError, match="JSON cannot"):
        render(replace(failing, findings=(replace(failing.findings[0], constraint=place),)))
