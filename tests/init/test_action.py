"""The GitHub action: its steps are run as a runner runs them, in a repository with a base branch and a pull request."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
Project = Callable[[str], Path]
GH = """#!/bin/sh
# Writes down how it was called, and lists the one comment that there is.
printf '%s\\n' "$*" >> "$RUNNER_TEMP/gh.log"
case "$*" in *--jq*) if [ -f "$RUNNER_TEMP/existing" ]; then echo 42; fi;; esac
"""


@dataclass
class Runner:
    """Runs steps of the action in a folder, and knows what they have put out."""

    folder: Path
    temporary: Path
    inputs: dict[str, str] = field(default_factory=dict)
    base: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Give what an expression stands for."""
        match name.split("."):
            case ["inputs", each]:
                return self.inputs.get(each, ACTION["inputs"][each]["default"])
            case ["steps", step, "outputs", each]:
                return self.outputs.get(step, {}).get(each, "")
        known = {
            "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.number": "7",
            "github.token": "none",
        }
        return known[name]

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run one step with bash, as the runner would."""
        step = STEPS[name]
        output, summary = self.temporary / "output", self.temporary / "summary.md"
        output.write_text("")
        own = {key: EXPRESSION.sub(lambda found: self.value(found[1]), text) for key, text in step["env"].items()}
        environment = {
            **os.environ,
            **own,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_REPOSITORY": "team/shop",
            "RUNNER_TEMP": str(self.temporary),
            "PATH": f"{self.temporary}{os.pathsep}{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": "",
        }
        script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            script, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        if "id" in step:
            lines = (line.partition("=") for line in output.read_text().splitlines())
            self.outputs[step["id"]] = {key: value for key, _, value in lines}
        return done

    @property
    def summary(self) -> str:
        """What the job's summary says."""
        return (self.temporary / "summary.md").read_text()


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Callable[..., Runner]:
    """Give a function that makes the repository of an example, with its contract and settings committed."""

    def made(name: str = "flask", **inputs: str) -> Runner:
        folder = project(name)
        (folder / "contracts").mkdir()
        if (folder / "openapi.json").exists():
            (folder / "contracts/openapi.json").write_text((folder / "openapi.json").read_text())
        (folder / "pyproject.toml").write_text(
            '[tool.prove400]\ntarget = "app:app"\ncontract = "contracts/openapi.json"\n'
        )
        commit(folder)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        (temporary / "gh").write_text(GH)
        (temporary / "gh").chmod(0o755)
        base = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        return Runner(folder, temporary, inputs, base.stdout.strip())

    return made


def commit(folder: Path) -> None:
    """Commit all that stands in a folder."""
    who = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "as it is"], cwd=folder, check=True)


def test_a_good_pull_request_passes(runner: Callable[..., Runner]) -> None:
    """All reports are written, the summary tells the verdict, nothing is annotated, and the last step passes."""
    job = runner()
    done = job.run("Prove")
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.outputs["run"] == {"code": "0", "report": "./reports/prove400.html"}
    written = {path.name for path in (job.folder / "reports").iterdir()}
    assert written == {f"prove400.{suffix}" for suffix in ("html", "json", "sarif", "xml", "md")}
    assert "PASSED" in job.summary
    assert "::error" not in done.stdout
    compared = job.run("Compare the contract with the base branch's")
    assert compared.returncode == 0, compared.stderr
    assert job.outputs["compare"]["code"] == "0"
    assert job.run("Judge").returncode == 0


def test_a_finding_is_annotated_and_fails_at_the_end(runner: Callable[..., Runner]) -> None:
    """The step that proves passes, so that the reports are uploaded; the last one fails with its code."""
    job = runner()
    source = (job.folder / "app.py").read_text()
    (job.folder / "app.py").write_text(source.replace("if error is not None:", "if error is not None and row is None:"))
    done = job.run("Prove")
    assert done.returncode == 0
    assert "::error file=contracts/openapi.json,line=" in done.stdout
    assert "FAILED" in job.summary
    assert job.run("Judge").returncode == 1


def test_a_breaking_change_of_the_contract_fails(runner: Callable[..., Runner]) -> None:
    """The API holds the new contract, but old clients do not: the comparison says so, with the request."""
    job = runner()
    for name in ("contracts/openapi.json", "openapi.json"):
        path = job.folder / name
        path.write_text(path.read_text().replace('"maximum": 5.01', '"maximum": 4'))
    assert job.run("Prove").returncode == 0
    assert job.outputs["run"]["code"] == "0"
    assert job.run("Compare the contract with the base branch's").returncode == 0
    assert job.outputs["compare"]["code"] == "1"
    assert "maximum" in job.summary
    assert job.run("Judge").returncode == 1


def test_without_a_committed_contract_nothing_is_compared(runner: Callable[..., Runner]) -> None:
    """A contract that the pull request adds, or none at all, is no failure."""
    job = runner()
    job.base = subprocess.run(
        ["git", "hash-object", "-t", "tree", "/dev/null"], cwd=job.folder, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert "nothing to compare" in job.run("Compare the contract with the base branch's").stdout
    assert job.outputs["compare"]["code"] == "0"
    (job.folder / "pyproject.toml").write_text("")
    assert "no contract is committed" in job.run("Compare the contract with the base branch's").stdout


def test_a_server_is_started_and_stopped(runner: Callable[..., Runner]) -> None:
    """`start` runs beside the proof, which waits for it; one that never comes up is 3, and its log shown."""
    start = f"exec {sys.executable} -m gunicorn -b 127.0.0.1:8749 app:app"
    job = runner(target="http://127.0.0.1:8749", start=start)
    done = job.run("Prove")
    assert job.outputs["run"]["code"] == "0", done.stdout + done.stderr
    job.inputs |= {"start": "echo cannot start; exit 1", "wait": "1"}
    done = job.run("Prove")
    assert job.outputs["run"]["code"] == "3"
    assert "cannot start" in done.stdout
    assert job.run("Judge").returncode == 3


def test_words_are_taken_as_in_a_shell(runner: Callable[..., Runner]) -> None:
    """Arguments may be quoted, and are never run."""
    job = runner(arguments="--operation 'POST /price' --fail-on warning")
    job.run("Prove")
    saved = json.loads((job.folder / "reports/prove400.json").read_text())
    assert dict(saved["settings"])["operations"] == "POST /price"
    job.inputs["arguments"] = "$(touch oops) `touch oops`"
    job.run("Prove")
    assert not (job.folder / "oops").exists()
    assert job.outputs["run"]["code"] == "2"


@pytest.mark.parametrize("exists", [False, True])
def test_one_comment_is_kept_up_to_date(runner: Callable[..., Runner], exists: bool) -> None:  # noqa: FBT001
    """The first time it is written, later it is changed."""
    job = runner()
    job.run("Prove")
    if exists:
        (job.temporary / "existing").touch()
    assert job.run("Comment on the pull request").returncode == 0
    calls = (job.temporary / "gh.log").read_text().splitlines()
    assert len(calls) == 2
    verb = "--method PATCH repos/team/shop/issues/comments/42" if exists else "--method POST repos/team/shop/issues/7"
    assert verb in calls[1]
    body = (job.temporary / "body.md").read_text()
    assert body.startswith("<!-- prove400")
    assert "PASSED" in body


def test_nothing_to_install_is_no_error() -> None:
    """The step that installs runs what is given in a shell of its own, and the action's own package after it."""
    assert "pip install" in STEPS["Install"]["run"]
    assert subprocess.run(["bash", "-n", "-c", STEPS["Install"]["run"]], check=False).returncode == 0


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-actions", ["action.yml"]),
        ("vendor.github-workflows", [".github/workflows/gate.yml"]),
    ],
)
def test_files_pass_github_s_schemas(schema: str, files: list[str]) -> None:
    """As published by GitHub, and kept by check-jsonschema."""
    command = [str(SCRIPTS / "check-jsonschema"), "--builtin-schema", schema, *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not (SCRIPTS / "zizmor").exists(), reason="no zizmor for this machine")
def test_files_pass_an_audit() -> None:
    """No injection by inputs, no credentials left about, no permission too many."""
    command = [str(SCRIPTS / "zizmor"), "--offline", "--min-severity", "medium", "--no-progress", "--config"]
    files = [".github/zizmor.yml", "action.yml", ".github/workflows/gate.yml"]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_input_is_used_and_described() -> None:
    """No input is a leftover."""
    text = (ROOT / "action.yml").read_text()
    steps: list[dict[str, Any]] = ACTION["runs"]["steps"]
    assert steps
    for name, given in ACTION["inputs"].items():
        assert given["description"]
        assert f"inputs.{name}" in text.partition("runs:")[2], name
