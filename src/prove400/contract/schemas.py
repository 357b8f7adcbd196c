"""The schemas of a contract: where each begins, what every `$ref` in them leads to, and which dialect they speak.

Each schema that an operation or component holds is a resource of its own, with a made-up base URI, so that
`$id`, `$anchor` and `$dynamicRef` mean in it what they mean in JSON Schema (2020-12 core, sections 8.2 and 9). A
reference such as ``#/components/schemas/X`` is read from the document's root; where nothing stands there, from the
schema's own root, as people paste schemas into contracts with their local references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin

from prove400 import pointer
from prove400.contract.dialects import effective
from prove400.contract.references import Document, leading_nowhere
from prove400.errors import PointerError, UnresolvableReferenceError

COMPONENTS = "/components/schemas"
_BASE = "https://contract.prove400.invalid/"
_DATA = frozenset({"enum", "const", "default", "example", "examples"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_AT_HAND = 4096
"""Subschemas kept with what leads to them: many values go through the branches and references of one schema."""
_NOT_A_TARGET = object()


@dataclass(frozen=True, slots=True)
class Node:
    """A subschema, where it stands, and the resources entered on the way to it."""

    value: Any  # a dict or a bool
    location: str  # JSON Pointer into the contract, or URI#pointer of a metaschema
    base: str = field(compare=False)  # URI that references are resolved against
    scope: tuple[str, ...] = field(default=(), compare=False)  # dynamic scope, outermost first (core, section 7.1)

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords; none for a boolean schema."""
        return self.value if isinstance(self.value, dict) else {}


@dataclass(slots=True)
class _Resource:
    uri: str
    location: str
    anchors: dict[str, str] = field(default_factory=dict)
    dynamic: dict[str, str] = field(default_factory=dict)


class Schemas:
    """Finds the schemas of a document and follows the references between them."""

    def __init__(self, document: Document, unsent: str = "readOnly") -> None:
        """Take the document, and the annotation of what is not sent this way; schemas are read when they are asked for.

        In requests nothing is sent that is ``readOnly``, in responses nothing that is ``writeOnly``.
        """
        self._document = document
        self._unsent = unsent
        self._marks: dict[str, dict[str, Node]] = {}
        self._roots: dict[str, str] = {}  # location → URI
        self._contents: dict[str, Any] = {}  # URI → effective schema
        self._resources: dict[str, _Resource] = {}
        self._bases: dict[str, str] = {}  # location of an embedded resource → its URI
        self._uses: dict[str, set[str]] = {}  # URI → URIs referred to
        self._found: dict[tuple[str, str, str, tuple[str, ...]], tuple[Node, ...]] = {}
        self._at_hand = 0
        names = document.content.get("components", {}).get("schemas", {}) or {}
        self.components = tuple(pointer.join(COMPONENTS, name) for name in names)
        for location in self.components:
            self._root(location)

    def node(self, location: str) -> Node:
        """Give the schema at a location, which becomes a root unless it stands inside one.

        Raises `UnresolvableReferenceError` where nothing does.
        """
        root = self._root_of(location)
        node = self._start(root)
        return self._descend(node, location[len(root) :])

    def child(self, node: Node, *tokens: str | int) -> Node:
        """Give a subschema of a node by the tokens that lead to it."""
        value = node.value
        for token in tokens:
            value = value[token]
        location = pointer.join(node.location, *tokens)
        base = self._bases.get(location, node.base)
        return Node(value, location, base, node.scope if base == node.base else (*node.scope, base))

    def branches(self, node: Node, keyword: str) -> tuple[Node, ...]:
        """Give the subschemas that a keyword of a node lists, such as `oneOf`; those asked lately are at hand."""
        listed = node.keywords.get(keyword, ())
        return self._lately(keyword, node, lambda: (self.child(node, keyword, index) for index in range(len(listed))))

    def targets(self, node: Node) -> tuple[Node, ...]:
        """Give the schemas that the node's `$ref`, `$dynamicRef` or `$recursiveRef` lead to."""
        if node.keywords.keys().isdisjoint(_REFERENCES):
            return ()
        return self._lately("$ref", node, lambda: self._referred(node))

    def _lately(self, what: str, node: Node, find: Callable[[], Iterable[Node]]) -> tuple[Node, ...]:
        key = (what, node.location, node.base, node.scope)
        if key not in self._found:
            found = self._found[key] = tuple(find())
            self._at_hand += len(found)
            if self._at_hand > _AT_HAND:
                self._found, self._at_hand = {key: found}, len(found)
        return self._found[key]

    def _referred(self, node: Node) -> Iterator[Node]:
        keywords = node.keywords
        if isinstance(reference := keywords.get("$ref"), str):
            yield self._target(node, reference)
        if isinstance(reference := keywords.get("$dynamicRef"), str):
            yield self._dynamic(node, self._target(node, reference), urldefrag(reference).fragment)
        if isinstance(keywords.get("$recursiveRef"), str):
            yield self._recursive(node)

    def unsent(self, node: Node) -> dict[str, Node]:
        """Give the properties that are not to be sent, with the schemas that say so.

        A property that its object requires is to be sent: OpenAPI 3.1 has `required` in force for requests too.
        """
        if node.location not in self._marks:
            listed = node.keywords.get("required")
            required = listed if isinstance(listed, list) else ()
            names = [name for name in node.keywords.get("properties", ()) if name not in required]
            found = ((name, self._mark(self.child(node, "properties", name))) for name in names)
            self._marks[node.location] = {name: mark for name, mark in found if mark is not None}
        return self._marks[node.location]

    def _mark(self, node: Node) -> Node | None:
        """Give the schema that marks a property: itself, or what it refers to."""
        holders = (node,) if node.keywords.get(self._unsent) is True else self.targets(node)
        return next((holder for holder in holders if holder.keywords.get(self._unsent) is True), None)

    def resources(self, location: str) -> dict[str, Any]:
        """Give the effective schemas that a root needs, itself included, by URI."""
        needed: dict[str, Any] = {}
        waiting = [self._root(self._root_of(location))]
        while waiting:
            uri = waiting.pop()
            if uri not in needed:
                needed[uri] = self._contents[uri]
                waiting.extend(sorted(self._uses[uri]))
        return needed

    def referred(self, node: Node) -> set[str]:
        """Give the URIs of the roots that a subschema refers to, and those that these need in turn."""
        root, _ = self.address(node.location)
        waiting = {uri or root for uri in _references(node.value)} & self._contents.keys()
        found: set[str] = set()
        while waiting:
            found.add(uri := waiting.pop())
            waiting |= self._uses[uri] - found
        return found

    def address(self, location: str) -> tuple[str, str]:
        """Give the URI of the root around a location, and the pointer from there."""
        root = self._root_of(location)
        return self._root(root), location[len(root) :]

    def nearest(self, location: str) -> str:
        """Give the URI reference of a schema from the closest resource around it, embedded ones included."""
        root = self._root_of(location)
        self._root(root)
        around = max((place for place in self._bases if _is_inside(location, place)), key=len, default=root)
        return f"{self._bases[around]}#{quote(location[len(around) :], safe='/~')}"

    def location_of(self, uri: str) -> str:
        """Give the location that an absolute keyword location names; `uri` may have a fragment."""
        resource, fragment = urldefrag(uri)
        found = self._resources.get(resource)
        return (found.location if found else f"{resource}#") + unquote(fragment)

    def _root_of(self, location: str) -> str:
        """Give the closest root around a location, else the location itself."""
        place = location
        while place:
            if place in self._roots:
                return place
            place = place.rpartition("/")[0] if "/" in place.rpartition("#")[2] else ""
        foreign = f"{location.partition('#')[0]}#"
        return foreign if foreign in self._roots else location

    def _start(self, root: str) -> Node:
        uri = self._root(root)
        base = self._bases.get(root, uri)
        return Node(self._contents[uri], root, base, (base,))

    def _root(self, location: str) -> str:
        if location not in self._roots:
            try:
                content = self._document.at(location)
            except PointerError as error:
                raise UnresolvableReferenceError("no schema stands there", where=location) from error
            self._add(
                location,
                f"{_BASE}{len(self._roots)}/root.json",
                effective(content, self._document.content, self._unsent),
            )
        return self._roots[location]

    def _add(self, location: str, uri: str, content: Any) -> None:
        self._roots[location] = uri
        self._uses[uri] = set()
        self._resources[uri] = _Resource(uri, location)
        self._index(content, location, uri)
        self._contents[uri] = content  # before references are read: they may lead back here
        self._contents[uri] = self._absolute(content, location, uri, uri)
        self._bases.setdefault(location, uri)

    def _index(self, value: Any, location: str, base: str, *, in_map: bool = False) -> None:
        """Note every embedded resource and anchor (core, sections 8.2.1 and 8.2.2)."""
        if isinstance(value, dict) and not in_map:
            base = self._embedded(value, location, base)
            for kind in ("$anchor", "$dynamicAnchor"):
                if isinstance(name := value.get(kind), str):
                    resource = self._resources[base]
                    resource.anchors[name] = location
                    if kind == "$dynamicAnchor":
                        resource.dynamic[name] = location
            if value.get("$recursiveAnchor") is True:
                self._resources[base].dynamic[""] = location
        for token, item, is_map in _subvalues(value, in_map=in_map):
            self._index(item, pointer.join(location, token), base, in_map=is_map)

    def _embedded(self, value: dict[str, Any], location: str, base: str) -> str:
        identifier = value.get("$id", value.get("id"))
        if not isinstance(identifier, str) or ("$ref" in value and "$defs" not in value and "$id" not in value):
            return base
        if identifier.startswith("#"):  # drafts 6 and 7: a plain name in `$id` is an anchor
            self._resources[base].anchors[identifier[1:]] = location
            return base
        uri = urldefrag(_join(base, identifier)).url
        self._resources.setdefault(uri, _Resource(uri, location))
        self._bases[location] = uri
        return uri

    def _absolute(self, value: Any, location: str, base: str, root: str, *, in_map: bool = False) -> Any:
        """Give the schema with references to other roots made absolute; what stands elsewhere stays as it is."""
        if not isinstance(value, dict | list):
            return value
        base = self._bases.get(location, base)
        changed: Any = value.copy()
        for token, item, is_map in _subvalues(value, in_map=in_map):
            if isinstance(item, dict | list):
                changed[token] = self._absolute(item, pointer.join(location, token), base, root, in_map=is_map)
        if in_map or isinstance(value, list):
            return changed
        if isinstance(reference := value.get("$ref"), str) and base == root:
            changed["$ref"] = self._addressed(reference, location, root)
        return changed

    def _addressed(self, reference: str, location: str, root: str) -> str:
        """Give a reference as it is read from outside the document: a pointer into the document gets its root's URI."""
        if not reference.startswith("#/"):
            return reference
        target = unquote(reference[1:])
        try:
            if pointer.get(self._document.content, target, _NOT_A_TARGET) is _NOT_A_TARGET:
                return reference
        except PointerError as error:
            raise leading_nowhere(reference, location, error) from error
        place = self._root_of(target)
        if place == target and not isinstance(self._document.at(target), dict | bool):
            raise UnresolvableReferenceError(f"{reference!r} leads to no schema", where=location)
        uri = self._root(place)
        self._uses[root].add(uri)
        return f"{uri}#{quote(target[len(place) :], safe='/~')}"

    def _target(self, node: Node, reference: str) -> Node:
        uri, fragment = urldefrag(_join(node.base, reference))
        resource = self._resources.get(uri) or self._metaschema(uri)
        if resource is None:
            hint = "references out of the document are followed only from the contract's own folder"
            raise UnresolvableReferenceError(f"{reference!r} leads nowhere", where=node.location, hint=hint)
        start = self._at(resource, node.scope)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            place = resource.anchors.get(fragment)
            if place is None:
                raise UnresolvableReferenceError(f"{reference!r} names no anchor", where=node.location)
            return self._descend(start, place[len(resource.location) :])
        try:
            return self._descend(start, fragment)
        except PointerError as error:
            raise leading_nowhere(reference, node.location, error) from error

    def _at(self, resource: _Resource, scope: tuple[str, ...]) -> Node:
        root = self._root_of(resource.location)
        node = self._descend(
            Node(self._contents[self._roots[root]], root, resource.uri), resource.location[len(root) :]
        )
        return Node(node.value, node.location, resource.uri, (*scope, resource.uri))

    def _descend(self, node: Node, steps: str) -> Node:
        for token in pointer.tokens(steps):
            if isinstance(node.value, list) and token.isdecimal() and int(token) < len(node.value):
                node = self.child(node, int(token))
            elif isinstance(node.value, dict) and token in node.value:
                node = self.child(node, token)
            else:
                raise UnresolvableReferenceError("nothing stands there", where=pointer.join(node.location, token))
        return node

    def _dynamic(self, node: Node, static: Node, name: str) -> Node:
        """Follow `$dynamicRef`: the outermost resource in scope with the anchor counts (core, section 8.2.3.2)."""
        if name not in self._resources[static.base].dynamic:
            return static
        for uri in node.scope:
            resource = self._resources.get(uri)
            if resource and name in resource.dynamic:
                return self._descend(self._at(resource, node.scope), resource.dynamic[name][len(resource.location) :])
        return static

    def _recursive(self, node: Node) -> Node:
        here = self._at(self._resources[node.base], node.scope)
        if "" not in self._resources[node.base].dynamic:
            return here
        outermost = next(
            (u for u in node.scope if u in self._resources and "" in self._resources[u].dynamic), node.base
        )
        return self._at(self._resources[outermost], node.scope)

    def _metaschema(self, uri: str) -> _Resource | None:
        import jsonschema_specifications  # noqa: PLC0415 — slow to import, and seldom needed
        from referencing.exceptions import NoSuchResource  # noqa: PLC0415

        try:
            content = jsonschema_specifications.REGISTRY[uri].contents
        except NoSuchResource:
            return None
        self._add(f"{uri}#", uri, content)
        return self._resources[uri]


def _references(value: Any) -> Iterator[str]:
    """Give what a schema refers to, without fragments."""
    if isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
        yield urldefrag(reference).url
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _references(item)


def _is_inside(location: str, root: str) -> bool:
    return location == root or location.startswith(f"{root}/") or (root.endswith("#") and location.startswith(root))


def _join(base: str, reference: str) -> str:
    if reference.startswith("#"):
        return urldefrag(base).url + reference
    return urljoin(base, reference)


def _subvalues(value: Any, *, in_map: bool) -> Iterator[tuple[str | int, Any, bool]]:
    """Give what may hold schemas, and whether its own names are free: not what is plain data."""
    if isinstance(value, dict):
        for name, item in value.items():
            if in_map or name not in _DATA:
                yield name, item, not in_map and name in _MAPS
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield index, item, False
