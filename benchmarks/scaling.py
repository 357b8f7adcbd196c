"""How the plan grows with the contract: synthetic contracts of 10 to 10,000 constraints.

usage: python -m benchmarks.scaling [CONSTRAINTS …]

Each operation of a synthetic contract has one body of ten numbers with bounds, which is forty constraints and the ten
names that are required; there are as many operations as it takes. Linear growth shows as a steady ratio in the last
two columns.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import prove400

FIELDS = 10
CONSTRAINTS = FIELDS * 4 + 2  # type, minimum, maximum and required of each; type and additionalProperties of the whole


def contract(operations: int) -> dict[str, Any]:
    """Give a contract of so many operations with `CONSTRAINTS` each."""
    numbers = {f"f{i}": {"type": "number", "minimum": i, "maximum": i + 100} for i in range(FIELDS)}
    body = {"type": "object", "properties": numbers, "required": list(numbers), "additionalProperties": False}
    request = {"required": True, "content": {"application/json": {"schema": body}}}
    answers = {"200": {"description": "ok"}, "400": {"description": "invalid"}}
    paths = {f"/p{i}": {"post": {"requestBody": request, "responses": answers}} for i in range(operations)}
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}


def main() -> None:
    """Plan each size and print its line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[10, 100, 1_000, 10_000], metavar="CONSTRAINTS")
    options = parser.parse_args()
    print("| constraints | cases | seconds | cases per constraint | milliseconds per constraint |")
    print("|---|---|---|---|---|")
    for size in options.sizes:
        operations = max(round(size / CONSTRAINTS), 1)
        document = contract(operations)
        began = time.perf_counter()
        cases = sum(isinstance(item, prove400.Case) for item in prove400.plan(document))
        seconds = time.perf_counter() - began
        total = operations * CONSTRAINTS
        print(
            f"| {total:,} | {cases:,} | {seconds:.2f} | {cases / total:.1f} | {seconds / total * 1000:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
