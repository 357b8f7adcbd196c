"""The HTML report: self-contained, proof against hostile replies, and whole in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from prove400.model import (
    Constraint,
    Obligation,
    Outcome,
    Part,
    Reply,
    Request,
    Run,
    Severity,
    Side,
    Source,
    Status,
    Unisolable,
    Verdict,
)
from prove400.reporters import REPORTERS
from prove400.reporters.matrix import matrix
from prove400.reporters.tokens import coloured, difference, folded, laid_out

if TYPE_CHECKING:
    from pathlib import Path

render = REPORTERS["html"]
CHROMIUM = shutil.which("chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--v=0",
]
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Outline(HTMLParser):
    """Reads a page strictly: every element closed in order, every id once."""

    def __init__(self, page: str) -> None:
        """Read the whole page."""
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Demand that the innermost element is the one closed."""
        assert self.open.pop() == tag

    def attributes(self, name: str) -> list[str]:
        """Give every value of an attribute."""
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


@pytest.fixture(params=["passing", "failing", "incomplete", "hostile"])
def run(request: pytest.FixtureRequest) -> Run:
    """Give each sample run."""
    sample: Run = request.getfixturevalue(request.param)
    return sample


def test_well_formed_and_linked(run: Run) -> None:
    """Elements nest, ids are unique, and every link leads to an id of the page."""
    outline = Outline(render(run))
    ids = outline.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link for link in outline.attributes("href") if link.startswith("#")} <= {f"#{name}" for name in ids}


def test_self_contained(run: Run) -> None:
    """Nothing is loaded: no source, no style sheet, no link but to the page itself, no inline handler or style."""
    outline = Outline(render(run))
    assert not outline.attributes("src")
    assert all(link.startswith("#") for link in outline.attributes("href"))
    assert [attrs.get("type") for tag, attrs in outline.tags if tag == "script"].count(None) == 1
    assert {attrs.get("type") for tag, attrs in outline.tags if tag == "script"} <= {None, "application/octet-stream"}
    assert not [name for _, attrs in outline.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "default-src 'none'" in next(value for value in outline.attributes("content") if "src" in value)


def test_tables_are_accessible(failing: Run) -> None:
    """Every table has a caption, every head cell a scope, every scrolling region a name."""
    outline = Outline(render(failing))
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("table") == tags.count("caption") > 10
    assert all(attrs.get("scope") in ("col", "row", "colgroup") for tag, attrs in outline.tags if tag == "th")
    assert all(attrs.get("aria-label") for _, attrs in outline.tags if attrs.get("role") == "region")


def test_every_finding_has_its_anchor(failing: Run) -> None:
    """A broken cell leads to the finding, and each finding shows damage, difference, reply and reproducer."""
    page = render(failing)
    for finding in failing.findings:
        assert f'id="finding-{finding.fingerprint}"' in page
        assert page.count(f'href="#finding-{finding.fingerprint}"') >= 3
    assert "price 326 → 10,273 (+9,947)" in page
    assert "<del>&#34;Ideal&#34;</del><ins>2</ins>" in page
    assert "Traceback (most recent call last)" in page
    assert "curl -i -X POST" in page


def test_findings_stand_under_their_constraint(failing: Run) -> None:
    """Two findings of one constraint share a group, under the contract's line; each says what was expected, and why."""
    found = replace(failing.findings[0], source=Source("contracts/openapi.json", 47, 9, '"enum": ["Ideal"]'))
    other = replace(found, fingerprint="0badc0ffee03", verdict=Verdict.MISATTRIBUTED, rule="misattributed")
    page = render(replace(failing, findings=(found, other)))
    (group,) = re.findall(r'(?s)<section class="group">.*?</article>\s*</section>', page)
    assert set(re.findall(r'<article id="finding-(\w+)"', group)) == {found.fingerprint, other.fingerprint}
    assert group.count("contracts/openapi.json:47") == 1
    assert re.findall(r"<dt>Expected</dt><dd><strong>(\d+)</strong>, by the rule <code>([\w.-]+)</code>", group) == [
        ("400", found.rule),
        ("400", other.rule),
    ]


def test_hostile_replies_do_not_inject(hostile: Run) -> None:
    """Markup, template syntax, controls and overrides of a reply are shown, not obeyed."""
    page = render(hostile)
    assert "<script>document" not in page
    assert "<img" not in page
    assert "{{7*7}}" in page
    assert all(c == "\n" or c.isprintable() for c in page)
    assert r"\u202e" in page


def test_long_replies_are_cut(failing: Run) -> None:
    """A reply is shown up to 4 kB, and the page says how much more there is."""
    finding = replace(
        failing.findings[0], reply=Reply(200, (), b"x" * 1_000_000), request=Request("POST", "/", (), b"[" * 1_000_000)
    )
    page = render(replace(failing, findings=(finding,)))
    assert "995,904 more bytes" in page
    assert "prove400 replay 5a90be0f1d77" in page
    assert len(page) < 400_000


def test_white_space_faults_show(failing: Run) -> None:
    """Where only white space differs, the raw texts are compared."""
    finding = replace(
        failing.findings[0], witness=Request("POST", "/", (), b"{}"), request=Request("POST", "/", (), b"{ \t}")
    )
    assert r"<ins> \x09</ins>" in render(replace(failing, findings=(finding,)))


def test_matrix_counts_everything(failing: Run) -> None:
    """Each outcome is counted once in the overviews and once in the keyword tables."""
    proof = matrix(failing)
    assert proof.wire is not None
    overview = sum(section.overview.total.total for section in proof.sections) + proof.wire.total.total
    tables = sum(table.total.total for section in proof.sections for table in section.keywords) + proof.wire.total.total
    cells = sum(cell.total for section in proof.sections for row in section.overview.rows for cell in row.cells)
    assert overview == tables == cells + proof.wire.total.total == len(failing.outcomes)


def test_matrix_shows_why_not(passing: Run) -> None:
    """What cannot be isolated is a dash with a footnote, in the overview and in its keyword's table."""
    section = matrix(passing).sections[0]
    cut = next(row for row in section.overview.rows if row.label == "body/cut")
    cell = next(cell for cell in cut.cells if cell.state == "not isolable")
    assert section.notes[cell.note - 1] == "proven: `enum` beside it admits nothing that breaks it"
    table = next(table for table in section.keywords if table.name == "type")
    assert [cell.state for row in table.rows if row.label == "body/cut" for cell in row.cells] == ["not isolable"] * 9


def test_matrix_marks_joint_cases(passing: Run) -> None:
    """An unisolable constraint that was tested jointly shows its cases with its footnote, and no false dashes."""
    place = Constraint("POST /p", Part.BODY, "/a", "/s/type", "type", "string")
    done = Outcome(Obligation(place, "type.null", Side.INVALID), Status.DISCHARGED, 2, isolated=False)
    beside = Obligation(replace(place, instance_location="/b"), "type.true", Side.INVALID)
    other = Outcome(beside, Status.UNREACHABLE, 1, isolated=True)
    wire = Unisolable(replace(place, keyword="json", instance_location=""), "no body")
    run = replace(passing, outcomes=(done, other), unisolable=(Unisolable(place, "implied"), wire))
    proof = matrix(run)
    row = proof.sections[0].keywords[0].rows[0]
    assert [(cell.state, cell.joint, cell.note) for cell in row.cells] == [("discharged", True, 1), ("empty", False, 0)]
    assert (row.cells[0].cases, row.cells[0].outcomes, proof.sections[0].notes) == (2, (0,), ("not proven: implied",))
    assert proof.wire_notes == ("not proven: no body",)
    assert "✓" in render(run)


def test_no_outcomes(passing: Run) -> None:
    """A run without outcomes still makes a page."""
    assert "No constraint was tested." in render(replace(passing, outcomes=(), unisolable=(), settings=()))


@pytest.mark.parametrize(
    ("text", "laid"),
    [
        ('{"a":1,"a":[true,{}],"b":[]}', '{\n  "a": 1,\n  "a": [\n    true,\n    {}\n  ],\n  "b": []\n}'),
        ('{"a": "x\\"y: {", "b":1e400}', '{\n  "a": "x\\"y: {",\n  "b": 1e400\n}'),
        ("]}oops", "]\n} oops"),
        ("", ""),
        ("1 2", "1 2"),
    ],
)
def test_laid_out(text: str, laid: str) -> None:
    """JSON-like text is laid out by its tokens, whose spelling stays."""
    assert laid_out(text) == laid


def test_coloured() -> None:
    """Names, strings, numbers and words are told apart."""
    kinds = [(kind, text) for kind, text in coloured('{"a" : "b", "c": [-1.5e3, true, x]}') if kind]
    assert kinds == [("name", '"a"'), ("string", '"b"'), ("name", '"c"'), ("number", "-1.5e3"), ("word", "true")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b c", "a x c"),
        ("a", ""),
        ("", "a"),
        ("a a", "a a a"),
        ("same", "same"),
        ("x " * 3000 + "q" * 9, "y " * 3000),
    ],
)
def test_difference_is_lossless(before: str, after: str) -> None:
    """Leaving out insertions gives the old text, leaving out deletions the new one."""
    pieces = difference(before, after)
    assert "".join(text for kind, text in pieces if kind != "ins") == before
    assert "".join(text for kind, text in pieces if kind != "del") == after


def test_difference_stays_small() -> None:
    """Two changes in a long list of equal items show as these two, not as the whole list between them."""
    before = ["0"] * 400
    pieces = difference(",".join(before), ",".join(["1", *before[2:], "1"]))
    assert [piece for piece in pieces if piece[0]] == [("del", "0"), ("ins", "1"), ("del", "0"), ("ins", "1")]


def test_folded() -> None:
    """Long runs of equal lines are folded, lines beside a difference are kept, long differences are cut."""
    lines = "".join(f"{i}\n" for i in range(100))
    (_, head), (_, old), (_, tail) = folded([("", lines), ("del", "x" * 5000), ("", lines)])
    assert head == "  ⋯ 97 lines alike ⋯\n97\n98\n99\n"
    assert old.endswith("… 904 more characters")
    assert tail.startswith("0\n1\n2\n3\n  ⋯ 97 lines alike ⋯")


def opened(page: str, folder: Path, *options: str) -> tuple[str, str]:
    """Open a page from a file in chromium; give its DOM and its log."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [CHROMIUM or "", *QUIET, profile, *options, (folder / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("name", ["failing", "hostile"])
def test_in_chromium(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The page opens from a file without a console message, its script runs, and nothing of a reply does."""
    run = request.getfixturevalue(name)
    dom, log = opened(render(run), tmp_path, "--dump-dom")
    assert "CONSOLE" not in log
    assert dom.count("Copy</button>") == 2 * len(run.findings)
    assert "<title>FAILED" in dom
    assert dom.count("<script>") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_chromium_would_tell(passing: Run, tmp_path: Path) -> None:
    """A script that the policy does not name is blocked, and the check above would see its message."""
    page = render(passing).replace("</main>", "<script>document.title='owned'</script></main>")
    dom, log = opened(page, tmp_path, "--dump-dom")
    assert "CONSOLE" in log
    assert "<title>owned" not in dom


def test_fail_on_warning_is_named(passing: Run) -> None:
    """The page says what gates."""
    assert "fails on warnings and errors" in render(replace(passing, fail_on=Severity.WARNING))
    assert re.search("fails on errors<", render(passing))
