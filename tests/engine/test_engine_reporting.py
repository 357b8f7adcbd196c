"""Reports on the command line and in pytest: to files and to standard output, of a run and of a saved one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from prove400.cli import main
from prove400.cli.reporting import show
from prove400.reporters import REPORTERS, load
from tests.engine.test_engine_plugin import CATALOGUE
from tests.engine.test_engine_plugin import run as pytest_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("project")


def cli(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, list(words))


def test_standard_output() -> None:
    """A report to standard output stands there alone: what people read goes to standard error."""
    result = cli("run", "price_service:silent", "--report", "json=-", "--report", "sarif=run.sarif")
    assert result.exit_code == 1
    run = load(result.stdout)
    assert run.findings
    assert "FAILED" in result.stderr
    assert "sarif report: run.sarif" in result.stderr
    both = cli("run", "price_service:silent", "--report", "github=run.txt")
    assert "FAILED" in both.stdout
    assert "github report: run.txt" in both.stdout
    assert not both.stderr


EVIL = ("::error::owned", f"{'x' * 60} ::error::owned", "##[error]owned", f"{'x' * 60} ##[add-mask]owned")


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("colour", [False, True])
def test_no_reply_commands_a_runner(evil: str, project: Path, monkeypatch: pytest.MonkeyPatch, *, colour: bool) -> None:
    """In a job of GitHub, no line that people read is a command to its runner; elsewhere it stays as it is."""
    cli("run", "price_service:silent", "--report", "json=run.json")
    run = load(project.joinpath("run.json").read_text(encoding="utf-8"))
    reply = replace(run.findings[0].reply, body=evil.encode(), headers=())
    message = evil if evil.startswith("::") else "said"
    held = replace(run, findings=(replace(run.findings[0], message=message, reply=reply),))

    def shown() -> str:
        stream = StringIO()
        show(held, Console(file=stream, width=80, force_terminal=colour), verbose=True)
        return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())

    command = re.compile(r"(?m)^\s*::|##\[")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert command.search(shown())
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert not command.search(shown())
    assert "owned" in shown()


def test_each_format_again(project: Path) -> None:
    """A saved run is written again in each format, to the same bytes as of the run itself; nothing is sent."""
    formats = [word for name in REPORTERS for word in ("--report", f"{name}=first/{name}")]
    assert cli("run", "price_service:silent", *formats).exit_code == 1
    again = [word for name in REPORTERS for word in ("--report", f"{name}=second/{name}")]
    result = cli("report", "first/json", *again)
    assert result.exit_code == 0, result.output
    assert "FAILED" in result.output
    for name in REPORTERS:
        assert (project / "first" / name).read_bytes() == (project / "second" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.json",), "cannot read the run"),
        (("price_service.py",), "not JSON"),
        (("bytes.json",), "no run to be read"),
        (("bytes.json", "--report", "pdf=x"), "pdf=x"),
        ((), "RUN.json"),
    ],
)
def test_what_cannot_be_written_again(words: tuple[str, ...], said: str, project: Path) -> None:
    """A file that is no run is refused with 2, and it is said why."""
    project.joinpath("bytes.json").write_bytes(b"\xff")
    result = cli("report", *words)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_formats_in_pytest(project: Path) -> None:
    """A session writes JSON and HTML; told which formats, it writes those, each with the suffix of its kind."""
    project.joinpath("test_prices.py").write_text(CATALOGUE.format(app="app", more=""), encoding="utf-8")
    words = ("-q", "-k", "health", "--prove400-report", "junit", "--prove400-report", "sarif")
    result = pytest_run(project, *words)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr
    written = sorted(path.name for path in project.joinpath("reports").iterdir())
    assert written == ["prove400.junit.xml", "prove400.sarif"]
    assert "prove400 report: reports/prove400.junit.xml" in result.stdout
    ET.parse(project / "reports" / "prove400.junit.xml")  # noqa: S314 — ours
    assert json.loads(project.joinpath("reports", "prove400.sarif").read_text())["version"] == "2.1.0"
