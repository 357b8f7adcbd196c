"""Value → faults, by a compiled validator of one schema of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from prove400 import pointer
from prove400.applicators import walk
from prove400.contract.dialects import is_3_0
from prove400.contract.references import Document
from prove400.contract.schemas import Schemas
from prove400.errors import ContractError, PointerError, StrictJSONError
from prove400.tensors import ELEMENTS, SHAPE, TENSORS, all_hold, are_named, fits
from prove400.validation.fault import Fault
from prove400.validation.inside import lone_combinator, lone_schema
from prove400.validation.strict_json import parse

_Kind = jsonschema_rs.ValidationErrorKind
_ABLATIONS = 16
"""Validators without one keyword that are kept: a constraint's cases are made one after the other."""
_INSIDE = 64
"""Places inside bodies whose own validators are kept: so are their cases."""
_LOCATED = 4_096
"""Keywords whose locations are kept."""
_TEXTS = 128
"""Texts of values of one schema whose faults are kept."""
_ALONE = "https://alone.prove400.invalid/"


class SchemaValidator:
    """Judges values by the schema that stands at one location of a contract document."""

    def __init__(self, validator: jsonschema_rs.Validator, locate: Callable[[str], str], lone: str = "") -> None:
        """Take the compiled validator, and what turns its keyword locations into those of the contract.

        `lone` is the location of a combinator that alone asserts anything.
        """
        self._validator = validator
        self._locate = locate
        self._lone = lone
        self.of_text = lru_cache(_TEXTS)(self._of_text)

    def is_valid(self, value: Any) -> bool:
        """Tell whether the schema admits the value."""
        return self._validator.is_valid(value)

    def _of_text(self, text: bytes) -> tuple[Fault, ...] | None:
        """Give the faults of the value of a JSON text; None where it is not JSON."""
        try:
            return self.faults(parse(text))
        except StrictJSONError:
            return None

    def faults(self, value: Any, at: str = "") -> tuple[Fault, ...]:
        """Give every violated constraint of a value that stands at a place.

        A missing or extra name is told apart in `member`.
        """
        if self._lone:  # an error of a combinator holds those of all its branches, which nobody asks for
            return () if self._validator.is_valid(value) else (Fault(at, self._lone),)
        return tuple(fault for error in self._validator.iter_errors(value) for fault in self._faults(error, at))

    def _faults(self, error: jsonschema_rs.ValidationError, at: str) -> Iterator[Fault]:
        instance = at + pointer.from_tokens(error.instance_path)
        keyword = self._locate(error.absolute_keyword_location or "")
        kind = error.kind
        if isinstance(kind, _Kind.Required):
            yield Fault(instance, _of_names(keyword), kind.property, names_member=True)
        elif isinstance(kind, _Kind.AdditionalProperties | _Kind.UnevaluatedProperties):
            for name in kind.unexpected:
                yield Fault(instance, keyword, name, names_member=True)
        else:
            yield Fault(instance, keyword)


@dataclass(frozen=True, slots=True)
class Inside:
    """What judges a value inside a body by itself: of a change further in, it is asked of the value around."""

    at: str
    further: str  # from there to the change
    depth: int  # of the change in the body
    validator: SchemaValidator

    def placed(self, text: bytes) -> tuple[Fault, ...] | None:
        """Give the faults of the value of a short text at the place; None where it is not JSON."""
        found = self.validator.of_text(text)
        return found and tuple(
            Fault(self.at + f.instance_location, f.keyword_location, f.member, names_member=f.names_member)
            for f in found
        )


class _Annotation:
    """A keyword that asserts nothing: jsonschema-rs asserts the two of draft 7 that are optional there (section 8)."""

    def __init__(self, *_: Any) -> None:
        """Take what a keyword is made of."""

    def validate(self, _: Any) -> None:
        """Admit every value."""


class _Tensors:
    """`x-prove400-tensors`."""

    def __init__(self, _: Any, names: Any, __: Any) -> None:
        """Take the names."""
        self._names = names

    def validate(self, tensors: Any) -> None:
        """Refuse an array that lacks a tensor, or has one too many; raises `ValueError`."""
        if not are_named(self._names, tensors):
            raise ValueError(TENSORS)


class _Shape:
    """`x-prove400-shape`, where it is true."""

    def __init__(self, _: Any, is_asked: Any, __: Any) -> None:
        """Take whether anything is asked."""
        self._is_asked = is_asked is True

    def validate(self, tensor: Any) -> None:
        """Refuse a tensor whose data is not what its shape says; raises `ValueError`."""
        if self._is_asked and not fits(tensor):
            raise ValueError(SHAPE)


class _Elements:
    """`x-prove400-elements`."""

    def __init__(self, _: Any, datatype: Any, __: Any) -> None:
        """Take the datatype."""
        self._datatype = datatype

    def validate(self, data: Any) -> None:
        """Refuse data with an element that is not of the datatype; raises `ValueError`."""
        if not all_hold(self._datatype, data):
            raise ValueError(ELEMENTS)


_KEYWORDS: dict[str, type[jsonschema_rs.KeywordValidator]] = {
    "contentEncoding": _Annotation,
    "contentMediaType": _Annotation,
    TENSORS: _Tensors,
    SHAPE: _Shape,
    ELEMENTS: _Elements,
}


_HINT = "check its keywords against JSON Schema, and every `$ref`; an overlay mends it: --overlay FILE"


def _validator(schema: Any, base: str, resources: list[tuple[str, Any]]) -> jsonschema_rs.Validator:
    """Compile a schema; where it speaks of a metaschema, with all metaschemas at hand."""
    try:
        registry = jsonschema_rs.Registry(resources)
        return _compiled(schema, base, registry)
    except jsonschema_rs.ReferencingError:
        pass
    except ValueError as error:
        if "not present in a registry" not in str(error):
            raise
    from jsonschema_specifications import REGISTRY as METASCHEMAS  # noqa: PLC0415 — slow to import, and seldom needed

    known = [(uri.rstrip("#"), METASCHEMAS[uri].contents) for uri in METASCHEMAS]
    registry = jsonschema_rs.Registry([*resources, *known])
    return _compiled(schema, base, registry)


def _of_names(keyword: str) -> str:
    """Give the location of `dependentRequired` or `dependencies` itself: the validator adds an index of its own."""
    head, _, tail = keyword.rpartition("/")
    return head if tail.isdecimal() and head.endswith(("/dependentRequired", "/dependencies")) else keyword


def _compiled(schema: Any, base: str, registry: jsonschema_rs.Registry) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        schema, registry=registry, base_uri=base, validate_formats=False, keywords=_KEYWORDS
    )


class SchemaValidators:
    """The validators of one contract document, compiled on first use."""

    def __init__(self, document: Document, schemas: Schemas | None = None) -> None:
        """Take the document and its schemas."""
        self._document = document
        self.schemas = schemas or Schemas(document)
        self._compiled: dict[str, SchemaValidator] = {}
        self._locate = lru_cache(_LOCATED)(self.schemas.location_of)
        self.without = lru_cache(_ABLATIONS)(self._without)
        self.inside = lru_cache(_INSIDE)(self._inside)
        self._alone = lru_cache(_INSIDE)(self._compile_alone)

    def of_responses(self) -> SchemaValidators:
        """Give the validators of what is answered: OpenAPI 3.0 requires some names of one way only."""
        if not is_3_0(self._document.content):
            return self
        return SchemaValidators(self._document, Schemas(self._document, unsent="writeOnly"))

    def at(self, location: str) -> SchemaValidator:
        """Give the validator of the schema at a location; raises `ContractError` where it is no usable schema."""
        if location not in self._compiled:
            try:
                validator = self._compile(location, self.schemas.resources(location))
            except ContractError as error:
                error.what, error.where = self._defect(location) or (error.what, error.where)
                raise
            lone = lone_combinator(self.schemas, self.schemas.node(location))
            self._compiled[location] = SchemaValidator(validator, self._locate, lone)
        return self._compiled[location]

    def _without(self, location: str, keyword_location: str) -> SchemaValidator | None:
        """Give the validator of a schema less one keyword, or None where nothing usable is left.

        This is what tells whether a value breaks just that keyword: it is valid without, and invalid with it.
        """
        resources = dict(self.schemas.resources(location))
        uri, steps = self.schemas.address(keyword_location)
        if uri not in resources or not steps:
            return None
        resources[uri] = _removed(resources[uri], pointer.tokens(steps))
        try:
            return SchemaValidator(self._compile(location, resources), self._locate)
        except ContractError:
            return None

    def _inside(self, location: str, at: str) -> Inside | None:
        """Give what judges a change of one value in a valid value of the schema at a location; None where all of it."""
        found = lone_schema(self.schemas, self.schemas.node(location), at)
        if found is None:
            return None
        depth, node = found
        names = pointer.tokens(at)
        validator = self._alone(node.location)
        at, further = (pointer.from_tokens(part) for part in (names[:depth], names[depth:]))
        return Inside(at, further, len(names), validator)

    def _compile_alone(self, location: str) -> SchemaValidator:
        validator = _compiled(self.schemas.node(location).value, _ALONE, jsonschema_rs.Registry([]))
        return SchemaValidator(validator, lambda uri: location + unquote(uri.removeprefix(_ALONE).removeprefix("#")))

    def _compile(self, location: str, resources: dict[str, Any]) -> jsonschema_rs.Validator:
        uri, steps = self.schemas.address(location)
        schema = resources[uri]
        if steps:
            dialect = {"$schema": schema["$schema"]} if isinstance(schema, dict) and "$schema" in schema else {}
            schema = {**dialect, "$ref": self.schemas.nearest(location)}
        base = f"{uri}.start" if steps else uri
        try:
            return _validator(schema, base, list(resources.items()))
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            what = str(error).partition("\n")[0]
            raise ContractError(f"not a usable schema: {what}", where=location, hint=_HINT) from error

    def _defect(self, location: str) -> tuple[str, str] | None:
        """Say what is wrong with a schema that cannot be compiled, and where; None where nothing says it."""
        for uri, content in self.schemas.resources(location).items():
            try:
                jsonschema_rs.meta.validate(content)
            except jsonschema_rs.ValidationError as error:
                return f"not a usable schema: {error.message}", self.schemas.location_of(uri) + pointer.from_tokens(
                    error.instance_path
                )
            except (ValueError, jsonschema_rs.ReferencingError):  # of a dialect that nobody knows
                pass
            for at, value in pointer.walk(content) if isinstance(content, dict) else ():
                if isinstance(value, dict) and (what := self._misread(self.schemas.location_of(uri) + at, value)):
                    return what, self.schemas.location_of(uri) + at
        return None

    def _misread(self, location: str, schema: dict[str, Any]) -> str:
        """Say which text of one schema cannot be read: a pattern, or a reference; nothing where all can."""
        listed = schema.get("patternProperties")
        for pattern in (schema.get("pattern"), *(listed if isinstance(listed, dict) else ())):
            try:
                jsonschema_rs.validator_for({"pattern": pattern} if isinstance(pattern, str) else {})
            except ValueError:
                return f"not a usable schema: {pattern!r} is no regular expression of ECMA-262"
        try:
            for _ in self.schemas.targets(self.schemas.node(location)) if "$ref" in schema else ():
                pass
        except (ContractError, PointerError):
            return f"not a usable schema: {schema['$ref']!r} leads nowhere"
        return ""

    def check(self, location: str) -> None:
        """Raise `ContractError` where the schema at a location, or one that it leads to, cannot be used."""
        self.at(location)
        for _ in walk(self.schemas, self.schemas.node(location)):
            pass

    def second_opinion(self, location: str, value: Any) -> bool:
        """Tell whether python-jsonschema admits the value: another implementation, asked on findings only."""
        from prove400.validation.corrected import admits  # noqa: PLC0415 — slow to import, and seldom needed

        uri, steps = self.schemas.address(location)
        return admits(self.schemas.resources(location), f"{uri}#{quote(steps, safe='/~')}", value)


def _removed(value: Any, path: list[str]) -> Any:
    """Give a copy without what stands at the end of the path; a list keeps its length, with `true` in its place."""
    head, *rest = path
    if isinstance(value, list):
        index = int(head)
        return [*value[:index], _removed(value[index], rest) if rest else True, *value[index + 1 :]]
    if rest:
        return {name: _removed(item, rest) if name == head else item for name, item in value.items()}
    return {name: item for name, item in value.items() if name != head}
