"""Value → faults of the discriminators that apply in it (OpenAPI 3.1.1 section 4.8.25).

A discriminator changes no validation outcome, so that it says something of its own only where its schema admits the
value: its property is to name a schema, and that schema is to admit the value as well. A name of no schema SHOULD fail
validation; all else is advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.applicators import APPLICATORS, UNKNOWN, Step, walk
from prove400.contract.discriminators import (
    Discriminator,
    branch_location,
    derived,
    discriminates,
    discriminator_of,
)
from prove400.contract.schemas import Node, Schemas
from prove400.model import Severity
from prove400.serialization import scalar_text
from prove400.validation.fault import Fault
from prove400.validation.schemas import SchemaValidators

DISCRIMINATOR = "discriminator"
"""The rule of its faults: no schema refuses the value."""
_UNJUDGED = ("/then", "/else", "/propertyNames", "/contains")


def discriminator_faults(validators: SchemaValidators, location: str, value: Any, prefix: str = "") -> Iterator[Fault]:
    """Give the faults of every discriminator that applies somewhere in a value of the schema at a location.

    The value stands at the place `prefix`.
    """
    schemas = validators.schemas
    root = schemas.node(location)
    if not discriminates(schemas, root):
        return

    def enter(step: Step, inner: Any) -> bool:
        location = step.node.location
        return not step.is_branch or (not location.endswith(_UNJUDGED) and validators.at(location).is_valid(inner))

    def steps(_: Schemas, node: Node, inner: Any) -> Iterator[tuple[str, Step]]:
        return _leading_steps(validators, node, inner)

    applied: dict[str, dict[str, Node]] = {}
    for place in walk(schemas, root, value, enter=enter, steps=steps):
        applied.setdefault(place.at, {})[place.node.location] = place.node
    for at, nodes in applied.items():
        for node in nodes.values():
            discriminator = discriminator_of(schemas, node)
            instance = pointer.get(value, at)
            if discriminator is not None and isinstance(instance, dict) and not _is_said_above(schemas, node, nodes):
                yield from _faults(validators, discriminator, node, prefix + at, instance, nodes)


def _leading_steps(validators: SchemaValidators, node: Node, value: Any) -> Iterator[tuple[str, Step]]:
    """Give the steps from a schema that lead to a discriminator."""
    key = (node.location, node.scope)
    if key not in validators.leading:
        found = ((keyword, _listed_steps(validators.schemas, node, keyword)) for keyword in node.keywords)
        validators.leading[key] = tuple((keyword, listed) for keyword, listed in found if listed != ())
    for keyword, listed in validators.leading[key]:
        if listed is None:
            every = APPLICATORS[keyword](validators.schemas, node, value)
            yield from ((keyword, step) for step in every if discriminates(validators.schemas, step.node))
        elif keyword == "oneOf":
            yield from ((keyword, step) for step in _named_steps(validators, node, value, listed))
        else:
            own = (step for step in listed if step.token is None or (isinstance(value, dict) and step.token in value))
            yield from ((keyword, step) for step in own)


def _listed_steps(schemas: Schemas, node: Node, keyword: str) -> tuple[Step, ...] | None:
    """Give the steps by a keyword that lead to a discriminator; None where they depend on more than members' names."""
    if keyword == "properties":
        children = ((schemas.child(node, keyword, name), name) for name in node.keywords[keyword])
        return tuple(Step(child, name, name) for child, name in children if discriminates(schemas, child))
    if keyword in ("allOf", "anyOf", "oneOf"):
        every = APPLICATORS[keyword](schemas, node, UNKNOWN)
        return tuple(step for step in every if discriminates(schemas, step.node))
    return None if keyword in APPLICATORS else ()


def _named_steps(validators: SchemaValidators, node: Node, value: Any, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Give the step to the branch of `oneOf` that a value names: where it is valid, no other branch is."""
    discriminator = discriminator_of(validators.schemas, node) if len(steps) > 1 and isinstance(value, dict) else None
    named = named_schema(discriminator, value) if discriminator else None
    if not (named and validators.at(named).is_valid(value) and validators.at(node.location).is_valid(value)):
        return steps
    return tuple(step for step in steps if branch_location(validators.schemas, step.node) == named) or steps


def _is_said_above(schemas: Schemas, node: Node, applied: dict[str, Node]) -> bool:
    """Tell whether a parent's discriminator is that of a list of its children, too."""
    own = discriminator_of(schemas, node)
    others = (discriminator_of(schemas, other) for other in applied.values())
    listed = {other.property_name for other in others if other and other.is_listed}
    return own is not None and not own.is_listed and own.property_name in listed


def _faults(  # noqa: PLR0913 — a discriminator, and where it applies
    validators: SchemaValidators,
    discriminator: Discriminator,
    node: Node,
    at: str,
    instance: dict[str, Any],
    applied: dict[str, Node],
) -> Iterator[Fault]:
    children = () if discriminator.is_listed else derived(validators.schemas, node.location)
    asked = [location for location in applied if location in children] or [node.location]
    if not any(validators.at(location).is_valid(instance) for location in asked):
        return
    named = named_schema(discriminator, instance)
    within = {other for child in asked for other in (child, *derived(validators.schemas, child))}
    of_another = bool(named) and not discriminator.is_listed and named not in within
    if named is None or of_another or (named and not validators.at(named).is_valid(instance)):
        yield discriminator_fault(discriminator, node, at, instance)


def named_schema(discriminator: Discriminator, instance: dict[str, Any]) -> str | None:
    """Give the location of the schema that an object names; None where it names none, empty where nobody can tell."""
    key = discriminator.property_name
    return discriminator.names.get(scalar_text(instance[key])) if key in instance else None


def discriminator_fault(discriminator: Discriminator, node: Node, at: str, instance: dict[str, Any]) -> Fault:
    """Give the fault of a discriminator: an error where the standard would have validation fail, else a warning."""
    is_unknown = discriminator.property_name in instance and named_schema(discriminator, instance) is None
    is_error = is_unknown and discriminator.is_listed
    return Fault(
        at,
        pointer.join(node.location, "discriminator"),
        discriminator.property_name,
        rule=DISCRIMINATOR,
        also=(at,),
        names_member=True,
        severity=Severity.ERROR if is_error else Severity.WARNING,
    )
