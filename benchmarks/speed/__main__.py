"""How fast plans are made, sent and judged, beside bare loops that send the same bytes.

usage: python -m benchmarks.speed [--json FILE] [--plot FILE] [--memory CASES] [--items] [--peer] [--http [--rounds N]]

All times are CPU seconds of one run, so that other work on the machine counts little; ratios compare what was measured
side by side. `--http` measures over HTTP beside wrk, which must be installed, and nothing else.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.speed import measures, over_http
from benchmarks.speed.items import items
from benchmarks.speed.memory import memory
from benchmarks.speed.plot import bars

STAGES = ("planning", "proof", "sending", "judging")
"""The proof of isolation is a part of planning."""


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures")
    parser.add_argument("--plot", type=Path, help="write the split as SVG")
    parser.add_argument("--memory", type=int, default=0, metavar="CASES", help="count so many cases in a process")
    parser.add_argument("--items", action="store_true", help="count what pytest adds for each obligation")
    parser.add_argument("--peer", action="store_true", help="race Schemathesis to every defect that both can find")
    parser.add_argument("--http", action="store_true", help="compare with wrk on the API under gunicorn")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of each client over HTTP")
    options = parser.parse_args()
    if options.http:
        served = over_http.over_http(options.rounds)
        for model, found in served.items():
            _print_clients(model, found)
        if options.json:
            options.json.write_text(json.dumps({"over http": served}, indent=2) + "\n", encoding="utf-8")
        return
    figures: dict[str, Any] = {"in process": measures.in_process(), "start": measures.start()}
    _print_split(figures["in process"])
    _print_table("start", figures["start"], "{:.3f} s")
    figures["growth"] = list(measures.growth())
    for line in figures["growth"]:
        print(f"| {line['constraints']:,} constraints | {line['milliseconds per constraint']:.2f} ms each |")
    figures |= _further(options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if options.plot:
        bare = figures["in process"]["bare"]
        shares = {name: figures["in process"][name] / bare for name in ("bare", *STAGES, "whole")}
        options.plot.write_text(bars("CPU time of one run, in that of a bare loop", shares), encoding="utf-8")


def _further(options: argparse.Namespace) -> dict[str, Any]:
    """Measure and print what takes long, as far as it is asked for."""
    figures: dict[str, Any] = {}
    if options.memory:
        figures["memory"] = memory(options.memory)
        _print_table("peak", figures["memory"], "{:.0f} MB")
    if options.items:
        figures["items"] = items()
        _print_table("pytest, ms per item", figures["items"], "{:.2f}")
    if options.peer:
        from benchmarks.speed.race import race  # noqa: PLC0415 — an optional dependency

        figures["race"] = race()
        for kind, found in figures["race"].items():
            _print_table(f"race, {kind}", found, "{:,.2f}")
    return figures


def _print_split(found: dict[str, float]) -> None:
    print("| stage | CPU seconds | microseconds per case | of the bare loop |")
    print("|---|---|---|---|")
    for name in ("bare", *STAGES, "whole"):
        each = found[name] / found["cases"] * 1e6
        print(f"| {name} | {found[name]:.3f} | {each:.0f} | {found[name] / found['bare']:.2f} |")
    print(f"\nbare over whole: {found['of bare']:.2f}; planned: {found['planned per second']:,.0f} cases per second\n")


def _print_clients(model: str, found: dict[str, Any]) -> None:
    print(f"\n{model}: {found['cases']:,} cases, {found['left out']} left out; {found['connections']} connections\n")
    print("| model | client | requests/s | of wrk | of wrk by CPU | client µs | server µs |")
    print("|---|---|---|---|---|---|---|")
    for name, each in found["clients"].items():
        speed, ratio, by_cpu, client, server = each.values()
        print(f"| {model} | {name} | {speed:,.0f} | {ratio:.2f} | {by_cpu:.2f} | {client:,.0f} | {server:,.0f} |")


def _print_table(name: str, found: dict[str, float], form: str) -> None:
    for key, value in found.items():
        print(f"| {name} | {key} | {form.format(value)} |")


if __name__ == "__main__":
    main()
