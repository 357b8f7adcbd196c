"""What a page holds but does not show at once: cases, and large tables, as compressed JSON that it inflates when asked.

Each part is JSON in UTF-8, in the zlib format (RFC 1950), in base64: what ``DecompressionStream("deflate")`` of a
browser reads. Every text in it is visible, as on the page itself.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

from prove400.model import Outcome, Request, Run, Tried
from prove400.reporters.evidence import head
from prove400.reporters.matrix import Table
from prove400.reporters.visible import clipped, decoded, visible

REQUEST_LIMIT = 2048
"""Characters of a request."""


def packed(value: Any) -> str:
    """Give one part."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def part(table: Table, run: Run, html: str | None) -> str:
    """Give the cases of a table, and the table itself where the page does not have it."""
    chosen = [(index, run.outcomes[index]) for index in table.outcomes]
    whole: dict[str, Any] = {"outcomes": _outcomes(chosen)}
    return packed(whole if html is None else {**whole, "html": html})


def _outcomes(chosen: Iterable[tuple[int, Outcome]]) -> list[Any]:
    """List what the page shows of outcomes; a request is told by what it shares with the one before."""
    listed, before = [], ""
    for index, outcome in chosen:
        cases = []
        for tried in outcome.tried:
            text = _text(tried.request)
            cases.append([*_reply(tried), *_shared(before, text)] if text is not None else _reply(tried))
            before = before if text is None else text
        obligation = outcome.obligation
        place = visible(f"{obligation.constraint.operation} › {obligation.constraint.label}", ())
        marks = [visible(mark, ()) for mark in outcome.fingerprints]
        status = [str(outcome.status), str(obligation.side), outcome.cases, int(outcome.isolated)]
        listed.append([index, place, visible(obligation.operator, ()), *status, marks, cases])
    return listed


def _reply(tried: Tried) -> list[Any]:
    return [visible(tried.instance_location, ()), tried.status, str(tried.verdict), tried.size]


def _text(request: Request | None) -> str | None:
    if request is None:
        return None
    body = visible(decoded(request.body))
    return clipped(f"{visible(head(request))}\n\n{body}" if body else visible(head(request)), REQUEST_LIMIT)


def _shared(before: str, text: str) -> list[Any]:
    """Tell a text by how many characters its start and its end share with another, and what stands between."""
    start = _alike(before, text)
    end = _alike(before[start:][::-1], text[start:][::-1])
    return [start, end, text[start : len(text) - end]]


def _alike(one: str, other: str) -> int:
    """Count the first characters that two texts share, by halving: whole slices compare at once."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
