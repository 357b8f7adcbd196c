"""Runs of what changed only, or first: which obligations are sent, and what the run says of the others."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import prove400
from prove400.cli import main
from prove400.reporters import REPORTERS, load
from prove400.reporters.json_report import schema

if TYPE_CHECKING:
    from pathlib import Path

    Document = dict[str, Any]


def refusing(environ: dict[str, Any], start: Any) -> list[bytes]:
    """Refuse everything, as a stand-in for a service: what is sent is what is looked at."""
    start("400 Bad Request", [("Content-Type", "application/json")])
    return [b"{}"]


def _proof(shop: Document, **settings: Any) -> prove400.Proof:
    return prove400.start(refusing, shop, **settings)


def _tightened(shop: Document) -> Document:
    old = copy.deepcopy(shop)
    old["components"]["schemas"]["Order"]["properties"]["count"]["maximum"] = 20
    return old


def test_only_the_touched_obligations_are_sent(shop: Document) -> None:
    """A changed bound sends the cases of that bound, and the valid request of its operation."""
    cases = list(_proof(shop, changed_only=_tightened(shop)).planned())
    assert {(case.operation, case.obligation.constraint.keyword) for case in cases} == {
        ("POST /orders", "maximum"), ("POST /orders", "witness"),
    }  # fmt: skip
    assert len(cases) > 3


def test_all_cases_of_a_new_operation_are_sent(shop: Document) -> None:
    """What the old contract had no operation for is new altogether."""
    old = copy.deepcopy(shop)
    del old["paths"]["/orders/{id}"]
    cases = list(_proof(shop, changed_only=old).planned())
    every = [case for case in prove400.plan(shop) if isinstance(case, prove400.Case)]
    assert cases == [case for case in every if case.operation == "GET /orders/{id}"]


def test_a_changed_answer_sends_the_requests_that_get_it(shop: Document) -> None:
    """A schema of a 2xx is proven by valid requests, and one of an error by invalid ones."""
    old = copy.deepcopy(shop)
    old["components"]["schemas"]["Receipt"]["properties"]["price"]["minimum"] = 1
    assert {case.side for case in _proof(shop, changed_only=old).planned()} == {"valid"}
    old = copy.deepcopy(shop)
    del old["paths"]["/orders"]["post"]["responses"]["400"]
    assert {case.side for case in _proof(shop, changed_only=old).planned()} == {"invalid"}


def test_a_partial_run_says_what_it_left_out(shop: Document) -> None:
    """Notes and verdict say how many obligations were left out; none is counted twice or lost."""
    proof = _proof(shop, changed_only=_tightened(shop))
    for _ in proof.events():
        pass
    run = proof.run()
    every = {case.obligation for case in prove400.plan(shop) if isinstance(case, prove400.Case)}
    assert run.untouched == len(every) - len(run.outcomes) > 0
    (note,) = (note for note in run.notes if "no proof of the whole contract" in note)
    assert f"{run.untouched} obligations untouched" in note
    assert "the model was not judged" in note
    document = json.loads(REPORTERS["json"](run))
    Draft202012Validator(schema()).validate(document)
    assert load(REPORTERS["json"](run)) == run


def test_a_change_that_touches_nothing_passes_without_a_claim(shop: Document) -> None:
    """Nothing is sent, nothing is said to be proven, and the run is no failure."""
    run = prove400.prove(refusing, shop, changed_only=copy.deepcopy(shop))
    assert (run.ok, run.sent, run.outcomes) == (True, 0, ())
    verdict = json.loads(REPORTERS["json"](run))["verdict"]
    assert verdict.startswith("PASSED: the change touches no obligation; ")
    assert "no proof of the whole contract" in verdict
    assert "every invalid request" not in verdict


def test_a_whole_run_has_left_nothing_out(shop: Document) -> None:
    """Without a base, nothing is untouched, and the report has no member for it."""
    run = prove400.prove(refusing, shop, operations=["GET /orders/{id}"])
    assert run.untouched == 0
    assert "untouched" not in json.loads(REPORTERS["json"](run))


def test_what_changed_goes_first_and_the_rest_follows(shop: Document) -> None:
    """The touched cases come first, and all in all every case is sent once."""
    first = list(_proof(shop, changed_first=_tightened(shop)).planned())
    only = list(_proof(shop, changed_only=_tightened(shop)).planned())
    every = [case for case in prove400.plan(shop) if isinstance(case, prove400.Case)]
    assert first[: len(only)] == only
    assert sorted(map(repr, first)) == sorted(map(repr, every))


@pytest.mark.parametrize("settings", [{"changed_only": 1}, {"changed_only": "missing.json"}])
def test_an_impossible_base_is_told(shop: Document, settings: dict[str, Any]) -> None:
    """A base that is no contract is an error, before anything is sent."""
    with pytest.raises(prove400.Prove400Error, match=r"changed_only|cannot read"):
        _proof(shop, **settings)


def test_one_base_is_enough(shop: Document) -> None:
    """Only what changed, and what changed first, exclude one another."""
    with pytest.raises(prove400.SettingsError, match="changed_first"):
        _proof(shop, changed_only=shop, changed_first=shop)


def test_the_command_takes_a_base(shop: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--changed-only` exits with 0 where nothing was touched, and with 1 where what was is broken."""
    tmp_path.joinpath("refusing.py").write_text(
        'def app(environ, start):\n    start("500 x", [])\n    return [b""]\n', encoding="utf-8"
    )
    for name, document in (("new.json", shop), ("old.json", _tightened(shop))):
        tmp_path.joinpath(name).write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    codes = {
        base: CliRunner().invoke(main, ["run", "refusing:app", "--contract", "new.json", "--changed-only", base])
        for base in ("new.json", "old.json", "none.json")
    }
    assert {base: done.exit_code for base, done in codes.items()} == {"new.json": 0, "old.json": 1, "none.json": 2}
    assert "the change touches no obligation" in codes["new.json"].output


def test_changed_media_types_and_security_send_what_they_are_about(shop: Document) -> None:
    """A media type that came sends content types, and security that came sends credentials that are wrong."""
    old = copy.deepcopy(shop)
    content = shop["paths"]["/orders"]["post"]["requestBody"]["content"]
    content["application/vnd.shop+json"] = copy.deepcopy(content["application/json"])
    operators = {case.operator.partition(".")[0] for case in _proof(shop, changed_only=old).planned()}
    assert {"content-type", "body"} <= operators
    old = copy.deepcopy(shop)
    shop["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    shop["paths"]["/orders"]["post"]["security"] = [{"key": []}]
    cases = list(_proof(shop, changed_only=old, credentials={"key": "secret"}).planned())
    assert any("/security/" in case.keyword_location for case in cases)
    assert not any(case.operator.startswith("content-type") for case in cases)
