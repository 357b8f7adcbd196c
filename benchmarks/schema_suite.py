"""How much of the official JSON Schema suite is broken in isolation: prove400 and Schemathesis in the same run.

usage: python -m benchmarks.schema_suite [--no-peer] [--json PATH] [DRAFT …]

Every schema of the suite is the body of a POST. An occurrence of a leaf keyword counts as isolated where some planned
body is invalid under the schema and valid once that one occurrence is removed; both are judged by jsonschema-rs. The
peer is Schemathesis's coverage phase, in both modes, on the same document. A wrong claim is a body said to be
invalid that is valid. A valid side counts a schema for which the engine's witness is valid.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import os
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import schemathesis
from schemathesis import GenerationMode

import prove400
from prove400.pointer import ABSENT

CORPORA = Path(os.environ.get("PROVE400_CORPORA", Path(__file__).parents[1] / ".." / "shared" / "corpora"))
DRAFTS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft4": "http://json-schema.org/draft-04/schema#",
}
LEAVES = frozenset(
    [
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "required",
        "dependentRequired",
        "minContains",
        "maxContains",
    ]
)
MAPS = frozenset(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired"])
DATA = frozenset(("enum", "const", "default", "examples", "not", "if"))
PLAIN = (bool, int, float, str, list, dict, type(None))
SKIPPED = frozenset(("refRemote", "vocabulary"))  # they need a network, or dialects of their own


@dataclass(slots=True)
class Score:
    """What one engine reached on one draft."""

    schemas: int = 0
    satisfiable: int = 0
    witnessed: int = 0
    falsifiable: int = 0
    falsified: int = 0
    occurrences: int = 0
    isolated: int = 0
    wrong_claims: int = 0
    refused: int = 0
    seconds: float = 0.0


def groups(draft: str) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Give each schema of a draft, with its dialect said, and its tests; those that need a server are left out."""
    for file in sorted((CORPORA / "json-schema-test-suite" / draft).glob("*.json")):
        for group in json.loads(file.read_text()) if file.stem not in SKIPPED else ():
            schema = group["schema"]
            if "localhost:1234" not in json.dumps(schema):
                yield _said(schema, DRAFTS[draft]), group["tests"]


def _said(schema: Any, dialect: str) -> Any:
    return {"$schema": dialect, **schema} if isinstance(schema, dict) else schema


def document(schema: Any) -> dict[str, Any]:
    """Give an OpenAPI document with the schema as the body of a POST."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    answers = {"200": {"description": "ok"}, "400": {"description": "invalid"}}
    operation = {"requestBody": body, "responses": answers}
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/p": {"post": operation}}}


def leaves(node: Any, path: tuple[str | int, ...] = (), *, in_map: bool = False) -> Iterator[tuple[str | int, ...]]:
    """Give the path of every leaf keyword that stands in a schema."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for token, value in items:
        free = isinstance(node, dict) and in_map
        if isinstance(node, dict) and not in_map and token in LEAVES:
            yield (*path, token)
        if free or token not in DATA:
            yield from leaves(value, (*path, token), in_map=isinstance(node, dict) and not in_map and token in MAPS)


def without(schema: Any, path: tuple[str | int, ...]) -> Any:
    """Give the schema less one keyword."""
    shorter = copy.deepcopy(schema)
    node = shorter
    for token in path[:-1]:
        node = node[token]
    del node[path[-1]]
    return shorter


def judge(schema: Any) -> jsonschema_rs.Validator:
    """Compile a schema for judging both engines."""
    return jsonschema_rs.validator_for(schema, validate_formats=False)


def ours(schema: Any) -> tuple[list[Any], Any]:
    """Give the bodies that prove400 says are invalid, and its witness; `ABSENT` where it has none."""
    invalid, witness = [], ABSENT
    for case in prove400.plan(document(schema)):
        if isinstance(case, prove400.Case) and case.violates_body_schema:
            invalid.append(json.loads(case.request.body))
        if isinstance(case, prove400.Case) and case.operator == "witness.itself":
            witness = json.loads(case.request.body)
    return invalid, witness


def theirs(schema: Any) -> tuple[list[Any], Any]:
    """Give the bodies that Schemathesis's coverage phase makes, in both modes: whatever is invalid counts for it."""
    operation = schemathesis.openapi.from_dict(document(schema))["/p"]["POST"]
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    modes = [GenerationMode.NEGATIVE, GenerationMode.POSITIVE]
    bodies: list[Any] = []
    with contextlib.suppress(Exception):  # what it made before it gave up counts
        for case in operation.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config):
            bodies.extend([case.body] if isinstance(case.body, PLAIN) else [])
    return bodies, ABSENT


def measure(draft: str, bodies_of: Any, *, claims: bool) -> Score:
    """Score one engine on one draft."""
    score = Score()
    for schema, tests in groups(draft):
        try:
            full = judge(schema)
        except (ValueError, jsonschema_rs.ReferencingError):
            continue  # the judge itself cannot read it
        score.schemas += 1
        began = time.perf_counter()
        try:
            bodies, witness = bodies_of(schema)
        except Exception:  # noqa: BLE001 — an engine that cannot read a schema scores nothing on it
            score.refused += 1
            bodies, witness = [], ABSENT
        score.seconds += time.perf_counter() - began
        _add(score, schema, tests, full, bodies, witness, claims=claims)
    return score


def _add(  # noqa: PLR0913 — what a score is made of
    score: Score,
    schema: Any,
    tests: list[dict[str, Any]],
    full: jsonschema_rs.Validator,
    bodies: list[Any],
    witness: Any,
    *,
    claims: bool,
) -> None:
    invalid = [body for body in bodies if _is_invalid(full, body)]
    can_fail = any(not test["valid"] for test in tests)
    can_hold = any(test["valid"] for test in tests)
    score.falsifiable += can_fail
    score.falsified += can_fail and bool(invalid)
    score.satisfiable += can_hold
    score.witnessed += can_hold and witness is not ABSENT and full.is_valid(witness)
    score.wrong_claims += (len(bodies) - len(invalid)) if claims else 0
    for path in leaves(schema):
        score.occurrences += 1
        score.isolated += _is_isolated(without(schema, path), invalid)


def _is_invalid(validator: jsonschema_rs.Validator, body: Any) -> bool:
    try:
        return not validator.is_valid(body)
    except ValueError:  # what is no JSON value breaks no schema
        return False


def _is_isolated(weaker: Any, invalid: list[Any]) -> bool:
    try:
        validator = judge(weaker)
    except (ValueError, jsonschema_rs.ReferencingError):
        return False
    return any(validator.is_valid(body) for body in invalid)


def row(draft: str, engine: str, score: Score) -> str:
    """Give one line of the table."""
    witnessed = f"{score.witnessed}/{score.satisfiable}" if score.witnessed else "–"
    return (
        f"| {draft} | {engine} | {score.falsified}/{score.falsifiable} | {score.isolated}/{score.occurrences} "
        f"| {witnessed} | {score.wrong_claims} | {score.refused} |"
    )


def main() -> None:
    """Measure, print the table, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drafts", nargs="*", default=list(DRAFTS), metavar="DRAFT")
    parser.add_argument("--no-peer", action="store_true", help="measure prove400 only")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    engines = {"prove400": (ours, True)}
    if not options.no_peer:
        engines[f"Schemathesis {schemathesis.__version__}, coverage phase"] = (theirs, False)
    print("| draft | engine | schemas falsified | occurrences isolated | valid witnesses | wrong claims | refused |")
    print("|---|---|---|---|---|---|---|")
    figures: dict[str, dict[str, Any]] = {}
    for draft in options.drafts:
        for engine, (bodies_of, claims) in engines.items():
            score = measure(draft, bodies_of, claims=claims)
            figures.setdefault(draft, {})[engine] = asdict(score)
            print(row(draft, engine, score), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
