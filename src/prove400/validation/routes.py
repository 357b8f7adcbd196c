"""Which paths and methods a contract declares (OpenAPI 3.1 section 4.8.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice, product

from prove400.model import EXPRESSION, Operation

MOST_SPLITS = 64
"""Ways to share the text of one path among expressions that stand side by side."""
# Servers decode a path before they route it, or remove its dot segments (RFC 3986 section 6.2.2): an encoded slash or
# a segment of dots may lead to another path.
_ELSEWHERE = re.compile(r"%2f|%5c|(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def leads_elsewhere(path: str) -> bool:
    """Tell whether servers may take a path, or what fills a part of it, for another than it reads."""
    return _ELSEWHERE.search(path) is not None


class _Segment:
    """What stands between two slashes of a path template, or one pair of its query."""

    def __init__(self, template: str) -> None:
        self.start, *pieces = EXPRESSION.split(template)
        self.names, self._ends = tuple(pieces[::2]), pieces[1::2]

    @property
    def literal(self) -> str:
        """The text outside of the expressions, with ``{}`` for each of them."""
        return "{}".join((self.start, *self._ends))

    def splits(self, text: str) -> Iterator[tuple[str, ...]]:
        """Give every way to share a text among the expressions, the longest for the first in front."""
        if text.startswith(self.start):
            yield from _shares(text[len(self.start) :], self._ends)


def _shares(text: str, ends: list[str]) -> Iterator[tuple[str, ...]]:
    """Share a text among expressions, each of which is followed by the literal text that `ends` gives."""
    if not ends:
        yield from () if text else [()]
        return
    first, *rest = ends
    for end in range(len(text) - len(first), 0, -1) if rest else [len(text) - len(first)]:
        if end > 0 and text.startswith(first, end):
            yield from ((text[:end], *others) for others in _shares(text[end + len(first) :], rest))


class PathTemplate:
    """A path with expressions in it: ``/rows/{id}``, ``/{name}.{format}``; a fixed query in it is matched too.

    A fragment is no part of a request (RFC 9110 section 7.1), and so not of a template.
    """

    def __init__(self, template: str) -> None:
        """Read the template."""
        path, _, query = template.partition("#")[0].partition("?")
        self._segments = [_Segment(text) for text in path.split("/")]
        self._pairs = [_Segment(text) for text in query.split("&") if text]
        self._pattern = re.compile("([^/]+)".join(map(re.escape, EXPRESSION.split(path)[::2])))
        self.is_plain = not self._pairs and all(len(segment.names) < 2 for segment in self._segments)  # noqa: PLR2004
        self.names = tuple(name for segment in (*self._segments, *self._pairs) for name in segment.names)

    @property
    def length(self) -> int:
        """The number of segments."""
        return len(self._segments)

    @property
    def form(self) -> str:
        """The template without the names: templates of one form are identical (OpenAPI 3.1 section 4.8.8.1)."""
        path = "/".join(segment.literal for segment in self._segments)
        return "?".join((path, *("&".join(sorted(pair.literal for pair in self._pairs)) for _ in self._pairs[:1])))

    @property
    def rank(self) -> tuple[int, int, list[int]]:
        """What sorts templates, the most concrete first: by fixed pairs, then expressions and the text beside them."""
        beside = [2 * len(segment.names) - len(segment.literal) for segment in self._segments if segment.names]
        return -len(self._pairs), len(beside), beside

    def matches(self, target: str) -> Iterator[dict[str, str]]:
        """Give the texts, still encoded, of the expressions in a request target; none where the path is another.

        Where expressions stand side by side, there are as many as there are ways to share the text among them.
        """
        path, _, query = target.partition("?")
        found = self._pattern.fullmatch(path)
        if found is None or (self.names and leads_elsewhere(path)):
            return
        if self.is_plain:
            yield dict(zip(self.names, found.groups(), strict=True))
            return
        shares = [
            *(islice(s.splits(text), MOST_SPLITS) for s, text in zip(self._segments, path.split("/"), strict=True)),
            *(islice(chain.from_iterable(map(pair.splits, query.split("&"))), 1) for pair in self._pairs),
        ]
        for parts in islice(product(*shares), MOST_SPLITS):
            yield dict(zip(self.names, chain.from_iterable(parts), strict=True))

    def match(self, target: str) -> dict[str, str] | None:
        """Give the first of the matches; None where the path is another."""
        return next(self.matches(target), None)


@lru_cache(maxsize=4096)
def _template(text: str) -> PathTemplate:
    return PathTemplate(text)


def path_template(operation: Operation) -> PathTemplate:
    """Give the template of an operation's path, that of its server in front."""
    return _template(operation.base_path + operation.path)


class Routes:
    """The path templates of a contract, each with its declared methods."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Read the path templates of the operations; of two operations with one method and form, the first counts."""
        self._first: dict[str, dict[str, Operation]] = {}
        templates: dict[str, PathTemplate] = {}
        for operation in operations:
            template = path_template(operation)
            templates.setdefault(template.form, template)
            self._first.setdefault(template.form, {}).setdefault(operation.method, operation)
        self._templates: dict[int, list[tuple[str, PathTemplate]]] = {}  # number of segments → templates
        for form, template in sorted(templates.items(), key=lambda item: item[1].rank):
            self._templates.setdefault(template.length, []).append((form, template))

    def _form(self, target: str) -> str | None:
        """Give the form that a target's path is matched to, the most concrete first."""
        likely = self._templates.get(target.partition("?")[0].count("/") + 1, ())
        return next((form for form, template in likely if template.match(target) is not None), None)

    def methods(self, target: str) -> frozenset[str]:
        """Give the methods declared for a request target; none where no template matches its path."""
        found = self._form(target)
        return frozenset() if found is None else frozenset(self._first[found])

    def operation(self, method: str, target: str) -> Operation | None:
        """Give the operation that a request is for; None where the contract declares none."""
        found = self._form(target)
        return None if found is None else self._first[found].get(method)

    def rival(self, operation: Operation) -> Operation:
        """Give the operation that takes every request of this one: itself, unless one before it has the same form."""
        return self._first[path_template(operation).form][operation.method]
