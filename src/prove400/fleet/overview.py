"""A fleet as one self-contained HTML page: what it comes to, who has to act, then every service, worst first.

Nothing of an entry is trusted: every text is made visible and escaped, as on the page of a run. All that is listed is
in the page as it stands; its script only sorts and filters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prove400.fleet.rows import Row, Word, headline, size, word_of, worst_first
from prove400.reporters import headline as told
from prove400.reporters import sheet

LISTED = 5_000
"""Services that the page lists, the worst; of more, the rest is in the document for programs."""
_WORST = 5
"""Services that are told of at the top."""
_STYLES = ("base.css", "findings.css", "print.css")
NOBODY = "nobody named"


@dataclass(frozen=True, slots=True)
class Share:
    """What the services of one owner come to."""

    owner: str
    services: int
    failed: int
    incomplete: int
    passed: int


def render(rows: Sequence[Row], source: str, started: str, seconds: float) -> str:
    """Give the page; equal rows and times give equal pages."""
    style = "".join(sheet.asset(name) for name in _STYLES) + sheet.asset("overview.css", __package__)
    script = sheet.script(sheet.asset("overview.js", __package__), sheet.asset("page.js"))
    made = sheet.environment(__package__)
    listed = [(at, row, _cost(row)) for at, row in enumerate(worst_first(rows)[:LISTED])]
    page = {
        "rows": listed,
        "worst": [entry for entry in listed[:_WORST] if entry[1].word is not Word.PASSED],
        "total": len(rows),
        "owners": shares(rows),
        "word": word_of(rows),
        "text": headline(rows),
        "sent": sum(row.sent for row in rows),
        "proven": sum(row.proven for row in rows),
        "tested": sum(row.tested for row in rows),
        "passed": sum(row.word is Word.PASSED for row in rows),
        "source": source,
        "started": started,
        "seconds": seconds,
        "nobody": NOBODY,
        "marks": {Word.PASSED: "✓", Word.FAILED: "✗", Word.INCOMPLETE: "?"},
        "policy": sheet.policy(style, script),
        "style": style,
        "script": script,
    }
    return made.get_template("overview.html.j2").render(page)


def shares(rows: Sequence[Row]) -> list[Share]:
    """Give what each owner's services come to: who has most to mend first, then by name."""
    tallies: dict[str, Counter[Word]] = {}
    for row in rows:
        tallies.setdefault(row.owner, Counter())[row.word] += 1
    listed = [
        Share(owner, tally.total(), tally[Word.FAILED], tally[Word.INCOMPLETE], tally[Word.PASSED])
        for owner, tally in tallies.items()
    ]
    return sorted(listed, key=lambda share: (-share.failed, -share.incomplete, share.owner))


def _cost(row: Row) -> str:
    return told.cost(row.damage) if row.damage is not None and size(row.damage) else ""
