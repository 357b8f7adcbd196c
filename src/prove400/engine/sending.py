"""Cases → replies, in plan order, with a bounded number under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from prove400.model import Case, Reply, Request
from prove400.transport import Transport, streamed


def replies(transport: Transport, cases: Iterable[Case], concurrency: int) -> Iterator[tuple[Case, Reply]]:
    """Send every case and give it back with its reply; cases are drawn only as fast as replies come."""
    drawn: deque[Case] = deque()

    def requests() -> Iterator[Request]:
        for case in cases:
            drawn.append(case)
            yield case.request

    for reply in streamed(transport, requests(), concurrency):
        yield drawn.popleft(), reply
