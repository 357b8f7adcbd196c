"""What a run says at the end: one line where all is well, the worst where not, all of it when asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prove400.cli import main
from prove400.reporters import load

TARGETS = """
from price_service import Service

bad = Service("coerces", "no-maximum", "crashes", "misnames", "no-allow", "index")
"""


@pytest.fixture(autouse=True)
def targets(project: Path) -> Path:
    """Stand in a folder with a service that does much wrong."""
    project.joinpath("targets.py").write_text(TARGETS)
    return project


def run(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, ["run", *words])


def headings(result: Result) -> list[str]:
    """Give the lines that begin a finding."""
    return [
        line for line in result.output.splitlines() if " · " in line and " of " in line and "obligations" not in line
    ]


def test_success_is_one_line_and_where_the_report_is() -> None:
    """Nothing else that a reader would have to pass over."""
    result = run("price_service:app", "--report", "json=run.json")
    verdict, *rest = result.output.split("\n\n")[0].splitlines()
    assert verdict.startswith("PASSED: ")
    assert rest[-1] == "json report: run.json"
    assert len(" ".join(rest[:-1])) < 80  # the verdict's second line at most
    assert "requests in" not in result.output


def test_failure_tells_the_five_worst() -> None:
    """Five findings with their reproducers, and how many more there are."""
    result = run("targets:bad", "--report", "json=run.json")
    findings = load(Path("run.json").read_text()).findings
    assert len(findings) > 6
    assert len(headings(result)) == 5
    assert result.output.count("curl ") == 5
    assert f"… and {len(findings) - 5} more findings: see the report, or --verbose" in result.output
    assert headings(result)[0].startswith("1 of ")


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_verbose_tells_all(flag: str) -> None:
    """Every finding, every note, what cannot be isolated, and what it took."""
    told = run("targets:bad", "--report", "json=run.json", flag)
    whole = load(Path("run.json").read_text())
    assert len(headings(told)) == len(whole.findings)
    assert "more findings" not in told.output
    assert "requests in" in told.output
    assert "requests in" in run("price_service:app", flag).output


@pytest.mark.parametrize("variable", ["NO_COLOR", "CI", ""])
def test_colour_and_progress_are_for_people(variable: str) -> None:
    """In a terminal there is colour, unless NO_COLOR forbids it, and progress, unless CI is set."""
    program = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = [sys.executable, "-c", "from prove400.cli import main; main()", "run", "targets:bad"]
    unset = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "CI", "FORCE_COLOR")}
    environment = unset | {"TERM": "xterm-256color"} | ({variable: "1"} if variable else {})
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        capture_output=True, text=True, check=False, env=environment, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert ("\x1b[1;31m" in done.stdout) == (variable != "NO_COLOR")
    assert ("proving" in done.stdout) == (variable != "CI")
