"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from prove400.oracle import POLICIES, SHAPES
from prove400.reporters import formats

target_argument = click.argument("target", required=False)
contract_option = click.option(
    "--contract",
    metavar="FILE|URL|auto",
    help="OpenAPI document, or a model's file; `auto`, as without: the target's own.",
)
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


class _Report(click.Option):
    """A report that is wanted; which formats there are is looked up when help is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = f"Write a report; PATH may be - for standard output. FORMAT is one of: {', '.join(formats())}."
        return super().get_help_record(ctx)


report_option = click.option("--report", "reports", cls=_Report, multiple=True, metavar="FORMAT=PATH")
changed_only_option = click.option(
    "--changed-only", metavar="BASE", help="Only what changed since BASE: a file, URL, module:attr or REV:PATH."
)
changed_first_option = click.option(
    "--changed-first", metavar="BASE", help="What changed since BASE first, then the rest."
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1), help="Processes that share the cases (1); services of a fleet."
)
backend_option = click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray"]),
    help="Who they are: this machine's (loky), or a cluster's.",
)
cluster_option = click.option(
    "--scheduler", "--address", "cluster", metavar="ADDRESS", help="Where the Dask scheduler or Ray cluster is."
)


def _together(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Make one decorator of several options, which help then lists in this order."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


reaching_options = _together(
    click.option(
        "--header", "headers", multiple=True, metavar='"NAME: VALUE"', help="Sent with every request; $NAME is read."
    ),
    click.option("--rate", type=float, metavar="N", help="Requests a second at most."),
    click.option("--ca-file", metavar="FILE", help="PEM of the authorities to trust, in the place of the system's."),
    click.option("--insecure", is_flag=True, default=None, help="Take any certificate."),
)
"""How the target is spoken to."""
model_option = click.option("--model", metavar="NAME", help="The model meant, where the target has several.")
overlay_option = click.option(
    "--overlay", multiple=True, metavar="FILE", help="OpenAPI Overlay or patch that tightens the contract."
)
reading_options = _together(
    model_option,
    overlay_option,
    click.option(
        "--base-path", metavar="/PATH", help="In front of every path, in the place of the contract's servers."
    ),
)
"""How the contract is come by."""
judging_options = _together(
    click.option(
        "--policy", multiple=True, type=click.Choice(list(POLICIES)), metavar="NAME", help="Relax one rule on purpose."
    ),
    click.option(
        "--errors",
        type=click.Choice(["auto", *SHAPES]),
        metavar="SHAPE",
        help="The shape in which errors name places (auto).",
    ),
    click.option(
        "--invalid-status", multiple=True, type=int, metavar="4xx", help="Refuses input, where nothing is documented."
    ),
)
"""What is expected of replies."""
