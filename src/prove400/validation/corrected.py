"""Python-jsonschema where it reads a keyword otherwise than JSON Schema does: `pattern` and `multipleOf`.

Patterns are those of ECMA-262 (2020-12 core, section 6.4): in Python's `re`, ``$`` also matches before a newline at the
end. Numbers are decimal, of any precision (2020-12 core, section 4.2.3): 0.15 is a multiple of 0.05, which their
nearest doubles are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import jsonschema
import jsonschema.validators
import referencing
from referencing.jsonschema import DRAFT202012

from prove400.validation.ecma import ecma_to_python


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not re.search(ecma_to_python(pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _multiple_of(_: Any, factor: float, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if Fraction(str(instance)) % Fraction(str(factor)):
        yield jsonschema.ValidationError(f"{instance!r} is not a multiple of {factor!r}")


@lru_cache(maxsize=16)
def corrected(dialect: Any) -> Any:
    """Give the validator class of a dialect with our reading of both."""
    return jsonschema.validators.extend(dialect, {"pattern": _pattern, "multipleOf": _multiple_of})  # type: ignore[no-untyped-call]


def admits(resources: dict[str, Any], reference: str, value: Any) -> bool:
    """Tell whether python-jsonschema admits a value by the schema that a reference into the resources leads to."""
    found = [
        (uri, referencing.Resource.from_contents(schema, default_specification=DRAFT202012))
        for uri, schema in resources.items()
    ]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(found)
    dialect = jsonschema.validators.validator_for(found[0][1].contents, jsonschema.Draft202012Validator)
    return bool(corrected(dialect)({"$ref": reference}, registry=registry).is_valid(value))
