"""Names in a path that a contract leaves open: whether anything has the one that was sent, only the server knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400.model import Case, Operation, Parameter, Part
from prove400.pointer import ABSENT
from prove400.validation import RequestJudge, SchemaValidators


def made_up(operation: Operation, validators: SchemaValidators, case: Case) -> Iterator[tuple[str, Any]]:
    """Give the path parameters of a request with values that the contract neither lists nor has an example of."""
    judge = RequestJudge(operation, validators)
    for parameter in operation.parameters:
        if parameter.part is Part.PATH and not _is_listed(validators, parameter):
            value = judge.value(case.request, Part.PATH, parameter.name)
            if value is not ABSENT and value not in parameter.examples:
                yield parameter.name, value


def _is_listed(validators: SchemaValidators, parameter: Parameter) -> bool:
    schemas = validators.schemas
    node = schemas.node(parameter.schema_location)
    return any(not holder.keywords.keys().isdisjoint({"enum", "const"}) for holder in (node, *schemas.targets(node)))
