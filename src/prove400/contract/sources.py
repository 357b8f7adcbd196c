"""Where a keyword stands in the contract's files: JSON Pointer → file, line and column.

The value of a document has no places, so its text is read again, only when a place is asked for and once for each file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prove400 import pointer
from prove400.contract.files import FILES, name_of
from prove400.model import Source

if TYPE_CHECKING:
    from prove400.contract.yaml_text import Loader

LONGEST = 200
"""Characters shown of a line: one of a minified file holds all of it."""


@dataclass(slots=True)
class _Place:
    """A value in a text: where a reader looks for it, and how to find what it holds."""

    start: int  # of the name, or of an item
    children: Callable[[], dict[str, _Place]]
    _known: dict[str, _Place] | None = field(default=None, init=False)

    def child(self, token: str) -> _Place | None:
        if self._known is None:
            self._known = self.children()
        return self._known.get(token)


@dataclass(slots=True)
class _File:
    name: str  # as a reader knows it
    text: str
    root: _Place

    def source(self, tokens: list[str]) -> Source:
        """Give the place of a value, or of what holds it where there is none."""
        place = self.root
        for token in tokens:
            found = place.child(token)
            if found is None:
                break
            place = found
        begin = self.text.rfind("\n", 0, place.start) + 1
        end = self.text.find("\n", begin)
        whole = self.text[begin : end if end >= 0 else len(self.text)]
        column = place.start - begin
        shown = whole if len(whole.strip()) <= LONGEST else whole[column : column + LONGEST]
        return Source(self.name, self.text.count("\n", 0, begin) + 1, column + 1, shown.strip())


class Sources:
    """Finds keyword locations in a contract's file, and in those that it refers to."""

    def __init__(self, path: Path) -> None:
        """Take the contract's file; nothing is read yet."""
        self._path = path
        self._files: dict[str, _File | None] = {}

    def at(self, location: str) -> Source | None:
        """Give the place of the value at a location, else of what holds it; None where its file cannot be read."""
        tokens = pointer.tokens(location)
        name = ""
        if tokens[:1] == [FILES] and len(tokens) > 1:
            _, name, *tokens = tokens
        if name not in self._files:
            self._files[name] = _opened(self._path.parent / name if name else self._path)
        file = self._files[name]
        return file.source(tokens) if file else None


def _opened(path: Path) -> _File | None:
    try:
        raw = path.read_bytes()
        text = raw.decode(json.detect_encoding(raw), "surrogatepass").removeprefix("\ufeff")
    except (OSError, ValueError):
        return None
    for root in (_json_root, _yaml_root):
        try:
            return _File(path.as_posix(), text, root(text))
        except (ValueError, RecursionError):
            continue
    return None


_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")


def _json_root(text: str) -> _Place:
    """Give the root of a JSON text; raises ValueError where it is none."""
    json.loads(text)
    start = _past_blanks(text, 0)
    return _json_place(text, start, start)


def _json_place(text: str, start: int, value: int) -> _Place:
    return _Place(start, lambda: dict(_json_children(text, value)))


def _json_children(text: str, value: int) -> Iterator[tuple[str, _Place]]:
    """Give what an object or an array holds, by name or index; of equal names, the last one counts."""
    if text[value] not in "{[":
        return
    named, at, index = text[value] == "{", _past_blanks(text, value + 1), 0
    while text[at] not in "}]":
        start, token = at, str(index)
        if named:
            token, at = _DECODER.raw_decode(text, at)
            at = _past_blanks(text, _past_blanks(text, at) + 1)  # the colon
        yield token, _json_place(text, start, at)
        _, at = _DECODER.raw_decode(text, at)
        at = _past_blanks(text, at)
        at = _past_blanks(text, at + 1) if text[at] == "," else at
        index += 1


def _past_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _yaml_root(text: str) -> _Place:
    from prove400.contract.yaml_text import Loader, root_of  # noqa: PLC0415 — slow to import, and seldom needed

    loader = Loader(text)
    try:
        node = root_of(loader)
        return _yaml_place(loader, node.start_mark.index if node else 0, node)
    finally:
        loader.dispose()


def _yaml_place(loader: Loader, start: int, node: Any) -> _Place:
    return _Place(start, lambda: dict(_yaml_children(loader, node)))


def _yaml_children(loader: Loader, node: Any) -> Iterator[tuple[str, _Place]]:
    """Give what a mapping or a sequence holds; what it names itself goes before what it merges (YAML merge type)."""
    if getattr(node, "id", "") == "sequence":
        for index, item in enumerate(node.value):
            yield str(index), _yaml_place(loader, item.start_mark.index, item)
    if getattr(node, "id", "") != "mapping":
        return
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            merged = value.value if value.id == "sequence" else [value]
            for one in reversed(merged):
                yield from _yaml_children(loader, one)
    for key, value in node.value:
        if key.tag != "tag:yaml.org,2002:merge":
            yield name_of(loader.construct_object(key, deep=True)), _yaml_place(loader, key.start_mark.index, value)
