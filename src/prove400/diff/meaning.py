"""Operations → forms of what they mean: without prose, names of components, and the order of what has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from prove400 import pointer
from prove400.contract.discriminators import discriminator_of
from prove400.contract.references import Document
from prove400.contract.schemas import Node, Schemas
from prove400.diff.classes import Link, group, plain
from prove400.model import EXPRESSION, Media, Operation, Parameter, Part
from prove400.obligations import ASSERTIONS, is_idle

_SILENT = frozenset(
    {"$comment", "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$defs",
     "definitions", "title", "description", "default", "deprecated", "example", "examples", "externalDocs", "xml",
     "nullable"}
)  # fmt: skip
"""Keywords that say nothing of which values are admitted; `nullable` is in `type` by now."""
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_UNORDERED = frozenset({"allOf", "anyOf", "oneOf"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies"})
_SETS = frozenset({"enum", "required", "type"})
_HOLDERS = frozenset(
    {"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains", "additionalProperties", "propertyNames",
     "unevaluatedProperties", "not", "if", "then", "else", "contentSchema"}
)  # fmt: skip
COMBINED = frozenset({*_UNORDERED, *_HOLDERS, "dependencies"})
"""Keywords whose values hold schemas."""


@dataclass(frozen=True)
class Meaning:
    """The forms of one contract's schemas and operations; `side` tells the keys of two contracts apart."""

    schemas: Schemas
    side: int

    def unit(self, location: str) -> Any:
        """Give the form of the schema at a location, which a link leads to."""
        return self.schema(self.schemas.node(location))

    def schema(self, node: Node) -> Any:
        """Give the form of a schema; one that only refers to another is that other one."""
        if not isinstance(node.value, dict):
            return plain(node.value) if node.value is not True else _ANYTHING
        links = [Link((self.side, target.location)) for target in self.schemas.targets(node)]
        asserted = [(name, self.keyword(node, name)) for name in sorted(node.keywords) if _says(node, name)]
        if len(links) == 1 and not asserted:
            return links[0]
        if not links and not asserted:
            return _ANYTHING
        return group([group(links, is_ordered=False), *(group([plain(name), form]) for name, form in asserted)])

    def keyword(self, node: Node, name: str) -> Any:
        """Give the form of what a keyword asks for."""
        value = node.keywords[name]
        if name == "discriminator":
            return self._discriminator(node)
        if name in _MAPS and isinstance(value, dict):
            return group(group([plain(key), self._held(node, name, key)]) for key in sorted(value))
        if name in _UNORDERED and isinstance(value, list):
            return group((self._held(node, name, index) for index in range(len(value))), is_ordered=False)
        if name in _HOLDERS and isinstance(value, list):
            return group(self._held(node, name, index) for index in range(len(value)))
        if name in _HOLDERS and isinstance(value, dict | bool):
            return self.schema(self.schemas.child(node, name))
        return plain(told(name, value))

    def _held(self, node: Node, *tokens: str | int) -> Any:
        child = self.schemas.child(node, *tokens)
        return self.schema(child) if isinstance(child.value, dict | bool) else plain(told("required", child.value))

    def _discriminator(self, node: Node) -> Any:
        """Give the form of a discriminator; where branches tell their names by `const`, no other names count."""
        found = discriminator_of(self.schemas, node)
        if found is None:
            return plain(None)
        listed = () if found.is_implied else sorted(found.names.items())
        names = (group([plain(name), Link((self.side, place)) if place else ""]) for name, place in listed)
        return group([plain(found.property_name), *names])

    def media(self, media: Media) -> Any:
        """Give the form of a body's media type."""
        form = "" if media.schema is None else self.schema(self.schemas.node(media.location))
        encodings = sorted(repr(encoding) for encoding in media.encodings)
        return group([plain(media.media_type), form, plain(encodings)])

    def operation(self, operation: Operation) -> Any:
        """Give the form of what an operation admits."""
        head = [operation.method, operation.body_required, secured(operation), len(operation.unplaced)]
        parameters = (self._parameter(operation, parameter) for parameter in operation.parameters)
        return group([
            plain(head),
            group(parameters, is_ordered=False),
            group(map(self.media, operation.body), is_ordered=False),
        ])  # fmt: skip

    def _parameter(self, operation: Operation, parameter: Parameter) -> Any:
        written = [parameter.part, place_of(operation, parameter), parameter.required, *spelling(parameter)]
        return group([plain(written), self.schema(self.schemas.node(parameter.schema_location))])


_ANYTHING = plain({})


def _says(node: Node, name: str) -> bool:
    """Tell whether a keyword says anything of which values are admitted."""
    if name in _SILENT or name in _REFERENCES or name.startswith("x-"):
        return False
    value = node.keywords[name]
    if name in _HOLDERS and value is True:
        return False
    if name in ("required", "properties", "patternProperties", "allOf") and not value:
        return False
    return name not in ASSERTIONS or name in COMBINED or not is_idle(name, node.keywords)


def told(keyword: str, value: Any) -> Any:
    """Give what a keyword asks for, less the order of what has none: names, members, types."""
    if keyword == "type" and isinstance(value, str):
        return [value]
    if keyword in _SETS and isinstance(value, list):
        return sorted(value, key=plain)
    if keyword == "dependentRequired" and isinstance(value, dict):
        return {name: told("required", names) for name, names in value.items()}
    return value


def place_of(operation: Operation, parameter: Parameter) -> str:
    """Give where a parameter stands: its name, but in a path its turn, whose name no request shows."""
    if parameter.part is not Part.PATH:
        return parameter.name.lower() if parameter.part is Part.HEADER else parameter.name
    names = list(dict.fromkeys(EXPRESSION.findall(operation.path)))
    return f"{{{names.index(parameter.path_name)}}}" if parameter.path_name in names else parameter.name


def spelling(parameter: Parameter) -> tuple[Any, ...]:
    """Give how the value of a parameter is written."""
    return (parameter.style, parameter.explode, parameter.allow_reserved, parameter.allow_empty, parameter.media_type)


def secured(operation: Operation) -> list[list[str]]:
    """Give the alternatives of an operation's security by what a request carries; names of schemes are nobody's."""
    listed = {tuple(sorted({f"{s.kind} {s.part} {s.field}" for s in every})) for every in operation.security}
    return [] if () in listed else sorted(map(list, listed))


@dataclass(frozen=True)
class Wording:
    """The forms of one contract's operations as they are written, prose and examples included."""

    document: Document
    side: int

    def unit(self, location: str) -> Any:
        """Give the form of what stands at a location, which a link leads to."""
        return self.value(pointer.get(self.document.content, location, pointer.ABSENT))

    def operation(self, operation: Operation) -> Any:
        """Give the form of an operation as it is written, with what its path says for all methods."""
        around = pointer.get(self.document.content, pointer.parent(operation.location), {})
        shared = {name: item for name, item in around.items() if name in ("summary", "description", "parameters")}
        return group([self.value(self.document.at(operation.location)), self.value(shared)])

    def value(self, value: Any) -> Any:
        """Give the form of a value; what refers to another is that other one."""
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#"):
                return Link((self.side, unquote(reference[1:])))
            return group(self._members(value))
        if isinstance(value, list):
            return group(map(self.value, value), is_ordered=False)
        return plain(value) if value is not pointer.ABSENT else ""

    def _members(self, value: dict[str, Any]) -> Iterator[Any]:
        for name in sorted(value, key=str):
            if name not in ("security", "mapping", "operationId"):
                yield group([plain(name), self.value(value[name])])
