"""Two JSON documents → what changed, place by place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.pointer import ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs; `ABSENT` stands where one side has nothing."""

    location: str
    old: Any
    new: Any

    def __str__(self) -> str:
        """Give one readable line."""
        if self.old is ABSENT:
            return f"+ {self.location}: {_short(self.new)}"
        if self.new is ABSENT:
            return f"- {self.location}: {_short(self.old)}"
        return f"~ {self.location}: {_short(self.old)} → {_short(self.new)}"


def _short(value: Any, most: int = 120) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def changes(old: Any, new: Any, at: str = "") -> Iterator[Change]:
    """Give every place where two JSON values differ, deepest place first named; the order of names does not count."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            yield from changes(old.get(name, ABSENT), new.get(name, ABSENT), pointer.join(at, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes(before, after, f"{at}/{index}")
    elif type(old) is not type(new) or old != new:
        yield Change(at, old, new)
