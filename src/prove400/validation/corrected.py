"""Python-jsonschema where it reads a keyword otherwise than JSON Schema does: `pattern` and `multipleOf`.

Patterns are those of ECMA-262 (2020-12 core, section 6.4): in Python's `re`, ``$`` also matches before a newline at the
end. Numbers are decimal, of any precision (2020-12 core, section 4.2.3): 0.15 is a multiple of 0.05, which their
nearest doubles are not. Our own keywords for tensors (`prove400.tensors`) are read here in another way than there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import jsonschema
import jsonschema.validators
import referencing
from referencing.jsonschema import DRAFT202012

from prove400.applicators import matches
from prove400.tensors import DATATYPES, ELEMENTS, SHAPE, TENSORS, dimensions, elements
from prove400.validation.ecma import ecma_to_python

_WHOLE = jsonschema.Draft202012Validator({"type": "integer"})


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches; one that Python cannot read has no second opinion."""
    try:
        return re.search(ecma_to_python(pattern), text) is not None
    except re.error:
        return matches(pattern, text)


def _multiple_of(_: Any, factor: float, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if Fraction(str(instance)) % Fraction(str(factor)):
        yield jsonschema.ValidationError(f"{instance!r} is not a multiple of {factor!r}")


def _tensors(_: Any, names: Any, tensors: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """Strike each name off the list; nothing may be left, nor anything be there that was not on it."""
    left = list(names)
    for tensor in tensors if isinstance(tensors, list) else ():
        name = tensor.get("name") if isinstance(tensor, dict) else None
        if name not in left:
            yield jsonschema.ValidationError(f"{name!r} is none of the tensors that are left")
            return
        left.remove(name)
    if left and isinstance(tensors, list):
        yield jsonschema.ValidationError(f"{left} are missing")


def _shape(_: Any, is_asked: Any, tensor: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """Compare the shape that the data has with the one said, where both are there."""
    if is_asked is not True or not isinstance(tensor, dict):
        return
    shape, data = tensor.get("shape"), tensor.get("data")
    if not isinstance(data, list) or not isinstance(shape, list) or not all(map(_WHOLE.is_valid, shape)):
        return
    flat, found = math.prod(shape) if min(shape, default=0) >= 0 else -1, dimensions(data)
    if found not in (shape, [flat]):
        yield jsonschema.ValidationError(f"data of shape {found} for {shape}")


def _elements(validator: Any, datatype: Any, data: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(data, list) and datatype in DATATYPES:
        for element in elements(data):
            yield from validator.descend(element, DATATYPES[datatype].schema)


OWN = {"pattern": _pattern, "multipleOf": _multiple_of, TENSORS: _tensors, SHAPE: _shape, ELEMENTS: _elements}
"""Keyword → how it is read."""


@lru_cache(maxsize=16)
def corrected(dialect: Any) -> Any:
    """Give the validator class of a dialect with our reading of these."""
    return jsonschema.validators.extend(dialect, OWN)  # type: ignore[no-untyped-call]


def admits(resources: dict[str, Any], reference: str, value: Any) -> bool:
    """Tell whether python-jsonschema admits a value by the schema that a reference into the resources leads to."""
    found = [
        (uri, referencing.Resource.from_contents(schema, default_specification=DRAFT202012))
        for uri, schema in resources.items()
    ]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(found)
    dialect = jsonschema.validators.validator_for(found[0][1].contents, jsonschema.Draft202012Validator)
    return bool(corrected(dialect)({"$ref": reference}, registry=registry).is_valid(value))
