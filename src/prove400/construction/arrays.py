"""Arrays: how many items, and what each of them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prove400.construction.choices import Choices
from prove400.construction.facts import Facts, Goal
from prove400.contract.schemas import Node, Schemas
from prove400.errors import WitnessError

BuildItem = Callable[[list[Node], list[Any], bool], Any]
"""Build an item for schemas, unlike those given where that is possible; the flag tells that it may be left out."""
ITEMS = 3
"""Items where they are to differ or to break something: first, middle and last."""
_MOST = 10_000


def build_array(schemas: Schemas, facts: Facts, choices: Choices, build: BuildItem, goal: Goal | None) -> list[Any]:
    """Build an array; raises `WitnessError` where an item that must be there cannot be."""
    count = choices.pick(_counts(schemas, facts))
    must_hold = _containing(schemas, facts)
    if count > _MOST:
        raise WitnessError(f"an array of {count} items is too large to build", where=facts.nodes[0].location)
    least = max(_up_to_goal(schemas, facts, goal), *(int(n) for n in facts.all("minItems")), 0)
    value: list[Any] = []
    unique = True in facts.all("uniqueItems")
    for index in range(count):
        contained = must_hold[index] if index < len(must_hold) else []
        nodes = [*_item_nodes(schemas, facts, index), *contained]
        optional = index >= least and not contained and facts.goal is None
        try:
            value.append(_item(nodes, value, build, optional=optional, unique=unique))
        except WitnessError:
            if not optional:
                raise
            break
    return _twinned(facts, value)


def _up_to_goal(schemas: Schemas, facts: Facts, goal: Goal | None) -> int:
    """Give how many items there must be for the one that holds the goal to be there."""
    if goal is None:
        return 0
    ends = [0]
    for node in facts.nodes:
        for keyword in ("prefixItems", "items"):
            asked = node.keywords.get(keyword)
            if isinstance(asked, list):
                held = [(index + 1, schemas.child(node, keyword, index)) for index in range(len(asked))]
            else:
                held = [(len(node.keywords.get("prefixItems", ())) + 1, schemas.child(node, keyword))] if asked else []
            ends += [end for end, item in held if goal.is_under(item.location)]
    return max(ends)


def _item(nodes: list[Node], before: list[Any], build: BuildItem, *, optional: bool, unique: bool) -> Any:
    if nodes:
        return build(nodes, before if unique else [], optional)
    return len(before) if unique else 1


def _twinned(facts: Facts, value: list[Any]) -> list[Any]:
    return [*value[:-1], value[0]] if facts.breaks("uniqueItems") and len(value) > 1 else value


def _counts(schemas: Schemas, facts: Facts) -> list[int]:
    """Give the lengths to try, the likeliest first."""
    least = max((int(n) for n in facts.all("minItems")), default=0)
    most = min((int(n) for n in facts.all("maxItems")), default=_MOST)
    if facts.goal and facts.goal[0] in ("minItems", "maxItems"):
        exact = int(facts.goal[1]) + (1 if facts.goal[0] == "maxItems" else -1)
        if not least <= exact <= most:
            raise WitnessError("the other bounds leave no such length", where=facts.goal[2].location)
        return [exact]
    prefix = max((len(listed) for listed in _prefixes(facts)), default=0)
    closed = any(_is_closed(node) for node in facts.nodes if not (facts.goal and facts.goal[2] is node))
    usual = ITEMS if facts.goal or True in facts.all("uniqueItems") else 1  # equal items are soon repeated
    wanted = prefix if closed and prefix else max(usual, prefix)
    contained = len(_containing(schemas, facts))
    least = max(least, contained)
    goal_more = [prefix + 1] if facts.goal and facts.goal[0] in ("items", "additionalItems", "unevaluatedItems") else []
    options = [*goal_more, max(wanted, contained), prefix, contained, 0, 1, 2, prefix + 1, prefix + 2]
    counts = [min(max(n, least), most) for n in options]
    return list(dict.fromkeys(n for n in counts if n >= 0))


def _prefixes(facts: Facts) -> list[list[Any]]:
    return [*facts.all("prefixItems"), *(listed for listed in facts.all("items") if isinstance(listed, list))]


def _is_closed(node: Node) -> bool:
    keywords = node.keywords
    return any(keywords.get(keyword) is False for keyword in ("items", "additionalItems", "unevaluatedItems"))


def _containing(schemas: Schemas, facts: Facts) -> list[list[Node]]:
    """Give, item by item, the schemas of `contains` that the first items are to satisfy."""
    rows: list[list[Node]] = []
    for node in facts.nodes:
        if "contains" not in node.keywords:
            continue
        is_goal = facts.goal is not None and facts.goal[2] is node
        count = _contained(node, facts.goal[0] if facts.goal and is_goal else "")
        rows.extend([] for _ in range(min(count, 100) - len(rows)))
        for row in rows[:count]:
            row.append(schemas.child(node, "contains"))
    return rows


def _contained(node: Node, goal: str) -> int:
    """Give how many items are to satisfy `contains` (2020-12 core, section 10.3.1.3; validation, section 6.4.4)."""
    least = int(node.keywords.get("minContains", 1))
    if goal == "contains":
        return 0
    if goal == "minContains":
        return max(min(least - 1, int(node.keywords.get("maxContains", least))), 0)
    return int(node.keywords["maxContains"]) + 1 if goal == "maxContains" else least


def _item_nodes(schemas: Schemas, facts: Facts, index: int) -> list[Node]:
    """Give every schema that applies to the item at an index (2020-12 core, section 10.3.1)."""
    found: list[Node] = []
    for node in facts.nodes:
        goal = facts.goal[0] if facts.goal and facts.goal[2] is node else ""
        found.extend(_own_item_nodes(schemas, node, index, goal))
    if found:
        return found
    return [
        schemas.child(node, "unevaluatedItems")
        for node in facts.nodes
        if "unevaluatedItems" in node.keywords and not (facts.goal and facts.goal[2] is node)
    ]


def _own_item_nodes(schemas: Schemas, node: Node, index: int, goal: str) -> list[Node]:
    keywords = node.keywords
    prefix = "items" if isinstance(keywords.get("items"), list) else "prefixItems"
    if index < len(keywords.get(prefix, ())):
        return [schemas.child(node, prefix, index)]
    rest = "additionalItems" if prefix == "items" else "items"
    return [schemas.child(node, rest)] if rest in keywords and goal != rest else []
