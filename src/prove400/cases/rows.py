"""Real rows in the place of a witness: the mutation that made a case of the witness makes one of each row, too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prove400 import pointer
from prove400.cases.context import foreign_members
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
class Fit:
    """How the columns of rows fit a witness."""

    home: str | None  # place of the object, or of the tensors, that a row stands for; None: no column has a place
    used: frozenset[str]  # columns whose name stands there once, at any depth
    kept: tuple[str, ...]  # names whose values stay the witness's, in some row at least


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

    def fit(self, rows: Sequence[Row]) -> Fit:
        """Give where the columns of rows go: to the nearest row around the mutation that has any of their names."""
        columns = frozenset(name for row in rows for name in row)
        at = self.case.instance_location if self.case.part is Part.BODY else ""
        for home in _homes(self.body, at):
            members = list(_members(pointer.get(self.body, home, pointer.ABSENT)))
            seen = Counter(members)
            used = frozenset(name for name in columns if seen[name] == 1)
            if used:
                kept = _kept(pointer.get(self.body, home), frozenset(n for n in used if all(n in r for r in rows)))
                return Fit(home, used, tuple(dict.fromkeys(kept)))
        return Fit(None, frozenset(), tuple(dict.fromkeys(_leaves(self.body))))

    def of(self, row: Row, fit: Fit) -> tuple[Request, Request | None] | None:
        """Give the row as a valid request, and mutated where it can be; None where it is not valid."""
        if fit.home is None:
            return None
        named = {name: cell for name, cell in row.items() if name in fit.used}
        plain = pointer.replace(self.body, fit.home, _filled(pointer.get(self.body, fit.home), named))
        request = replace(self.case.witness, body=bytes(json_bytes(plain)))
        if self.judge.faults(request):
            return None
        mutated = self._mutated(plain)
        sent = replace(self.case.request, body=mutated) if mutated is not None else None
        broken = sent is not None and (self.operator is None or bool(self.judge.faults(sent)))
        return request, sent if broken else None

    def _mutated(self, plain: Any) -> bytes | None:
        if self.operator is None:
            return bytes(json_bytes(plain))
        at = self.case.instance_location
        value = pointer.get(plain, at, pointer.ABSENT)
        if value is pointer.ABSENT:  # a cell that is itself an object took the place of the one around
            return None
        subject = _subject(self.case, self.schema, self.foreign, value)
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
    foreign = foreign_members(every)
    schema = schemas.node(pointer.parent(case.keyword_location)).keywords
    made = operator.mutate(_subject(case, schema, foreign, value))
    texts = (bytes(json_bytes(pointer.replace(body, at, mutant))) for mutant in made)
    turn = next((index for index, text in enumerate(texts) if text == request.body), None)
    return None if turn is None else Mutation(judge, case, body, operator, turn, schema, foreign)


def _subject(case: Case, schema: Mapping[str, Any], foreign: tuple[Any, ...], value: Any) -> Subject:
    constraint = case.obligation.constraint
    return Subject(value, constraint.expected, dict(schema), constraint.member, foreign)


def _homes(body: Any, at: str) -> Iterator[str]:
    """Give the places of what a row may stand for: tensors, items of arrays around a place, the body, any object."""
    yield from (place for place, found in pointer.walk(body) if _are_tensors(found))
    around = [at]
    while around[-1]:
        around.append(pointer.parent(around[-1]))
    for place in around:
        if not place or isinstance(pointer.get(body, pointer.parent(place), pointer.ABSENT), list):
            yield place
    yield from (place for place, _ in _objects(body))


def _are_tensors(value: Any) -> bool:
    """Tell whether a value is an array of named tensors (Open Inference Protocol): each is a column."""
    return isinstance(value, list) and bool(value) and all(map(_is_tensor, value))


def _is_tensor(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("data"), list)


def _members(value: Any) -> Iterator[str]:
    """Give the names of an object, and of those within it; what stands in an array is no part of one row."""
    if _are_tensors(value):
        yield from (tensor["name"] for tensor in value)
    for name, item in value.items() if isinstance(value, dict) else ():
        yield name
        yield from _members(item)


def _kept(value: Any, filled: frozenset[str]) -> Iterator[str]:
    """Give the names whose values stay as they are."""
    if _are_tensors(value):
        yield from (tensor["name"] for tensor in value if tensor["name"] not in filled)
    for name, item in value.items() if isinstance(value, dict) else ():
        if name not in filled:
            yield from _kept(item, filled) if isinstance(item, dict) else (name,)


def _leaves(value: Any) -> Iterator[str]:
    """Give every name of a value that holds no object."""
    yield from (name for _, found in _objects(value) for name, item in found.items() if not _holds(item))


def _holds(item: Any) -> bool:
    return next(_objects(item), None) is not None


def _objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((place, found) for place, found in pointer.walk(value) if isinstance(found, dict))


def _filled(value: Any, row: Row) -> Any:
    if _are_tensors(value):
        return [{**tensor, "data": _cell(tensor["data"], tensor["name"], row)} for tensor in value]
    return {name: _cell(item, name, row) for name, item in value.items()}


def _cell(item: Any, name: str, row: Row) -> Any:
    if name in row:
        return _typed(row[name], item)
    return _filled(item, row) if isinstance(item, dict) else item


def _typed(cell: Any, like: Any) -> Any:
    """Give a text of a table as JSON where the witness has no text there; in an array, in the place of each element."""
    if isinstance(like, list) and not _is_listed(cell):
        return [_typed(cell, item) for item in like]
    if not isinstance(cell, str) or isinstance(like, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def _is_listed(cell: Any) -> bool:
    """Tell whether a cell is an array itself, or the text of one."""
    return isinstance(cell, list) or (isinstance(cell, str) and cell.lstrip().startswith("["))
