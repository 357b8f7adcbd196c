"""The suite over other servers: its table, the contracts that it makes, its page and its expectations; no server."""

from __future__ import annotations

import json
import re
from collections import Counter
from string import Formatter
from typing import Any

import pytest

import prove400
from interop import contracts
from interop.catalogue import BY_NAME, SERVERS, Server
from interop.claims import CLAIMS, Claim, shown_by
from interop.environment import HERE
from interop.expectations import EXPECTED, GONE, differences, expectation, summary
from interop.page import PAGE, page, results
from interop.proving import NEEDED, PUBLISHED
from interop.running import HARDENED
from prove400.model import Case

STARTED = [server for server in SERVERS if not server.absent]
WORDS = {"bin", "app", "port", "second", "third", "work", "model"}
RUN = {
    "command": "prove400 run URL",
    "exit": 1,
    "complete": True,
    "obligations": 12,
    "discharged": 9,
    "findings": {"silent-200": 2, "unstructured": 1},
    "requests": {"silent-200": 1200, "unstructured": 1},
    "causes": {"unstructured: the body breaks /a at `b`": 1},
    "damage": {"worst": "$12,765", "rows": 20, "what": "clarity as 0"},
    "sent": 2345,
    "seconds": 4.5,
    "lines": ["silent-200 of POST /predict › body/clarity › type: type.zero"],
}
ROWS = {
    "fastapi": {"name": "fastapi", "versions": {"python": "3.11.7", "fastapi": "1.0"}, "runs": {PUBLISHED: RUN}},
    "mlserver": {"name": "mlserver", "versions": {}, "runs": {PUBLISHED: {**RUN, "obligations": 3, "said": ["why"]}}},
}
named = pytest.mark.parametrize("server", STARTED, ids=lambda server: server.name)


def test_every_row_that_must_be_there_is() -> None:
    """Flask, FastAPI, BentoML and TensorFlow Serving have a row in every case, and no name stands twice."""
    assert {"flask", "fastapi", "bentoml", "tensorflow-serving"} <= BY_NAME.keys()
    assert len(BY_NAME) == len(SERVERS)


@named
def test_every_server_can_be_made_and_started(server: Server) -> None:
    """What it runs is here, what it tells the versions of is pinned, and its words are known."""
    texts = (server.command, server.prepare, *server.environment.values())
    assert {name for text in texts for _, name, _, _ in Formatter().parse(text) if name} <= WORDS
    pinned = (HERE / "requirements" / f"{server.environment_name}.txt").read_text("utf-8")
    for package in (*server.packages, "scikit-learn", "pandas"):
        assert re.search(rf"^{re.escape(package)}==\S+$", pinned, re.MULTILINE), package
    folder = HERE / "servers" / server.name
    assert (folder / "hardened.py").is_file() is (bool(server.hardened) and not server.is_fronted)
    assert not (folder / "hardened.py").is_file() or (folder / "main.py").is_file()


IN_ORDER = {"gradio", "seldon"}
"""Servers that take a row by the order of its values; tensors have names, and no server has to know an order."""


@named
def test_the_contract_that_the_model_needs_is_usable(server: Server) -> None:
    """Its example is the witness; of each category the index and the case are tried, of each number the bounds."""
    contract = prove400.load(contracts.needed(server.path, server.body, server.answer, {}))
    cases = [item for item in prove400.plan(contract) if isinstance(item, Case)]
    assert all(json.dumps(value).encode() in cases[0].witness.body for value in contracts.SAMPLE.values())
    tried = {"type.category-index": 3, "enum.case": 3, "maximum.ulp": 6}
    for operator, places in tried.items():
        assert len({case.obligation.constraint for case in cases if case.operator == operator}) == places
    swapped = any(case.operator == "prefixItems.swapped" for case in cases)
    assert swapped is (server.name in IN_ORDER)


def test_what_a_server_publishes_of_its_errors_is_kept() -> None:
    """The request and the answer become the model's; parameters go, and other statuses stay."""
    response = {"description": "Refused."}
    operation = {"parameters": [], "responses": {"200": {"description": "Any."}, "422": response}}
    paths = {"/predict": {"post": operation}, "/other": {"get": {"responses": {}}}}
    read = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": paths}
    made = contracts.needed("/predict", contracts.row, contracts.PRICE, read)
    (post,) = made["paths"]["/predict"].values()
    assert list(made["paths"]) == ["/predict"]
    assert post["responses"]["422"] == response
    assert post["responses"]["200"]["content"]["application/json"]["schema"] == contracts.PRICE
    assert "parameters" not in post


def test_the_page_tells_a_row_in_one_line() -> None:
    """Findings with their requests, the damage, what stopped a run, and a server that cannot be had."""
    told = page(ROWS)
    line = "| FastAPI | published | 12 | 9 | 2 (1,200) |  | 1 (1) |  |  |  |  | $12,765, clarity as 0 | 2,345 | 4.5 |"
    assert line in told.splitlines()
    assert "- 1 × `unstructured: the body breaks /a at  b `" in told
    assert "said: why" in told
    assert "TensorFlow Serving | not tried: no registry" in told
    assert "over 20 real diamonds" in told


def test_the_page_is_that_of_the_rows() -> None:
    """docs/servers.md is what the rows give, so that neither is written by hand."""
    assert PAGE.read_text("utf-8") == page(results())


def test_the_rows_are_those_that_were_checked() -> None:
    """There is an expectation for each row, with as many findings of each verdict as the row counts."""
    rows = results()
    assert {path.stem for path in EXPECTED.glob("*.json")} == rows.keys()
    for name, row in rows.items():
        expected = json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))
        assert expected.keys() == row["runs"].keys()
        for run, lines in expected.items():
            if row["runs"][run].get("exited"):
                assert lines == [GONE]
                continue
            assert (
                Counter(re.split(r" (?:\(warning\) )?of ", text)[0] for text in lines) == row["runs"][run]["findings"]
            )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_what_was_seen_by_hand_is_found(claim: Claim) -> None:
    """The servers that must show a claim do, by operators of accepted findings; those that do not are told apart."""
    shown = shown_by(results(), claim.name)
    assert shown.keys() >= set(claim.of)
    assert claim.instead.keys().isdisjoint(shown)
    for name, found in shown.items():
        lines = json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))[found["run"]]
        accepted = {word for text in lines for word in text.rpartition(": ")[2].split(", ")}
        assert set(filter(None, found["operators"].split(", "))) <= accepted


def test_hardened_servers_show_no_claim() -> None:
    """What closes the holes closes these too, but for what a row's note tells."""
    shown = {name: set(row["runs"].get(HARDENED, {}).get("claims", {})) for name, row in results().items()}
    assert {name for name, claims in shown.items() if claims} <= {"bentoml", "vetiver"}


def test_rows_tell_nothing_of_the_machine() -> None:
    """No row has a folder of the machine that ran it, as a traceback shows them."""
    assert not re.findall(r"/(?:tmp|root|home|work|usr)/", json.dumps([*results().values()]))


def test_a_difference_is_told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding that is new and one that is gone are named, with their run."""
    monkeypatch.setattr("interop.expectations.EXPECTED", tmp_path)
    (tmp_path / "fastapi.json").write_text(json.dumps({PUBLISHED: ["old"], NEEDED: ["same"]}), "utf-8")
    found = {"runs": {PUBLISHED: {"lines": ["new"]}, NEEDED: {"lines": ["same"]}, HARDENED: {"said": ["no"]}}}
    assert list(differences("fastapi", found)) == ["published: new: new", "published: gone: old", "hardened: new: no"]
    assert expectation({}) == {}
    assert expectation({"runs": {PUBLISHED: {"lines": ["seen in time"], "exited": True}}}) == {PUBLISHED: [GONE]}
    assert summary(found)["runs"][NEEDED] == {}
