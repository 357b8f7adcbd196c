"""The page on the audit: its commands run, and it has a heading for each rule."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from prove400.audit import Rule
from prove400.cli import main
from tests.audit.conftest import ARTEFACT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ prove400 (.+)$", PAGE, re.MULTILINE)


def test_every_rule_has_its_heading() -> None:
    """A rule's slug is its anchor; no heading is left of one that is gone."""
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == list(Rule)


def test_the_page_has_commands() -> None:
    """The page shows both commands."""
    assert {command.split()[0] for command in COMMANDS} == {"audit", "init"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the page ends well in a clone of the repository."""
    tmp_path.joinpath("contracts").symlink_to(ROOT / "contracts")
    tmp_path.joinpath("api").mkdir()
    tmp_path.joinpath("api", "artefact").symlink_to(ARTEFACT)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(command, comments=True))
    assert (result.exit_code, result.stderr) == (0, "")
