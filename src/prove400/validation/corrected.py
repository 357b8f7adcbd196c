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

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$|[^\\\[$]+|.", re.DOTALL)


@lru_cache(maxsize=1024)
def ecma_to_python(pattern: str) -> str:
    """Give a pattern for Python's `re` in which ``$``, outside a class and not escaped, means the very end."""
    return "".join(r"\Z" if piece == "$" else piece for piece in _TOKEN.findall(pattern))


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
