"""`format` as an assertion: whether a text is of a format (JSON Schema 2020-12 validation, section 7.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs


@lru_cache(maxsize=256)
def _checker(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True, ignore_unknown_formats=True)


def is_of_format(name: str, value: Any) -> bool:
    """Tell whether a value is of a format; of an unknown one everything is, and so is what is no text."""
    return not isinstance(value, str) or _checker(name).is_valid(value)
