"""Real rows in the place of a witness: the mutation that made a case of the witness makes one of each row, too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.model import Case, Part, Request
from prove400.mutations import OPERATORS, Operator, Subject
from prove400.obligations import body_constraints, parameter_constraints
from prove400.serialization import json_bytes
from prove400.validation import RequestJudge, media_of, parse

_OPERATORS = {operator.name: operator for operator in OPERATORS}

Row = Mapping[str, Any]
"""Features by name; texts where a table had no types."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a case's operator did to the body of the witness, ready to be done to rows."""

    judge: RequestJudge
    case: Case
    body: Any  # of the witness
    operator: Operator | None  # None: the body was left as it is
    turn: int  # which of the operator's mutants it was
    schema: Mapping[str, Any]
    foreign: tuple[Any, ...]

    def of(self, row: Row) -> tuple[Request, Request] | None:
        """Give the row as a valid request, and mutated; None where it is not valid, or not to be mutated so."""
        home = _home(self.body, self.case.instance_location, row)
        if home is None:
            return None
        plain = pointer.replace(self.body, home, _filled(pointer.get(self.body, home), row))
        request = replace(self.case.witness, body=bytes(json_bytes(plain)))
        if self.judge.faults(request):
            return None
        mutated = self._mutated(plain)
        if mutated is None:
            return None
        sent = replace(self.case.request, body=mutated)
        return (request, sent) if self.operator is None or self.judge.faults(sent) else None

    def _mutated(self, plain: Any) -> bytes | None:
        if self.operator is None:
            return bytes(json_bytes(plain))
        at = self.case.instance_location
        subject = _subject(self.case, self.schema, self.foreign, pointer.get(plain, at, pointer.ABSENT))
        made = list(self.operator.mutate(subject))
        return bytes(json_bytes(pointer.replace(plain, at, made[self.turn]))) if self.turn < len(made) else None


def mutation_of(judge: RequestJudge, case: Case) -> Mutation | None:
    """Give what a case's operator did to its witness; None where it cannot be told, as of broken JSON."""
    witness, request = case.witness, case.request
    media = media_of(judge.operation, witness)
    try:
        body = parse(witness.body)
    except StrictJSONError:
        return None
    if media is None:
        return None
    if witness.body == request.body:
        return Mutation(judge, case, body, None, 0, {}, ())
    operator = _OPERATORS.get(case.operator)
    at = case.instance_location
    value = pointer.get(body, at, pointer.ABSENT) if case.part is Part.BODY else pointer.ABSENT
    if operator is None or value is pointer.ABSENT:
        return None
    schemas = judge.validators.schemas
    every = (*parameter_constraints(schemas, judge.operation), *body_constraints(schemas, judge.operation, media))
    enums = (c.expected[0] for c, _ in every if c.keyword == "enum" and isinstance(c.expected, list) and c.expected)
    foreign = tuple(dict.fromkeys(member for member in enums if isinstance(member, str)))
    schema = schemas.node(pointer.parent(case.keyword_location)).keywords
    made = operator.mutate(_subject(case, schema, foreign, value))
    texts = (bytes(json_bytes(pointer.replace(body, at, mutant))) for mutant in made)
    turn = next((index for index, text in enumerate(texts) if text == request.body), None)
    return None if turn is None else Mutation(judge, case, body, operator, turn, schema, foreign)


def rowed(mutation: Mutation, rows: Iterable[Row]) -> Iterator[tuple[Request, Request]]:
    """Give each row that can be used as a valid request, and the same with the mutation."""
    yield from filter(None, map(mutation.of, rows))


def _subject(case: Case, schema: Mapping[str, Any], foreign: tuple[Any, ...], value: Any) -> Subject:
    constraint = case.obligation.constraint
    return Subject(value, constraint.expected, dict(schema), constraint.member, foreign)


def _home(body: Any, at: str, row: Row) -> str | None:
    """Give the place of the object that a row stands for: the nearest around the mutation that has its names."""
    around = [at]
    while around[-1]:
        around.append(pointer.parent(around[-1]))
    for place in (*around, *(place for place, _ in _objects(body))):
        value = pointer.get(body, place, pointer.ABSENT)
        if isinstance(value, dict) and any(name in row for name in value):
            return place
    return None


def _objects(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield at, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, item in items:
        yield from _objects(item, pointer.join(at, token))


def _filled(value: dict[str, Any], row: Row) -> dict[str, Any]:
    return {name: _typed(row[name], item) if name in row else item for name, item in value.items()}


def _typed(cell: Any, like: Any) -> Any:
    """Give a text of a table as JSON where the witness has no text there."""
    if not isinstance(cell, str) or isinstance(like, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell
