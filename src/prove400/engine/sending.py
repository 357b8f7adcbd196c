"""Cases → replies, in plan order, with a bounded number under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from prove400.model import Case, Reply
from prove400.transport import Transport


def replies(transport: Transport, cases: Iterable[Case], concurrency: int) -> Iterator[tuple[Case, Reply]]:
    """Send every case and give it back with its reply; cases are drawn only as fast as replies come."""
    if concurrency == 1:
        for case in cases:
            yield case, transport.send(case.request)
        return
    waiting: deque[tuple[Case, Future[Reply]]] = deque()
    with ThreadPoolExecutor(concurrency) as pool:
        try:
            for case in cases:
                waiting.append((case, pool.submit(transport.send, case.request)))
                if len(waiting) >= concurrency * 2:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            for _, future in waiting:
                future.cancel()


def _first(waiting: deque[tuple[Case, Future[Reply]]]) -> tuple[Case, Reply]:
    case, future = waiting.popleft()
    return case, future.result()
