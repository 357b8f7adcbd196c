"""The page on readers: its tables are those of the code, its examples run, its commands can be parsed."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from prove400.cli import main
from prove400.contract.overlays import applied
from prove400.engine.settings import ELSEWHERE, Settings
from prove400.errors import ContractError
from prove400.oracle import POLICIES, SHAPES, SIGNS
from prove400.readers import SAVED, SERVED, Site
from prove400.readers.published import PLACES
from prove400.tensors import ELEMENTS, SHAPE, TENSORS
from prove400.transport import connect

PAGE = Path(__file__).parents[2].joinpath("docs", "readers.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ prove400 (.+)$", PAGE, re.MULTILINE)


def block(language: str) -> str:
    """Give the one example of the page in a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def rows(heading: str) -> list[list[str]]:
    """Give the rows of the table whose first column has a heading."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()]


TABLES: list[tuple[str, list[list[str]]]] = [
    ("reader", [[f"`{reader.name}`", reader.reads] for reader in (*SERVED, *SAVED)]),
    ("path", [[f"`{place.method} {place.path}`", place.by] for place in PLACES]),
    ("`--errors`", [[f"`{shape.name}`", shape.how] for shape in SHAPES.values()]),
    ("a 2xx that says error", [[sign.how] for sign in SIGNS]),
    ("`--policy`", [[f"`{name}`", policy.means, f"`{policy.rule}`"] for name, policy in POLICIES.items()]),
]


@pytest.mark.parametrize(("heading", "expected"), TABLES, ids=[heading for heading, _ in TABLES])
def test_the_tables_are_those_of_the_code(heading: str, expected: list[list[str]]) -> None:
    """Whoever adds a reader, a place, a shape or a policy adds a row, in the same order and words."""
    assert rows(heading) == expected


def test_the_keywords_are_named() -> None:
    """The keywords of tensors stand on the page."""
    assert [cells[0].strip("`") for cells in rows("keyword")] == [TENSORS, SHAPE, ELEMENTS]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_can_be_parsed(command: str) -> None:
    """Each command of the page has arguments and options that there are."""
    name, *words = shlex.split(command, comments=True)
    assert main.commands[name].make_context(name, words).params


def test_the_settings_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of the page is one of settings."""
    monkeypatch.setenv("TOKEN", "t")
    table = tomllib.loads(block("toml"))["tool"]["prove400"]
    chosen = Settings.of({name: value for name, value in table.items() if name not in ELSEWHERE})
    assert chosen.headers == (("Authorization", "Bearer t"),)
    assert (chosen.model, chosen.rate, chosen.invalid_status) == ("diamonds", 20, (400, 422))


def test_the_overlay_is_one() -> None:
    """The overlay of the page fits a contract with such rows."""
    row = {"properties": {"cut": {"type": "string"}, "carat": {"type": "number"}}}
    after = applied(yaml.safe_load(block("yaml")), {"components": {"schemas": {"Row": row}}}, "o")
    assert after["components"]["schemas"]["Row"]["properties"]["carat"] == {
        "type": "number",
        "minimum": 0.2,
        "maximum": 5.01,
    }


def test_the_reader_is_one(publish: Callable[[dict[str, Any]], Any]) -> None:
    """The reader of the page reads its server, leaves others alone, and says what is missing."""
    names: dict[str, Any] = {}
    exec(compile(block("python"), "readers.md", "exec"), names)  # noqa: S102 — our own page
    read = names["READER"].read
    told = {"server": "ours", "columns": {"carat": "float"}}
    reading = read(Site(connect(publish({"/about": told}))))
    assert reading.document["components"]["schemas"]["Row"]["required"] == ["carat"]
    assert read(Site(connect(publish({"/about": {"server": "theirs"}})))) is None
    with pytest.raises(ContractError, match="does not tell its columns"):
        read(Site(connect(publish({"/about": {"server": "ours"}}))))
