"""What is wrong with a schema that cannot be compiled, and where: compilers of schemas seldom say."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from prove400 import pointer
from prove400.contract.schemas import Schemas
from prove400.errors import ContractError, PointerError


def defect(schemas: Schemas, location: str) -> tuple[str, str] | None:
    """Say what is wrong with a schema that cannot be compiled, and where; None where nothing says it."""
    for uri, content in schemas.resources(location).items():
        try:
            jsonschema_rs.meta.validate(content)
        except jsonschema_rs.ValidationError as error:
            return f"not a usable schema: {error.message}", schemas.location_of(uri) + pointer.from_tokens(
                error.instance_path
            )
        except (ValueError, jsonschema_rs.ReferencingError):  # of a dialect that nobody knows
            pass
        for at, value in pointer.walk(content) if isinstance(content, dict) else ():
            if isinstance(value, dict) and (what := _misread(schemas, schemas.location_of(uri) + at, value)):
                return what, schemas.location_of(uri) + at
    return None


def _misread(schemas: Schemas, location: str, schema: dict[str, Any]) -> str:
    """Say which text of one schema cannot be read: a pattern, or a reference; nothing where all can."""
    listed = schema.get("patternProperties")
    for pattern in (schema.get("pattern"), *(listed if isinstance(listed, dict) else ())):
        try:
            jsonschema_rs.validator_for({"pattern": pattern} if isinstance(pattern, str) else {})
        except ValueError:
            return f"not a usable schema: {pattern!r} is no regular expression of ECMA-262"
    try:
        for _ in schemas.targets(schemas.node(location)) if "$ref" in schema else ():
            pass
    except (ContractError, PointerError):
        return f"not a usable schema: {schema['$ref']!r} leads nowhere"
    return ""
