"""What the command imports before it works: start-up is felt at every call."""

from __future__ import annotations

import subprocess
import sys

import pytest

SELDOM = (
    "pandas",
    "sklearn",
    "numpy",
    "hypothesis",
    "schemathesis",
    "jinja2",
    "tomlkit",
    "yaml",
    "jsonschema",
    "asyncio",
    "urllib3",
)
"""What only some commands, formats or targets need."""
COMMANDS = {"help": ["--help"], "plan": ["plan", "contracts/openapi.json"]}
PROGRAM = """
import sys
from prove400.cli import main
try:
    main(sys.argv[1:])
finally:
    print("\\n" + " ".join(sorted(name for name in sys.modules if "." not in name)))
"""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_imports_only_what_it_needs(command: list[str]) -> None:
    """Nothing that is slow to import is, where the command has no use for it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *command], capture_output=True, text=True, check=False)
    imported = done.stdout.rpartition("\n")[0].rpartition("\n")[2].split()
    assert "prove400" in imported, done.stderr
    assert not set(SELDOM) & set(imported)
