"""The prediction without a server: ``python -m benchmarks.serving.raw ARTEFACT ROWS`` prints a JSON object of figures.

By way, as benchmarks.prediction knows them: requests per second, latencies and CPU time in milliseconds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api import diamonds, threads

Way = Callable[[dict[str, Any]], Any]


def measure(way: Way, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Predict each row by itself."""
    taken = []
    began = time.process_time()
    for row in rows:
        at = time.perf_counter()
        way(row)
        taken.append((time.perf_counter() - at) * 1000)
    cpu = time.process_time() - began
    cuts = statistics.quantiles(taken, n=100)
    return {
        "rps": 1000 * len(rows) / sum(taken),
        "p50": cuts[49],
        "p95": cuts[94],
        "p99": cuts[98],
        "cpu": 1000 * cpu / len(rows),
    }


def main(artefact: Path, count: int) -> None:
    """Warm each way, then measure it."""
    threads.pin(os.environ)
    from benchmarks.prediction import TREES, ways  # noqa: PLC0415 - imports numpy, which reads the pins once

    rows = diamonds.load().rows.drop(columns=diamonds.TARGET).sample(count, random_state=1).to_dict("records")
    compared = {name: way for name, way in ways(artefact).items() if name != TREES}
    for way in compared.values():
        measure(way, rows[:20])
    print(json.dumps({name: measure(way, rows) for name, way in compared.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
