"""Witnesses are plain and small, and the same in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import prove400
from prove400 import Case

DRAW = "from prove400.construction.scalars import matching; print(list(matching(r'^[^abc]{2}\\S[^\\d]+$', [])))"


def witness(schema: Any) -> Any:
    """Give the body of the plainest valid request of an operation whose body has the schema."""
    return json.loads(witnesses(schema)[0].request.body)


def witnesses(schema: Any) -> list[Case]:
    """Plan one operation, and give its valid requests that nothing is wrong with."""
    return [case for case in cases(schema) if case.operator == "witness.itself"]


def cases(schema: Any) -> list[Case]:
    """Give the cases of an operation whose body has the schema."""
    media = {"application/json": {"schema": schema}}
    post = {"requestBody": {"required": True, "content": media}, "responses": {"200": {"description": "OK"}}}
    document = {"openapi": "3.1.0", "info": {"title": "One", "version": "1"}, "paths": {"/": {"post": post}}}
    return [item for item in prove400.plan(document) if isinstance(item, Case)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "maxLength": 4096}, "a"),
        ({"type": "string", "minLength": 3, "maxLength": 4096}, "aaa"),
        ({"type": "string", "minLength": 4}, "aaaa"),
    ],
)
def test_a_text_is_no_longer_than_it_must_be(schema: dict[str, Any], value: str) -> None:
    """A large `maxLength` is no reason for a large witness: every case would carry it."""
    assert witness(schema) == value


def test_a_repeated_pattern_gives_a_short_text() -> None:
    """A pattern that admits thousands of characters is matched by a few."""
    schema = {"type": "string", "pattern": "^([a-z0-9]{1,63}\\.)+[a-z]{2,63}$"}
    assert len(witness(schema)) < 40


def test_nested_arrays_add_up() -> None:
    """Each array has a first, a middle and a last item, but not those inside each of the items of another."""
    leaf: dict[str, Any] = {"type": "integer"}
    schema = leaf
    for _ in range(4):
        schema = {"type": "array", "items": schema}
    value = witness(schema)
    sizes = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0]
    assert sizes == [3, 3, 3, 3]
    assert len(json.dumps(witness(schema))) < 3**4


def test_each_branch_of_a_large_union_is_taken() -> None:
    """Each of sixty kinds of messages has a valid request of its own, in which its constraints are broken."""
    kinds = [f"kind-{i}" for i in range(60)]
    schema = {"oneOf": [{"type": "object", "required": ["k"], "properties": {"k": {"const": kind}}} for kind in kinds]}
    left_out = [case for case in cases(schema) if case.operator == "required.absent"]
    assert [json.loads(case.witness.body)["k"] for case in left_out] == kinds


def test_texts_of_a_pattern_are_the_same_in_every_process() -> None:
    """Sets of characters have another order in every process; what is drawn from them has not."""
    drawn = {
        subprocess.run(
            [sys.executable, "-c", DRAW],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(drawn) == 1
