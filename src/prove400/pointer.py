"""JSON Pointer (RFC 6901): make, read, set and remove, always returning new values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from prove400.errors import PointerError

ABSENT: Any = type("Absent", (), {"__repr__": lambda _self: "ABSENT"})()
"""Stands where no value is: what `get` gives for a missing location when asked for a default."""
_BAD_ESCAPE = re.compile(r"~(?![01])")  # RFC 6901 section 3
_INDEX = re.compile(r"0|[1-9][0-9]*")  # RFC 6901 section 4


def escape(token: str) -> str:
    """Escape one reference token (RFC 6901 section 3)."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def join(base: str, *tokens: str | int) -> str:
    """Append reference tokens, not yet escaped, to a pointer."""
    for token in tokens:
        base = f"{base}/{token if isinstance(token, int) else escape(token)}"
    return base


def from_tokens(tokens: Iterable[str | int]) -> str:
    """Build a pointer from unescaped reference tokens."""
    return "".join([f"/{token if isinstance(token, int) else escape(token)}" for token in tokens])


def tokens(pointer: str) -> list[str]:
    """Split a pointer into unescaped reference tokens; raises `PointerError` where it is malformed."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise PointerError(f"not a JSON Pointer: {pointer!r}", hint="a pointer is empty or starts with '/'")
    if "~" not in pointer:
        return pointer[1:].split("/")
    if _BAD_ESCAPE.search(pointer):
        raise PointerError(f"not a JSON Pointer: {pointer!r}", hint="write '~0' for '~', and '~1' for '/' in a name")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def parent(pointer: str) -> str:
    """Give the pointer without its last token; the root is its own parent."""
    return pointer.rpartition("/")[0]


def ancestors(pointer: str) -> Iterator[str]:
    """Give what a pointer lies in, the nearest first."""
    while pointer:
        pointer = parent(pointer)
        yield pointer


def step(value: Any, token: str) -> Any:
    """Give the member or item that one reference token leads to, or `ABSENT`."""
    if isinstance(value, dict):
        return value.get(token, ABSENT)
    if isinstance(value, list) and (index := _index(value, token)) is not None:
        return value[index]
    return ABSENT


def _index(items: list[Any], token: str) -> int | None:
    """Give the index of an existing item; a token too long for one is not read, since CPython refuses 4,301 digits."""
    if len(token) > len(str(len(items))) or not _INDEX.fullmatch(token):
        return None
    return index if (index := int(token)) < len(items) else None


def walk(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that stands in a value with its pointer, containers before what they hold; the root is at `at`.

    >>> list(walk({"a": [1]}))
    [('', {'a': [1]}), ('/a', [1]), ('/a/0', 1)]
    """
    waiting = [(at, value)]
    while waiting:
        at, value = found = waiting.pop()
        yield found
        if isinstance(value, dict):
            waiting.extend([(f"{at}/{escape(name)}", item) for name, item in reversed(value.items())])
        elif isinstance(value, list):
            waiting.extend([(f"{at}/{index}", value[index]) for index in range(len(value) - 1, -1, -1)])


def template(pointer: str) -> str:
    """Give the pointer with ``*`` for every index: where all items of an array are one place."""
    return "/".join("*" if token.isdecimal() else token for token in pointer.split("/"))


def get(value: Any, pointer: str, default: Any = None) -> Any:
    """Give what stands at the pointer, or `default`; without one, raise `PointerError` where nothing does."""
    for token in tokens(pointer):
        value = step(value, token)
        if value is ABSENT:
            if default is not None:
                return default
            raise PointerError(f"nothing at {pointer!r}", where=token)
    return value


def replace(value: Any, pointer: str, new: Any) -> Any:
    """Give a copy of `value` with `new` at the pointer; only the containers on the way are copied."""
    path = tokens(pointer)
    return _replaced(value, path, new, pointer)


def _replaced(value: Any, path: list[str], new: Any, pointer: str) -> Any:
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, head: _replaced(value.get(head), rest, new, pointer)}
    if isinstance(value, list) and (index := _index(value, head)) is not None:
        return [*value[:index], _replaced(value[index], rest, new, pointer), *value[index + 1 :]]
    raise PointerError(f"cannot set {pointer!r}", where=head, hint="the containers on the way must exist")
