"""Where a contract is weaker than a model: one small function for each question, in two visible tables.

None trusts a keyword: what a finding says is admitted, a validator has admitted in a whole request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.audit.drafting import property_schema
from prove400.audit.facts import Facts, Fate, Feature, Kind
from prove400.audit.numbers import beyond
from prove400.audit.places import Place, rounded, typical
from prove400.audit.weakness import Level, Rule, Weakness
from prove400.model import Part
from prove400.pointer import ABSENT

NEVER_SEEN = ("prove400", "unknown", "", "0")
"""Texts that are no category, after near misses of those that are."""
_NEAR = (str.lower, str.upper, str.title, " {}".format, "{}s".format)
MOST_TRIED = 40
"""Categories whose near misses are tried."""
MOST_NAMED = 6
"""Categories that a message names."""
_OF_OBJECT = frozenset({"required", "additionalProperties", "properties"})
"""Keywords of suggestions for the object around a feature, and not for the feature."""
_FATES = {
    Fate.NAN: "becomes NaN, which the model predicts from without a word",
    Fate.REFUSED: "makes the model raise",
    Fate.UNTOLD: "may become anything",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One feature at one place."""

    feature: Feature
    place: Place

    def weakness(
        self, rule: Rule, level: Level, message: str, evidence: Any = ABSENT, *keywords: str, suggestion: Any = ABSENT
    ) -> Weakness:
        """Make a finding on the feature; the first of `keywords` that the contract has is where it stands."""
        name = self.feature.name
        fragment = self.closing() if suggestion is ABSENT else suggestion
        schema = self.place.schema(name, is_around=bool(fragment) and not _OF_OBJECT.isdisjoint(fragment))
        stated = schema.keywords if schema else {}
        return Weakness(
            rule,
            level,
            self.place.operation.label,
            self.place.part,
            pointer.join(self.place.template, name),
            self.place.keyword(name, *keywords),
            message,
            evidence,
            fragment,
            schema.location if schema else self.place.location,
            tuple(word for word in fragment or () if isinstance(stated.get(word), list)),
        )

    def closing(self) -> dict[str, Any]:
        """Give the schema that admits what the model learned, and booleans where they may be that and are admitted."""
        schema = property_schema(self.feature)
        return schema if self.boolean() is ABSENT else {**schema, "type": ["boolean", "number"]}

    def boolean(self) -> Any:
        """Give a boolean that is admitted and that training may have had, else `ABSENT`."""
        return self.place.first(self.feature.name, [True, False] if self.feature.may_be_boolean else [])


def _level(fate: Fate) -> Level:
    return Level.ERROR if fate.is_silent else Level.WARNING


def _is_learned(value: Any, feature: Feature) -> bool:
    return feature.categories is not None and value in feature.categories.learned


def _some(values: list[Any]) -> str:
    """Name a few values, as JSON has them, and no more digits of a number than people read."""
    named = ", ".join(json.dumps(rounded(value), ensure_ascii=False) for value in values[:MOST_NAMED])
    return named if len(values) <= MOST_NAMED else f"{named} and {len(values) - MOST_NAMED} more"


def _categories(question: Question) -> Iterator[Weakness]:
    """Say which categories are admitted that the encoder never saw: any at all, or those that the contract lists."""
    feature, place = question.feature, question.place
    known = feature.categories
    if known is None:
        return
    listed = [value for value in place.listed(feature.name) if _is_alike(value, feature)]
    tried = [value for value in _unseen(question) if value not in listed]
    free = place.first(feature.name, tried)
    if free is not ABSENT:
        is_text = isinstance(free, str)
        what = "texts" if is_text else "numbers"
        message = (
            f"other {what} admitted, such as {_some([free])}; the encoder knows {_some(list(known.learned))}, and "
        )
        rule = Rule.FREE_STRING if is_text else Rule.UNKNOWN_CATEGORY
        yield question.weakness(
            rule, _level(known.unknown), f"{message}another {known.becomes}", free, "pattern", "type"
        )
        return
    never = [v for v in listed if not _is_learned(v, feature) and place.admits(feature.name, v)]
    if never:
        message = f"{_some(never)} admitted, which the encoder never saw; such a value {known.becomes}"
        level = _level(known.unknown)
        yield question.weakness(Rule.UNKNOWN_CATEGORY, level, message, never[0], "enum", "const")


def _is_alike(value: Any, feature: Feature) -> bool:
    """Tell whether a value has a JSON type that the learned categories have."""
    return feature.categories is not None and _json_type(value) in {_json_type(v) for v in feature.categories.learned}


def _unseen(question: Question) -> list[Any]:
    """Give values that no training showed, near misses first, as no fuzzer would type them."""
    learned = question.feature.categories.learned if question.feature.categories else ()
    texts = [value for value in learned if isinstance(value, str)]
    numbers = [value for value in learned if isinstance(value, int | float) and not isinstance(value, bool)]
    near = [form(text) for text in texts[:MOST_TRIED] for form in _NEAR]
    tried = [*near, *(NEVER_SEEN if texts else ())]
    if numbers:
        tried += [max(numbers) + 1, min(numbers) - 1, max(numbers) * 1000 + 1, min(numbers) + 0.5]
    built = (value for value in question.place.built(question.feature.name) if _is_alike(value, question.feature))
    return [value for value in (*tried, *built) if not _is_learned(value, question.feature)]


def _narrow(question: Question) -> Iterator[Weakness]:
    feature, place = question.feature, question.place
    learned = feature.categories.learned if feature.categories else ()
    refused = [value for value in learned if place.refuses(feature.name, value)]
    if refused:
        message = f"{_some(refused)} refused, which the encoder learned"
        yield question.weakness(Rule.NARROW_CATEGORY, Level.NOTE, message, refused[0], "enum", "const", "type")


def _bounds(question: Question) -> Iterator[Weakness]:
    """Say which side has no bound, or one so far from what training saw that it is none worth the name."""
    feature, found = question.feature, question.feature.range
    if found is None or feature.kind is not Kind.NUMBER:
        return
    saw = f"training saw {found.minimum:g} to {found.maximum:g}"
    if found.is_estimate:
        saw = f"training's range is estimated as {found.minimum:g} to {found.maximum:g} ({found.source})"
    sides = {
        side: beyond(found, sign, lambda value: question.place.admits(feature.name, value))
        for side, sign in (("minimum", -1), ("maximum", 1))
    }
    closing = property_schema(feature)
    for rule, level, far in (
        (Rule.UNBOUNDED_NUMBER, Level.WARNING, True),
        (Rule.WIDE_BOUNDS, Level.NOTE, False),
    ):
        open_sides = {side: got.value for side, got in sides.items() if got is not None and got.is_far is far}
        if open_sides:
            what = f"no {' and no '.join(open_sides)}: " if far else "far outside: "
            message = f"{what}{_some(list(open_sides.values()))} admitted; {saw}"
            fragment = {side: closing[side] for side in open_sides}
            value = list(open_sides.values())[-1]
            yield question.weakness(rule, level, message, value, *open_sides, suggestion=fragment)


_TYPES = {bool: "boolean", str: "string", int: "number", float: "number", list: "array", dict: "object"}


def _json_type(value: Any) -> str:
    return _TYPES.get(type(value), "null")


def _types(question: Question) -> Iterator[Weakness]:
    """Say which other JSON types are admitted: a library coerces them, or takes them for what was never seen."""
    feature, place = question.feature, question.place
    expected = {_json_type(value) for value in feature.categories.learned} if feature.categories else set()
    expected |= {{Kind.NUMBER: "number", Kind.TEXT: "string"}.get(feature.kind, "")} - {""}
    if not expected:
        return
    if (boolean := question.boolean()) is not ABSENT:
        message = "boolean admitted; the model keeps no type of this column: right if training had booleans"
        yield question.weakness(Rule.TYPE, Level.NOTE, message, boolean, "type", "enum", suggestion=None)
        expected.add("boolean")
    admitted: dict[str, Any] = {}
    for value in (*_others(question), *place.listed(feature.name)):
        kind = _json_type(value)
        if kind not in (*expected, *admitted, "null") and place.admits(feature.name, value):
            admitted[kind] = value
    if admitted:
        value = next(iter(admitted.values()))
        message = f"{' and '.join(admitted)} admitted, such as {_some([value])}; training saw a {' or '.join(expected)}"
        is_coerced = feature.kind is Kind.NUMBER and admitted.keys() & {"string", "boolean"}
        is_silent = feature.categories is not None and feature.categories.unknown.is_silent
        level = Level.ERROR if is_coerced or is_silent else Level.WARNING
        yield question.weakness(Rule.TYPE, level, message, value, "type", "enum")
    if feature.is_integer and (fraction := place.first(feature.name, [typical(feature) + 0.5])) is not ABSENT:
        message = f"a fraction is admitted, such as {fraction}; training saw integers"
        yield question.weakness(Rule.TYPE, Level.WARNING, message, fraction, "type")


def _others(question: Question) -> list[Any]:
    """Give values of other types; in texts, only a text that spells no number is one."""
    usual = typical(question.feature)
    if question.place.is_text:
        return ["prove400"] if question.feature.kind is Kind.NUMBER else []
    texts = [str(usual), "1", "prove400"]
    return [*texts, *_codes(usual), True, [usual], {"value": usual}]


def _codes(usual: Any) -> list[Any]:
    """Give numbers, for a category the index that a careless front end sends."""
    return [1, 0, 1.5] if isinstance(usual, str | bool) else []


def _null(question: Question) -> Iterator[Weakness]:
    feature = question.feature
    if feature.null in (Fate.IMPUTED, Fate.LEARNED, Fate.UNUSED) or not question.place.admits(feature.name, None):
        return
    if question.place.is_text:
        return
    message = f"null admitted; it {_fate(feature, feature.null)}"
    suggestion = {"type": question.closing().get("type", "string")}
    level = _level(feature.null)
    yield question.weakness(Rule.NULL, level, message, None, "nullable", "type", suggestion=suggestion)


def _missing(question: Question) -> Iterator[Weakness]:
    feature = question.feature
    if feature.absent in (Fate.IMPUTED, Fate.LEARNED, Fate.UNUSED) or not question.place.admits(feature.name):
        return
    message = f"may be left out; {_gap(feature)}"
    suggestion = {"required": [feature.name]}
    yield question.weakness(Rule.MISSING, Level.WARNING, message, suggestion=suggestion)


def _gap(feature: Feature) -> str:
    """Say what becomes of a feature that is left out: a model that knows its columns by name misses one."""
    if not feature.absent.is_silent:
        return f"the gap {_fate(feature, feature.absent)}"
    return (
        "the model raises for a row without the column; from NaN that an API or a batch puts there it predicts silently"
    )


def _fate(feature: Feature, fate: Fate) -> str:
    if fate is Fate.CODED and feature.categories:
        return feature.categories.becomes
    return _FATES.get(fate, "is taken for something else")


def _absent(question: Question) -> Iterator[Weakness]:
    feature, place = question.feature, question.place
    usual = typical(feature)
    can_come = place.admits(feature.name, usual)
    how = "it may hold anything" if can_come else f"it can never come; {_gap(feature)}"
    if feature.absent is Fate.IMPUTED and not can_come:
        how = "it can never come, and is imputed each time"
    evidence = usual if can_come else ABSENT
    suggestion = {"properties": {feature.name: property_schema(feature)}}
    known = " and ".join(place.seen.get(feature.name, ()))
    message = f"not found in the {place.part}{f' (its name is at {known})' if known else ''}; {how}"
    level = Level.ERROR if can_come else Level.WARNING
    yield question.weakness(Rule.ABSENT_FEATURE, level, message, evidence, suggestion=suggestion)


FEATURE_CHECKS: tuple[Callable[[Question], Iterator[Weakness]], ...] = (
    _types,
    _categories,
    _bounds,
    _null,
    _missing,
    _narrow,
)
"""What is asked of each feature that a place declares."""


def _extra(place: Place, facts: Facts) -> Iterator[Weakness]:
    """Say whether properties are admitted that nobody declared: a misspelt feature is one. Parameters always are."""
    if place.part is not Part.BODY:
        return
    near = [form(f.name) for f in facts.features for form in (str.upper, str.title, "{}_".format, "{}2".format)]
    known = {feature.name for feature in facts.features} | place.declared.keys()
    name = next((n for n in (*near, "prove400") if n not in known and place.admits(n, 1)), None)
    if name is not None:
        message = f"any property is admitted, such as {json.dumps(name)}; the model drops it without a word"
        closing = {"additionalProperties": False}
        yield _stranger(name, place).weakness(Rule.EXTRA_PROPERTIES, Level.WARNING, message, 1, suggestion=closing)


def _unknown(place: Place, facts: Facts) -> Iterator[Weakness]:
    """Say which declared properties the model does not know; an identifier may be one, and is no weakness."""
    known = {feature.name for feature in facts.features}
    known |= {name for name in place.declared if place.is_around(name)}
    for name in () if place.part is not Part.BODY else place.declared:
        value = place.first(name, [*place.listed(name), *place.built(name)]) if name not in known else ABSENT
        if value is not ABSENT:
            message = f"declared, and the model does not know it: {_some([value])} is dropped without a word"
            yield _stranger(name, place).weakness(Rule.UNKNOWN_PROPERTY, Level.NOTE, message, value, suggestion=None)


def _stranger(name: str, place: Place) -> Question:
    """Ask of a property that is no feature."""
    return Question(Feature(name, Kind.UNTOLD, ""), place)


PLACE_CHECKS: tuple[Callable[[Place, Facts], Iterator[Weakness]], ...] = (_extra, _unknown)
"""What is asked of each place."""


def check(place: Place, facts: Facts) -> Iterator[Weakness]:
    """Give every difference between a contract and a model at one place, in the order of the features."""
    for feature in facts.features:
        held = place.beside.get(feature.name, place)
        for ask in FEATURE_CHECKS if feature.name in held.declared else (_absent,):
            yield from ask(Question(feature, held))
    every = {held.template: held for held in (place, *place.beside.values())}
    for held in every.values():
        for look in PLACE_CHECKS:
            yield from look(held, facts)
