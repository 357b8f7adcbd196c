"""What a check looks at: valid requests with the predictions that they got."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Operation, Part, Reply, Request
from prove400.oracle.responses import read
from prove400.sanity.outputs import Outputs, fits, is_excluded, name_of
from prove400.validation import RequestJudge

Values = Mapping[str, Any]
"""Place → value."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One valid request and what was predicted; places are concrete JSON Pointers."""

    request: Request
    reply: Reply
    inputs: Values  # scalars of the request; of an array, all items have one place each
    predictions: Values
    distributions: Values = field(default_factory=dict)  # place → list of numbers
    versions: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Word:
    """What a check says: whether it holds (None: nothing can be said), why, and the answers that show it."""

    holds: bool | None
    message: str = ""
    answer: Answer | None = None
    beside: Answer | None = None  # the answer that it is compared with
    at: str | None = None  # the place of the prediction that the message is about


class Reader:
    """Reads the answers of one operation."""

    def __init__(self, operation: Operation, judge: RequestJudge, outputs: Outputs) -> None:
        """Take the operation, what reads its requests, and where its answers hold what."""
        self.outputs = outputs
        self._operation = operation
        self._judge = judge

    def read(self, request: Request, reply: Reply) -> Answer | None:
        """Give the answer; None where the reply has no JSON."""
        try:
            value = read(reply.body)
        except StrictJSONError:
            return None
        inputs = dict(self._inputs(request))
        leaves, outputs = dict(scalars(value)), self.outputs
        echoed = {(_last(at), _key(item)) for at, item in inputs.items()}
        sent = {item for item in inputs.values() if isinstance(item, str)}
        predictions = {
            at: item
            for at, item in leaves.items()
            if self._is_in(outputs.predictions, at) and (_last(at), _key(item)) not in echoed
        }
        versions = {at: item for at, item in leaves.items() if at in outputs.versions and item not in sent}
        return Answer(request, reply, inputs, predictions, dict(self._distributions(value)), versions)

    def counts(self, request: Request, reply: Reply) -> Callable[[str], bool]:
        """Give what tells of each place of an answer whether it is predicted.

        Where the contract shows no prediction at all, every number is one unless its name says otherwise.
        """
        if not self.outputs.predictions:
            return lambda at: not is_excluded(name_of(at))
        answer = self.read(request, reply)
        return (answer.predictions if answer else {}).__contains__

    def _inputs(self, request: Request) -> Iterator[tuple[str, Any]]:
        if self._operation.body:
            yield from scalars(self._judge.value(request, Part.BODY))
        for parameter in self._operation.parameters:
            if parameter.part in (Part.PATH, Part.QUERY):
                value = self._judge.value(request, parameter.part, parameter.name)
                yield from scalars(value, f"{parameter.part}:{pointer.join('', parameter.name)}")

    def _distributions(self, value: Any) -> Iterator[tuple[str, list[Any]]]:
        marked = self.outputs.declared | self.outputs.named
        for at, inner in pointer.walk(value) if marked else ():
            items = list(inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ())
            if items and not any(isinstance(item, dict | list) for item in items) and self._is_under(marked, at):
                yield at, items

    def _is_in(self, templates: frozenset[str], at: str) -> bool:
        return any(fits(template, at) for template in templates)

    def _is_under(self, templates: frozenset[str], at: str) -> bool:
        """Tell whether a place is one of the templates, or a row of one of them."""
        rows = at
        while rows and rows.rpartition("/")[2].isdecimal():
            if self._is_in(templates, rows):
                return True
            rows = pointer.parent(rows)
        return self._is_in(templates, rows)


def scalars(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Give every string, number and boolean of a value with its place."""
    return ((place, found) for place, found in pointer.walk(value, at) if isinstance(found, str | int | float))


def identity(inputs: Values) -> Hashable:
    """Give what tells different inputs apart: not white space or the order of names, and not 1 from 1.0."""
    return frozenset((at, _key(item)) for at, item in inputs.items())


def _key(item: Any) -> Hashable:
    """Give what equal JSON scalars share; to Python, true and 1 are equal, too."""
    return (item,) if item is True or item is False else item


@lru_cache(maxsize=4096)
def _last(at: str) -> str:
    return next((token for token in reversed(at.split("/")) if not token.isdecimal()), "")
