"""Whether a service says that it is ready only when it can predict: what is seen of it while it starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from prove400.model import Operation, Reply
from prove400.sanity.answers import Word

PATHS = frozenset({"ready", "readiness", "readyz", "health/ready", "v2/health/ready"})
"""Paths by which operations that tell readiness are known."""
PAUSE = 0.05
"""Seconds between two questions."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was answered at one moment; status 0 where nobody listens."""

    readiness: int
    prediction: int | None = None  # asked just after a service says that it is ready


def readiness_of(operations: tuple[Operation, ...]) -> Operation | None:
    """Give the operation that tells readiness, if the contract has one."""
    return next((o for o in operations if o.method == "GET" and o.path.strip("/") in PATHS), None)


def watched(ready: Callable[[], Reply], predict: Callable[[], Reply], attempts: int) -> tuple[Sighting, ...]:
    """Ask whether a service is ready until it says so, at most `attempts` times; then ask for a prediction at once."""
    seen: list[Sighting] = []
    for _ in range(attempts):
        status = ready().status
        if _is_2xx(status):
            return (*seen, Sighting(status, predict().status))
        seen.append(Sighting(status))
        time.sleep(PAUSE)
    return tuple(seen)


def word(seen: tuple[Sighting, ...]) -> Word:
    """Say whether readiness was told rightly; nothing can be said where no moment before it was seen."""
    if not seen or seen[-1].prediction is None:
        return Word(None, "the target was never ready")
    last = seen[-1]
    if not _is_2xx(last.prediction or 0):
        return Word(holds=False, message=f"ready ({last.readiness}) while a prediction gets {last.prediction}")
    wrong = next((s.readiness for s in seen[:-1] if s.readiness not in (0, 503)), None)
    if wrong is not None:
        return Word(holds=False, message=f"answered {wrong} before it was ready, expected 503")
    if len(seen) == 1:
        return Word(None, "the target was up already")
    return Word(holds=True)


def _is_2xx(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 — RFC 9110 status class
