"""The committed speed is kept: counted in calls, which no other work on the machine changes."""

from __future__ import annotations

import pytest

from benchmarks.guard import TOLERANCE, committed, counted, slower
from benchmarks.speed.memory import peak, proven, stream
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
    """The memory benchmark goes through at least as many cases as asked, with nothing found, and gives megabytes."""
    assert stream(10) >= 10
    assert proven(10).startswith("PASSED")
    assert 20 < peak() < 10_000


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


def test_a_race_compares_what_both_took() -> None:
    """Seconds and requests are added up, and compared in all, on the median defect and on the last to be found."""
    race = pytest.importorskip("benchmarks.speed.race", reason="Schemathesis is an extra")
    pairs = [(race.Lap(1.0, 0.5, 10), race.Lap(2.0, 0.1, 3)), (race.Lap(1.0, 0.5, 10), race.Lap(8.0, 0.1, 3))]
    found = race.summary([*pairs, (race.Lap(2.0, 1.0, 20), race.Lap(6.0, 0.1, 3))])
    assert (found["found by both"], found["prove400"], found["Schemathesis, requests"]) == (3, 4.0, 9)
    assert (found["times"], found["times, at most"]) == (4.0, 8.0)
    assert (found["times, median"], found["times, the last to be found"]) == (3.0, 4.0)


def test_a_lap_ends_with_the_first_finding() -> None:
    """A tester that finds nothing has no lap; of one that does, the server's requests and time are a part."""
    race = pytest.importorskip("benchmarks.speed.race", reason="Schemathesis is an extra")

    def server(*_: object) -> list[bytes]:
        return []

    assert race.lap(lambda _: False, server) is None
    found = race.lap(lambda clocked: not clocked({}, None), server)
    assert found.requests == 1
    assert found.served <= found.seconds
