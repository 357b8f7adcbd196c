"""What the report says in words and draws: headline, standing, plots, coverage, and the compressed parts."""

from __future__ import annotations

import base64
import json
import math
import zlib
from dataclasses import replace
from typing import Any

import pytest

from prove400.model import Damage, Predictions, Request, Run, Sample, Severity, Status, Tried, Verdict
from prove400.reporters import plots
from prove400.reporters.coverage import BAR, coverage
from prove400.reporters.details import part
from prove400.reporters.headline import headline, seed
from prove400.reporters.html import render
from prove400.reporters.matrix import matrix
from prove400.reporters.standing import EXPIRED, GROWN, KNOWN, NEW, RECURRING, since, standings
from prove400.reporters.view import worst_first
from tests.reporters.report_runs import told


def damaged(run: Run, damage: Damage | None) -> Run:
    """Give the run with this damage on its worst finding and none elsewhere."""
    findings = tuple(replace(finding, damage=None) for finding in run.findings[:-1])
    return replace(run, findings=(*findings, replace(run.findings[-1], damage=damage)))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Damage("/price", 326.0, 10273.0, "US dollar"), "worst moves the price by $9,947"),
        (Damage("/predictions/0/price", 1.0, 3.0), "worst moves the price by 2"),
        (Damage("", 1.0, 3.0, "kg"), "worst moves the answer by 2 kg"),
        (Damage("/p", 1.0, 2.0, "USD", (Sample("type.zero", 9, 1.0, 5000.0),)), "worst moves the p by $5,000"),
        (Damage("/price", 1.0, math.nan), "worst turns the price into nan"),
    ],
)
def test_headline_tells_the_damage(failing: Run, damage: Damage, words: str) -> None:
    """The line counts what gates by verdict, and names the worst damage with its unit."""
    top = headline(damaged(failing, damage))
    assert top.text == f"1 silent 200, 1 server error, 1 misattributed refusal; {words}"
    assert (top.proven, top.tested) == (72, 76)


def test_headline_without_damage(failing: Run) -> None:
    """Where nothing moved, nothing is said of it; a warning that gates is counted."""
    for damage in (None, Damage("/price", 1.0, 1.0)):
        assert headline(damaged(failing, damage)).text.endswith("1 misattributed refusal")
    assert headline(replace(failing, fail_on=Severity.WARNING)).text.startswith("2 silent 200s, ")


def test_headline_of_a_whole_run(passing: Run, incomplete: Run) -> None:
    """A passing run says how much is proven, and what wire rules are answered with; another says what is missing."""
    assert headline(passing).text == "76 of 76 constraints proven; every invalid request got a structured 400"
    first = passing.outcomes[0]
    tried = tuple(Tried("", None, 0, status, Verdict.DISCHARGED) for status in (400, 415, 404))
    wired = replace(passing, outcomes=(replace(first, tried=tried), *passing.outcomes[1:]))
    assert "wire rules were answered with 404, 415" in headline(wired).asides
    assert headline(incomplete).text.startswith("Not proven: 9 cases without a verdict")
    assert headline(replace(passing, outcomes=())).text == "Not proven: no obligation was tested"
    assert any("6 constraints cannot be broken alone" in aside for aside in headline(passing).asides)


def test_seed(passing: Run) -> None:
    """The catalogue has no seed; a search has the one that settings tell."""
    assert seed(passing) == "none: the catalogue is deterministic"
    assert seed(replace(passing, settings=(("seed", "7"),))) == "7"


def test_standings(failing: Run) -> None:
    """New, known, grown, expired and recurring are told apart; without anything to compare with nothing is said."""
    run = told(failing)
    words = {mark: standing.word for mark, standing in standings(run).items()}
    assert words == {"5a90be0f1d77": KNOWN, "c2d41f7709ab": EXPIRED, "91b7e3d05c42": NEW, "3fa9d2c81e06": RECURRING}
    assert {standing.word for standing in standings(failing).values()} == {""}
    fewer = replace(run.baseline[0], operators=())
    assert standings(replace(run, baseline=(fewer,)))["5a90be0f1d77"].word == GROWN
    assert worst_first(run)[0].fingerprint == "3fa9d2c81e06"
    worst = run.findings[-1]
    accepted = replace(run.baseline[0], fingerprint=worst.fingerprint, operators=worst.operators)
    assert worst_first(replace(run, baseline=(accepted,)))[-1].fingerprint == "3fa9d2c81e06"


def test_since_the_last_run(failing: Run) -> None:
    """New and fixed are told against the last run only, and nothing is fixed in a run that is not whole."""
    run = told(failing)
    changes = since(run)
    assert changes is not None
    assert [finding.fingerprint for finding in changes.new] == ["91b7e3d05c42"]
    assert changes.fixed == (run.baseline[2].fingerprint,)
    assert not changes.contract_changed
    cut = since(replace(run, complete=False))
    assert cut is not None
    assert cut.fixed == ()
    assert since(failing) is None


def test_damage_plot(failing: Run) -> None:
    """Witness and mutated request stand where they are among the valid predictions, which are all counted."""
    run = told(failing)
    plot = plots.damage_plot(run.findings[-1], run)
    assert plot is not None
    assert 12 <= plot.before < plot.after <= 548
    assert all(12 <= bar.x <= 548 and bar.y >= 0 and bar.y + bar.height <= 74 for bar in plot.bars)
    assert plot.text.startswith("200 valid predictions of price lie between $300 and $17,")
    assert plot.text.endswith("The witness got $326, the mutated request $10,273: higher than 73 % of them.")
    beyond = replace(run.findings[-1], damage=Damage("/price", 326.0, 99_999.0, "US dollar"))
    outside = plots.damage_plot(beyond, run)
    assert outside is not None
    assert outside.text.endswith("above all of them.")
    assert outside.after == 548


@pytest.mark.parametrize(
    ("place", "values", "after"),
    [
        ("/other", (1.0, 2.0), 3.0),
        ("/price", (2.0, 2.0), 3.0),
        ("/price", (), 3.0),
        ("/price", (1.0, 2.0), math.nan),
        ("/price", (-1.7e308, 1.7e308), 3.0),
    ],
)
def test_no_plot_without_numbers(failing: Run, place: str, values: tuple[float, ...], after: float) -> None:
    """Without a distribution, or a number, there is no plot."""
    run = replace(damaged(failing, Damage("/price", 1.0, after)), predictions=())
    run = replace(run, predictions=(Predictions("POST /predict", place, values),))
    assert plots.damage_plot(run.findings[-1], run) is None
    assert 'class="plot"' not in render(run)


def test_a_place_in_a_batch_fits_its_template(failing: Run) -> None:
    """An item of an array is set against the predictions of all items."""
    run = damaged(failing, Damage("/predictions/1/price", 1.0, 2.0))
    template = Predictions("POST /predict", "/predictions/*/price", (1.0, 3.0))
    found = plots.distribution(run.findings[-1], replace(run, predictions=(template,)))
    assert found == template


def test_trend(failing: Run) -> None:
    """The last runs and this one stand in order, the one with most findings highest; more than thirty are cut."""
    run = told(failing)
    steps = plots.trend(run)
    assert [step.findings for step in steps] == [0, 1, 5, 4, 4]
    assert [step.ok for step in steps] == [True, False, False, False, False]
    assert max(step.bar.height for step in steps) == steps[2].bar.height
    assert len(plots.trend(replace(run, past=run.past * 20))) == plots.RUNS
    assert plots.trend(failing) == ()


def test_coverage(failing: Run) -> None:
    """Each operation tells its constraints and obligations; a bar is full, and shows even one that is broken."""
    rows = coverage(failing)
    assert [(row.operation, row.proven, row.tested, row.alone) for row in rows] == [
        ("POST /predict", 35, 38, 3),
        ("POST /predict/batch", 37, 38, 3),
    ]
    for row in rows:
        assert sum(share.width for share in row.bar) == pytest.approx(BAR, abs=0.5)
        assert min(share.width for share in row.bar) > 3
    assert sum(row.obligations for row in rows) == len(failing.outcomes)
    assert coverage(replace(failing, outcomes=()))[0].bar == ()


def unpacked(text: str) -> Any:
    """Read a part as the page does."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def test_parts_hold_every_case(failing: Run) -> None:
    """Each case of a table is there with its place, status and verdict, and its request can be told again."""
    run = told(failing)
    tables = [table for section in matrix(run).sections for table in section.keywords]
    whole = matrix(run).wire
    assert whole is not None
    seen = []
    for table in [*tables, whole]:
        before = ""
        for index, _, operator, status, *_, cases in unpacked(part(table, run, None))["outcomes"]:
            outcome = run.outcomes[index]
            seen.append(index)
            assert (operator, status) == (outcome.obligation.operator, str(outcome.status))
            for tried, (location, code, verdict, size, start, end, middle) in zip(outcome.tried, cases, strict=True):
                before = before[:start] + middle + (before[-end:] if end else "")
                assert (location, code, verdict) == (tried.instance_location, tried.status, str(tried.verdict))
                assert tried.request is not None
                assert before.endswith(tried.request.body.decode())
                assert size == len(tried.request.body)
    assert sorted(seen) == list(range(len(run.outcomes)))


@pytest.mark.parametrize(
    "pair", [("aa", "aaa"), ("aaa", "aa"), ("", "a"), ("a", ""), ("abab", "ab"), ("💎x💎", "💎💎")]
)
def test_what_two_requests_share_is_counted_once(failing: Run, pair: tuple[str, str]) -> None:
    """A request that repeats itself is told whole, though its start and its end could overlap."""
    first = told(failing).outcomes[0]
    sent = [replace(first.tried[0], request=Request("POST", "/", (), text.encode())) for text in pair]
    run = replace(failing, outcomes=(replace(first, tried=tuple(sent)),))
    cases = unpacked(part(matrix(run).sections[0].keywords[0], run, None))["outcomes"][0][-1]
    before = ""
    for text, (*_, start, end, middle) in zip(pair, cases, strict=True):
        before = before[:start] + middle + (before[-end:] if end else "")
        assert before.partition("\n\n")[2] == text


def test_disputed_and_unreachable_are_counted_apart(incomplete: Run) -> None:
    """What is disputed or has no verdict is neither proven nor broken in the coverage."""
    tally = {status: amount for row in coverage(incomplete) for status, amount in row.by_status}
    assert tally[str(Status.UNREACHABLE)] == 9
    assert tally[str(Status.DISPUTED)] == 1
