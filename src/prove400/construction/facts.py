"""All schemas that apply to one value → the keywords that it must satisfy, those to avoid, and the one to break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations, islice
from typing import Any

import jsonschema_rs

from prove400 import pointer
from prove400.construction.choices import Choices
from prove400.contract.discriminators import branch_location, derived, discriminator_of
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError
from prove400.serialization import json_bytes
from prove400.validation import follows_all

TYPES = ("object", "string", "number", "integer", "array", "boolean", "null")
TYPE_KEYWORDS = {
    "object": (
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
        "maxProperties", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties",
    ),
    "array": (
        "items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems",
        "additionalItems", "minContains", "maxContains",
    ),
    "string": ("minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
"""Type → the keywords that assert something of its values only."""
_IN_PLACE = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if", "not"})


@dataclass(frozen=True)
class Goal:
    """What a construction is for: a value that breaks the keyword at one location and, if it can, nothing else.

    Without a keyword, it is a value that nothing is wrong with, in which the last schema of the route applies.
    """

    keyword_location: str = ""
    route: frozenset[str] = frozenset()  # locations of the schemas on the way there
    member: str = ""
    nested: bool = False  # only in a value that stands inside another which the keyword's schema applies to

    @property
    def keyword(self) -> str:
        """The keyword to break."""
        return self.keyword_location.rpartition("/")[2]

    @property
    def only_leads(self) -> bool:
        """Whether there is nothing to break."""
        return not self.keyword_location

    @cached_property
    def around(self) -> frozenset[str]:
        """The schemas on the way there, and all that the keyword lies in."""
        return self.route | {*pointer.ancestors(self.keyword_location)}

    def is_under(self, location: str) -> bool:
        """Tell whether the way to the keyword leads through the schema at a location."""
        return location in self.route or self.keyword_location.startswith(f"{location}/")

    def is_broken_by(self, node: Node, above: frozenset[str]) -> bool:
        """Tell whether a value that a schema applies to is to break the keyword; `above` is what `flatten` takes."""
        own = self.keyword in node.keywords and pointer.parent(self.keyword_location) == node.location
        return own and self.nested == (node.location in above) and self.keyword_location not in above


Checks = dict[tuple[str, str], jsonschema_rs.Validator | None]
"""(location of a schema, keyword) → what checks that keyword alone; None where it asserts nothing."""


@dataclass(slots=True)
class Facts:
    """What is known of one value to be built."""

    checks: Checks  # compiled keywords, shared by all of one document
    nodes: list[Node] = field(default_factory=list)
    avoid: list[Node] = field(default_factory=list)
    goal: tuple[str, Any, Node] | None = None  # keyword, its value, its schema
    present_keywords: set[str] = field(default_factory=set)
    present: list[str] = field(default_factory=list)  # names that bring their dependent schemas with them
    absent: list[str] = field(default_factory=list)  # names that are left out to be rid of theirs
    conditions: dict[str, list[Any]] = field(default_factory=dict)  # what members are to be where conditions hold

    def all(self, keyword: str) -> list[Any]:
        """Give every value of a keyword, but that of the goal."""
        if keyword not in self.present_keywords:
            return []
        own = self.goal
        return [
            node.keywords[keyword]
            for node in self.nodes
            if keyword in node.keywords and not (own and own[0] == keyword and own[2] is node)
        ]

    def breaks(self, keyword: str) -> bool:
        """Tell whether this keyword is the goal here."""
        return self.goal is not None and self.goal[0] == keyword

    def types(self) -> list[str]:
        """Give the types that the value may have, the likeliest first."""
        admitted = set(TYPES)
        for declared in self.all("type"):
            names = {declared} if isinstance(declared, str) else set(declared)
            admitted &= names | ({"integer"} if "number" in names else set())
        for node in self.avoid:
            if set(node.keywords) == {"type"}:
                admitted -= _excluded(node.keywords["type"])
        if self.goal and self.goal[0] == "type":
            admitted -= _excluded(self.goal[1])
        signed = [name for name in TYPES if not self.present_keywords.isdisjoint(TYPE_KEYWORDS.get(name, ()))]
        if self.goal:
            signed = [name for name, keywords in TYPE_KEYWORDS.items() if self.goal[0] in keywords] + signed
        return [name for name in dict.fromkeys((*signed, *TYPES)) if name in admitted]

    def admits(self, value: Any) -> bool:
        """Tell whether a scalar satisfies every assertion on scalars and breaks the goal, where that is one."""
        for node in self.nodes:
            for keyword in SCALAR_ASSERTIONS & node.keywords.keys():
                is_goal = self.goal is not None and self.goal[0] == keyword and self.goal[2] is node
                if self._satisfies(node, keyword, value) == is_goal:
                    return False
        return True

    def follows(self, value: Any) -> bool:
        """Tell whether a scalar is what every annotation keyword says."""
        return all(follows_all(node.keywords, value) for node in self.nodes)

    def _satisfies(self, node: Node, keyword: str, value: Any) -> bool:
        key = (node.location, keyword)
        if key not in self.checks:
            self.checks[key] = _check(keyword, node.keywords)
        check = self.checks[key]
        return check is None or check.is_valid(value)


SCALAR_ASSERTIONS = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
     "maxLength", "pattern"}
)  # fmt: skip
"""Keywords that are checked on a value before it is put in place."""


def _excluded(declared: str | list[str]) -> set[str]:
    names = {declared} if isinstance(declared, str) else set(declared)
    return names | ({"integer"} if "number" in names else set())


def satisfies(keyword: str, keywords: dict[str, Any], value: Any) -> bool:
    """Tell whether a value satisfies one keyword alone, as the validator understands it."""
    check = _check(keyword, keywords)
    return check is None or check.is_valid(value)


def _check(keyword: str, keywords: dict[str, Any]) -> jsonschema_rs.Validator | None:
    own = {keyword: keywords[keyword]}
    if keyword in ("minimum", "maximum"):  # draft 4 has a boolean beside the bound
        beside = "exclusive" + keyword.title()
        if isinstance(keywords.get(beside), bool):
            own[beside] = keywords[beside]
            own["$schema"] = "http://json-schema.org/draft-04/schema#"
    if keyword in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(keywords[keyword], bool):
        return None
    return _validator(json_bytes(own))


@lru_cache(maxsize=4096)
def _validator(schema: bytes) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for(schema.decode(), validate_formats=False)
    except ValueError as error:
        raise WitnessError(f"a keyword cannot be understood: {error}", where=schema.decode()) from error


def flatten(  # noqa: PLR0913 — what is known of a value before its schemas are followed
    schemas: Schemas,
    nodes: list[Node],
    choices: Choices,
    goal: Goal | None,
    checks: Checks | None = None,
    above: frozenset[str] = frozenset(),
) -> Facts:
    """Follow every schema that applies in place; where one of several applies, choose.

    `above` are the locations of the schemas of the values around it, and of the goal once it is broken: that is done
    once on each way down. Raises `WitnessError` where a `false` schema applies.
    """
    facts = Facts({} if checks is None else checks)
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop(0)
        if node.location in seen:
            continue
        seen.add(node.location)
        if node.value is False and not (goal and goal.keyword_location == node.location):
            raise WitnessError("a false schema applies", where=node.location)
        facts.nodes.append(node)
        facts.present_keywords.update(node.keywords)
        if goal and goal.is_broken_by(node, above):
            facts.goal = (goal.keyword, node.keywords[goal.keyword], node)
        waiting.extend(_applied_in_place(schemas, node, choices, goal, facts))
    return facts


def _applied_in_place(
    schemas: Schemas, node: Node, choices: Choices, goal: Goal | None, facts: Facts
) -> Iterator[Node]:
    yield from schemas.targets(node)
    own = facts.goal[0] if facts.goal and facts.goal[2] is node else ""
    yield from (schemas.child(node, "allOf", i) for i, _ in enumerate(node.keywords.get("allOf", ())))
    for keyword in ("anyOf", "oneOf"):
        branches = schemas.branches(node, keyword)
        if branches and own == keyword:
            yield from _broken_branches(keyword, branches, choices, facts)
        elif branches:
            chosen = choices.pick(_goal_first(branches, goal, pointer.join(node.location, keyword)))
            yield chosen
            yield from _named(schemas, node, branch_location(schemas, chosen))
            if keyword == "oneOf" or (goal and not goal.only_leads and goal.is_under(chosen.location)):
                facts.avoid.extend([branch for branch in branches if branch is not chosen])
    yield from _of_parent(schemas, node, choices, facts)
    yield from _dependent(schemas, node, choices, goal, facts)
    if "if" in node.keywords:
        yield from _conditional(schemas, node, choices, goal, facts)
    if "not" in node.keywords:
        negated = schemas.child(node, "not")
        if own == "not":
            yield negated
        else:
            facts.avoid.append(negated)


def _named(schemas: Schemas, node: Node, location: str) -> Iterator[Node]:
    """Give a schema of our own that asks for a name of the schema that is chosen, where a discriminator names it."""
    discriminator = discriminator_of(schemas, node)
    if discriminator is not None and (names := discriminator.names_of(location)):
        asked = {
            "required": [discriminator.property_name],
            "properties": {discriminator.property_name: {"enum": names}},
        }
        yield Node(asked, pointer.join(f"{node.location}/discriminator", location), node.base, node.scope)


def _of_parent(schemas: Schemas, node: Node, choices: Choices, facts: Facts) -> Iterator[Node]:
    """Choose the child that a parent's discriminator names, unless one applies already."""
    discriminator = discriminator_of(schemas, node)
    if discriminator is None or discriminator.is_listed:
        return
    children = derived(schemas, node.location)
    applied = [known.location for known in facts.nodes if known.location in children]
    location = applied[0] if applied else choices.pick(children)
    yield schemas.node(location)
    yield from _named(schemas, node, location)


def _dependent(schemas: Schemas, node: Node, choices: Choices, goal: Goal | None, facts: Facts) -> Iterator[Node]:
    """Choose for each name with a dependent schema whether it is there (2020-12 core, section 10.2.2.4)."""
    for keyword in ("dependentSchemas", "dependencies"):
        for name, schema in node.keywords.get(keyword, {}).items():
            if isinstance(schema, list):
                continue
            child = schemas.child(node, keyword, name)
            wanted = goal is not None and (goal.is_under(child.location) or goal.keyword_location == child.location)
            if choices.pick((True, False) if wanted or schema is not False else (False, True)):
                facts.present.append(name)
                yield child
            else:
                facts.absent.append(name)


def _broken_branches(keyword: str, branches: tuple[Node, ...], choices: Choices, facts: Facts) -> Iterator[Node]:
    """Break `anyOf` by no branch; break `oneOf` by two, or by none."""
    pairs = list(islice(combinations(branches, 2), 6)) if keyword == "oneOf" else []
    chosen = choices.pick([*pairs, ()])
    yield from chosen
    if not chosen:
        facts.avoid.extend(branches)


def _goal_first(branches: tuple[Node, ...], goal: Goal | None, listed_at: str) -> tuple[Node, ...]:
    """Give the branches, first those that the way to the goal leads through."""
    if goal is None:
        return branches
    ways = (
        way[len(listed_at) + 1 :] for way in (*goal.route, goal.keyword_location) if way.startswith(f"{listed_at}/")
    )
    tokens = {token for token, mark, _ in (way.partition("/") for way in ways) if token.isdecimal()}
    led = [index for index in sorted(map(int, tokens)) if goal.is_under(branches[index].location)]
    if not led:
        return branches
    return (*(branches[index] for index in led), *(b for i, b in enumerate(branches) if i not in led))


def _conditional(schemas: Schemas, node: Node, choices: Choices, goal: Goal | None, facts: Facts) -> Iterator[Node]:
    ways = [way for way in ("then", "else") if way in node.keywords] or ["then"]
    ways.sort(key=lambda way: not (goal and goal.is_under(f"{node.location}/{way}")))
    condition = schemas.child(node, "if")
    options = [*ways, *(other for other in ("then", "else") if other not in ways)]
    if _is_contrary(condition, facts.conditions) or (goal and _is_contrary(condition, _asked(schemas, node, goal))):
        options.sort(key=lambda way: way == "then")
    way = choices.pick(options)
    if way == "then":
        facts.conditions |= _members_of(condition)
        yield condition
    else:
        facts.avoid.append(condition)
    if way in node.keywords:
        yield schemas.child(node, way)


def _asked(schemas: Schemas, node: Node, goal: Goal) -> dict[str, list[Any]]:
    """Give what members are to be where the conditions on the way to the goal hold, but for a schema's own."""
    thens = (location for location in goal.route if location.endswith("/then"))
    others = (pointer.parent(location) for location in thens)
    found: dict[str, list[Any]] = {}
    for location in others:
        if location != node.location:
            found |= _members_of(schemas.node(pointer.join(location, "if")))
    return found


def _members_of(condition: Node) -> dict[str, list[Any]]:
    """Give the values that a condition lists for members of an object."""
    members = condition.keywords.get("properties", {})
    listed = {name: member for name, member in members.items() if isinstance(member, dict)}
    found = {name: [m["const"]] if "const" in m else m.get("enum") for name, m in listed.items()}
    return {name: values for name, values in found.items() if isinstance(values, list)}


def _is_contrary(condition: Node, others: dict[str, list[Any]]) -> bool:
    """Tell whether a condition does not hold where others do."""
    own = _members_of(condition)
    return any(
        not any(satisfies("enum", {"enum": own[name]}, value) for value in values)
        for name, values in others.items()
        if name in own
    )
