"""Value → faults, by a compiled validator of one schema of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import jsonschema
import jsonschema_rs
import referencing
import referencing.exceptions
from referencing.jsonschema import DRAFT202012

from prove400 import pointer
from prove400.contract.references import Document
from prove400.errors import ContractError
from prove400.validation.fault import Fault

_URI = "urn:prove400:contract"


class SchemaValidator:
    """Judges values by the schema that stands at one location of a contract document."""

    def __init__(self, validator: jsonschema_rs.Validator) -> None:
        """Take the compiled validator."""
        self._validator = validator

    def is_valid(self, value: Any) -> bool:
        """Tell whether the schema admits the value."""
        return self._validator.is_valid(value)

    def faults(self, value: Any) -> tuple[Fault, ...]:
        """Give every violated constraint; a missing or extra name is told apart in `member`."""
        return tuple(fault for error in self._validator.iter_errors(value) for fault in _faults(error))


def _faults(error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
    instance = pointer.from_tokens(error.instance_path)
    keyword = unquote((error.absolute_keyword_location or "").partition("#")[2])
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Fault(instance, keyword, kind.property)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        for name in kind.unexpected:
            yield Fault(instance, keyword, name)
    else:
        yield Fault(instance, keyword)


class SchemaValidators:
    """The validators of one contract document, compiled on first use."""

    def __init__(self, document: Document) -> None:
        """Read the document's schemas; raises `ContractError` where they cannot be."""
        self._document = document
        self._compiled: dict[str, SchemaValidator] = {}
        try:
            self._registry = jsonschema_rs.Registry([(_URI, document.content)])
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            hint = "check every `$ref`"
            raise ContractError(f"the document's schemas cannot be read: {error}", hint=hint) from error

    def at(self, location: str) -> SchemaValidator:
        """Give the validator of the schema at a location; raises `ContractError` where it is no usable schema."""
        if location not in self._compiled:
            self._compiled[location] = SchemaValidator(self._compile(location))
        return self._compiled[location]

    def _compile(self, location: str) -> jsonschema_rs.Validator:
        try:
            return jsonschema_rs.Draft202012Validator(
                _reference(location), registry=self._registry, validate_formats=False
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            hint = "check its keywords against JSON Schema 2020-12, and every `$ref`"
            raise ContractError(f"not a usable schema: {error}", where=location, hint=hint) from error

    def second_opinion(self, location: str, value: Any) -> bool:
        """Tell whether python-jsonschema admits the value: another implementation, asked on findings only."""
        resource = DRAFT202012.create_resource(self._document.content)
        registry: referencing.Registry[Any] = referencing.Registry().with_resource(_URI, resource)
        return bool(jsonschema.Draft202012Validator(_reference(location), registry=registry).is_valid(value))


def _reference(location: str) -> dict[str, str]:
    return {"$ref": f"{_URI}#{quote(location, safe='/~')}"}
