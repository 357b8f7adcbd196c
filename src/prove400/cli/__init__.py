"""The command line: parses, builds, executes, and turns the result into an exit code.

0 all discharged, 1 findings or drift, 2 usage or contract error, 3 target unreachable or run incomplete.
"""

from __future__ import annotations

import click

from prove400 import __version__
from prove400.cli import baseline, contracts, differing, init, models, proving, reporting


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Prove that a model API refuses every invalid request with a structured 400, and never with a silent 200."""


for command in (
    baseline.baseline,
    proving.run,
    proving.replay,
    reporting.report,
    contracts.show_plan,
    contracts.export,
    contracts.check,
    differing.show_diff,
    models.show_audit,
    init.init,
):
    main.add_command(command)
