"""A fleet as a JSON document, for programs; ``fleet.schema.json`` beside this module is its JSON Schema.

The document is ASCII, its members stand in a fixed order, and each service on a line of its own, in the order of the
fleet's file. What differs between two runs over the same behaviour stands in ``timing`` and nowhere else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from typing import Any

from prove400.fleet.rows import Row, Word, headline, word_of
from prove400.reporters.codec import encode

FORMAT = "prove400/fleet"
VERSION = 1
_CLOCK = ("started", "seconds", "cpu", "kept")
"""Fields of a row that differ between runs over the same behaviour."""


def render(rows: Sequence[Row], started: str, seconds: float) -> str:
    """Give the document; equal rows and times give equal bytes."""
    services = [encode(row) for row in rows]
    clocks = [{name: service.pop(name) for name in _CLOCK} for service in services]
    tally = Counter(row.word for row in rows)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": f"{word_of(rows).upper()}: {headline(rows)}.",
        "ok": word_of(rows) is Word.PASSED,
        "counts": {
            "services": len(rows),
            **{str(word): tally[word] for word in Word},
            "findings": sum(row.findings for row in rows),
            "sent": sum(row.sent for row in rows),
        },
    }
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    members.append(f'"services": {_lines(services)}')
    clock = f'"started": {json.dumps(started)}, "seconds": {json.dumps(seconds)}'
    members.append(f'"timing": {{{clock}, "services": {_lines(clocks)}}}')
    return "{\n" + ",\n".join(members) + "\n}\n"


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the document."""
    text = resources.files(__package__).joinpath("fleet.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _lines(items: list[Any]) -> str:
    return "[\n  " + ",\n  ".join(map(json.dumps, items)) + "\n]"
