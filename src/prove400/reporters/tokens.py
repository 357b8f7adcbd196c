"""JSON-like text as tokens: laid out, coloured and compared without ever parsing it.

Bytes that break a contract are often no JSON at all, or JSON whose point is lost by parsing (duplicate names,
``1e400``, escapes). Every token keeps its own spelling here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

Piece = tuple[str, str]
"""(kind, text): kind is a CSS class, or empty for plain text."""

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\s+|[\w.+-]+|.', re.DOTALL)
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
AROUND = 4
"""Lines kept beside a difference."""
LIMIT = 4096
"""Characters kept of one difference."""
_EFFORT = 1_000_000  # token pairs; a longer middle is shown as replaced as a whole


def tokens(text: str) -> list[str]:
    """Split a text into strings, words, blanks and single marks; joined they give the text again."""
    return _TOKEN.findall(text)


def laid_out(text: str) -> str:
    """Lay out JSON-like text with two blanks per level; only white space between tokens changes."""
    out, depth = [], 0
    solid = [token for token in tokens(text) if not token.isspace()]
    for token, following in pairwise([*solid, ""]):
        if token in ("{", "["):
            depth += 1
        elif token in ("}", "]"):
            depth = max(0, depth - 1)
        out.append(token + _gap(token, following, depth))
    return "".join(out)


def _gap(token: str, following: str, depth: int) -> str:
    if token + following in ("{}", "[]") or not following or following in (",", ":"):
        return ""
    if token in ("{", "[", ","):
        return f"\n{'  ' * min(depth, 20)}"
    if following in ("}", "]"):
        return f"\n{'  ' * min(depth - 1, 20)}"
    return " "


def coloured(text: str) -> list[Piece]:
    """Give the pieces of a JSON-like text with their kinds: ``name``, ``string``, ``number``, ``word``."""
    parts = tokens(text)
    return [(_kind(part, parts[index + 1 : index + 3]), part) for index, part in enumerate(parts)]


def _kind(token: str, following: list[str]) -> str:
    if token.startswith('"'):
        return "name" if "".join(following).lstrip().startswith(":") else "string"
    if _NUMBER.fullmatch(token):
        return "number"
    return "word" if token in ("true", "false", "null", "NaN", "Infinity") else ""


def difference(before: str, after: str) -> list[Piece]:
    """Compare two texts token by token: pieces of kind ``""`` (alike), ``del`` and ``ins``, in reading order."""
    old, new = tokens(before), tokens(after)
    head = alike(old, new)
    tail = alike(old[head:][::-1], new[head:][::-1])
    middle = _compared(old[head : len(old) - tail], new[head : len(new) - tail])
    pieces = [("", "".join(old[:head])), *middle, ("", "".join(old[len(old) - tail :]))]
    return [piece for piece in pieces if piece[1]]


def alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Count how many first items two sequences share."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _compared(old: list[str], new: list[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _EFFORT:
        yield from (("del", "".join(old)), ("ins", "".join(new)))
        return
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "", "".join(old[i:j])
        else:
            yield from (("del", "".join(old[i:j])), ("ins", "".join(new[k:m])))


def folded(pieces: list[Piece]) -> list[Piece]:
    """Fold long runs of lines that are alike, keeping some beside each difference; cut long differences."""
    last = len(pieces) - 1
    return [
        (kind, _cut(text) if kind else _without_middle(text, 0 if at == 0 else AROUND, 0 if at == last else AROUND))
        for at, (kind, text) in enumerate(pieces)
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}… {len(text) - LIMIT:,} more characters"


def _without_middle(text: str, above: int, below: int) -> str:
    lines = text.split("\n")
    hidden = len(lines) - above - below
    if hidden <= AROUND:
        return _cut(text)
    mark = f"  ⋯ {hidden:,} lines alike ⋯"
    return _cut("\n".join([*lines[:above], mark, *lines[len(lines) - below :]]))
