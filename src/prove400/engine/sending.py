"""Cases → replies, in plan order, with a bounded number under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from prove400.model import Case, Reply, Request, Side
from prove400.transport import Transport, streamed

TOGETHER = 32
"""Cases that are planned, then sent, then given back at once: each of the three keeps the processor's caches longer."""


def replies(transport: Transport, cases: Iterable[Case], concurrency: int) -> Iterator[tuple[Case, Reply]]:
    """Send every case and give it back with its reply, up to `TOGETHER` at once.

    Cases are drawn only as fast as replies come. What looks like a finding is given back before more is sent, so that
    the same request comes next where it is confirmed: replicas that take turns do not then look alike.
    """
    drawn: deque[Case] = deque()
    answered: list[tuple[Case, Reply]] = []

    def requests() -> Iterator[Request]:
        source = iter(cases)
        while planned := list(islice(source, TOGETHER)):
            for case in planned:
                drawn.append(case)
                yield case.request

    for reply in streamed(transport, requests(), concurrency):
        case = drawn.popleft()
        answered.append((case, reply))
        if len(answered) == TOGETHER or not _looks_right(case, reply):
            yield from answered
            answered.clear()
    yield from answered


def _looks_right(case: Case, reply: Reply) -> bool:
    """Tell whether a reply has a 4xx where it has to have one, and a 2xx else."""
    return reply.status // 100 == (2 if case.side is Side.VALID else 4)
