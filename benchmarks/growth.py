"""How planning grows with each way in which a contract can: the time per constraint at doubling sizes.

usage: python -m benchmarks.growth [--sizes N …] [--json FILE] [KIND …]

*Exponent* is the slope of the line that fits the logarithms of CPU time and size: 1 is linear. A request holds all of
its operation's body and parameters, so that bytes grow with the square where one operation grows; calls need not.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import prove400
from benchmarks.scaling import contract

Schema = dict[str, Any]
SIZES = (10, 20, 40, 80)


def _posted(schema: Schema, **components: Schema) -> Schema:
    """Give a contract of one operation with a body."""
    request = {"required": True, "content": {"application/json": {"schema": schema}}}
    return _of({"post": {"requestBody": request}}, components)


def _of(path: Schema, components: Schema) -> Schema:
    answers = {"200": {"description": "ok"}, "400": {"description": "invalid"}}
    item = {method: {**operation, "responses": answers} for method, operation in path.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/p": item},
        "components": {"schemas": components},
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _number(index: int) -> Schema:
    return {"type": "number", "minimum": index, "maximum": index + 100}


def _properties(size: int) -> Schema:
    return _posted({**_object(**{f"f{i}": _number(i) for i in range(size)}), "additionalProperties": False})


def _depth(size: int) -> Schema:
    schema = _number(0)
    for _ in range(size):
        schema = _object(inner=schema)
    return _posted(schema)


def _branches(keyword: str) -> Callable[[int], Schema]:
    return lambda size: _posted(
        {keyword: [_object(kind={"const": f"k{i}"}, **{f"f{i}": _number(i)}) for i in range(size)]}
    )


def _referred(size: int) -> Schema:
    """Give a `oneOf` of components that a discriminator tells apart, as generators write them."""
    names = [f"Kind{i}" for i in range(size)]
    named = {name: _object(kind={"type": "string"}, **{f"f{i}": _number(i)}) for i, name in enumerate(names)}
    branches = [_referring(name) for name in names]
    return _posted({"oneOf": branches, "discriminator": {"propertyName": "kind"}}, **named)


def _members(size: int) -> Schema:
    return _posted(_object(kind={"type": "string", "enum": [f"member-{i}" for i in range(size)]}))


def _parameters(part: str) -> Callable[[int], Schema]:
    def made(size: int) -> Schema:
        every = [{"name": f"q{i}", "in": part, "required": i % 2 == 0, "schema": _number(i)} for i in range(size)]
        return _of({"get": {"parameters": every}}, {})

    return made


def _path_parameters(size: int) -> Schema:
    every = [{"name": f"q{i}", "in": "path", "required": True, "schema": _number(i)} for i in range(size)]
    contract = _of({"get": {"parameters": every}}, {})
    contract["paths"] = {"".join(f"/{{q{i}}}" for i in range(size)): contract["paths"]["/p"]}
    return contract


def _all_of(size: int) -> Schema:
    return _posted({"allOf": [_object(**{f"f{i}": _number(i)}) for i in range(size)]})


def _chain(size: int) -> Schema:
    """Give components each of which is the next by another name."""
    links = {f"C{i}": {"$ref": f"#/components/schemas/C{i + 1}"} for i in range(size)}
    return _posted({"$ref": "#/components/schemas/C0"}, **links, **{f"C{size}": _object(f=_number(0))})


def _rows(size: int) -> Schema:
    """Give rows that a discriminator tells apart."""
    contract = _referred(size)
    content = contract["paths"]["/p"]["post"]["requestBody"]["content"]["application/json"]
    content["schema"] = _object(rows={"type": "array", "items": content["schema"]})
    return contract


def _referring(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(size: int) -> Schema:
    """Give properties each of which is a component or null, as Pydantic writes what is optional."""
    properties = {f"f{i}": {"anyOf": [_referring(f"C{i}"), {"type": "null"}]} for i in range(size)}
    return _posted(_object(**properties), **{f"C{i}": _object(x=_number(i)) for i in range(size)})


def _conditions(size: int) -> Schema:
    """Give conditions of which one holds at most."""
    conditions = [
        {
            "if": {"properties": {"kind": {"const": f"k{i}"}}, "required": ["kind"]},
            "then": {"properties": {"f": {"minimum": i}}},
        }
        for i in range(size)
    ]
    return _posted({**_object(kind={"type": "string"}, f={"type": "number"}), "allOf": conditions})


def _prefix(size: int) -> Schema:
    return _posted(
        {"type": "array", "prefixItems": [_number(i) for i in range(size)], "items": False, "minItems": size}
    )


def _patterns(size: int) -> Schema:
    patterns = {f"^p{i}_": _number(i) for i in range(size)}
    return _posted({"type": "object", "patternProperties": patterns, "additionalProperties": False})


def _dependent(size: int) -> Schema:
    properties = {f"f{i}": _number(i) for i in range(size)}
    dependent = {f"f{i}": [f"f{(i + 1) % size}"] for i in range(size)}
    return _posted({"type": "object", "properties": properties, "dependentRequired": dependent})


def _dependent_schemas(size: int) -> Schema:
    properties = {f"f{i}": _number(i) for i in range(size)}
    dependent = {f"f{i}": {"properties": {f"f{(i + 1) % size}": {"maximum": 900 + i}}} for i in range(size)}
    return _posted({"type": "object", "properties": properties, "dependentSchemas": dependent})


def _otherwise(size: int) -> Schema:
    """Give a chain of conditions each of which is asked where the one before does not hold."""
    last: Schema = {"properties": {"f": {"maximum": size}}}
    for i in reversed(range(size)):
        test = {"properties": {"kind": {"const": f"k{i}"}}, "required": ["kind"]}
        last = {"if": test, "then": {"properties": {"f": {"minimum": i}}}, "else": last}
    return _posted({**_object(kind={"type": "string"}, f={"type": "number"}), **last})


def _media_types(size: int) -> Schema:
    return _sent({f"application/vnd.k{i}+json": _object(f=_number(i)) for i in range(size)})


def _form(media_type: str) -> Callable[[int], Schema]:
    return lambda size: _sent({media_type: _object(**{f"f{i}": _number(i) for i in range(size)})})


def _sent(schemas: dict[str, Schema]) -> Schema:
    """Give a contract of one operation with a body of several media types."""
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return _of({"post": {"requestBody": {"required": True, "content": content}}}, {})


def _linked(size: int) -> Schema:
    """Give components each of which has a property that is the next."""
    links = {f"C{i}": _object(f=_number(i), next={"$ref": f"#/components/schemas/C{i + 1}"}) for i in range(size)}
    return _posted({"$ref": "#/components/schemas/C0"}, **links, **{f"C{size}": _object(f=_number(0))})


KINDS: dict[str, Callable[[int], Schema]] = {
    "operations": contract,
    "properties of one body": _properties,
    "depth of one body": _depth,
    "branches of oneOf": _branches("oneOf"),
    "branches of anyOf": _branches("anyOf"),
    "components under a discriminator": _referred,
    "members of one enum": _members,
    "query parameters": _parameters("query"),
    "header parameters": _parameters("header"),
    "cookies": _parameters("cookie"),
    "path parameters": _path_parameters,
    "items of allOf": _all_of,
    "$ref chain": _chain,
    "linked components": _linked,
    "rows under a discriminator": _rows,
    "components or null": _nullable,
    "conditions": _conditions,
    "items of prefixItems": _prefix,
    "patterns of patternProperties": _patterns,
    "names of dependentRequired": _dependent,
    "dependentSchemas": _dependent_schemas,
    "chain of if and else": _otherwise,
    "media types": _media_types,
    "fields of a form": _form("application/x-www-form-urlencoded"),
    "fields of a multipart form": _form("multipart/form-data"),
}
"""What grows → a contract with so many of it."""
LINEAR = (
    "operations",
    "properties of one body",
    "depth of one body",
    "branches of oneOf",
    "branches of anyOf",
    "components under a discriminator",
    "members of one enum",
    "query parameters",
    "header parameters",
    "cookies",
    "path parameters",
    "$ref chain",
    "linked components",
    "rows under a discriminator",
    "items of prefixItems",
    "patterns of patternProperties",
    "media types",
    "fields of a form",
    "fields of a multipart form",
)
"""Kinds whose calls grow no faster than they do."""


def planned(document: Schema) -> int:
    """Plan a contract to its end and give the number of cases."""
    return sum(isinstance(item, prove400.Case) for item in prove400.plan(document))


def calls(document: Schema) -> int:
    """Give the calls that planning a contract takes, of functions of Python and of C: no other work changes them."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        planned(document)
    finally:
        sys.setprofile(None)
    return count


def exponent(points: Iterable[tuple[float, float]]) -> float:
    """Give the slope of the line through the logarithms of points, by least squares."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(each) / len(logs) for each in zip(*logs, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


@dataclass(frozen=True, slots=True)
class Measured:
    """What planning a contract of one size takes."""

    kind: str
    size: int
    cases: int
    seconds: float  # of CPU time
    calls: int


def measured(kind: str, size: int) -> Measured:
    """Plan a contract twice: once for its time, once for its calls."""
    document = KINDS[kind](size)
    began = time.process_time()
    cases = planned(document)
    return Measured(kind, size, cases, time.process_time() - began, calls(document))


def main() -> None:
    """Measure each kind at each size, and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=list(KINDS), help="of: " + ", ".join(KINDS))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args()
    every: list[Measured] = []
    sizes = " | ".join(f"ms each of {size}" for size in options.sizes)
    print(f"| what grows | {sizes} | exponent of time | of calls | calls per case |")
    print(f"|---{'|---' * (len(options.sizes) + 3)}|")
    for kind in options.kinds:
        own = [measured(kind, size) for size in options.sizes]
        every += own
        each = " | ".join(f"{one.seconds / one.size * 1000:.2f}" for one in own)
        slopes = [exponent((one.size, value(one)) for one in own) for value in (_seconds, _calls)]
        ends = f"{own[0].calls / own[0].cases:.0f} to {own[-1].calls / own[-1].cases:.0f}"
        print(f"| {kind} | {each} | {slopes[0]:.2f} | {slopes[1]:.2f} | {ends} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in every], indent=2) + "\n", encoding="utf-8")


def _seconds(one: Measured) -> float:
    return one.seconds


def _calls(one: Measured) -> float:
    return one.calls


if __name__ == "__main__":
    main()
