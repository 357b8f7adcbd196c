"""Ablation: for every occurrence of an assertion keyword in what a contract asks of requests, one server without it.

An occurrence counts as killable where a request body or parameter is known that is valid without the keyword and
invalid with it: found by the search here, which knows nothing of prove400, or sent by prove400. One where neither finds
any is `unknown`: other keywords probably imply it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.kill_score.service import Json, Service, looked_up, read, resolved, routes
from benchmarks.kill_score.validators import Validators, pointer

LEAVES = (
    *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "propertyNames", "contains", "not", "oneOf", "anyOf", "if", "then", "else"),
)
MAPS = ("properties", "patternProperties", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = ("items", "additionalProperties", "unevaluatedProperties", "contains", "then", "else", "propertyNames")
ASSERTS = ("dependentSchemas", "contains", "propertyNames", "then", "else", "oneOf", "anyOf", "if")
"""Keywords that assert and hold schemas: a finding inside them pins them too."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """One keyword occurrence that a server does not enforce, and where a finding may rightly say it is."""

    name: str
    location: str  # JSON Pointer of the keyword in the contract
    member: str  # the name of `required` or `dependentRequired` that is not asked for
    root: str  # JSON Pointer of the parameter's or body's schema
    pins: frozenset[str]
    cut: Callable[[Json], None]  # takes the keyword out of a contract

    def enforced(self, document: Json) -> Json:
        """Give the contract that the server enforces instead."""
        changed = copy.deepcopy(document)
        self.cut(changed)
        return changed

    def server(self, document: Json) -> Service:
        """Make the server."""
        if self.location == f"{self.root}/required":  # of a parameter: not its schema's business
            return Service(self.enforced(document))
        return Service(document, self.enforced(document))

    def __str__(self) -> str:
        """Give the name."""
        return self.name


def roots(document: Json) -> Iterator[tuple[str, bool]]:
    """Give the place of every schema of a parameter or body, and whether it is a parameter's."""
    for route in routes(document):
        yield from ((parameter.location, True) for parameter in route.parameters)
        if route.body is not None:
            yield resolved(document, looked_up(document, route.body), route.body)[1], False


def ablations(document: Json) -> list[Ablation]:
    """List all ablations of a contract, each keyword location once, in the order of the document."""
    found: dict[str, Ablation] = {}
    for root, is_parameter in roots(document):
        for ablation in _walk(document, root, root, set()):
            found.setdefault(ablation.name, ablation)
        above = root.rpartition("/")[0]
        if is_parameter and looked_up(document, above).get("required") and looked_up(document, above)["in"] != "path":
            at = f"{above}/required"
            found.setdefault(at, Ablation(at, at, "", above, frozenset({at}), _setting(above, "required", value=False)))
    return list(found.values())


def _walk(document: Json, location: str, root: str, seen: set[str]) -> Iterator[Ablation]:
    schema, location = resolved(document, looked_up(document, location), location)
    if location in seen:
        return
    seen.add(location)
    if schema is False:
        around, _, name = location.rpartition("/")
        yield Ablation(location, location, "", root, frozenset({location}), _setting(around, name, value=True))
    if not isinstance(schema, dict):
        return
    yield from _leaves(document, schema, location, root)
    yield from _members(schema, location, root)
    for below in _below(schema, location):
        yield from _walk(document, below, root, seen)


def _leaves(document: Json, schema: Json, location: str, root: str) -> Iterator[Ablation]:
    for keyword in (*LEAVES, "additionalProperties", "unevaluatedProperties"):
        closed = keyword.endswith("dProperties") or keyword == "additionalProperties"
        if keyword not in schema or (closed and schema[keyword] is not False):
            continue
        at = f"{location}/{keyword}"
        pins = frozenset({at, *_inside(document, at)}) if keyword in ASSERTS else frozenset({at})
        yield Ablation(at, at, "", root, pins, _without(location, keyword))
        if keyword == "oneOf":
            yield Ablation(f"{at} as anyOf", at, "", root, frozenset({at}), _renaming(location, "oneOf", "anyOf"))


def _members(schema: Json, location: str, root: str) -> Iterator[Ablation]:
    """Give the ablations of keywords that ask for several things, one for each."""
    at = f"{location}/required"
    for name in schema.get("required", ()):
        yield Ablation(f"{at} {name}", at, name, root, frozenset({at}), _unlisting(at, name))
    for trigger, names in schema.get("dependentRequired", {}).items():
        at = f"{location}/dependentRequired"
        pins = frozenset({at, f"{at}/{trigger}"})
        for name in names:
            yield Ablation(f"{at} {trigger} {name}", at, name, root, pins, _unlisting(f"{at}/{trigger}", name))


def _below(schema: Json, location: str) -> Iterator[str]:
    """Give the subschemas whose loosening loosens the whole: not those of `if` and `not`."""
    for keyword in MAPS:
        yield from (location + pointer((keyword, name)) for name in schema.get(keyword, {}))
    for keyword in LISTS:
        yield from (f"{location}/{keyword}/{index}" for index in range(len(schema.get(keyword, ()))))
    yield from (f"{location}/{keyword}" for keyword in SINGLES if isinstance(schema.get(keyword), dict))


def _inside(document: Json, at: str) -> Iterator[str]:
    """Give the locations of the assertions in what a keyword holds; for `if`, in its `then` and `else`."""
    around, _, keyword = at.rpartition("/")
    beside = [f"{around}/{name}" for name in ("then", "else") if name in looked_up(document, around)]
    value = looked_up(document, at)
    held = [f"{at}/{index}" for index in range(len(value))] if isinstance(value, list) else [at]
    for place in beside if keyword == "if" else held:
        yield place
        yield from (ablation.location for ablation in _walk(document, place, place, set()))


def _without(location: str, keyword: str) -> Callable[[Json], None]:
    """Give the cut that removes a keyword."""
    return lambda document: looked_up(document, location).pop(keyword)


def _setting(location: str, name: str, *, value: Any) -> Callable[[Json], None]:
    """Give the cut that puts another value in a place."""
    return lambda document: looked_up(document, location).update({name: value})


def _renaming(location: str, old: str, new: str) -> Callable[[Json], None]:
    """Give the cut that puts one keyword in the place of another."""

    def cut(document: Json) -> None:
        schema = looked_up(document, location)
        schema[new] = schema.pop(old)

    return cut


def _unlisting(location: str, name: str) -> Callable[[Json], None]:
    """Give the cut that takes a name off a list."""
    return lambda document: looked_up(document, location).remove(name)


class Search:
    """Looks for values of a contract's parameters and bodies that one keyword alone refuses, by single edits."""

    def __init__(self, document: Json) -> None:
        """Gather the values at the edge, once for all keywords: those that the contract refuses."""
        self._document = document
        judge = Validators(document)
        self._refused = {root: self._candidates(judge, root, is_parameter) for root, is_parameter in roots(document)}

    def _candidates(self, judge: Validators, root: str, is_parameter: bool) -> list[Any]:  # noqa: FBT001
        pool = list(hints(self._document["components"]["schemas"]))
        if is_parameter:
            schema = looked_up(self._document, root)
            values: list[Any] = [read(str(value), schema.get("items", schema)) for value in pool]
            values = (
                [["A100"] * 2, [f"A{n}" for n in range(100, 200)], *([v] for v in values)]
                if (schema.get("type") == "array")
                else values
            )
        else:
            values = [edited for example in self._examples(root) for edited in edits(example, pool)]
        kept: dict[frozenset[tuple[str, str]], Any] = {}
        for value in values:
            if faults := judge.faults(root, value):
                kept.setdefault(frozenset((at, code) for at, code, _ in faults), value)
        return list(kept.values())

    def _examples(self, root: str) -> list[Any]:
        for route in routes(self._document):
            if route.body and resolved(self._document, looked_up(self._document, route.body), route.body)[1] == root:
                media = looked_up(self._document, route.body.removesuffix("/schema"))
                return [example["value"] for example in media["examples"].values()]
        return []

    def kills(self, ablation: Ablation) -> bool:
        """Tell whether some value is valid without the keyword, and invalid with it."""
        if ablation.root not in self._refused:
            return True  # a required parameter, left out
        loose = Validators(ablation.enforced(self._document))
        return any(loose.is_valid(ablation.root, value) for value in self._refused[ablation.root])


def hints(value: Any) -> Iterator[Any]:
    """Give values at and beside every constant that stands in a contract, and one of each JSON type."""
    found = {
        repr(hint): hint for hint in [None, True, 0, 1, -1, 1.5, "", "x", "x" * 300, "9" * 20, [], {}, *_near(value)]
    }
    return iter(found.values())


def _near(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _near(member)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value, value - 1, value + 1, value + 0.001, -value)
        yield from ("x" * int(n) for n in (value - 1, value + 1) if 0 <= n <= 300)  # noqa: PLR2004 — long enough
    elif isinstance(value, str) and len(value) < 40:  # noqa: PLR2004 — no sentences
        yield value


def edits(value: Any, pool: list[Any]) -> Iterator[Any]:
    """Give every value that is one edit away: a member replaced, removed, added or repeated, at any depth."""
    yield from pool
    if isinstance(value, dict):
        yield from ({k: v for k, v in value.items() if k != name} for name in value)
        for name in [*value, *(hint for hint in pool if isinstance(hint, str) and hint.isidentifier())]:
            added = edits(value[name], pool) if name in value else iter([1, "abcd", "2026-01-01", [], ["fire"]])
            yield from (value | {name: new} for new in added)
        yield value | {f"x{letter}": 1 for letter in "abcd"}
        yield value | {f"x{letter}": 0.5 for letter in "abcd"}
        yield {}
    elif isinstance(value, list):
        yield from (value[:end] for end in range(len(value)))
        yield from (value + value[-1:] * more for more in (1, 2, 3, 10))
        for index, item in enumerate(value):
            yield from ([*value[:index], new, *value[index + 1 :]] for new in edits(item, pool))
