"""The Discriminator Object: which schema the value of a property names (OpenAPI 3.1.1 section 4.8.25, 3.0.4 the same).

Beside `oneOf` or `anyOf` it tells their branches apart. In a schema that components refer to in their `allOf`, it names
those; validation with such a parent does not ask its children, so that all it says is advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin
from weakref import WeakKeyDictionary

import jsonschema_rs

from prove400 import pointer
from prove400.contract.schemas import COMPONENTS, Node, Schemas
from prove400.errors import PointerError, UnresolvableReferenceError

_NOWHERE = ""
_HERE = "discriminator"
_OF_NAMES = ("type", "const", "enum", "pattern", "minLength", "maxLength")


@dataclass(slots=True)
class _Known:
    """What has been worked out of the schemas of one contract."""

    found: dict[str, Discriminator | None] = field(default_factory=dict)
    mentioned: dict[str, bool] = field(default_factory=dict)
    leading: dict[str, bool] = field(default_factory=dict)
    referring: dict[str, list[str]] | None = None


_KNOWN: WeakKeyDictionary[Schemas, _Known] = WeakKeyDictionary()


def _known(schemas: Schemas) -> _Known:
    return _KNOWN.get(schemas) or _KNOWN.setdefault(schemas, _Known())


@dataclass(frozen=True, slots=True)
class Discriminator:
    """A property, and the schemas that its values name."""

    property_name: str
    names: dict[str, str]  # name → location of the schema; an empty one where it leads out of the document
    is_listed: bool  # it stands beside `oneOf` or `anyOf`
    is_implied: bool  # every branch tells its names by `const` or `enum`, too

    def names_of(self, location: str) -> list[str]:
        """Give the names of the schema at a location, those that the contract spells out first."""
        return _names_of(self.names, location)


def discriminator_of(schemas: Schemas, node: Node) -> Discriminator | None:
    """Give the discriminator of a schema; None where it has none that tells anything.

    That is so where a branch is inline and so has no name, or admits none of its names: nobody can tell what is meant.
    """
    if "discriminator" not in node.keywords:
        return None
    known = _known(schemas).found
    if node.location not in known:
        known[node.location] = _discriminator(schemas, node)
    return known[node.location]


def discriminates(schemas: Schemas, node: Node) -> bool:
    """Tell whether a discriminator may stand in a schema or in a resource that it refers to."""
    known = _known(schemas).mentioned
    if node.location not in known:
        root, _ = schemas.address(node.location)
        known[node.location] = _leads_to_one(schemas, root) and _mentions_one(schemas, node)
    return known[node.location]


def _mentions_one(schemas: Schemas, node: Node) -> bool:
    mentioned = set(_mentions(node.value))
    uris = {node.base if text.startswith("#") else urljoin(node.base, text) for text in mentioned - {_HERE}}
    return _HERE in mentioned or any(_leads_to_one(schemas, urldefrag(uri).url) for uri in sorted(uris))


def _leads_to_one(schemas: Schemas, uri: str) -> bool:
    """Tell whether a discriminator stands in a resource or in what it refers to; of one that is not known, it may."""
    known = _known(schemas).leading
    if uri not in known:
        known[uri] = True
        with suppress(UnresolvableReferenceError):
            resources = schemas.resources(schemas.location_of(uri)).values()
            known[uri] = any(_HERE in _mentions(content) for content in resources)
    return known[uri]


def _mentions(value: Any) -> Iterator[str]:
    """Give the references in a schema, and `_HERE` for a discriminator."""
    if isinstance(value, dict):
        if isinstance(value.get("discriminator"), dict):
            yield _HERE
        found = (value.get(keyword) for keyword in ("$ref", "$dynamicRef", "$recursiveRef"))
        yield from (reference for reference in found if isinstance(reference, str))
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mentions(item)


def _discriminator(schemas: Schemas, node: Node) -> Discriminator | None:
    written = node.keywords["discriminator"]
    if not isinstance(written, dict) or not isinstance(name := written.get("propertyName"), str):
        return None
    mapping = written.get("mapping")
    names = {n: _location(schemas, to) for n, to in mapping.items()} if isinstance(mapping, dict) else {}
    branches = [branch_location(schemas, branch) for branch in listed(schemas, node, "oneOf", "anyOf")]
    named = branches or list(derived(schemas, node.location))
    for location in (*named, *([] if branches else [node.location])):
        if location in schemas.components:
            names.setdefault(pointer.tokens(location)[-1], location)
    if not named or _NOWHERE in named:
        return None
    asked = [list(_declared(schemas, schemas.node(location), name, set())) for location in named]
    if not all(_admits_one(own, _names_of(names, location)) for own, location in zip(asked, named, strict=True)):
        return None
    is_implied = bool(branches) and all(any({"const", "enum"} & keywords.keys() for keywords in own) for own in asked)
    return Discriminator(name, names, is_listed=bool(branches), is_implied=is_implied)


def _location(schemas: Schemas, target: Any) -> str:
    """Give where a value of `mapping` leads: to a component by its name, else by a reference into the document."""
    component = pointer.join(COMPONENTS, str(target))
    if component in schemas.components:
        return component
    with suppress(UnresolvableReferenceError, PointerError):
        return schemas.node(unquote(target[1:])).location if str(target).startswith("#/") else _NOWHERE
    return _NOWHERE


def listed(schemas: Schemas, node: Node, *keywords: str) -> Iterator[Node]:
    """Give the subschemas that keywords list."""
    for keyword in keywords:
        found = node.keywords.get(keyword)
        yield from (schemas.child(node, keyword, i) for i in range(len(found) if isinstance(found, list) else 0))


def branch_location(schemas: Schemas, branch: Node) -> str:
    """Give the location of the schema that a branch refers to; an empty one for an inline schema."""
    return next((target.location for target in schemas.targets(branch)), _NOWHERE)


def derived(schemas: Schemas, location: str) -> tuple[str, ...]:
    """Give the components that refer to a schema in their `allOf`, and those that refer to these in turn."""
    known = _known(schemas)
    if known.referring is None:
        known.referring = _referring(schemas)
    found: dict[str, None] = {}
    waiting = [location]
    while waiting:
        news = [place for place in known.referring.get(waiting.pop(0), ()) if place not in found]
        found.update(dict.fromkeys(news))
        waiting.extend(news)
    return tuple(found)


def _referring(schemas: Schemas) -> dict[str, list[str]]:
    """Give, for each schema, the components that refer to it in their `allOf`."""
    found: dict[str, list[str]] = {}
    for component in schemas.components:
        with suppress(UnresolvableReferenceError):  # of a component that may be of no concern here
            for part in listed(schemas, schemas.node(component), "allOf"):
                for target in schemas.targets(part):
                    found.setdefault(target.location, []).append(component)
    return found


def _declared(schemas: Schemas, node: Node, name: str, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Give what is asked of a member, keyword by keyword, through `allOf` and `$ref`."""
    if node.location in seen:
        return
    seen.add(node.location)
    if name in node.keywords.get("properties", {}):
        child = schemas.child(node, "properties", name)
        for holder in (child, *schemas.targets(child)):
            yield {keyword: holder.keywords[keyword] for keyword in _OF_NAMES if keyword in holder.keywords}
    for other in (*schemas.targets(node), *listed(schemas, node, "allOf")):
        yield from _declared(schemas, other, name, seen)


def _names_of(names: dict[str, str], location: str) -> list[str]:
    return [name for name, target in names.items() if target == location]


def _admits_one(asked: list[dict[str, Any]], names: list[str]) -> bool:
    try:
        validator = jsonschema_rs.Draft202012Validator({"allOf": [True, *asked]})
    except ValueError:
        return False
    return any(map(validator.is_valid, names))
