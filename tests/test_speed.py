"""The committed speed is kept: counted in calls, which no other work on the machine changes."""

from __future__ import annotations

from benchmarks.guard import TOLERANCE, committed, counted, slower
from benchmarks.speed.memory import peak, proven, stream
from benchmarks.speed.plot import bars


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
