"""What tells one value from another, place by place, so that it can be done to a third."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prove400.pointer import ABSENT

Place = tuple[str | int, ...]
"""Names and indices from the root."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place, and the value that comes there; `ABSENT` takes away what is there."""

    place: Place
    value: Any


def edits(before: Any, after: Any, place: Place = ()) -> Iterator[Edit]:
    """Give what makes `after` of `before`, each as deep as it can be told; an array loses its last items first.

    >>> list(edits({"a": 1, "b": [1, 2]}, {"b": [1, 3]}))
    [Edit(place=('a',), value=ABSENT), Edit(place=('b', 1), value=3)]
    """
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (Edit((*place, name), ABSENT) for name in before if name not in after)
        for name, value in after.items():
            yield from edits(before[name], value, (*place, name)) if name in before else [Edit((*place, name), value)]
    elif isinstance(before, list) and isinstance(after, list):
        for index, value in enumerate(after):
            known = index < len(before)
            yield from edits(before[index], value, (*place, index)) if known else [Edit((*place, index), value)]
        yield from (Edit((*place, index), ABSENT) for index in reversed(range(len(after), len(before))))
    elif type(before) is not type(after) or before != after:
        yield Edit(place, after)


def edited(value: Any, edit: Edit) -> Any:
    """Give the value with an edit; as it is where the place of the edit is not there."""
    return _put(value, edit.place, edit.value)


def _put(node: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    head, rest = place[0], place[1:]
    if isinstance(node, dict) and (head in node or not rest):
        if not rest and new is ABSENT:
            return {name: value for name, value in node.items() if name != head}
        return {**node, head: _put(node.get(head), rest, new)}
    if isinstance(node, list) and isinstance(head, int):
        if head < len(node):
            kept = [] if not rest and new is ABSENT else [_put(node[head], rest, new)]
            return [*node[:head], *kept, *node[head + 1 :]]
        if not rest and new is not ABSENT:
            return [*node, new]
    return node
