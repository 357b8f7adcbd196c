"""What a drawn request costs: to put planned changes together, to judge the bytes, and what Hypothesis adds.

usage: python -m benchmarks.strategies
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import prove400
from prove400.strategies import invalid_requests
from prove400.strategies.material import gathered

DRAWS = 2_000
QUIET = settings(
    max_examples=DRAWS, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def microseconds(work: Callable[[], object], count: int) -> float:
    """Give the CPU time of one of `count` pieces of work."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1e6


def through_hypothesis(strategy: st.SearchStrategy[object]) -> float:
    """Give the CPU time of an example in a test that does nothing with it."""
    asked = []

    @QUIET
    @given(strategy)
    def test(example: object) -> None:
        asked.append(example)

    total = microseconds(test, 1)
    return total / len(asked)


def row(operation: prove400.Operation, bare: float) -> str:
    """Measure one operation."""
    material, chance = gathered(operation), random.Random(1)  # noqa: S311 - repeatable
    chosen = [chance.choices(material.invalid, k=chance.randint(1, 5)) for _ in range(DRAWS)]
    requests: list[prove400.Request] = []
    base = material.witnesses[0]
    made = microseconds(lambda: requests.extend(material.with_changes(base, changes) for changes in chosen), DRAWS)
    judged = microseconds(lambda: [material.is_valid(request) for request in requests], DRAWS)
    drawn = through_hypothesis(invalid_requests(operation))
    return f"| {operation.label} | {made:.0f} | {judged:.0f} | {drawn:.0f} | {bare:.0f} |"


def main() -> None:
    """Print a line for each operation that takes a body."""
    bare = through_hypothesis(st.tuples(*[st.integers(0, 999)] * 6))
    print("| operation | put together µs | judged µs | an example in Hypothesis µs | six bare integers µs |")
    print("|---|---|---|---|---|")
    for operation in prove400.load("contracts/openapi.json").operations:
        if operation.body:
            print(row(operation, bare))


if __name__ == "__main__":
    main()
