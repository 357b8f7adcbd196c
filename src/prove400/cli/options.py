"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

from prove400.reporters import formats

target_argument = click.argument("target", required=False)
contract_option = click.option("--contract", metavar="FILE|URL", help="OpenAPI document; else asked of the target.")
timeout_option = click.option("--timeout", type=float, help="Seconds that one reply may take (10).")
operation_option = click.option(
    "--operation", "operations", multiple=True, metavar='"METHOD /path"', help="Only this one; may be repeated."
)


class _Requests(click.IntRange):
    """A number of requests; what an option without one swallowed is told by name."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and ":" in value:
            self.fail(f"{value!r} is no number; write TARGET first, or --concurrent=N", param, ctx)
        return super().convert(value, param, ctx)


concurrent_option = click.option(
    "--concurrent",
    type=_Requests(0),
    is_flag=False,
    flag_value=8,
    metavar="[N]",
    help="Requests expected at once (8): all is sent again, twice as many at once, and must be answered as alone.",
)
wait_option = click.option(
    "--wait", type=float, help="Seconds that TARGET may take to start (0); its readiness is then judged."
)
report_option = click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=PATH",
    help=f"Write a report; PATH may be - for standard output. FORMAT is one of: {', '.join(formats())}.",
)
changed_only_option = click.option(
    "--changed-only", metavar="BASE", help="Only what changed since BASE: a file, URL, module:attr or REV:PATH."
)
changed_first_option = click.option(
    "--changed-first", metavar="BASE", help="What changed since BASE first, then the rest."
)
jobs_option = click.option("--jobs", type=click.IntRange(1), help="Processes that share the cases (1).")
backend_option = click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray"]),
    help="Who they are: this machine's (loky), or a cluster's.",
)
cluster_option = click.option(
    "--scheduler", "--address", "cluster", metavar="ADDRESS", help="Where the Dask scheduler or Ray cluster is."
)
