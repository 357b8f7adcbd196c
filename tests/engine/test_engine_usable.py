"""A schema that cannot be used is told before the first request, with its place; other operations are proven."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import prove400
from prove400.cli import main
from prove400.errors import ContractError
from prove400.model import Side
from prove400.validation import SchemaValidators

BODY = "/paths/~1bad/post/requestBody/content/application~1json/schema"
ANSWER = "/paths/~1bad/post/responses/200/content/application~1json/schema"
BAD, GOOD = "POST /bad", "GET /good"
JSON = "application/json"
ANY: dict[str, Any] = {}


def document(body: Any = ANY, answer: Any = ANY, parameter: Any = ANY, **components: Any) -> dict[str, Any]:
    """Give a contract with one good operation, and one with some schemas."""
    bad = {
        "parameters": [{"name": "q", "in": "query", "schema": parameter}],
        "requestBody": {"content": {JSON: {"schema": body}}},
        "responses": {"200": {"description": "x", "content": {JSON: {"schema": answer}}}},
    }
    good = {"responses": {"200": {"description": "x"}}}
    paths = {"/good": {"get": good}, "/bad": {"post": bad}}
    return {"openapi": "3.1.0", "info": {}, "paths": paths, "components": {"schemas": components}}


class Service:
    """Answers /good as it must, and counts what it is asked."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        self.asked.append(path)
        status = "404 x" if path != "/good" else "200 x" if method in ("GET", "HEAD") else "405 x"
        start(status, [("Content-Type", JSON), ("Allow", "GET")])
        return [b"{}"]


DEFECTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": (document({"properties": {"a": {"type": "bytes"}}}), f"{BODY}/properties/a/type", '"bytes" is not valid'),
    "pattern": (document({"items": {"pattern": "["}}), f"{BODY}/items", "'[' is no regular expression"),
    "reference": (
        document({"properties": {"a": {"$ref": "#/components/schemas/Gone"}}}),
        f"{BODY}/properties/a",
        "'#/components/schemas/Gone' leads nowhere",
    ),
    "outside": (document({"$ref": "http://127.0.0.1/x"}), BODY, "'http://127.0.0.1/x' leads nowhere"),
    "component": (
        document({"$ref": "#/components/schemas/A"}, A={"properties": {"b": {"minLength": "x"}}}),
        "/components/schemas/A/properties/b/minLength",
        '"x" is not of type "integer"',
    ),
    "answer": (document(answer={"enum": 3}), f"{ANSWER}/enum", '3 is not of type "array"'),
    "parameter": (document(parameter={"type": "int"}), "/paths/~1bad/post/parameters/0/schema/type", '"int" is not'),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_other_operations_are_proven(name: str) -> None:
    """The run names the operation, the place and what to try, proves the others, and is never passed."""
    content, place, what = DEFECTS[name]
    service = Service()
    run = prove400.prove(service, content)
    assert not run.findings
    assert {o.obligation.constraint.operation for o in run.outcomes} == {GOOD}
    assert (run.ok, run.complete, run.unreachable) == (False, False, 0)
    (told,) = [note for note in run.notes if "not proven" in note]
    assert told.startswith(f"{BAD} is not proven: ")
    assert what in told
    assert f"(at {place})" in told
    assert "overlay" in told
    assert "/bad" not in service.asked


@pytest.mark.parametrize("name", DEFECTS)
def test_nothing_is_sent_where_all_is_lost(name: str) -> None:
    """Where no operation that is wanted can be proven, the error is told before any request."""
    content, place, _ = DEFECTS[name]
    service = Service()
    with pytest.raises(ContractError) as caught:
        prove400.prove(service, content, operations=[BAD])
    assert caught.value.where == place
    assert not service.asked
    assert prove400.prove(service, content, operations=[GOOD]).ok


def test_every_operation_that_shares_it_is_lost() -> None:
    """A component that cannot be used loses each operation that leads to it, and a sound one none."""
    content = document({"$ref": "#/components/schemas/A"}, A={"properties": {"b": {"minLength": "x"}}})
    content["paths"]["/worse"] = {"put": content["paths"]["/bad"]["post"]}
    proof = prove400.start(Service(), content)
    assert set(proof.lost) == {BAD, "PUT /worse"}
    content["components"]["schemas"]["A"] = {"properties": {"b": {"minLength": 1}}}
    assert not prove400.start(Service(), content).lost


def test_the_command_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that lost an operation exits with 3 and names it; one that lost all exits with 2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    Path("openapi.json").write_text(json.dumps(DEFECTS["type"][0]), encoding="utf-8")
    words = ["run", "test_engine_usable:Service()", "--contract", "openapi.json"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 3, result.output
    assert "POST /bad is not proven" in " ".join(result.output.split())
    assert "an error of its own" not in result.output
    assert CliRunner().invoke(main, [*words, "--operation", BAD]).exit_code == 2


def test_other_processes_leave_it_out_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that share a run prove the operations that can be, and the run is as of one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    alone = prove400.prove(Service(), DEFECTS["answer"][0], sanity=False)
    shared = prove400.prove("test_engine_usable:Service()", DEFECTS["answer"][0], sanity=False, jobs=2)
    assert [outcome.obligation for outcome in shared.outcomes] == [outcome.obligation for outcome in alone.outcomes]
    assert not shared.complete


def test_a_whole_contract_loses_nothing() -> None:
    """What is merely odd, such as a keyword that nobody knows, is no defect."""
    odd = {"x-own": 1, "format": "carat", "pattern": r"\p{L}", "$comment": "x", "properties": {"a": True}}
    proof = prove400.start(Service(), document(odd, odd, {"type": "string"}))
    assert not proof.lost
    assert {case.operation for case in proof.planned() if case.side is Side.VALID} == {BAD, GOOD}


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", r"^[a-z]+$"])
def test_a_pattern_that_python_cannot_read(pattern: str) -> None:
    """Where Python has no such pattern the second opinion is the first one's, and no error in the middle of a run."""
    validators = SchemaValidators(prove400.load(document(A={"pattern": pattern})).document)
    at = "/components/schemas/A"
    assert [validators.at(at).is_valid(text) for text in ("abc", "1")] == [True, False]
    assert [validators.second_opinion(at, text) for text in ("abc", "1")] == [True, False]
