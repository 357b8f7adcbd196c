"""Two operations → drafts of what changed between them: their constraints, keyed by what they are on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from prove400 import pointer
from prove400.applicators import Place
from prove400.diff.classes import Classes, canonical, digest, plain
from prove400.diff.comparison import Kind, Witness
from prove400.diff.meaning import COMBINED, Meaning, place_of, secured, spelling, told
from prove400.model import EXPRESSION, Constraint, Operation, Part
from prove400.obligations import body_constraints, parameter_constraints


@dataclass(frozen=True, slots=True)
class Key:
    """What a change is about: a keyword at a place, or what is no keyword's: a parameter, a property, a media type."""

    part: Part
    place: str  # template; path parameters by their turn
    keyword: str
    member: str = ""
    media_type: str = ""
    branches: tuple[str, ...] = ()  # combinators around it


@dataclass(frozen=True, slots=True)
class Told:
    """One constraint of one contract."""

    constraint: Constraint
    meaning: str  # equal where what is asked for is


@dataclass(slots=True)
class Draft:
    """A change that is being worked out."""

    key: Key
    kind: Kind
    old: Any = None
    new: Any = None
    told: tuple[list[Told], list[Told]] = field(default_factory=lambda: ([], []))
    witnesses: dict[Any, tuple[Any, Witness]] = field(default_factory=dict)  # effect → (how plain, witness)
    obligations: tuple[dict[str, None], dict[str, None]] = field(default_factory=lambda: ({}, {}))
    is_combined: bool = False  # that it holds schemas, whose own changes say more

    def location(self, turn: int) -> str:
        """Give the keyword location in the old contract (0) or the new (1)."""
        return next((each.constraint.keyword_location for each in self.told[turn]), "")

    def places(self) -> Iterator[str]:
        """Give the templates of the places that it is about, as either contract spells them."""
        yield self.key.place
        yield from (each.constraint.instance_location for side in self.told for each in side)


def identity(operation: str, draft: Draft, answer: str = "") -> str:
    """Give 12 hex digits that stay the same while the change does, wherever it stands and whatever it is called."""
    key, kept = draft.key, not draft.is_combined
    inner = sorted((t.constraint.keyword, t.constraint.member, _spoken(t.constraint)) for s in draft.told for t in s)
    about = [
        EXPRESSION.sub("{}", operation),
        answer,
        key.part,
        key.place,
        key.keyword,
        key.member,
        key.media_type,
        *key.branches,
        draft.kind,
    ]
    values = [told(key.keyword, value) if kept else "" for value in (draft.old, draft.new)]
    return digest(canonical([about, *values, inner]))[:12]


def _spoken(constraint: Constraint) -> str:
    if constraint.member or constraint.keyword in COMBINED:
        return ""
    return canonical(told(constraint.keyword, constraint.expected))


Known = dict[Key, list[Told]]


@dataclass(frozen=True)
class Reader:
    """Reads the constraints of one contract's operations."""

    meaning: Meaning
    classes: Classes

    def read(self, operation: Operation) -> Known:
        """Give the constraints of an operation by what they are on."""
        found: Known = defaultdict(list)
        schemas = self.meaning.schemas
        names = {(p.part, p.name): place_of(operation, p) for p in operation.parameters}
        every = [(each, place, "") for each, place in parameter_constraints(schemas, operation)]
        for media in operation.body:
            own = body_constraints(schemas, operation, media)
            every += [(each, place, media.media_type) for each, place in own]
        for constraint, place, media_type in every:
            at = _renamed(constraint, names)
            branches = () if place is None else _branches(place)
            key = Key(constraint.part, at, constraint.keyword, constraint.member, media_type, branches)
            found[key].append(Told(constraint, self._meaning(constraint, place)))
        return found

    def _meaning(self, constraint: Constraint, place: Place | None) -> str:
        keyword, expected = constraint.keyword, constraint.expected
        if keyword == "name":
            return ""
        if constraint.member:
            triggers = expected if keyword in ("dependentRequired", "dependencies") else {}
            return plain(sorted(name for name, names in triggers.items() if constraint.member in _listed(names)))
        if place is not None and (keyword in COMBINED or keyword == "discriminator"):
            return self.classes.of(self.meaning.keyword(place.node, keyword))
        return plain(told(keyword, expected))


def _listed(names: Any) -> list[Any]:
    return names if isinstance(names, list) else []


def _renamed(constraint: Constraint, names: dict[tuple[Part, str], str]) -> str:
    if constraint.part is Part.BODY:
        return constraint.instance_location
    first, *rest = pointer.tokens(constraint.instance_location)
    return pointer.from_tokens([names.get((constraint.part, first), first), *rest])


def _branches(place: Place) -> tuple[str, ...]:
    return tuple(each.applicator for each in place.way() if each.applicator and each.is_branch)


def drafts(old: Operation, new: Operation, readers: tuple[Reader, Reader]) -> list[Draft]:
    """Give what changed between two operations, the larger parts first; nobody has shown yet what it does."""
    known = (readers[0].read(old), readers[1].read(new))
    folded: list[Draft] = []
    for fold in (_media, _parameters, _properties):
        folded += fold(*known, old, new)
    single = [draft for key in _keys(known) if key.keyword != "name" for draft in _compared(key, *known)]
    return [*folded, *_framed(old, new), *single]


def _keys(known: tuple[Known, Known]) -> list[Key]:
    return list(dict.fromkeys((*known[1], *known[0])))


def _compared(key: Key, old: Known, new: Known) -> Iterator[Draft]:
    """Pair the constraints of one key: what both have is no change, and what is left over came, went, or is another."""
    left = list(old.get(key, ()))
    gained = []
    for each in new.get(key, ()):
        same = next((other for other in left if other.meaning == each.meaning), None)
        if same is None:
            gained.append(each)
        else:
            left.remove(same)
    for was, now in zip_longest(left, gained):
        kind = Kind.GAINED if was is None else Kind.LOST if now is None else Kind.CHANGED
        told_of: tuple[list[Told], list[Told]] = ([was] if was else [], [now] if now else [])
        before, after = (side[0].constraint.expected if side and not key.member else None for side in told_of)
        is_combined = key.keyword == "discriminator" or (key.keyword in COMBINED and not isinstance(after, bool))
        yield Draft(key, kind, before, after, told_of, is_combined=is_combined)


def _framed(old: Operation, new: Operation) -> Iterator[Draft]:
    """Give what changed beside parameters and bodies, and in how these are written."""
    if old.body and new.body and old.body_required != new.body_required:
        yield Draft(Key(Part.BODY, "", "required"), Kind.CHANGED, old.body_required, new.body_required)
    if secured(old) != secured(new):
        yield Draft(Key(Part.HEADER, "", "security"), Kind.CHANGED, secured(old), secured(new))
    for media in old.body:
        other = next((each for each in new.body if each.media_type == media.media_type), media)
        if sorted(map(repr, media.encodings)) != sorted(map(repr, other.encodings)):
            yield Draft(Key(Part.BODY, "", "encoding", media_type=media.media_type), Kind.CHANGED)
    places = {(p.part, place_of(old, p)): p for p in old.parameters}
    for parameter in new.parameters:
        was = places.get((parameter.part, place_of(new, parameter)))
        if was is not None and spelling(was) != spelling(parameter):
            key = Key(parameter.part, pointer.join("", place_of(new, parameter)), "style")
            yield Draft(key, Kind.CHANGED, _spelled(was), _spelled(parameter))


def _spelled(parameter: Any) -> dict[str, Any]:
    names = ("style", "explode", "allowReserved", "allowEmptyValue", "content")
    return dict(zip(names, spelling(parameter), strict=True))


def _media(old: Known, new: Known, before: Operation, after: Operation) -> Iterator[Draft]:
    """Take out the constraints of media types that one contract lacks."""
    types = [[media.media_type for media in operation.body] for operation in (before, after)]
    for media_type in dict.fromkeys((*types[0], *types[1])):
        if media_type not in types[0] or media_type not in types[1]:
            key = Key(Part.BODY, "", "content", media_type=media_type)
            own = (each for known in (old, new) for each in known if each.media_type == media_type)
            yield _fold(key, old, new, set(own), media_type, is_gained=media_type in types[1])


def _parameters(old: Known, new: Known, *_: Operation) -> Iterator[Draft]:
    """Take out the constraints of parameters that one contract lacks."""
    names = [{(key.part, key.place) for key in known if key.keyword == "name"} for known in (old, new)]
    for part, place in sorted(names[0] ^ names[1]):
        is_gained = (part, place) in names[1]
        own = {each for each in (new if is_gained else old) if each.part is part and _is_under(each.place, place)}
        needed = any(told.constraint.expected for each in own if each.keyword == "required" and each.place == place
                     for told in (new if is_gained else old)[each])  # fmt: skip
        key = Key(part, place, "parameter")
        yield _fold(key, old, new, own, "required" if needed else "optional", is_gained=is_gained)


def _properties(old: Known, new: Known, *_: Operation) -> Iterator[Draft]:
    """Take out the constraints of properties that one contract does not speak of."""
    for media_type, part, root in sorted(_roots(old) ^ _roots(new), key=lambda root: (len(root[2]), root)):
        sides = [{key for key in known if _is_of(key, media_type, part, root)} for known in (old, new)]
        if bool(sides[0]) != bool(sides[1]):
            is_gained = bool(sides[1])
            own = sides[is_gained]
            needed = any(key.keyword == "required" and not _is_under(key.place, root) for key in own)
            key = Key(part, root, "property", media_type=media_type)
            yield _fold(key, old, new, own, "required" if needed else "optional", is_gained=is_gained)


def _roots(known: Known) -> set[tuple[str, Part, str]]:
    named = (key for key in known if key.member and key.keyword in ("required", "properties"))
    return {(key.media_type, key.part, pointer.join(key.place, key.member)) for key in named}


def _is_of(key: Key, media_type: str, part: Part, root: str) -> bool:
    """Tell whether a constraint is on a property, or on what is inside it."""
    is_named = key.keyword in ("required", "properties") and pointer.join(key.place, key.member) == root
    return (key.media_type, key.part) == (media_type, part) and (is_named or _is_under(key.place, root))


def _is_under(place: str, root: str) -> bool:
    return place == root or place.startswith(f"{root}/")


def _fold(  # noqa: PLR0913 — what is folded, from where, and what is said of it
    key: Key, old: Known, new: Known, own: set[Key], said: str, *, is_gained: bool
) -> Draft:
    """Make one draft of all constraints that a larger part brings or takes with it."""
    gone, came = ([told for each in list(known) if each in own for told in known.pop(each)] for known in (old, new))
    kind = Kind.GAINED if is_gained else Kind.LOST
    return Draft(key, kind, None if is_gained else said, said if is_gained else None, told=(gone, came))
