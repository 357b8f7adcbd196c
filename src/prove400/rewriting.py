"""A request with one of its parameters written otherwise: what the others write stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.assembly import UNDECLARED, Values, pairs_of, path_pieces
from prove400.model import EXPRESSION, Media, Operation, Parameter, Part, Request
from prove400.serialization import Pairs
from prove400.validation import Rewriting, field_name


@dataclass(frozen=True, slots=True)
class _Written:
    """What a parameter writes: the pieces from one place on among those of its part, up to another."""

    parameter: Parameter
    value: Any
    start: int
    stop: int


class Rewriter:
    """Writes one parameter of a request anew, where it has a place of its own among those of its part."""

    def __init__(self, base: Request, operation: Operation, parameters: Values, media: Media | None) -> None:
        """Take a request without credentials whose path has no fixed query, and what it was assembled of."""
        self._base, self._base_path = base, operation.base_path
        self._path = path_pieces(operation, parameters)
        self._texts: dict[Part, list[str]] = {Part.QUERY: [], Part.COOKIE: []}
        self._written: dict[tuple[Part, str], _Written] = {}
        header = 1 + (media is not None)  # behind Accept and Content-Type
        for parameter, value in parameters:
            part, pairs = parameter.part, pairs_of(parameter.part, parameter, value)
            if part is Part.HEADER:
                self._add(_Written(parameter, value, header, header := header + len(pairs)))
            elif part is not Part.PATH:
                texts = self._texts[part]
                self._add(_Written(parameter, value, len(texts), len(texts) + len(pairs)))
                texts += [f"{name}={text}" for name, text in pairs]
        for parameter, value, place in _expressions(operation, parameters):
            self._add(_Written(parameter, value, place, place + 1))

    def _add(self, written: _Written) -> None:
        if written.start < written.stop:
            self._written[written.parameter.part, written.parameter.name] = written

    def with_value(self, part: Part, location: str, new: Any) -> tuple[Request, Rewriting] | None:
        """Give the request with another value at one place of a parameter, and how it came of this one.

        None where the parameter has no place of its own; the request may be one that header fields cannot carry.
        """
        name, *inside = pointer.tokens(location) or [""]
        found = self._written.get((part, name))
        if found is None:
            return None
        value = pointer.replace(found.value, pointer.from_tokens(inside), new)
        return self._with_pairs(found, pairs_of(part, found.parameter, value))

    def repeated(self, part: Part, name: str, times: int) -> tuple[Request, Rewriting] | None:
        """Give the request with what a parameter writes several times, or not at all, and how it came of this one."""
        found = self._written.get((part, name))
        return None if found is None else self._with_pairs(found, pairs_of(part, found.parameter, found.value) * times)

    def _with_pairs(self, found: _Written, pairs: Pairs) -> tuple[Request, Rewriting]:
        base, part = self._base, found.parameter.part
        target, headers = base.target, base.headers
        if part is Part.HEADER:
            headers = (*headers[: found.start], *pairs, *headers[found.stop :])
        elif part is Part.PATH:
            text = pairs[-1][1] if pairs else UNDECLARED
            pieces = [*self._path[: found.start], text, *self._path[found.stop :]]
            _, mark, query = target.partition("?")
            target = f"{self._base_path}{''.join(pieces)}{mark}{query}"
        else:
            old, own = self._texts[part], [f"{name}={text}" for name, text in pairs]
            texts = [*old[: found.start], *own, *old[found.stop :]]
            if part is Part.COOKIE:
                headers = (*headers[:-1], *([("Cookie", "; ".join(texts))] if texts else ()))
            else:
                path = target.partition("?")[0]
                target = f"{path}?{'&'.join(texts)}" if texts else path
        return Request(base.method, target, headers, base.body), Rewriting(
            base, part, field_name(found.parameter), pairs
        )


def _expressions(operation: Operation, parameters: Values) -> Iterator[tuple[Parameter, Any, int]]:
    """Give the parameters that fill one expression of the path, and where that stands among its pieces."""
    own = {p.path_name: (p, value) for p, value in parameters if p.part is Part.PATH}
    names = EXPRESSION.findall(operation.path.partition("#")[0])
    counts = Counter(names)
    for index, name in enumerate(names):
        if name in own and counts[name] == 1:
            yield *own[name], 2 * index + 1
