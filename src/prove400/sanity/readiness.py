"""Whether a service says that it is ready only when it can predict: what is seen of it while it starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from prove400.model import Operation, Reply
from prove400.sanity.answers import Word

PATHS = frozenset({"ready", "readiness", "readyz", "health/ready", "v2/health/ready"})
"""Paths by which operations that tell readiness are known."""
UNREADY = 503
"""Status of a service that cannot serve yet (RFC 9110 section 15.6.4)."""
PAUSE = 0.05
"""Seconds between two questions."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was answered at one moment."""

    readiness: Reply
    prediction: Reply | None = None  # asked for just after a service said that it is ready


def readiness_of(operations: tuple[Operation, ...]) -> Operation | None:
    """Give the operation that tells readiness, if the contract has one."""
    return next((o for o in operations if o.method == "GET" and o.path.strip("/") in PATHS), None)


def watched(ready: Callable[[], Reply], predict: Callable[[], Reply], attempts: int) -> tuple[Sighting, ...]:
    """Ask whether a service is ready until it says so, at most `attempts` times; then ask for a prediction at once."""
    seen: list[Sighting] = []
    for _ in range(attempts):
        reply = ready()
        if _is_2xx(reply):
            return (*seen, Sighting(reply, predict()))
        seen.append(Sighting(reply))
        time.sleep(PAUSE)
    return tuple(seen)


def judged_start(seen: tuple[Sighting, ...]) -> Word:
    """Say whether readiness was told rightly; nothing can be said where no moment before it was seen."""
    if not seen:
        return Word(None, "its start was not observed: see --wait")
    last = seen[-1].prediction
    if last is None:
        return Word(None, "the target was never ready")
    if not _is_2xx(last):
        got = last.status or f"no reply ({last.detail})"
        return Word(holds=False, message=f"said that it is ready while a prediction got {got}")
    wrong = next((s.readiness.status for s in seen[:-1] if s.readiness.status not in (0, UNREADY)), None)
    if wrong is not None:
        return Word(holds=False, message=f"answered {wrong} before it was ready, expected {UNREADY}")
    return Word(holds=True) if len(seen) > 1 else Word(None, "the target was up already")


def _is_2xx(reply: Reply) -> bool:
    return 200 <= reply.status < 300  # noqa: PLR2004 — RFC 9110 status class
