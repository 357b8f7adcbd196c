"""A transport as a target wants to be spoken to: with its own headers, within a budget, and again when it says so."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain

from prove400.model import Failure, Headers, Reply, Request
from prove400.transport.base import Transport, streamed, threaded

TOO_MANY, UNAVAILABLE = 429, 503
"""Statuses that may ask to come again later (RFC 6585 section 4, RFC 9110 sections 10.2.3 and 15.6.4)."""
MOST_WAITS = 8
"""How often one request is sent again; the last reply then stands."""
LONGEST_WAIT = 60.0
"""Seconds that are waited at most for one request to be sent again."""
FIRST_WAIT = 0.5
"""Seconds that are waited where a 429 does not say how long; doubled each time."""
_DIGITS = re.compile("[0-9]{1,9}")


@dataclass(slots=True)
class Polite:
    """Sends through another transport; `waited` is how many replies were waited for and asked for again.

    The headers are added to requests that have none of that name: what a case breaks stays broken.
    """

    inner: Transport
    headers: Headers = ()
    rate: float = 0.0  # requests a second, over all connections; 0: as many as there are
    waits: bool = True  # whether a request is sent again at all
    pause: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    waited: int = 0
    name: str = field(init=False)
    concurrency: int = field(init=False)
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Take over what the other transport says of itself."""
        self.name, self.concurrency = self.inner.name, self.inner.concurrency

    def send(self, request: Request) -> Reply:
        """Give the reply, once the target no longer asks to come again.

        A 429 that still is one after `MOST_WAITS` times, or asks for more than `LONGEST_WAIT`, is no verdict.
        """
        dressed = self._dressed(request)
        return self._patiently(dressed, self._sent(dressed))

    def stream(self, requests: Iterable[Request], concurrency: int) -> Iterator[Reply]:
        """Give the replies in order, as fast as the inner transport does, until one of them asks to come again.

        Then what is under way is finished first, and sent again in threads of its own, which can wait. A budget is
        always kept by threads.
        """
        if self.rate:
            yield from threaded(self.send, requests, concurrency)
            return
        source = map(self._dressed, requests)
        for first in source:
            sent: deque[Request] = deque()
            late: list[tuple[Request, Reply]] = []
            for reply in streamed(self.inner, _until(late, chain([first], source), sent), concurrency):
                request = sent.popleft()
                if late or (self.waits and asked_to_wait(reply, 0) is not None):
                    late.append((request, reply))
                else:
                    yield self._final(reply)
            yield from threaded(lambda each: self._patiently(*each), late, concurrency)

    def _patiently(self, dressed: Request, reply: Reply) -> Reply:
        """Send a request again for as long as the reply asks for it."""
        for turn in range(MOST_WAITS if self.waits else 0):
            seconds = asked_to_wait(reply, turn)
            if seconds is None:
                break
            with self._lock:
                self.waited += 1
            self.pause(seconds)
            reply = self._sent(dressed)
        return self._final(reply)

    def _final(self, reply: Reply) -> Reply:
        return _without_verdict(reply) if self.waits and reply.status == TOO_MANY else reply

    def close(self) -> None:
        """Close the inner transport."""
        self.inner.close()

    def _dressed(self, request: Request) -> Request:
        if not self.headers:
            return request
        own = {name.lower() for name, _ in request.headers}
        added = tuple(pair for pair in self.headers if pair[0].lower() not in own)
        return replace(request, headers=(*request.headers, *added)) if added else request

    def _sent(self, request: Request) -> Reply:
        if self.rate:
            self.pause(self._turn())
        return self.inner.send(request)

    def _turn(self) -> float:
        """Give the seconds until the next request may be sent, and take that turn."""
        with self._lock:
            now = self.clock()
            at = max(now, self._next)
            self._next = at + 1 / self.rate
            return at - now


def at_once(transport: Transport) -> Transport:
    """Give the same target without waiting for it: where what it refuses under load is what is asked."""
    return replace(transport, waits=False, _lock=threading.Lock()) if isinstance(transport, Polite) else transport


def _until(late: list[tuple[Request, Reply]], source: Iterator[Request], sent: deque[Request]) -> Iterator[Request]:
    """Give requests, and note them as sent, until anything is late."""
    while not late and (request := next(source, None)) is not None:
        sent.append(request)
        yield request


def _without_verdict(reply: Reply) -> Reply:
    told = reply.header("Retry-After")
    detail = f"429 again and again, last with Retry-After {told}: --rate N sends N requests a second"
    return Reply(0, seconds=reply.seconds, failure=Failure.TIMEOUT, detail=detail)


def asked_to_wait(reply: Reply, turn: int) -> float | None:
    """Give the seconds that a reply asks to wait; None where it asks for nothing, or for too long.

    A 429 asks even without saying how long, a 503 only with `Retry-After`: it may as well be a fault.
    """
    if reply.status not in (TOO_MANY, UNAVAILABLE):
        return None
    stated = reply.header("Retry-After")
    if stated is None:
        return FIRST_WAIT * float(2**turn) if reply.status == TOO_MANY else None
    seconds = _seconds(stated.strip())
    return seconds if seconds is not None and seconds <= LONGEST_WAIT else None


def _seconds(stated: str) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3)."""
    if _DIGITS.fullmatch(stated):
        return float(stated)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 — slow to import, and seldom needed

    try:
        then = parsedate_to_datetime(stated)
    except ValueError:
        return None
    now = datetime.now(UTC)
    return max((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)
