"""The sample service of the engine's tests, and a way to write the file of a fleet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from prove400.cli import main
from prove400.fleet import Row, Word
from prove400.model import Damage
from tests.engine.conftest import project, service

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["project", "service"]
EVIL = "<script>document.title='owned'</script>\u202e\x1b[2J\"'&{{7*7}}"


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def fleet(project: Path) -> Callable[..., Path]:
    """Give a function (entries, tables before them) that writes the file of a fleet."""

    def write(*entries: dict[str, Any], before: str = "") -> Path:
        file = project / "fleet.toml"
        tables = ["[[service]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entry.items()) for entry in entries]
        file.write_text("\n".join([before, *tables]), encoding="utf-8")
        return file

    return write


@pytest.fixture
def rows() -> list[Row]:
    """Give rows of every kind, hostile ones among them."""
    dollars, days = Damage("/price", 326.0, 10273.0, "USD"), Damage("/eta", 1.0, 31.0, "d")
    text = "70 of 70 constraints proven; every invalid request got a structured 400"
    return [
        Row("fine", "pricing", "http://a:1", Word.PASSED, text, complete=True, proven=70, tested=70, sent=240,
            has_page=True, seconds=1.5),
        Row("late", "risk", "http://a:2", Word.FAILED, "2 leaks", complete=False, damage=days, findings=2, sent=9),
        Row("dear", "risk", "http://a:3", Word.FAILED, "1 silent 200", complete=True, damage=dollars, has_page=True),
        Row("dead", "", "http://a:4", Word.INCOMPLETE, "Not proven: no reply", complete=False),
        Row("javascript:alert(1)//" + EVIL, EVIL, EVIL, Word.INCOMPLETE, EVIL, complete=False, has_page=True),
    ]  # fmt: skip
