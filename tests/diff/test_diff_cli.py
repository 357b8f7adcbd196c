"""``prove400 diff``: exit codes, what is allowed, and its three formats."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from prove400 import Comparison, compare
from prove400.cli import main
from prove400.diff.rendering import FORMATS, schema

if TYPE_CHECKING:
    from pathlib import Path

    Document = dict[str, Any]

ENUM = {"enum": ["red", "green", "grey"]}


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


def _edited(shop: Document) -> Document:
    """Change the contract in each way that the formats tell apart."""
    new = copy.deepcopy(shop)
    schemas = new["components"]["schemas"]
    schemas["Order"]["properties"]["colour"]["enum"] = ENUM["enum"]
    schemas["Receipt"]["properties"]["price"]["minimum"] = -1
    schemas["Line"]["properties"]["size"]["description"] = "In metres."
    new["paths"]["/orders/{id}"]["get"]["description"] = "One order."
    new["paths"]["/new"] = {"get": {"responses": {"200": {"description": "ok"}}}}
    return new


@pytest.fixture
def pair(tmp_path: Path, shop: Document, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with two contracts that differ, and stand there."""
    tmp_path.joinpath("old.json").write_text(json.dumps(shop), encoding="utf-8")
    tmp_path.joinpath("new.json").write_text(json.dumps(_edited(shop)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def found(shop: Document) -> Comparison:
    """Give the comparison of the two."""
    return compare(shop, _edited(shop))


CODES = [
    ((), 1),
    (("--fail-on", "none"), 0),
    (("--fail-on", "narrowed"), 1),
    (("--fail-on", "answers"), 1),
    (("--fail-on", "fatal"), 2),
    (("--format", "pdf"), 2),
    (("--format", "json"), 1),
    (("--format", "markdown"), 1),
]


@pytest.mark.parametrize(("flags", "code"), CODES)
def test_the_exit_code_says_whether_anything_breaks(pair: Path, flags: tuple[str, ...], code: int) -> None:
    """0 nothing breaks, or nothing of what was asked for; 1 something does; 2 the command cannot be carried out."""
    assert cli("diff", "old.json", "new.json", *flags).exit_code == code


def test_each_effect_fails_by_its_own_word(shop: Document, tmp_path: Path) -> None:
    """A change that only narrows fails `narrowed` and `any`, and neither `widened` nor `answers`."""
    new = copy.deepcopy(shop)
    new["components"]["schemas"]["Order"]["properties"]["count"]["maximum"] = 5
    old_file, new_file = tmp_path / "old.json", tmp_path / "new.json"
    old_file.write_text(json.dumps(shop), encoding="utf-8")
    new_file.write_text(json.dumps(new), encoding="utf-8")
    words = ("any", "narrowed", "widened", "answers", "none")
    codes = [cli("diff", str(old_file), str(new_file), "--fail-on", word).exit_code for word in words]
    back = [cli("diff", str(new_file), str(old_file), "--fail-on", word).exit_code for word in words]
    assert (codes, back) == ([1, 1, 0, 0, 0], [1, 0, 1, 0, 0])


def _fingerprints(found: Comparison) -> list[str]:
    return [change.fingerprint for change in found.breaking]


def test_an_allowed_change_lets_the_gate_pass_and_no_other_does(pair: Path, found: Comparison) -> None:
    """Each fingerprint lets one change through; with all of them the exit code is 0, and the changes are still told."""
    first, second = _fingerprints(found)
    one = cli("diff", "old.json", "new.json", "--allow", first)
    both = cli("diff", "old.json", "new.json", "--allow", first, "--allow", second)
    assert (one.exit_code, both.exit_code) == (1, 0)
    assert "Breaking, and allowed (2)" in both.output
    assert first in both.output


@pytest.mark.parametrize("form", ["list", "table"])
def test_changes_are_allowed_in_the_project(pair: Path, found: Comparison, form: str) -> None:
    """`[tool.prove400.diff]` allows changes by a list, or by a table with the reasons, which the text tells."""
    names = _fingerprints(found)
    lines = [f'{name} = "agreed in spring"' for name in names]
    listed = f"[tool.prove400.diff]\nallow = {names!r}\n"
    table = "[tool.prove400.diff.allow]\n" + "\n".join(lines)
    pair.joinpath("pyproject.toml").write_text(listed if form == "list" else table, encoding="utf-8")
    done = cli("diff", "old.json", "new.json")
    assert done.exit_code == 0, done.output
    assert ("agreed in spring" in " ".join(done.output.split())) == (form == "table")


def test_an_allowed_fingerprint_that_nothing_has_is_told(pair: Path) -> None:
    """What is allowed in vain can go from the list."""
    assert "no change has it: 0123456789ab" in cli("diff", "old.json", "new.json", "--allow", "0123456789ab").output


BAD = ["diff = 1", '[tool.prove400.diff]\nfail_on = "fatal"', "[tool.prove400.diff]\nallow = 1",
       "[tool.prove400.diff]\nspeed = 1"]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_an_impossible_setting_is_told(pair: Path, text: str) -> None:
    """A table that nobody can read is an error of usage."""
    head = "" if text.startswith("[") else "[tool.prove400]\n"
    pair.joinpath("pyproject.toml").write_text(head + text, encoding="utf-8")
    done = cli("diff", "old.json", "new.json")
    assert (done.exit_code, "Hint:" in done.output) == (2, True), done.output


def test_the_text_is_plain_and_fits_the_terminal(pair: Path) -> None:
    """At 80 columns no line is longer, none holds an escape, and what breaks stands before what does not."""
    lines = cli("diff", "old.json", "new.json").output.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[:4] == [
        "old.json → new.json",
        "INCOMPATIBLE: 2 breaking changes (1 narrows requests, 1 widens requests, 1",
        "POST /orders › body/colour › enum",
        "POST /orders › answer 200 application/json/price › minimum",
    ]
    assert "Changed without breaking (1)" in heads
    assert "Changed, and no request shows it (1)" in heads


def test_the_text_tells_of_one_schema_once(shop: Document) -> None:
    """A component that two operations share is one change with two fingerprints."""
    shop["paths"]["/again"] = {"post": copy.deepcopy(shop["paths"]["/orders"]["post"])}
    new = copy.deepcopy(shop)
    new["components"]["schemas"]["Order"]["properties"]["colour"].update(ENUM)
    found = compare(shop, new)
    text = FORMATS["text"](found, 80)
    assert len(found.breaking) == 2
    assert text.count("\n  witness  ") == 2
    assert all(change.fingerprint in text for change in found.changes)


def test_the_json_fits_its_schema_and_holds_the_bytes(found: Comparison) -> None:
    """The document is valid by its own JSON Schema, deterministic, and has each witness's request."""
    document = json.loads(FORMATS["json"](found, 0))
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(document)
    assert FORMATS["json"](found, 0) == FORMATS["json"](found, 0)
    assert document["breaking"] == _fingerprints(found)
    bodies = [w["request"]["body"]["text"] for c in document["changes"] for w in c["witnesses"] if w["request"]]
    assert any('"colour":"blue"' in body for body in bodies)
    empty = json.loads(FORMATS["json"](compare({**SMALL}, {**SMALL}), 0))
    Draft202012Validator(schema()).validate(empty)
    assert empty["verdict"] == "compatible"


SMALL: Document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}


def test_the_markdown_is_one_comment_that_a_hostile_contract_cannot_break(shop: Document) -> None:
    """No text of a contract ends a cell, a fence or an element; every fold is closed."""
    new = copy.deepcopy(shop)
    hostile = "a|b```</details><img src=x onerror=alert(1)>@team\n# h"
    new["components"]["schemas"]["Order"]["properties"]["colour"]["enum"].append(hostile)
    text = FORMATS["markdown"](compare(shop, new), 0)
    outside = re.sub(r"(?s)(`{3,})http\n.*?\n\1", "", text)
    assert "<img" not in outside
    assert "@team" not in outside
    assert outside.count("<details>") == outside.count("</details>") == 1
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {5}


def test_the_markdown_says_what_breaks_first(found: Comparison) -> None:
    """The comment begins with the verdict, and has each breaking change in its table."""
    text = FORMATS["markdown"](found, 0)
    assert text.startswith("### Contract: INCOMPATIBLE: 2 breaking changes")
    assert all(f"<code>{name}</code>" in text for name in _fingerprints(found))
    assert "1 other change" not in text
    assert "2 other changes" in text


def test_equal_contracts_say_so(pair: Path) -> None:
    """Where nothing changed, that is all that is said."""
    done = cli("diff", "old.json", "old.json")
    assert done.exit_code == 0
    assert "COMPATIBLE: nothing changed." in done.output
