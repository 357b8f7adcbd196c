"""Schemathesis over the same target, with our oracle as its check: its requests too must get a structured 400.

It runs in coverage and in fuzzing, by `fuzz/schemathesis.toml`: its engine in process, its command line on a URL.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineEvent, FatalError, NonFatalError, ScenarioFinished

import prove400.schemathesis  # noqa: F401 - registers the check
from api import create_app
from fuzz.conftest import TARGET
from fuzz.profiles import EXAMPLES, PROFILE, SEED
from fuzz.servers import served

CONFIG = Path(__file__).with_name("schemathesis.toml")
COVERAGE, FUZZING = ("examples", "coverage"), ("fuzzing",)
phases = pytest.mark.parametrize("phases", [COVERAGE, FUZZING], ids=["coverage", "fuzzing"])


def events(phases: tuple[str, ...], app: Any) -> Iterator[EngineEvent]:
    """Run Schemathesis's engine in process."""
    config = SchemathesisConfig.from_path(CONFIG)
    config.update(seed=SEED, wait_for_schema=None, max_failures=None)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=config)
    schema.config.phases.update(phases=list(phases))
    schema.config.generation.update(max_examples=EXAMPLES[PROFILE])
    yield from from_schema(schema).execute()


def first_failure(phases: tuple[str, ...], target: str) -> int | None:
    """Give how many requests a target had got when a reply of it was found wrong; None where none was."""
    module, _, name = target.partition(":")
    sent = 0
    for event in events(phases, getattr(importlib.import_module(module), name)()):
        for case in event.recorder.cases if isinstance(event, ScenarioFinished) else ():
            sent += 1
            if isinstance(event, ScenarioFinished) and any(c.failure_info for c in event.recorder.checks.get(case, ())):
                return sent
    return None


def told(phases: tuple[str, ...], app: Any) -> tuple[set[str], list[str]]:
    """Give the operations that Schemathesis asked in process, and what it says is wrong."""
    asked, wrong = set(), []
    for event in events(phases, app):
        if isinstance(event, ScenarioFinished):
            asked |= {case.value.operation.label for case in event.recorder.cases.values()}
            checks = (check for checks in event.recorder.checks.values() for check in checks)
            wrong += [f"{check.failure_info.failure}" for check in checks if check.failure_info is not None]
        elif isinstance(event, FatalError | NonFatalError):
            wrong.append(str(event))
    return asked, wrong


@phases
def test_in_process_every_request_is_judged_by_our_oracle(phases: tuple[str, ...], target: str) -> None:
    """Of all phases, each request gets a structured 400 that names a fault, or an answer inside its schema."""
    if target != TARGET:
        pytest.skip(f"in process Schemathesis is run on {TARGET}; {target} is asked by its command line")
    asked, wrong = told(phases, create_app())
    assert not wrong, wrong[0]
    assert {"POST /predict", "POST /predict/batch"} <= asked


@phases
def test_the_command_line_finds_nothing(phases: tuple[str, ...], target: str, tmp_path: Path) -> None:
    """`st run` with the extension passes on a server: gunicorn with the reference API, or the URL under test."""
    with served(target, tmp_path) as url:
        said = run(url, phases)
    assert said.returncode == 0, said.stdout[-4000:] + said.stderr
    selected = re.search(r"Selected: (\d+)/\1\n  Tested: (\d+)", said.stdout)
    assert selected is not None, said.stdout
    assert selected[1] == selected[2]


def run(url: str, phases: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run `st run` on the contract of a server."""
    program = Path(sys.executable).with_name("st")
    asked = ["--phases", ",".join(phases), "--max-examples", str(EXAMPLES[PROFILE]), "--seed", str(SEED)]
    command = [str(program), "--config-file", str(CONFIG), "--no-color", "run", f"{url}/openapi.json", *asked]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_800)  # noqa: S603 - our own
