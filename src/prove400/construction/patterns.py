"""Regular expressions (ECMA-262): texts that match them, and how long such texts are."""

from __future__ import annotations

import math
import random
import re
import string
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from re import _constants, _parser
from typing import Any

import rstr

from prove400.validation.ecma import ecma_to_python

MOST_CHARACTERS = 100_000
"""Length of the longest text that is built."""
_SEED = 400


def matching(pattern: str, lengths: list[int]) -> Iterator[str]:
    """Give texts that likely match a regular expression (ECMA-262), of the lengths wanted where it repeats."""
    for text in generated(pattern):
        yield text
        for length in lengths:
            if text and len(text) < length <= MOST_CHARACTERS:
                yield text + text[-1] * (length - len(text))
            if len(text) > length:
                yield text[:length]


MOST_DRAWN = 256
"""Texts of one pattern that are drawn where several are wanted."""


def drawn(pattern: str, count: int) -> Iterator[str]:
    """Give texts that likely match a regular expression, each once: `count` or more where so many are found soon."""
    more = generated(pattern, _REPEATS + (3,) * min(2 * count, MOST_DRAWN)) if count > 1 else generated(pattern)
    return iter(dict.fromkeys(more))


class _Generator(rstr.Rstr):
    """Texts of regular expressions with few repeats, the same in every process: rstr draws from unordered sets."""

    most_repeats = 3

    def _handle_in(self, value: Any) -> Any:
        listed = _listed(tuple(value))
        drawn = listed or list(chain(*(self._handle_state(state) for state in value)))
        return self._random.choice(sorted(set(string.printable) - set(drawn[1:])) if drawn[0] is False else drawn)

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> str:
        return super()._handle_repeat(start_range, min(int(end_range), start_range + self.most_repeats), value)


@lru_cache(maxsize=256)
def _listed(states: tuple[Any, ...]) -> list[Any]:
    """Give the characters of a set that lists them by themselves or in ranges, which draws nothing; else nothing."""
    if any(kind not in (_constants.LITERAL, _constants.RANGE) for kind, _ in states):
        return []
    ends = (about if kind is _constants.RANGE else (about, about) for kind, about in states)
    return [chr(code) for first, last in ends for code in range(first, last + 1)]


_REPEATS = (3, 3, 3, 100, 100, 100)
"""How often at most what repeats without end is repeated, in each text."""


@lru_cache(maxsize=4096)
def generated(pattern: str, repeats: tuple[int, ...] = _REPEATS) -> tuple[str, ...]:
    """Give a text that likely matches a regular expression for each entry of `repeats`, always the same ones."""
    plain = re.sub(r"\\[pP]\{[^}]*\}", "a", pattern).replace("\\Z", "").replace("\\A", "")
    source = _Generator(random.Random(_SEED))  # noqa: S311 — repeatable, not secret
    found = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on patterns that are not Python's
            for most_repeats in repeats:
                source.most_repeats = most_repeats
                found.append(source.xeger(plain))
    except Exception:  # noqa: BLE001 — whatever rstr cannot read, another candidate must do
        return ()
    return tuple(found)


@lru_cache(maxsize=4096)
def widths(pattern: str) -> tuple[int, float]:
    """Give the fewest and the most characters of a text that a regular expression matches; no bound where unknown.

    Read by the parser of Python's own `re`, as `rstr` does. There is a most only where the whole text has to match.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(ecma_to_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return 0, math.inf
    least, most = parsed.getwidth()
    is_whole = bool(parsed.data) and (parsed.data[0], parsed.data[-1]) == _WHOLE
    return least, most if is_whole and most < _constants.MAXREPEAT else math.inf


_WHOLE = ((_constants.AT, _constants.AT_BEGINNING), (_constants.AT, _constants.AT_END_STRING))
