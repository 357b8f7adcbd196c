"""A value that was built once is taken again where it would come out the same."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

import prove400
from benchmarks.growth import KINDS
from prove400.applicators import walk
from prove400.construction import Budget, Builder, Goal
from prove400.construction.work import Made
from prove400.contract.schemas import Schemas


def component(name: str) -> dict[str, Any]:
    """Give a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def objects(**properties: Any) -> dict[str, Any]:
    """Give a schema of objects whose members may all be left out."""
    return {"type": "object", "properties": properties}


def asking(*least: int) -> dict[str, Any]:
    """Give objects whose kind says how large a member is."""
    conditions = [
        {"if": objects(kind={"const": kind}), "then": objects(n={"minimum": n})}
        for kind, n in zip("xy", least, strict=True)
    ]
    own = objects(kind={"enum": ["x", "y"]}, n={"type": "number", "multipleOf": 5})
    return {**own, "required": ["kind"], "allOf": conditions}


def taking(root: dict[str, Any], **components: Any) -> dict[str, Any]:
    """Give a contract of one body."""
    content = {"application/json": {"schema": root}}
    responses = {status: {"description": status} for status in ("200", "400")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/p": {"post": {"requestBody": {"content": content}, "responses": responses}}},
        "components": {"schemas": components},
    }


def chain(link: dict[str, Any], length: int) -> dict[str, Any]:
    """Give objects inside one another."""
    for _ in range(length):
        link = objects(inner=link)
    return link


DISTINCT = {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"enum": [1, 2, 3]}}
EITHER = {"oneOf": [{"type": "integer", "minimum": 3, "example": 7}, {"enum": ["a", "b"]}]}
TAKEN = {
    "an example alone": taking({"type": "integer", "example": 7}),
    "at several places": taking(
        objects(
            one=component("Holder"), inside=objects(h=component("Holder")), direct=component("Either"), list=DISTINCT
        ),
        Holder=objects(two=component("Either")),
        Either=EITHER,
    ),
    "conditions elsewhere": taking(objects(one=asking(10, 50), two=asking(20, 60))),
    "in a circle": taking(
        objects(two=component("Leads"), one=component("Holder")),
        Leads={"anyOf": [objects(leaf={"type": "null"}), objects(h=component("Holder"))]},
        Holder=objects(v=objects(c=component("Leads"))),
    ),
    "too deep": taking(
        objects(one=component("Holder"), shallow=component("Outer"), inner=chain(component("Outer"), 89)),
        Holder=objects(two=chain({"type": "null"}, 8)),
        Outer=objects(o=objects(h=component("Holder"))),
    ),
    **{
        kind: KINDS[kind](3)
        for kind in ("components or null", "linked components", "rows under a discriminator", "dependentSchemas")
    },
}


def built(document: dict[str, Any], places: int) -> list[Any]:
    """Give what one builder makes for one purpose after the other, the budget that each leaves, and the obstacles."""
    contract = prove400.load(document)
    (media,) = contract.operations[0].body
    schemas = Schemas(contract.document)
    builder = Builder(schemas, (), Budget(45_000), places=places)
    root = schemas.node(media.location)
    every = [*islice(walk(schemas, root), 20)]
    goals = [
        *(Goal(route=place.route) for place in every),
        *(Goal(f"{place.node.location}/{keyword}", place.route) for place in every for keyword in place.node.keywords),
    ]
    return [
        ([*builder.values([root], goal, 20)], builder.budget.left, str(builder.obstacle))
        for goal in (None, None, *goals)
    ]


@pytest.mark.parametrize("places", [0, -490])
@pytest.mark.parametrize("document", TAKEN.values(), ids=TAKEN)
def test_a_value_that_is_taken_again_is_the_one_that_would_be_made(
    document: dict[str, Any], places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A builder makes the same values, and spends as much, where it remembers none; with few places to fill, too."""
    found = built(document, places)
    monkeypatch.setattr(Made, "is_again", lambda *_: False)
    assert built(document, places) == found
