"""Hypothesis strategies of requests and values, made of our witnesses and mutations (extra `search`).

>>> import prove400
>>> from hypothesis import given
>>> from prove400.strategies import invalid_requests
>>> (predict,) = [o for o in prove400.load("contracts/openapi.json").operations if o.label == "POST /predict"]
>>> @given(invalid_requests(predict))
... def test_every_invalid_request_is_refused(request): ...

A contract is planned when its strategy is made; to draw is then to put planned changes together, which takes tens of
microseconds. Every example is judged by the validators on its final bytes, and shrinking ends at the fewest faults on
the plainest values.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from prove400.contract import load
from prove400.errors import Prove400Error, WitnessError
from prove400.model import Operation, Part, Request
from prove400.strategies.edits import Edit
from prove400.strategies.material import STEPS, Change, Material, gathered
from prove400.strategies.tables import SLIPS, TEXTS, WRAPPERS, nested

__all__ = ["invalid_requests", "valid_requests", "values"]

MOST_CHANGES = 5
DEPTHS = (*range(1, 17), 20, 24, 32, 48, 64, 100, 150, 200)
"""Levels of a deep structure that is put in place of a value."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def valid_requests(operation: Operation) -> st.SearchStrategy[Request]:
    """Give requests that the contract admits: witnesses, with up to five places at other valid values.

    Raises `WitnessError` where no valid request of the operation is known.
    """
    return _valid(gathered(operation))


def invalid_requests(operation: Operation, *, most_faults: int = MOST_CHANGES) -> st.SearchStrategy[Request]:
    """Give requests that break the contract in one to `most_faults` ways: of values, of structure, of bytes.

    Half of them or more in one way only.

    Raises `WitnessError` where no valid request of the operation is known, or nothing in one can be broken, and
    `ValueError` for less than one fault.
    """
    if most_faults < 1:
        raise ValueError(f"most_faults is at least 1, not {most_faults}")
    material = gathered(operation)
    if not material.invalid:
        hint = "choose an operation with a body or parameters"
        raise WitnessError("nothing in its requests can be broken", where=operation.label, hint=hint)
    return _invalid(material, most_faults)


def values(schema: Any, *, dialect: str = _DIALECT) -> st.SearchStrategy[Any]:
    """Give JSON values that a JSON Schema admits; `dialect` is the URI of its draft where it names none.

    Raises `WitnessError` where no such value is known, and `ContractError` for what is no schema.
    """
    own = {"$id": "urn:prove400:schema", **schema} if isinstance(schema, dict) else schema
    body = {"required": True, "content": {"application/json": {"schema": own}}}
    document = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": dialect,
        "info": {"title": "values", "version": "1"},
        "paths": {"/": {"post": {"requestBody": body, "responses": {}}}},
    }
    try:
        (operation,) = load(document).operations
        material = gathered(operation)
    except Prove400Error as error:
        inside = error.where.partition("application~1json/schema")[2]
        error.where = f"the schema, {inside}" if inside else "the schema"
        error.hint = "check its keywords and every `$ref`, or give a value in its `examples`"
        raise
    return _valid(material).map(lambda request: material.judge.value(request, Part.BODY))


def _index(entries: Sized, further: int = 0) -> st.SearchStrategy[int]:
    """Give the indices of `entries`, and as many after the last as are asked for."""
    return st.integers(0, len(entries) + further - 1)


def _valid(material: Material) -> st.SearchStrategy[Request]:
    known = len(material.valid)
    ranged = known + len(material.ranges)
    every = ranged + len(material.texts)
    bases, steps, texts = _index(material.witnesses), st.integers(0, STEPS), st.sampled_from(TEXTS)
    counts, choices = st.integers(0, MOST_CHANGES if every else 0), st.integers(0, every - 1)

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        base = material.witnesses[draw(bases)]
        changes = []
        for _ in range(draw(counts)):
            chosen = draw(choices)
            if chosen < known:
                changes.append(material.valid[chosen])
            elif chosen < ranged:
                changes.append(Change((material.ranges[chosen - known].at(draw(steps)),)))
            else:
                changes.append(Change((Edit(material.texts[chosen - ranged], draw(texts)),)))
        return material.kept_valid(base, changes)

    return drawn()


def _invalid(material: Material, most_faults: int) -> st.SearchStrategy[Request]:
    deep = len(material.invalid)
    share = max(1, deep // 20)  # of the draws, so that what no list holds is drawn as well
    slip = deep + share
    bases = _index(material.witnesses)
    counts = st.sampled_from([*[1] * most_faults, *range(2, most_faults + 1)])  # a second check hides what one lacks
    choices = _index(material.invalid, 2 * share if material.places else 0)
    places, depths, wrappers = _index(material.places), st.sampled_from(DEPTHS), st.sampled_from(WRAPPERS)
    slips, thousandths = st.sampled_from(tuple(SLIPS.values())), st.integers(0, 999)

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        changes, slipped = [], []
        chosen = [draw(choices) for _ in range(draw(counts))]
        for choice in chosen:
            if choice < deep:
                changes.append(material.invalid[choice])
            elif choice < slip:
                wrapped = nested(draw(wrappers), draw(depths))
                changes.append(Change((Edit(material.places[draw(places)], wrapped),)))
            else:
                slipped.append((draw(slips), draw(thousandths)))
        request = material.with_changes(material.witnesses[draw(bases)], changes)
        for slip_of, thousandth in slipped if request.body else ():
            request = replace(request, body=slip_of(request.body, len(request.body) * thousandth // 1000))
        return material.broken[chosen[0] if chosen[0] < deep else 0] if material.is_valid(request) else request

    return drawn()
