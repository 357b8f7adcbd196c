"""What the command imports before it works: start-up is felt at every call."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from prove400.cli import COMMANDS, main

SELDOM = {
    *("pandas", "sklearn", "numpy", "hypothesis", "schemathesis", "jinja2", "tomlkit", "yaml", "jsonschema", "asyncio"),
    *("jsonpath", "rich", "xml", "multiprocessing", "importlib.metadata", "email.message", "joblib"),
    *(
        f"prove400.{name}"
        for name in ("audit", "diff", "fleet", "init", "reporters.view", "schemathesis", "strategies")
    ),
}
"""What only some commands, formats or targets need, and what a run needs when all is sent."""
ENGINE = {"jsonschema_rs", "prove400.model", "prove400.cases", "prove400.engine"}
HTTP = {"urllib3", "ssl", "prove400.transport.http"}
URLLIB3 = ("email.message", "importlib.metadata")
"""What urllib3 imports by itself."""
APP = ["run", "__main__:app", "--contract", "contracts/openapi.json"]
COMMANDS_AND_NEEDLESS = {
    "help": (["--help"], SELDOM | ENGINE | HTTP),
    "plan": (["plan", "contracts/openapi.json"], SELDOM | HTTP),
    "run in process": (APP, SELDOM | HTTP),
    "run over HTTP": (["run", "http://127.0.0.1:9", "--contract", "none.json"], SELDOM - {*URLLIB3}),
}
PROGRAM = """
import os, sys
from prove400.cli import main

def told():
    print("\\n" + " ".join(sorted(sys.modules)), flush=True)
    os._exit(0)

def app(environ, start_response):
    told()

try:
    main(sys.argv[1:])
finally:
    told()
"""
"""Tells at the first request that reaches an application, or else in the end."""


@pytest.mark.parametrize(("command", "needless"), COMMANDS_AND_NEEDLESS.values(), ids=COMMANDS_AND_NEEDLESS)
def test_a_command_imports_only_what_it_needs(command: list[str], needless: set[str]) -> None:
    """Nothing that is slow to import is, where the command has no use for it, or none before its first request."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *command], capture_output=True, text=True, check=False)
    imported = done.stdout.rpartition("\n")[0].rpartition("\n")[2].split()
    assert "prove400.cli" in imported, done.stderr
    assert sorted(needless & set(imported)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_what_it_is(name: str) -> None:
    """The list of commands knows each by its name and by the first words of its help, though it imports none."""
    listed = COMMANDS[name]
    with main.make_context("prove400", [name, "--help"], resilient_parsing=True) as context:
        own = listed.make_context(name, [], context, resilient_parsing=True).command
    assert isinstance(own, click.Command)
    assert own.name == name
    assert str(own.help).split()[:3] == str(listed.help).split()[:3]
