"""Objects: which names, and what each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any

from prove400.applicators import matches
from prove400.conjunction import together
from prove400.construction.choices import Choices
from prove400.construction.facts import Facts, Goal, satisfies
from prove400.construction.patterns import drawn
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError

Build = Callable[[list[Node], bool], Any]
"""Build a member for schemas; the flag tells that the object can do without it."""
SPARE_NAMES = ("prove400", "a", "b", "foo", "bar", "x1", "", "aa", "aaaa", "\u00e9")
"""Names for members that nobody declared."""


def build_object(schemas: Schemas, facts: Facts, choices: Choices, build: Build, goal: Goal | None) -> dict[str, Any]:
    """Build an object; raises `WitnessError` where the names cannot be chosen."""
    names = _names(schemas, facts, choices, goal)
    value: dict[str, Any] = {}
    needed = _needed(facts, names)
    for name in names:
        nodes = _member_nodes(schemas, facts, name)
        try:
            value[name] = build(nodes, name not in needed) if nodes else 1
        except WitnessError:
            if name in needed:
                raise
    if next(_spoiled(schemas, facts), None) is None or not choices.pick((False, True)):
        return value
    spoiled: dict[str, Any] = {}
    for name, wrong in _spoiled(schemas, facts):
        spoiled.setdefault(name, wrong)
    return {**value, **spoiled}


def _spoiled(schemas: Schemas, facts: Facts) -> Iterator[tuple[str, Any]]:
    """Give members of a wrong type for schemas that are to be avoided, which those that apply do not speak of.

    Two branches of `oneOf` that ask for nothing of their own both match any object without such a member.
    """
    declared = {name for properties in facts.all("properties") for name in properties} if facts.avoid else set()
    for node in facts.avoid:
        for name, member in _members(schemas, node):
            types = [holder.keywords["type"] for holder in together(schemas, member) if "type" in holder.keywords]
            if name not in declared and types and _admissible(facts, name):
                wrong = (value for value in ("prove400", 1) if not satisfies("type", {"type": types[0]}, value))
                yield name, next(wrong, None)
                break


def _members(schemas: Schemas, node: Node) -> Iterator[tuple[str, Node]]:
    for holder in together(schemas, node):
        for name in holder.keywords.get("properties", {}):
            yield name, schemas.child(holder, "properties", name)


def _needed(facts: Facts, names: list[str]) -> set[str]:
    required = {name for listed in facts.all("required") for name in listed}
    return required | (set(names) if facts.breaks("minProperties") else set())


def _names(schemas: Schemas, facts: Facts, choices: Choices, goal: Goal | None) -> list[str]:
    required = [name for listed in facts.all("required") for name in listed]
    declared = [name for properties in facts.all("properties") for name in properties]
    absent = _absent(facts, goal, choices)
    inside = _goal_member(schemas, facts, goal)
    unsent = _unsent(schemas, facts)
    sendable = [name for name in declared if name not in unsent]
    sizes = choices.pick(("all", "required", "half"))
    chosen = {"all": sendable, "required": [], "half": sendable[::2]}[sizes]
    extras = choices.pick((_default_extras(facts), ())) if sizes == "all" else ()
    wanted = _goal_names(facts, choices, goal, declared)
    names = dict.fromkeys((*required, *facts.present, *inside, *chosen, *extras, *wanted))
    for name in _dependents(facts, list(names), goal):
        names[name] = None
    kept = [name for name in names if name not in absent]
    return _sized(facts, [name for name in kept if _admissible(facts, name)], required)


def _unsent(schemas: Schemas, facts: Facts) -> set[str]:
    nodes = facts.nodes if "properties" in facts.present_keywords else ()
    return {name for node in nodes if "properties" in node.keywords for name in schemas.unsent(node)}


def _absent(facts: Facts, goal: Goal | None, choices: Choices) -> set[str]:
    """Give names that must not be there: what the goal leaves out, and what a schema to be avoided asks for."""
    absent = set(facts.absent)
    if goal and facts.goal and facts.goal[0] in ("required", "dependentRequired", "dependencies"):
        absent.add(goal.member)
    required = {name for listed in facts.all("required") for name in listed}
    for node in facts.avoid:
        listed = [name for name in node.keywords.get("required", ()) if name not in required]
        if listed:
            absent.update(choices.pick((*((name,) for name in listed), ())))
    return absent


def _goal_member(schemas: Schemas, facts: Facts, goal: Goal | None) -> Iterator[str]:
    """Give the name on the way to the goal."""
    if goal is None:
        return
    for node in facts.nodes:
        for name in node.keywords.get("properties", {}):
            if goal.is_under(schemas.child(node, "properties", name).location):
                yield name
        rest = node.keywords.get("additionalProperties")
        if isinstance(rest, dict) and goal.is_under(schemas.child(node, "additionalProperties").location):
            yield next(name for name in SPARE_NAMES if not any(name in listed for listed in facts.all("properties")))


def _goal_names(facts: Facts, choices: Choices, goal: Goal | None, declared: list[str]) -> Iterator[str]:
    """Give names that the goal needs."""
    if goal is None or facts.goal is None:
        return
    keyword, expected, _ = facts.goal
    if keyword in ("additionalProperties", "unevaluatedProperties"):
        yield next(name for name in SPARE_NAMES if name not in declared)
    elif keyword in ("dependentRequired", "dependencies", "dependentSchemas"):
        yield from (name for name, listed in expected.items() if isinstance(listed, dict) or goal.member in listed)
    elif keyword == "propertyNames" and isinstance(expected, dict):
        long = "a" * (int(expected.get("maxLength", 0)) + 1)
        yield choices.pick([name for name in (*SPARE_NAMES, long) if not _name_satisfies(expected, name)] or [long])
    elif keyword == "propertyNames" and expected is False:
        yield SPARE_NAMES[0]


def _name_satisfies(schema: dict[str, Any], name: str) -> bool:
    return all(satisfies(keyword, schema, name) for keyword in schema if keyword in _NAME_KEYWORDS)


_NAME_KEYWORDS = ("minLength", "maxLength", "pattern", "enum", "const", "type")


def _admissible(facts: Facts, name: str) -> bool:
    """Tell whether `propertyNames` admits a name, as far as its plain keywords say."""
    return all(_name_satisfies(schema, name) for schema in facts.all("propertyNames") if isinstance(schema, dict))


def _default_extras(facts: Facts) -> tuple[str, ...]:
    """Give a name for each pattern, and one for a schema of additional properties, or where they are to be refused."""
    open_ended = ("additionalProperties", "unevaluatedProperties")
    asked = any(isinstance(schema, dict) and schema for keyword in open_ended for schema in facts.all(keyword))
    asked |= any(node.keywords.get(keyword) is False for keyword in open_ended for node in facts.avoid)
    asked |= bool(facts.all("propertyNames"))
    declared = {name for properties in facts.all("properties") for name in properties}
    spare = (
        name for name in (*SPARE_NAMES, *_listed_names(facts)) if name not in declared and _admissible(facts, name)
    )
    return (*_pattern_names(facts), *([next(spare, "prove400")] if asked else ()))


def _listed_names(facts: Facts, count: int = 1) -> Iterator[str]:
    """Give names that `propertyNames` speaks of."""
    for schema in facts.all("propertyNames"):
        if isinstance(schema, dict):
            yield from (name for name in schema.get("enum", ()) if isinstance(name, str))
            yield from drawn(schema["pattern"], count) if "pattern" in schema else ()


def _pattern_names(facts: Facts) -> Iterator[str]:
    """Give one name for each pattern."""
    for names in _names_of_patterns(facts, 1):
        yield from islice(names, 1)


def _names_of_patterns(facts: Facts, count: int) -> Iterator[Iterator[str]]:
    """Give names for each pattern, `count` at least where so many are found."""
    for patterns in facts.all("patternProperties"):
        for pattern in patterns:
            texts = list(drawn(pattern, count))
            longer = (f"{text}{turn}" for turn in range(2, count + 1) for text in texts[:1])
            yield filter(partial(matches, pattern), chain(SPARE_NAMES, texts, longer))


def _spare_names(facts: Facts, count: int) -> Iterator[str]:
    """Give names to fill an object up with until it has `count`: those that patterns name, in turn, first."""
    turns = zip_longest(*_names_of_patterns(facts, count))
    yield from (name for turn in turns for name in turn if name is not None)
    yield from (*SPARE_NAMES, *(f"x{i}" for i in range(2, count + 2)), *_listed_names(facts, count))


def _dependents(facts: Facts, names: list[str], goal: Goal | None) -> Iterator[str]:
    """Give the names that others bring with them; of the goal, all but the one that is to be missing."""
    for keyword in ("dependentRequired", "dependencies"):
        own = [facts.goal[1]] if facts.goal and facts.breaks(keyword) and goal and goal.member else []
        for listed in (*facts.all(keyword), *own):
            for name in names:
                if isinstance(listed.get(name), list):
                    yield from listed[name]
    for name in names:
        for schemas in (*facts.all("dependentSchemas"), *facts.all("dependencies")):
            if isinstance(schemas.get(name), dict):
                yield from schemas[name].get("required", ())


def _sized(facts: Facts, names: list[str], required: list[str]) -> list[str]:
    """Add or drop names until there are as many as allowed, or one more or less where that is the goal."""
    least = max((int(n) for n in facts.all("minProperties")), default=0)
    most = min((int(n) for n in facts.all("maxProperties")), default=10_000)
    if facts.goal and facts.goal[0] == "maxProperties":
        least = max(least, int(facts.goal[1]) + 1)
    if facts.goal and facts.goal[0] == "minProperties":
        most = min(most, int(facts.goal[1]) - 1)
    for name in _spare_names(facts, least) if len(names) < least else ():
        if len(names) >= least:
            break
        if name not in names and _admissible(facts, name):
            names = [*names, name]
    while len(names) > most and any(name not in required for name in names):
        names.remove(next(name for name in reversed(names) if name not in required))
    return names


def _member_nodes(schemas: Schemas, facts: Facts, name: str) -> list[Node]:
    """Give every schema that applies to a member (2020-12 core, section 10.3.2)."""
    found: list[Node] = []
    for node in facts.nodes:
        found.extend(_own_member_nodes(schemas, facts, node, name))
    if not found:
        found = [
            schemas.child(node, "unevaluatedProperties")
            for node in facts.nodes
            if "unevaluatedProperties" in node.keywords and not _is_goal(facts, node, "unevaluatedProperties")
        ]
    return found


def _own_member_nodes(schemas: Schemas, facts: Facts, node: Node, name: str) -> list[Node]:
    keywords = node.keywords
    own = []
    if name in keywords.get("properties", {}):
        own.append(schemas.child(node, "properties", name))
    own.extend(
        schemas.child(node, "patternProperties", pattern)
        for pattern in keywords.get("patternProperties", {})
        if matches(pattern, name)
    )
    if not own and "additionalProperties" in keywords and not _is_goal(facts, node, "additionalProperties"):
        own.append(schemas.child(node, "additionalProperties"))
    return own


def _is_goal(facts: Facts, node: Node, keyword: str) -> bool:
    return facts.goal is not None and facts.goal[2] is node and facts.goal[0] == keyword
