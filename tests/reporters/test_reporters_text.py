"""The text report: one line of verdict, counts, findings worst first, nothing that harms a terminal."""

from __future__ import annotations

import math
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from prove400.model import (
    Damage,
    Finding,
    Outcome,
    Part,
    Reply,
    Request,
    Run,
    Sample,
    Severity,
    Side,
    Status,
    Verdict,
)
from prove400.reporters import REPORTERS
from prove400.reporters.excerpt import contrast
from prove400.reporters.summary import amount, damage_line, expected, number, verdict_line, worst_first
from prove400.reporters.text import render_console

if TYPE_CHECKING:
    from collections.abc import Callable

render = REPORTERS["text"]
CURL = ("curl", "  -H", "  --data", "  http", "printf", "prove400")


@pytest.mark.parametrize("name", ["passing", "failing", "incomplete"])
def test_gold(name: str, request: pytest.FixtureRequest, gold: Callable[[str, str], str]) -> None:
    """The report stays as it is, character for character."""
    text = render(request.getfixturevalue(name))
    assert text == gold(f"{name}.txt", text)


@pytest.mark.parametrize("name", ["passing", "failing", "incomplete", "hostile"])
def test_eighty_columns(name: str, request: pytest.FixtureRequest) -> None:
    """Every line but a reproducer's fits 80 columns and has no blanks at its end."""
    lines = [line for line in render(request.getfixturevalue(name)).splitlines() if not line.startswith(CURL)]
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)


def test_quiet_on_success(passing: Run) -> None:
    """A run that passes says its verdict and its counts, no more."""
    assert len(render(passing).splitlines()) <= 5


def test_hostile_replies_are_made_visible(hostile: Run) -> None:
    """No control character, override or lone surrogate of a reply reaches the terminal."""
    text = render(hostile)
    assert all(c == "\n" or c.isprintable() for c in text)
    assert r"\x1b[2J" in text
    assert r"\u202e" in text


def test_environment_has_no_say(failing: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rendered text is the same whatever the environment says of colours and columns."""
    plain = render(failing)
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "200", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    assert render(failing) == plain
    assert "\x1b" not in plain


def test_console_colours(failing: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the verdict has a colour, unless NO_COLOR is set."""
    assert "\x1b[1;31m" in printed(failing)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in printed(failing)


def printed(run: Run) -> str:
    """Print a run to a terminal that is recorded."""
    stream = StringIO()
    render_console(run, Console(file=stream, force_terminal=True, color_system="standard", width=100))
    return stream.getvalue()


def test_worst_first(failing: Run) -> None:
    """Errors stand before warnings, silent 200s first, then server errors, then the rest."""
    order = [finding.fingerprint for finding in worst_first(failing)]
    assert order == ["3fa9d2c81e06", "91b7e3d05c42", "c2d41f7709ab", "5a90be0f1d77"]


def test_more_damage_first(failing: Run) -> None:
    """Among equals the answer that moved furthest stands first, one that is no number before all."""
    base = failing.findings[-1]
    prices = (330.0, 9000.0, 10.0, math.nan)
    run = replace(
        failing,
        findings=tuple(
            replace(base, fingerprint=str(price), damage=Damage("/price", 326.0, price)) for price in prices
        ),
    )
    assert [f.fingerprint for f in worst_first(run)] == ["nan", "9000.0", "10.0", "330.0"]


def variants(passing: Run, failing: Run, incomplete: Run) -> list[Run]:
    """Change the samples in what the verdict depends on; `SENTENCES` says what each must get."""
    warnings = tuple(f for f in failing.findings if f.severity is Severity.WARNING)
    disputed = (replace(passing.outcomes[0], status=Status.DISPUTED), *passing.outcomes[1:])
    valid = tuple(outcome for outcome in passing.outcomes if outcome.obligation.side is Side.VALID)
    return [
        passing,
        replace(passing, outcomes=valid),
        replace(passing, outcomes=disputed),
        replace(passing, findings=warnings),
        replace(passing, findings=warnings, fail_on=Severity.WARNING),
        replace(failing, complete=False),
        incomplete,
        replace(passing, outcomes=()),
    ]


SENTENCES = """
PASSED: 366 of 366 obligations discharged; every invalid request got a structured 4xx.
PASSED: 34 of 34 obligations discharged; every valid request was answered as the contract says.
PASSED: 365 of 366 obligations discharged; the rest is disputed between two validators.
PASSED: 366 of 366 obligations discharged; 1 warning that does not gate.
FAILED: 1 finding: 1 warning (1 silent-200); worst moves /price by 5.
FAILED: 4 findings: 3 errors (1 silent-200, 1 server-error, 1 misattributed), 1 warning (1 silent-200); \
worst moves /price by 9,947; \
and the run is incomplete: the run stopped before its end.
INCOMPLETE: 9 cases without a verdict; \
356 of 366 obligations discharged, nothing found to be broken.
INCOMPLETE: no obligation was tested.
"""


def test_verdict_lines(passing: Run, failing: Run, incomplete: Run) -> None:
    """The verdict is one sentence that says neither more nor less than the run has shown."""
    said = [verdict_line(run) for run in variants(passing, failing, incomplete)]
    assert said == SENTENCES.strip().splitlines()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (326.0, "326"),
        (10273, "10,273"),
        (-9947.0, "-9,947"),
        (326.554, "326.55"),
        (0.00012345, "0.0001234"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (0.0, "0"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Numbers are written as people read them."""
    assert number(value) == text


SAMPLES = (Sample("type.category-index", 200, 301.0, 9947.0), Sample("enum.case", 1, 0.5, 12.25))


def test_real_rows_lead(failing: Run) -> None:
    """Where real rows were measured, the verdict leads with the worst of them, and the finding lists every operator."""
    findings = tuple(
        replace(f, damage=replace(f.damage, unit="US dollar", samples=SAMPLES)) if f.damage else f
        for f in failing.findings[-1:]
    )
    run = replace(failing, findings=findings)
    assert verdict_line(run).startswith("FAILED: cut as an int: median $301, worst $9,947 over 200 rows; 1 finding: ")
    text = render(run)
    assert "damage      /price 326 → 10,273 (+9,947)\n              cut as an int: median $301" in text
    assert "\n              cut in another case: median $0.50, worst $12.25 over 1 row\n" in text


def test_the_worst_operator_leads(failing: Run) -> None:
    """Of one finding the worst operator leads, whichever came first; what moved nothing is not said to be the worst."""
    base = failing.findings[-1]
    still = Damage("/price", 326.0, 326.0)
    moved = replace(still, samples=SAMPLES[::-1])
    unmoved = replace(still, samples=tuple(replace(sample, median=0.0, worst=0.0) for sample in SAMPLES))
    lines = [
        verdict_line(replace(failing, findings=(replace(base, damage=damage),))) for damage in (moved, unmoved, still)
    ]
    assert lines[0] == "FAILED: cut as an int: median 301, worst 9,947 over 200 rows; 1 finding: 1 silent-200."
    assert lines[1:] == ["FAILED: 1 finding: 1 silent-200."] * 2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(9947.4, "US dollar", "$9,947"), (0.5, "EUR", "€0.50"), (301.0, "", "301"), (1.5, "kg", "1.5 kg"),
     (math.inf, "USD", "inf")],
)  # fmt: skip
def test_amounts(value: float, unit: str, text: str) -> None:
    """Money stands behind its sign, and other units behind the number."""
    assert amount(value, unit) == text


def test_damage_line() -> None:
    """Damage says where, from what, to what and by how much, with a sign."""
    assert damage_line(Damage("/price", 326.0, 10273.0)) == "/price 326 → 10,273 (+9,947)"
    assert damage_line(Damage("", 10.0, 7.5)) == "answer 10 → 7.5 (−2.5)"


def posted(body: bytes, *headers: tuple[str, str], target: str = "/p") -> Request:
    """Make a POST."""
    return Request("POST", target, headers, body)


PLACES: list[tuple[str, Request, Request, tuple[str, str]]] = [
    (
        "query/explain",
        posted(b"", target="/p?explain=maybe"),
        posted(b"", target="/p?explain=true"),
        ('"maybe"', '"true"'),
    ),
    ("query/explain", posted(b""), posted(b"", target="/p?explain="), ("nothing", '""')),
    ("header/X-Id", posted(b"", ("x-id", "\xe9")), posted(b"", ("X-Id", "a")), (r'"\xe9"', '"a"')),
    ("cookie/sid", posted(b"", ("Cookie", "a=1; sid=2")), posted(b""), ('"2"', "nothing")),
    ("path/id", Request("GET", "/p/x"), Request("GET", "/p/1"), ("/p/x", "/p/1")),
    ("body/a/0", posted(b'{"a": [1e400]}'), posted(b'{"a": [1.50]}'), ("1e400", "1.50")),
    ("body/a", posted('{"a": "Ide\u0430l"}'.encode()), posted(b'{"a": "Ideal"}'), (r'"Ide\u0430l"', '"Ideal"')),
    ("body/a", posted(b"\xff{"), posted(b'{"a": true}'), (r"\xff{", "true")),
    ("body/a", posted(b""), posted(b'{"a": {"b": null}}'), ("an empty body", '{"b": null}')),
    (
        "body",
        posted(b"{}", ("Content-Type", "text/plain")),
        posted(b"{}"),
        ("POST /p as text/plain", "POST /p without a content type"),
    ),
]


@pytest.mark.parametrize(("place", "sent", "witness", "shown"), PLACES)
def test_contrast(failing: Run, place: str, sent: Request, witness: Request, shown: tuple[str, str]) -> None:
    """What stood at the place is shown in its own spelling, and what looks alike is told apart."""
    part, slash, rest = place.partition("/")
    constraint = replace(failing.findings[0].constraint, part=Part(part), member="")
    finding = replace(
        failing.findings[0], constraint=constraint, instance_location=slash + rest, request=sent, witness=witness
    )
    assert contrast(finding) == shown


@pytest.mark.parametrize(
    ("request_", "shown"), [(posted(b'{"a": 1}'), '{"a": 1}'), (Request("GET", "/p"), "GET /p")], ids=["body", "none"]
)
def test_an_unstable_answer_shows_its_request(failing: Run, request_: Request, shown: str) -> None:
    """Where the answers to one request differ, its body is shown once, and an equal answer is what was expected."""
    base = replace(failing.findings[0], request=request_, witness=request_, instance_location="")
    for verdict, right in [
        (Verdict.UNSTABLE, "an equal answer to an equal request"),
        (Verdict.IMPLAUSIBLE, "a plausible answer"),
        (Verdict.BAD_RESPONSE, "an answer as the contract documents it"),
        (Verdict.OVER_REJECTED, "any 2xx"),
    ]:
        finding = replace(base, verdict=verdict, expected_status=())
        assert contrast(finding) == (shown, "the same request")
        assert f"expected    {right}\n" in render(replace(failing, findings=(finding,)))
    assert expected(replace(base, verdict=Verdict.BAD_RESPONSE, expected_status=(400, 422))) == "400 or 422"


def test_missing_member_is_shown(failing: Run) -> None:
    """For a required name the place is the name's own."""
    constraint = replace(failing.findings[0].constraint, member="a")
    finding = replace(
        failing.findings[0],
        constraint=constraint,
        instance_location="",
        request=Request("POST", "/p", (), b"{}"),
        witness=Request("POST", "/p", (), b'{"a": 7}'),
    )
    assert contrast(finding) == ("nothing", "7")


def test_long_bodies_show_where_they_differ(failing: Run) -> None:
    """An excerpt of a long body starts just before the first difference."""
    sent, had = contrast(failing.findings[0])
    assert sent.startswith("…")
    assert '"carat": 0.24' in sent
    assert had.endswith('"SI2"}')


def huge(failing: Run) -> Finding:
    """Make a finding with a body of a megabyte and no reply."""
    return replace(failing.findings[0], request=Request("POST", "/p", (), b"[" * 1_000_000), reply=Reply(0))


def test_huge_requests_are_left_to_replay(failing: Run) -> None:
    """A reproducer that nobody can paste is replaced by the replay command."""
    text = render(replace(failing, findings=(huge(failing),)))
    assert "prove400 replay 5a90be0f1d77  # a body of 1,000,000 bytes" in text
    assert len(text) < 4000


def test_joint_outcomes_do_not_hide(passing: Run) -> None:
    """An outcome that is not isolated still counts as what it is."""
    run = replace(passing, outcomes=(replace(passing.outcomes[0], isolated=False), *passing.outcomes[1:]))
    assert isinstance(run.outcomes[0], Outcome)
    assert render(run) == render(passing)
