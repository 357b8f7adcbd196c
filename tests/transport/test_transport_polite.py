"""Waiting for a target that asks for it, a budget of requests, headers of one's own; all by a clock that is ours."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from prove400.model import Failure, Reply, Request
from prove400.transport import Polite, at_once
from prove400.transport.polite import FIRST_WAIT, LONGEST_WAIT, MOST_WAITS, asked_to_wait

ASK = Request("GET", "/x", (("Accept", "*/*"),))


class Scripted:
    """A transport that gives one reply after the other, the last one for ever."""

    name = "scripted"
    concurrency = 3

    def __init__(self, *replies: Reply) -> None:
        """Take the replies."""
        self.replies, self.sent, self.closed = list(replies), [], 0

    def send(self, request: Request) -> Reply:
        """Give the next reply."""
        self.sent.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self) -> None:
        """Count."""
        self.closed += 1


class Clock:
    """A clock that only moves when it is waited on."""

    def __init__(self) -> None:
        """Begin."""
        self.now, self.waits = 0.0, []

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.waits.append(seconds)
        self.now += seconds


def polite(*replies: Reply, **given: Any) -> tuple[Polite, Scripted, Clock]:
    """Make a polite transport with its clock."""
    clock, inner = Clock(), Scripted(*replies)
    return Polite(inner, pause=clock.pause, clock=lambda: clock.now, **given), inner, clock


def reply(status: int, after: str | None = None) -> Reply:
    """Make a reply."""
    return Reply(status, () if after is None else (("Retry-After", after),))


def test_a_429_is_waited_for() -> None:
    """What is refused for the rate is sent again when the target says, and the next answer counts."""
    transport, inner, clock = polite(reply(429, "3"), reply(429, "2"), reply(200))
    assert transport.send(ASK).status == 200
    assert (clock.waits, len(inner.sent), transport.waited) == ([3.0, 2.0], 3, 2)
    assert inner.sent == [ASK] * 3


def test_a_429_without_a_time_is_waited_for_longer_and_longer() -> None:
    """Where a target does not say how long, each wait is twice the one before."""
    transport, _, clock = polite(reply(429), reply(429), reply(400))
    assert transport.send(ASK).status == 400
    assert clock.waits == [FIRST_WAIT, 2 * FIRST_WAIT]


def test_a_429_for_ever_is_no_verdict() -> None:
    """The waiting has an end, and then there is no verdict: neither a wrong status nor a refusal."""
    transport, inner, _ = polite(reply(429, "1"))
    got = transport.send(ASK)
    assert (got.status, got.failure, len(inner.sent)) == (0, Failure.TIMEOUT, MOST_WAITS + 1)
    assert "--rate" in got.detail
    transport, inner, clock = polite(reply(429, str(int(LONGEST_WAIT) + 1)))
    assert transport.send(ASK).failure is Failure.TIMEOUT
    assert (len(inner.sent), clock.waits) == (1, [])


def test_a_503_is_waited_for_where_it_asks() -> None:
    """A 503 with Retry-After is waited for; without, or for ever, it stands as the fault that it may be."""
    transport, _, _ = polite(reply(503, "1"), reply(200))
    assert transport.send(ASK).status == 200
    for always in (reply(503), reply(503, "1")):
        transport, _, _ = polite(always)
        assert transport.send(ASK).status == 503


def test_retry_after_as_a_date() -> None:
    """Retry-After may be a date (RFC 9110 section 10.2.3); a past one asks for no time, and a word for nothing."""
    soon = datetime.now(UTC) + timedelta(seconds=30)
    seconds = asked_to_wait(reply(429, format_datetime(soon, usegmt=True)), 0)
    assert seconds is not None
    assert 20 < seconds <= 30
    assert asked_to_wait(reply(429, "Wed, 21 Oct 2015 07:28:00 GMT"), 0) == 0
    assert asked_to_wait(reply(429, "soon"), 0) is None
    assert asked_to_wait(reply(200, "3"), 0) is None


def test_a_budget() -> None:
    """No more requests a second are sent than the budget has, over all that ask; what comes late is not made up for."""
    transport, _, clock = polite(reply(200), rate=4.0)
    for _ in range(5):
        transport.send(ASK)
    assert clock.now == 1.0
    clock.now = 10.0
    transport.send(ASK)
    assert clock.now == 10.0


def test_headers_are_added() -> None:
    """Headers go with every request that has none of the name, whatever its case; what a case sends stays."""
    transport, inner, _ = polite(reply(200), headers=(("X-Key", "k"), ("accept", "text/html")))
    transport.send(ASK)
    assert inner.sent[0].headers == (("Accept", "*/*"), ("X-Key", "k"))


def test_at_once_waits_for_nothing() -> None:
    """Where load itself is the question, the same target is asked without waiting, with the same headers."""
    transport, inner, clock = polite(reply(429, "1"), headers=(("X-Key", "k"),))
    assert at_once(transport).send(ASK).status == 429
    assert (clock.waits, inner.sent[0].header("X-Key")) == ([], "k")
    assert at_once(inner) is inner
    transport.close()
    assert inner.closed == 1


class Answering:
    """A transport that answers each target with its own replies, one after the other, and streams in its own way."""

    name = "answering"
    concurrency = 2
    after = "1"

    def __init__(self, **replies: list[int]) -> None:
        """Take the statuses for each target; those of 429 ask to come again in a second."""
        self.statuses, self.streams = replies, 0
        self.seen: list[Request] = []

    @property
    def sent(self) -> list[str]:
        """The targets in the order in which they were asked for."""
        return [request.target for request in self.seen]

    def send(self, request: Request) -> Reply:
        """Give the next reply for the target."""
        self.seen.append(request)
        status = self.statuses[request.target].pop(0)
        return Reply(status, (("Retry-After", self.after),) if status == 429 else (), request.target.encode())

    def stream(self, requests: Iterable[Request], concurrency: int) -> Iterator[Reply]:
        """Give replies, with one request drawn ahead."""
        self.streams += 1
        under_way: deque[Reply] = deque()
        for request in requests:
            under_way.append(self.send(request))
            if len(under_way) == concurrency:
                yield under_way.popleft()
        yield from under_way

    def close(self) -> None:
        """Do nothing."""


def streaming(statuses: dict[str, list[int]], **given: Any) -> tuple[list[Reply], Answering, Clock, Polite]:
    """Stream a request for each target, two at once."""
    clock, inner = Clock(), Answering(**statuses)
    transport = Polite(inner, pause=clock.pause, clock=lambda: clock.now, **given)
    return list(transport.stream([Request("GET", target) for target in statuses], 2)), inner, clock, transport


def test_a_stream_waits_for_what_asks_for_it() -> None:
    """What asks to come again does, what was under way beside it keeps its reply and place, and the rest goes on."""
    statuses = {"a": [200], "b": [429, 429, 400], "c": [200], "d": [200], "e": [503]}
    replies, inner, clock, transport = streaming(statuses)
    assert [(reply.status, reply.body) for reply in replies] == [
        (200, b"a"),
        (400, b"b"),
        (200, b"c"),
        (200, b"d"),
        (503, b"e"),
    ]
    assert inner.sent == ["a", "b", "c", "b", "b", "d", "e"]
    assert (clock.waits, transport.waited, inner.streams) == ([1.0, 1.0], 2, 2)


def test_a_stream_of_429_for_ever_has_no_verdict() -> None:
    """As alone, the waiting has an end; what asks for too much is not waited for."""
    replies, inner, _, transport = streaming({"a": [429] * 99, "b": [200]})
    assert [reply.failure for reply in replies] == [Failure.TIMEOUT, None]
    assert inner.sent.count("a") == MOST_WAITS + 1
    inner.statuses, inner.after = {"c": [429]}, str(int(LONGEST_WAIT) + 1)
    assert [reply.failure for reply in transport.stream([Request("GET", "c")], 2)] == [Failure.TIMEOUT]
    assert inner.sent.count("c") == 1


def test_a_stream_that_waits_for_nothing() -> None:
    """Where load itself is the question, a 429 is the reply."""
    replies, inner, clock, _ = streaming({"a": [429], "b": [200]}, waits=False)
    assert [reply.status for reply in replies] == [429, 200]
    assert (inner.sent, clock.waits) == (["a", "b"], [])


def test_a_stream_within_a_budget() -> None:
    """A budget holds for a stream, too."""
    replies, inner, clock, _ = streaming({"a": [200], "b": [429, 200], "c": [200]}, rate=4.0)
    assert [reply.body for reply in replies] == [b"a", b"b", b"c"]
    assert clock.now >= 1.5
    assert inner.streams == 0


def test_a_stream_carries_headers() -> None:
    """Headers go with every request of a stream."""
    _, inner, _, _ = streaming({"a": [429, 200], "b": [200]}, headers=(("X-Key", "k"),))
    assert [request.headers for request in inner.seen] == [(("X-Key", "k"),)] * 3


@pytest.mark.parametrize("name", ["name", "concurrency"])
def test_it_is_the_target(name: str) -> None:
    """To a run it is the target itself."""
    transport, inner, _ = polite(reply(200))
    assert getattr(transport, name) == getattr(inner, name)
