"""Value → faults, by a compiled validator of one schema of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from prove400 import pointer
from prove400.applicators import APPLICATORS, Step, walk
from prove400.contract.dialects import is_3_0
from prove400.contract.discriminators import discriminates
from prove400.contract.references import Document
from prove400.contract.schemas import Node, Schemas
from prove400.errors import ContractError, StrictJSONError
from prove400.validation.compiled import compiled, compiled_with, registry_of
from prove400.validation.defects import defect
from prove400.validation.fault import Fault
from prove400.validation.inside import Lone, followed, is_movable, lone_combinator
from prove400.validation.strict_json import parse

_Kind = jsonschema_rs.ValidationErrorKind
_OF_EXTRA = (_Kind.AdditionalProperties, _Kind.UnevaluatedProperties)
_ABLATIONS = 16
"""Validators without one keyword that are kept: a constraint's cases are made one after the other."""
_INSIDE = 64
"""Places inside bodies whose own validators are kept: so are their cases."""
_ROOTS = 16
"""Roots of which all that they refer to is kept ready: several schemas in each are compiled."""
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
        return tuple([fault for error in self._validator.iter_errors(value) for fault in self._faults(error, at)])

    def _faults(self, error: jsonschema_rs.ValidationError, at: str) -> list[Fault]:
        instance = at + pointer.from_tokens(error.instance_path)
        keyword = self._locate(error.absolute_keyword_location or "")
        kind = error.kind
        if isinstance(kind, _Kind.Required):
            return [Fault(instance, _of_names(keyword), kind.property, names_member=True)]
        if isinstance(kind, _OF_EXTRA):
            return [Fault(instance, keyword, name, names_member=True) for name in kind.unexpected]
        return [Fault(instance, keyword)]


@dataclass(frozen=True, slots=True)
class Inside:
    """What judges a value inside a body by itself: of a change further in, it is asked of the value around."""

    at: str
    further: str  # from there to the change
    depth: int  # of the change in the body
    validator: SchemaValidator
    node: Node  # the schema that judges the value
    names_schemas: bool  # whether a discriminator may apply in the value

    def placed(self, text: bytes) -> tuple[Fault, ...] | None:
        """Give the faults of the value of a short text at the place; None where it is not JSON."""
        found = self.validator.of_text(text)
        return found and tuple(
            [
                Fault(self.at + f.instance_location, f.keyword_location, f.member, names_member=f.names_member)
                for f in found
            ]
        )


@dataclass(frozen=True, slots=True)
class Without:
    """Judges values by a combinator with one of its branches less a keyword."""

    validators: SchemaValidators
    node: Node
    keyword: str  # anyOf or oneOf
    index: int  # of the branch
    branch: SchemaValidator | Without

    def is_valid(self, value: Any) -> bool:
        """Tell whether the schema admits the value."""
        taken = {*self.validators.taken(self.node, self.keyword, value)} - {self.index}
        count = len(taken) + self.branch.is_valid(value)
        return count == 1 if self.keyword == "oneOf" else count > 0


_HINT = "check its keywords against JSON Schema, and every `$ref`; an overlay mends it: --overlay FILE"


def _of_names(keyword: str) -> str:
    """Give the location of `dependentRequired` or `dependencies` itself: the validator adds an index of its own."""
    head, _, tail = keyword.rpartition("/")
    return head if tail.isdecimal() and head.endswith(("/dependentRequired", "/dependencies")) else keyword


class SchemaValidators:
    """The validators of one contract document, compiled on first use."""

    def __init__(self, document: Document, schemas: Schemas | None = None) -> None:
        """Take the document and its schemas."""
        self._document = document
        self.schemas = schemas or Schemas(document)
        self._compiled: dict[str, SchemaValidator] = {}
        self._sound: set[str] = set()  # subschemas that were checked: operations share many
        self.leading: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, tuple[Step, ...] | None], ...]] = {}
        """Schema → its keywords by which a discriminator is reached, each with the steps that lead there if they are
        the same for all values."""
        self._choosing: dict[str, jsonschema_rs.Validator] = {}  # combinator → what tells its branches apart
        self._reaching: dict[str, dict[str, list[int]]] = {}  # combinator → resource → branches that refer to it
        self._locate = lru_cache(_LOCATED)(self.schemas.location_of)
        self.without = lru_cache(_ABLATIONS)(self._without)
        self.inside = lru_cache(_INSIDE)(self._inside)
        self._alone = lru_cache(_INSIDE)(self._compile_alone)
        self._refer_plainly = lru_cache(maxsize=None)(self._every_reference_is_plain)
        self._registry = lru_cache(_ROOTS)(self._registry_of)
        self._lone = Lone(self.schemas)

    def of_responses(self) -> SchemaValidators:
        """Give the validators of what is answered: OpenAPI 3.0 requires some names of one way only."""
        if not is_3_0(self._document.content):
            return self
        return SchemaValidators(self._document, Schemas(self._document, unsent="writeOnly"))

    def at(self, location: str) -> SchemaValidator:
        """Give the validator of the schema at a location; raises `ContractError` where it is no usable schema."""
        if location not in self._compiled:
            try:
                validator = self._compile(location)
            except ContractError as error:
                error.what, error.where = defect(self.schemas, location) or (error.what, error.where)
                raise
            lone = lone_combinator(self.schemas, self.schemas.node(location))
            self._compiled[location] = SchemaValidator(validator, self._locate, lone)
        return self._compiled[location]

    def taken(self, node: Node, keyword: str, value: Any) -> list[int]:
        """Give which of the branches that a keyword of a schema lists admit a value."""
        location = pointer.join(node.location, keyword)
        if location not in self._choosing:
            branches = [branch.location for branch in self.schemas.branches(node, keyword)]
            chosen = {"allOf": [{"not": {"$ref": self.schemas.nearest(branch)}} for branch in branches]}
            self._choosing[location] = self._started(node.location, chosen)
        return [int(error.schema_path[1]) for error in self._choosing[location].iter_errors(value)]

    def steps_taken(self, schemas: Schemas, node: Node, value: Any) -> Iterator[tuple[str, Step]]:
        """Give the steps that a schema leads to, of `anyOf` and `oneOf` to the branches that admit the value."""
        for keyword in node.keywords:
            if keyword in ("anyOf", "oneOf"):
                branches = schemas.branches(node, keyword)
                yield from ((keyword, Step(branches[i], is_branch=True)) for i in self.taken(node, keyword, value))
            elif keyword in APPLICATORS:
                yield from ((keyword, step) for step in APPLICATORS[keyword](schemas, node, value))

    def _without(self, location: str, keyword_location: str) -> SchemaValidator | Without | None:
        """Give the validator of a schema less one keyword, or None where nothing usable is left.

        This is what tells whether a value breaks just that keyword: it is valid without, and invalid with it.
        """
        return self._branch_without(location, keyword_location) or self._whole_without(location, keyword_location)

    def _branch_without(self, location: str, keyword_location: str) -> Without | None:
        """Give the same of a combinator that alone asserts anything, if the keyword is in just one of its branches."""
        lone = lone_combinator(self.schemas, self.schemas.node(location))
        if not lone:
            return None
        above, _, keyword = lone.rpartition("/")
        node = self.schemas.node(above)
        index = self._lone_branch(node, keyword, keyword_location)
        if index is None:
            return None
        branch = self.without(self.schemas.branches(node, keyword)[index].location, keyword_location)
        return Without(self, node, keyword, index, branch) if branch is not None else None

    def _lone_branch(self, node: Node, keyword: str, keyword_location: str) -> int | None:
        """Give the one branch in which a keyword stands; None where it may count in others, too."""
        location = pointer.join(node.location, keyword)
        if location not in self._reaching:
            self._reaching[location] = {}
            for index, branch in enumerate(self.schemas.branches(node, keyword)):
                for uri in self.schemas.referred(branch):
                    self._reaching[location].setdefault(uri, []).append(index)
        reaching = self._reaching[location]
        own, uri = self.schemas.address(node.location)[0], self.schemas.address(keyword_location)[0]
        if own in reaching or not self._refer_plainly(own):
            return None
        if uri != own:
            found = reaching.get(uri, [])
            return found[0] if len(found) == 1 else None
        token = keyword_location[len(location) + 1 :].partition("/")[0]
        return int(token) if keyword_location.startswith(f"{location}/") and token.isdecimal() else None

    def _whole_without(self, location: str, keyword_location: str) -> SchemaValidator | None:
        node = self.schemas.node(location)
        if keyword_location.startswith(f"{location}/") and is_movable(node.value, with_references=False):
            less = _removed(node.value, pointer.tokens(keyword_location[len(location) :]))
            return self._usable(lambda: compiled(less, _ALONE, jsonschema_rs.Registry([])))
        resources = dict(self.schemas.resources(location))
        uri, steps = self.schemas.address(keyword_location)
        if uri not in resources or not steps:
            return None
        resources[uri] = _removed(resources[uri], pointer.tokens(steps))
        return self._usable(lambda: self._compile(location, resources))

    def _usable(self, compiling: Callable[[], jsonschema_rs.Validator]) -> SchemaValidator | None:
        """Give what compiling gives; None where what it compiles is no usable schema."""
        try:
            return SchemaValidator(compiling(), self._locate)
        except (ContractError, ValueError):
            return None

    def _inside(self, location: str, at: str) -> Inside | None:
        """Give what judges a change of one value in a valid value of the schema at a location; None where all of it."""
        found = self._lone.schema(self.schemas.node(location), at)
        validator = found and self._by_itself(found[1])
        if not found or not validator:
            return None
        depth, node = found
        names = pointer.tokens(at)
        at, further = (pointer.from_tokens(part) for part in (names[:depth], names[depth:]))
        return Inside(at, further, len(names), validator, node, discriminates(self.schemas, node))

    def _by_itself(self, node: Node) -> SchemaValidator | None:
        """Give the validator of a schema apart from all around it; None where it means something else there."""
        bare = followed(self.schemas, node)
        if bare is not None and is_movable(bare.value, with_references=False):
            return self._alone(bare.location)
        return self.at(node.location) if self._refer_plainly(self.schemas.address(node.location)[0]) else None

    def _every_reference_is_plain(self, uri: str) -> bool:
        """Tell whether what a root refers to is the same wherever in it the reference stands."""
        every = self.schemas.resources(self.schemas.location_of(uri)).values()
        return all(is_movable(content, with_references=True) for content in every)

    def _compile_alone(self, location: str) -> SchemaValidator:
        node = self.schemas.node(location)
        validator = compiled(node.value, _ALONE, jsonschema_rs.Registry([]))
        lone = lone_combinator(self.schemas, node)
        return SchemaValidator(
            validator, lambda uri: location + unquote(uri.removeprefix(_ALONE).removeprefix("#")), lone
        )

    def _compile(self, location: str, resources: dict[str, Any] | None = None) -> jsonschema_rs.Validator:
        _, steps = self.schemas.address(location)
        return self._started(location, {"$ref": self.schemas.nearest(location)} if steps else None, resources)

    def _started(self, location: str, start: Any, changed: dict[str, Any] | None = None) -> jsonschema_rs.Validator:
        """Compile a schema that refers to what stands at a location, or the root there, where there is none.

        `changed` are the resources that it refers to, where they are others than the contract's.
        """
        uri, _ = self.schemas.address(location)
        resources = changed or self.schemas.resources(location)
        schema, base = resources[uri], uri
        if start is not None:
            dialect = {"$schema": schema["$schema"]} if isinstance(schema, dict) and "$schema" in schema else {}
            schema, base = {**dialect, **start}, f"{uri}.start"
        try:
            registry = partial(registry_of, resources) if changed else partial(self._registry, uri)
            return compiled_with(schema, base, resources, registry)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            what = str(error).partition("\n")[0]
            raise ContractError(f"not a usable schema: {what}", where=location, hint=_HINT) from error

    def _registry_of(self, uri: str) -> jsonschema_rs.Registry:
        return registry_of(self.schemas.resources(self.schemas.location_of(uri)))

    def check(self, location: str) -> None:
        """Raise `ContractError` where the schema at a location, or one that it leads to, cannot be used."""
        self.at(location)
        entered: set[str] = set()

        def enter(step: Step, _: object) -> bool:
            is_new = step.node.location not in self._sound and step.node.location not in entered
            entered.add(step.node.location)
            return is_new

        for _ in walk(self.schemas, self.schemas.node(location), enter=enter):
            pass
        self._sound |= entered

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
