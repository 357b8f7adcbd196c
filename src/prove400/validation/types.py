"""Which JSON types a schema admits, so that a text can be read as one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400.contract.schemas import Node, Schemas

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
"""The types of JSON Schema (2020-12 validation, section 6.1.1)."""
Path = tuple[str | int, ...]
"""Reference tokens from an instance to a value inside it."""


def _declared(keywords: dict[str, Any]) -> frozenset[str]:
    """Give the types that a schema's own `type`, `enum` and `const` admit."""
    names = keywords.get("type", ALL)
    found = frozenset({names} if isinstance(names, str) else names)
    if "number" in found:
        found |= {"integer"}
    if isinstance(members := keywords.get("enum"), list):
        found &= frozenset().union(*map(_types_of, members))
    return found & _types_of(keywords["const"]) if "const" in keywords else found


def _types_of(value: Any) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int | float):
        return frozenset({"integer", "number"} if value % 1 == 0 else {"number"})
    kinds = ((str, "string"), (list, "array"), (dict, "object"))
    return frozenset({next((name for kind, name in kinds if isinstance(value, kind)), "null")})


class AdmittedTypes:
    """The types that schemas of one contract admit, through `$ref`, `allOf`, `anyOf` and `oneOf`."""

    def __init__(self, schemas: Schemas) -> None:
        """Take the schemas."""
        self._schemas = schemas
        self._found: dict[tuple[str, Path], frozenset[str]] = {}

    def at(self, location: str, path: Path = ()) -> frozenset[str]:
        """Give the types that the schema at a location admits for the value at a path inside its instance."""
        if (location, path) not in self._found:
            self._found[location, path] = self._types(self._schemas.node(location), path, frozenset())
        return self._found[location, path]

    def _types(self, node: Node, path: Path, above: frozenset[str]) -> frozenset[str]:
        if node.value is False or node.location in above:  # what a schema says by way of itself adds no type
            return frozenset()
        inside = above | {node.location}
        found = self._own(node, path)
        for other in self._all_of(node):
            found &= self._types(other, path, inside)
        for keyword in ("anyOf", "oneOf"):
            if branches := list(self._listed(node, keyword)):
                found &= frozenset().union(*(self._types(branch, path, inside) for branch in branches))
        return found

    def _own(self, node: Node, path: Path) -> frozenset[str]:
        declared = _declared(node.keywords)
        if not path:
            return declared
        if ("array" if isinstance(path[0], int) else "object") not in declared:
            return frozenset()
        found = ALL
        for child in self._children(node, path[0]):
            found &= self._types(child, path[1:], frozenset())
        return found

    def _all_of(self, node: Node) -> Iterator[Node]:
        yield from self._schemas.targets(node)
        yield from self._listed(node, "allOf")

    def _listed(self, node: Node, keyword: str) -> Iterator[Node]:
        listed = node.keywords.get(keyword)
        for index in range(len(listed) if isinstance(listed, list) else 0):
            yield self._schemas.child(node, keyword, index)

    def _children(self, node: Node, step: str | int) -> Iterator[Node]:
        """Give the subschemas for one item or member; what a name's pattern selects is left to the validator."""
        keywords = node.keywords
        if isinstance(step, int):
            prefix = "prefixItems" if "prefixItems" in keywords else "items"
            listed = keywords.get(prefix)
            if isinstance(listed, list) and step < len(listed):
                yield self._schemas.child(node, prefix, step)
            elif isinstance(keywords.get("items"), dict | bool):
                yield self._schemas.child(node, "items")
        elif step in keywords.get("properties", {}):
            yield self._schemas.child(node, "properties", step)
        elif isinstance(keywords.get("additionalProperties"), dict) and "patternProperties" not in keywords:
            yield self._schemas.child(node, "additionalProperties")
