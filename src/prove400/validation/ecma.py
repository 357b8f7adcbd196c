"""Python-jsonschema with patterns as JSON Schema means them: ECMA-262 (2020-12 core, section 6.4).

In Python's `re`, ``$`` also matches before a newline at the end; in ECMA-262 it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


@lru_cache(maxsize=16)
def with_ecma_patterns(dialect: Any) -> Any:
    """Give the validator class of a dialect with our reading of `pattern`."""
    return jsonschema.validators.extend(dialect, {"pattern": _pattern})  # type: ignore[no-untyped-call]
