"""Where a contract takes the features of a model: the object with them in a body, or the parameters of one part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from prove400 import applicators, media_types, pointer
from prove400.applicators import walk
from prove400.audit.facts import Facts, Feature, Kind
from prove400.construction import Budget, Builder, Contradictions, generated
from prove400.contract import Contract
from prove400.contract.schemas import Node
from prove400.errors import ContractError, WitnessError
from prove400.model import Media, Operation, Part
from prove400.pointer import ABSENT
from prove400.validation import RequestJudge, Routes, SchemaValidators
from prove400.witness import Witness, find

Declared = Mapping[str, tuple[Node, ...]]
"""Name of a property → the schemas that apply to it, the outermost first."""
DEEPEST = 3
"""Reference tokens from the root of a body to the object with the features, such as two in ``/instances/*``."""
MOST_BUILT = 40
"""Values that are built from the schema of one property, and texts of one pattern."""
_SHAPES: dict[str, Callable[[Any], Any]] = {
    "": lambda row: row,
    "/*": lambda row: [row],
    "/instances/*": lambda row: {"instances": [row]},
}
"""Instance location of a row → the body around it."""


@dataclass(frozen=True)
class Place:
    """Where one operation takes the features, with valid requests in which one of them can be changed."""

    judge: RequestJudge
    part: Part
    template: str  # instance location of the object with the features; ``*`` stands for any item
    location: str  # of its schema in the contract
    declared: Declared
    witnesses: tuple[tuple[Witness, str], ...]  # with the object's place in each
    builder: Builder = field(repr=False)
    is_beside: bool = False  # it has some of the features of a row that is elsewhere, and may be left out with them
    beside: Mapping[str, Place] = field(default_factory=dict)  # features that another object of the body has
    row: tuple[str, ...] = ()  # the objects with its features, where they are several
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # where others have the name of a feature

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.judge.operation

    @property
    def label(self) -> str:
        """Operation, part and place, as people read it."""
        return f"{self.operation.label} {self.part}{self.template}"

    @property
    def is_text(self) -> bool:
        """Whether values are written as text, so that a number and the text of it are the same."""
        media = self.witnesses[0][0].media
        return self.part is not Part.BODY or (media is not None and not media_types.is_json(media.media_type))

    def is_around(self, name: str) -> bool:
        """Tell whether features of the row are in the object that a property holds."""
        inner = f"{pointer.join(self.template, name)}/"
        return any(f"{template}/".startswith(inner) for template in self.row)

    def admits(self, name: str, value: Any = ABSENT) -> bool:
        """Tell whether a valid request stays one with a value for one property, or without the property."""
        valid = (changed for changed in self._changed(name, value) if not self.judge.faults(changed.request))
        return any(map(self._is_undisputed, valid))

    def refuses(self, name: str, value: Any) -> bool:
        """Tell whether no valid request stays one with a value for one property."""
        return all(self.judge.faults(changed.request) for changed in self._changed(name, value))

    def _changed(self, name: str, value: Any) -> Iterator[Witness]:
        """Give each valid request with one property changed, or without it where the value is `ABSENT`."""
        for witness, at in self.witnesses:
            if self.part is Part.BODY:
                row = {key: held for key, held in pointer.get(witness.body, at).items() if key != name}
                yield witness.with_value(self.part, at, row if value is ABSENT else {**row, name: value})
                if self.is_beside and at and value is ABSENT:
                    around, last = pointer.join("", *pointer.tokens(at)[:-1]), pointer.tokens(at)[-1]
                    rest = {key: held for key, held in pointer.get(witness.body, around).items() if key != last}
                    yield witness.with_value(self.part, around, rest)
            elif value is ABSENT:
                yield witness.without_parameter(self.part, name)
            else:
                yield witness.with_value(self.part, pointer.join("", name), value)

    def _is_undisputed(self, witness: Witness) -> bool:
        """Ask another validator: where the two differ, nothing is claimed."""
        media = witness.media
        if media is None or not media_types.is_json(media.media_type):
            return True
        return self.judge.validators.second_opinion(media.location, witness.body)

    def first(self, name: str, values: Iterator[Any] | list[Any]) -> Any:
        """Give the first of some values that a property may have, else `ABSENT`."""
        return next((value for value in values if self.admits(name, value)), ABSENT)

    def listed(self, name: str) -> list[Any]:
        """Give the values that the schemas of a property list by `enum` and `const`."""
        return [value for node in self.declared.get(name, ()) for value in members(node)]

    def built(self, name: str) -> Iterator[Any]:
        """Give values that are made from the schema of a property, and texts of each pattern in it."""
        nodes = self.declared.get(name, ())
        if nodes:
            yield from islice(self.builder.values([nodes[0]]), MOST_BUILT)
        for node in nodes:
            if isinstance(pattern := node.keywords.get("pattern"), str):
                yield from generated(pattern, (3,) * MOST_BUILT)

    def keyword(self, name: str, *keywords: str) -> str:
        """Give where one of some keywords stands in the schemas of a property, else the property's schema."""
        nodes = self.declared.get(name, ())
        held = (pointer.join(node.location, word) for word in keywords for node in nodes if word in node.keywords)
        return next(held, nodes[0].location if nodes else self.location)

    def schema(self, name: str, *, is_around: bool) -> Node | None:
        """Give the outermost schema of a property; None for that of the object around, and where there is none."""
        nodes = () if is_around else self.declared.get(name, ())
        return nodes[0] if nodes else None


def members(node: Node) -> list[Any]:
    """Give the values that one schema lists by `enum` and `const`."""
    listed = node.keywords.get("enum")
    const = [node.keywords["const"]] if "const" in node.keywords else []
    return [*(listed if isinstance(listed, list) else ()), *const]


def places(contract: Contract, facts: Facts) -> list[Place]:
    """Give every place that declares at least half of the features; else those where any object will do.

    Raises `ContractError` where there is none, or where its operation has no valid request to start from.
    """
    validators = SchemaValidators(contract.document)
    builder = Builder(validators.schemas, budget=Budget(), contradictions=Contradictions(validators.schemas))
    routes = Routes(contract.operations)
    judges = [RequestJudge(operation, validators, routes) for operation in contract.operations]
    found = [place for judge in judges for place in _declaring(judge, builder, facts)]
    found = found or [place for judge in judges for place in _open(judge, builder, facts)]
    if not found:
        names = ", ".join(feature.name for feature in facts.features)
        hint = f"a body or its rows must have most of them as properties: {names}"
        raise ContractError("no operation takes the model's features", where=contract.source, hint=hint)
    return found


def _declaring(judge: RequestJudge, builder: Builder, facts: Facts) -> Iterator[Place]:
    names = {feature.name for feature in facts.features}
    yield from _in_parameters(judge, builder, names)
    for media in judge.operation.body:
        objects = dict(_objects(judge, media))
        wanted = _rows(objects, names)
        witnesses = find(judge, builder, media) if wanted else ()
        told: set[str] = set()
        for template in wanted:
            based = _based(witnesses, template, names)
            if based and template not in told:
                place = Place(judge, Part.BODY, template, *objects[template], based, builder)
                place = _with_others(place, objects, names - objects[template][1].keys())
                told |= {other.template for other in place.beside.values()}
                yield place


def _rows(objects: Mapping[str, tuple[str, Declared]], names: set[str]) -> list[str]:
    """Give the objects with most of the features; where all together have most, the one with more than any other."""
    own = {template: len(names & declared.keys()) for template, (_, declared) in objects.items()}
    most = [template for template, count in own.items() if 2 * count >= len(names)]
    everywhere = {name for _, declared in objects.values() for name in declared}
    return most or ([max(own, key=lambda template: own[template])] if 2 * len(names & everywhere) >= len(names) else [])


def _with_others(place: Place, objects: Mapping[str, tuple[str, Declared]], lacking: set[str]) -> Place:
    """Give a place with the objects of the same body that have the features which it lacks.

    One inside it comes before one around it; of two that have a name, and of items of another array, none is it.
    """
    seen = {name: tuple(t for t, (_, declared) in objects.items() if name in declared) for name in sorted(lacking)}
    witnesses = tuple(witness for witness, _ in place.witnesses)
    beside: dict[str, Place] = {}
    for name, templates in seen.items():
        own = [template for template in templates if _is_of_row(template, place.template)]
        inside = [template for template in own if template.startswith(f"{place.template}/")]
        if len(one := inside or own) == 1 and (based := _based(witnesses, one[0], {name})):
            location, declared = objects[one[0]]
            beside[name] = replace(
                place, template=one[0], location=location, declared=declared, witnesses=based, is_beside=True
            )
    row = (place.template, *(other.template for other in beside.values()))
    beside = {name: replace(other, row=row) for name, other in beside.items()}
    return replace(place, beside=beside, row=row, seen=seen)


def _is_of_row(template: str, row: str) -> bool:
    """Tell whether an object is there once for a row: no array is between the two that the row is no item of."""
    tokens, others = pointer.tokens(template), pointer.tokens(row)
    common = next((i for i, pair in enumerate(zip(tokens, others, strict=False)) if pair[0] != pair[1]), len(others))
    return "*" not in tokens[common:]


def _is_most(declared: Declared, names: set[str]) -> bool:
    return 2 * len(names & declared.keys()) >= len(names)


def _in_parameters(judge: RequestJudge, builder: Builder, names: set[str]) -> Iterator[Place]:
    operation, schemas = judge.operation, judge.validators.schemas
    for part in dict.fromkeys(parameter.part for parameter in operation.parameters):
        own = [parameter for parameter in operation.parameters if parameter.part is part]
        declared = {p.name: tuple(_at(schemas.node(p.schema_location), judge)) for p in own}
        if _is_most(declared, names):
            media = operation.body[0] if operation.body else None
            witnesses = tuple((witness, "") for witness in find(judge, builder, media))
            yield Place(judge, part, "", operation.location, declared, witnesses, builder)


def _at(node: Node, judge: RequestJudge) -> Iterator[Node]:
    """Give a schema and those that apply to the same instance."""
    return (place.node for place in walk(judge.validators.schemas, node) if place.at == "" and not place.is_name)


def _objects(judge: RequestJudge, media: Media) -> Iterator[tuple[str, tuple[str, Declared]]]:
    """Give the instance location of each object of a body, with its schema's location and what it declares."""
    if media.schema is None or media_types.format_of(media.media_type) is media_types.Format.OTHER:
        return
    schemas = judge.validators.schemas
    by_template: dict[str, list[applicators.Place]] = {}
    for place in walk(schemas, schemas.node(media.location)):
        if not place.is_name:
            by_template.setdefault(place.template, []).append(place)
    for template, here in by_template.items():
        holders = [place.node for place in here if isinstance(place.node.keywords.get("properties"), dict)]
        if holders and len(pointer.tokens(template)) <= DEEPEST:
            names = dict.fromkeys(name for holder in holders for name in holder.keywords["properties"])
            inner = {name: by_template.get(pointer.join(template, name), []) for name in names}
            yield template, (holders[0].location, {n: tuple(p.node for p in every) for n, every in inner.items()})


def _based(witnesses: tuple[Witness, ...], template: str, names: set[str]) -> tuple[tuple[Witness, str], ...]:
    """Give the witnesses that have a row at a place, with where it is in each.

    An object without any of the features may be there by another branch, and is a row only where nothing else is.
    """
    objects = []
    for witness in witnesses:
        at = _concrete(witness.body, template)
        if isinstance(pointer.get(witness.body, at, ABSENT) if at is not None else None, dict):
            objects.append((witness, str(at)))
    return tuple((w, at) for w, at in objects if names & pointer.get(w.body, at).keys()) or tuple(objects)


def _concrete(body: Any, template: str) -> str | None:
    """Give a template as the place of a first item in a body; None where the body has none."""
    at = ""
    for token in pointer.tokens(template):
        value = pointer.get(body, at, ABSENT)
        if token == "*" and isinstance(value, dict | list) and value:  # noqa: S105 — a token of a pointer
            at = pointer.join(at, 0 if isinstance(value, list) else next(iter(value)))
        else:
            at = pointer.join(at, token)
        if pointer.get(body, at, ABSENT) is ABSENT:
            return None
    return at


def typical(feature: Feature) -> Any:
    """Give a value that the model learned from, as far as it is known."""
    if feature.categories:
        return feature.categories.learned[0]
    if feature.range:
        found = feature.range
        middle = (found.minimum + found.maximum) / 2
        short = rounded(middle)
        return int(middle) if feature.is_integer else short if found.minimum <= short <= found.maximum else middle
    return "text" if feature.kind is Kind.TEXT else 1


def rounded(value: Any) -> Any:
    """Give a fraction by six digits, and anything else as it is."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _open(judge: RequestJudge, builder: Builder, facts: Facts) -> Iterator[Place]:
    """Give the places where a row of the model is admitted although nothing declares its features."""
    row = {feature.name: typical(feature) for feature in facts.features}
    for media in judge.operation.body:
        if media.schema is None or not media_types.is_json(media.media_type):
            continue
        try:
            witness = find(judge, builder, media)[0]
        except WitnessError:  # of an operation that need not be the model's
            continue
        for template, around in _SHAPES.items():
            changed = replace(witness, body=around(row))
            if not judge.faults(changed.request):
                based = ((changed, str(_concrete(changed.body, template))),)
                yield Place(judge, Part.BODY, template, media.location, {}, based, builder)
                break
