"""`prove400 init`: a project of any kind gets its gate with one command, and the gate is green."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from prove400.cli import main
from prove400.init import PIECES, applications

Project = Callable[[str], Path]
SCRIPTS = Path(sys.executable).parent
TARGETS = {"flask": "app:app", "fastapi": "main:app"}


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


def gate(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in a process of its own."""
    command = [str(SCRIPTS / words[0]), *words[1:]]
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=folder, env=environment
    )


@pytest.mark.parametrize("name", TARGETS)
def test_a_fresh_example_gets_a_green_gate(name: str, project: Project) -> None:
    """One command finds the application, writes everything, and proves it; so does the next run, without a word."""
    folder = project(name)
    result = cli("init", "--with", "all")
    assert result.exit_code == 0, result.output
    assert "PASSED" in result.output
    settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["prove400"]
    assert settings["target"] == TARGETS[name]
    assert json.loads((folder / settings["contract"]).read_text())["openapi"].startswith("3.1")
    done = gate("prove400", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "reports" / "prove400.html").is_file()


@pytest.mark.parametrize("name", TARGETS)
def test_pytest_proves_what_init_wrote(name: str, project: Project) -> None:
    """The module for pytest makes each obligation a test, and all pass."""
    folder = project(name)
    assert cli("init").exit_code == 0
    done = gate("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "fuzz")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert (folder / "fuzz/test_contract.py").is_file()


@pytest.fixture
def served(project: Project) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Give a function that serves an example by gunicorn and gives its URL, and the folder of another project."""
    running = []

    def start(name: str) -> tuple[str, Path]:
        folder = project(name)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        command = [sys.executable, "-m", "gunicorn", "-b", address, "--log-level", "error", TARGETS[name]]
        running.append(subprocess.Popen(command, cwd=folder))
        elsewhere = folder.parent / "client"
        elsewhere.mkdir()
        return f"http://{address}", elsewhere

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_a_url_gets_a_green_gate(served: Callable[[str], tuple[str, Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a server, CI is told how it starts, and how long it may take."""
    url, folder = served("flask")
    monkeypatch.chdir(folder)
    result = cli("init", url, "--start", "gunicorn app:app", "--with", "github", "--with", "gitlab")
    assert result.exit_code == 0, result.output
    workflow = yaml.safe_load((folder / ".github/workflows/prove400.yml").read_text())
    assert workflow["jobs"]["gate"]["steps"][1]["with"]["start"] == "gunicorn app:app"
    script = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())["prove400"]["script"]
    assert "(gunicorn app:app) &" in script
    assert "--wait 60" in script[-1]
    done = gate("prove400", "run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_broken_may_be_accepted_at_first(project: Project) -> None:
    """A lenient API gets a gate that is green, that names what it lets pass, and that fails on anything new."""
    folder = project("fastapi")
    source = (folder / "main.py").read_text()
    lax = source.replace('ConfigDict(strict=True, extra="forbid")', 'ConfigDict(strict=False, extra="forbid")')
    (folder / "main.py").write_text(lax)
    result = cli("init", "--accept")
    assert result.exit_code == 0, result.output
    known = tomllib.loads((folder / "contracts/baseline.toml").read_text())["finding"]
    assert {entry["owner"] for entry in known} == {"Anna"}
    done = gate("prove400", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "known until" in done.stdout
    (folder / "main.py").write_text(lax.replace("ge=0.2, ", ""))
    assert gate("prove400", "run").returncode == 1


def test_without_that_the_findings_are_told(project: Project) -> None:
    """The files are written, the exit code is that of findings, and it is said how to go on."""
    folder = project("fastapi")
    source = (folder / "main.py").read_text()
    (folder / "main.py").write_text(source.replace("strict=True, ", ""))
    result = cli("init")
    assert result.exit_code == 1
    assert "silent-200" in result.output
    assert "prove400 baseline add --all" in result.output
    assert (folder / "pyproject.toml").is_file()


def test_what_is_there_stays(project: Project) -> None:
    """Comments and sections of pyproject.toml and tox.ini are kept; other files are kept, and told what they lack."""
    folder = project("flask")
    (folder / "pyproject.toml").write_text('# ours\n[project]\nname = "shop"\n\n[tool.ruff]\nline-length = 99 # wide\n')
    (folder / "tox.ini").write_text("# our tox\n[testenv]\ncommands = pytest\n")
    (folder / ".pre-commit-config.yaml").write_text("repos: []\n")
    result = cli("init")
    assert result.exit_code == 0, result.output
    pyproject = (folder / "pyproject.toml").read_text()
    assert "# ours" in pyproject
    assert "line-length = 99 # wide" in pyproject
    assert tomllib.loads(pyproject)["tool"]["prove400"]["target"] == "app:app"
    tox = (folder / "tox.ini").read_text()
    assert tox.startswith("# our tox\n[testenv]\ncommands = pytest\n")
    assert "[testenv:prove400]" in tox
    assert (folder / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    assert "put this in" in result.output
    assert "id: prove400" in result.output
    workflow = yaml.safe_load((folder / ".github/workflows/prove400.yml").read_text())
    assert workflow["jobs"]["gate"]["steps"][1]["with"]["install"] == "pip install ."


def test_init_is_for_once(project: Project) -> None:
    """A second time it refuses, and changes nothing."""
    folder = project("flask")
    assert cli("init").exit_code == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    again = cli("init", "--force")
    assert again.exit_code == 2
    assert "has a [tool.prove400] already" in again.output
    after = {path: path.read_bytes() for path in before}
    assert after == before


def test_gitlab_is_told_by_its_remote(project: Project) -> None:
    """A repository that GitLab hosts gets GitLab's file and not GitHub's."""
    folder = project("flask")
    subprocess.run(["git", "remote", "add", "origin", "git@gitlab.example:team/shop.git"], check=True)
    assert cli("init").exit_code == 0
    assert (folder / ".gitlab-ci.yml").is_file()
    assert not (folder / ".github").exists()


SOURCES: list[tuple[dict[str, str], list[str]]] = [
    ({"app.py": "from flask import Flask\napp = Flask(__name__)"}, ["app:app"]),
    (
        {"shop/__init__.py": "import flask\ndef create_app(config=None):\n    return flask.Flask('shop')"},
        ["shop:create_app"],
    ),
    ({"src/shop/web.py": "from fastapi import FastAPI\napi: FastAPI = FastAPI()"}, ["shop.web:api"]),
    ({"app.py": "from flask import Flask\ndef create_app(config): return Flask(config)"}, []),
    (
        {"app.py": "from flask import Flask\ndef create_app(): return Flask('a')\napp = create_app()"},
        ["app:create_app"],
    ),
    ({"a.py": "app = Flask(1)", "b.py": "app = FastAPI()"}, ["a:app", "b:app"]),
    ({"app.py": "app = Flask(", "tests/app.py": "app = Flask(1)", ".venv/x.py": "app = Flask(1)"}, []),
    ({"venv/pyvenv.cfg": "", "venv/lib/app.py": "app = Flask(1)"}, []),
]


@pytest.mark.parametrize(("files", "expected"), SOURCES)
def test_applications_are_found_in_the_source(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """Instances and factories of known frameworks, without importing anything; tests and environments are left out."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert [application.target for application in applications(tmp_path)] == expected


@pytest.mark.parametrize(
    ("files", "words", "said"),
    [
        ({}, (), "no Flask or ASGI application"),
        ({"a.py": "app = Flask(1)", "b.py": "app = FastAPI()"}, (), "there are 2 applications: a:app, b:app"),
        ({"bare.py": "from flask import Flask\nbare = Flask('b')"}, (), "--contract FILE, or --model FILE"),
        ({"pyproject.toml": "[tool.prove400]"}, ("bare:bare",), "has a [tool.prove400] already"),
        ({"contracts/openapi.json": "{}"}, ("app:app",), "--force writes over it"),
    ],
)
def test_what_cannot_be_set_up_is_told(
    files: dict[str, str], words: tuple[str, ...], said: str, project: Project
) -> None:
    """With exit code 2 and what to try."""
    folder = project("flask")
    if not words:
        (folder / "app.py").unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    result = cli("init", *words)
    sys.modules.pop("bare", None)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.output.split())


def test_every_piece_passes_its_schema(project: Project) -> None:
    """What is written for GitHub and GitLab passes the schemas of both, and GitHub's an audit for security."""
    folder = project("flask")
    assert cli("init", "--with", "all", "--start", "gunicorn 'app:app' # \"quoted\"").exit_code == 0
    assert set(PIECES) == {"github", "gitlab", "pre-commit", "tox", "pytest"}
    workflow = str(folder / ".github/workflows/prove400.yml")
    for words in (
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow),
        ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(folder / ".gitlab-ci.yml")),
        ("tox", "config", "-e", "prove400", "-c", str(folder / "tox.ini")),
    ):
        if not (SCRIPTS / words[0]).exists():
            continue
        done = gate(*words)
        assert done.returncode == 0, done.stdout + done.stderr
