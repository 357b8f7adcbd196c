"""The committed speed is kept: counted in calls, which no other work on the machine changes."""

from __future__ import annotations

import pytest

from benchmarks.guard import TOLERANCE, committed, counted, slower
from benchmarks.speed.memory import stream
from benchmarks.speed.over_http import LARGE, Pace, beside, is_comparable
from benchmarks.speed.plot import bars
from prove400.model import Failure, Reply, Request
from prove400.transport.server import Server


def test_planning_and_judging_make_no_more_calls_than_committed() -> None:
    """A stage that calls a tenth more for each case than the committed code fails: `python -m benchmarks.guard`."""
    assert not slower(counted(), committed())


def test_a_slower_stage_is_told() -> None:
    """What is past the tolerance is told with its ratio, and nothing else."""
    before = {"planning": 100.0, "judging": 50.0}
    assert slower({"planning": 100.0 * TOLERANCE + 1, "judging": 20.0}, before) == {"planning": TOLERANCE + 0.01}
    assert not slower(dict(before), before)


def test_a_stream_of_cases_is_counted() -> None:
    """The memory benchmark goes through at least as many cases as asked, and gives megabytes."""
    assert 20 < stream(10) < 10_000


def test_bars_are_in_proportion() -> None:
    """Each value has a bar as long as its share of the greatest, and its name is escaped."""
    drawn = bars("a & b", {"x<y": 1.0, "z": 2.0})
    assert 'width="220.0"' in drawn
    assert 'width="440.0"' in drawn
    assert "x&lt;y" in drawn
    assert "a &amp; b" in drawn


PLAIN = Request("POST", "/", (), b"{}")
COMPARABLE = [
    (PLAIN, Reply(400), True),
    (PLAIN, Reply(400, (("Connection", "Keep-Alive"),)), True),
    (PLAIN, Reply(400, (("connection", "Close"),)), False),
    (PLAIN, Reply(0, failure=Failure.DROPPED), False),
    (Request("HEAD", "/"), Reply(200), False),
    (Request("POST", "/", (("Content-Length", "9"),), b"{}"), Reply(400), False),
    (Request("POST", "/", (), bytes(LARGE)), Reply(413), False),
]


@pytest.mark.parametrize(("request_", "reply", "comparable"), COMPARABLE)
def test_wrk_is_given_what_leaves_connections_open(request_: Request, reply: Reply, *, comparable: bool) -> None:
    """A request that ends its connection, or whose reply wrk cannot read, is left out."""
    assert is_comparable(request_, reply, Server.parse("http://h")) is comparable


def test_clients_are_compared_within_a_round() -> None:
    """Ratios are of the same round, and by CPU they count what both ends of the connection took."""
    own = [Pace(80, 1.0, 0.3, 0.5), Pace(40, 1.0, 0.3, 0.5), Pace(40, 2.0, 0.3, 0.5)]
    wrk = [Pace(100, 1.0, 0.1, 0.7), Pace(100, 1.0, 0.1, 0.7), Pace(100, 1.0, 0.1, 0.7)]
    assert beside(wrk, wrk)["of wrk"] == beside(wrk, wrk)["of wrk by CPU"] == 1.0
    assert beside(own, wrk) == {
        "requests per second": 40.0,
        "of wrk": 0.4,
        "of wrk by CPU": 0.4,
        "client microseconds": 7500.0,
        "server microseconds": 12500.0,
    }
