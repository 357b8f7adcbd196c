"""The command line: parses, builds, executes, and turns the result into an exit code.

0 all discharged, 1 findings or drift, 2 usage or contract error, 3 target unreachable or run incomplete.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from prove400 import __version__


class Later(click.Command):
    """A command whose module is imported when it is called; until then it is known by what it does, in one sentence."""

    def __init__(self, home: str, text: str) -> None:
        """Take where it is, ``module:name``, and what it does."""
        self._module, _, self._attribute = home.partition(":")
        super().__init__(None, help=text)

    def loaded(self) -> click.Command:
        """Import the command."""
        command: click.Command = getattr(import_module(f"prove400.cli.{self._module}"), self._attribute)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context of the command itself."""
        return self.loaded().make_context(info_name, args, parent, **extra)


COMMANDS = {
    "audit": Later("models:show_audit", "Say where CONTRACT admits what the model never learned."),
    "baseline": Later("baseline:baseline", "Accept findings for a while, each with a reason and an owner."),
    "check": Later("contracts:check", "Compare what TARGET publishes with the committed contract."),
    "diff": Later("differing:show_diff", "Say what changed from OLD to NEW, and show each breaking change."),
    "export": Later("contracts:export", "Write what TARGET publishes: openapi.json, and JSON Schemas."),
    "init": Later("init:init", "Set a project up for the gate, and run it once."),
    "plan": Later("contracts:show_plan", "List every case of CONTRACT without sending anything."),
    "replay": Later("proving:replay", "Send the cases of one finding again and judge them."),
    "report": Later("reporting:report", "Write reports of a run that was saved as JSON; sends nothing."),
    "run": Later("proving:run", "Send every case to TARGET and judge every reply."),
}
"""Name of a command → where it is, and what it does."""


@click.group(commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Prove that a model API refuses every invalid request with a structured 400, and never with a silent 200."""
