"""The answer's side: labels that a contract lists, and classes of the model that are not among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove400.applicators import Place as Schema
from prove400.applicators import walk
from prove400.audit.facts import Facts
from prove400.audit.places import members
from prove400.audit.weakness import Level, Rule, Weakness
from prove400.model import Media, Operation
from prove400.validation import SchemaValidators


def check(operation: Operation, validators: SchemaValidators, facts: Facts) -> Iterator[Weakness]:
    """Say which classes an operation's answer cannot hold although it lists others at the same place.

    Whether it can is asked of the validator of the place's schema. A class may stand in JSON as it is, or as its text.
    """
    answers = validators.of_responses()
    listed = [media for r in operation.responses if r.status.startswith("2") for media in r.media]
    for media in listed if len(facts.classes) > 1 else ():
        for template, schema in _listing(answers, media):
            admits = answers.at(schema.node.location).is_valid
            known = [label for label in facts.classes if admits(label) or admits(str(label))]
            lacking = [label for label in facts.classes if label not in known]
            if known and lacking:
                names = ", ".join(map(str, lacking))
                message = f"the answer's labels lack what the model can answer: {names}"
                suggestion = {"enum": list(facts.classes)}
                at, location = template, schema.node.location
                yield Weakness(
                    Rule.LABEL, Level.ERROR, operation.label, "response", at, location, message, lacking[0], suggestion
                )


def _listing(answers: SchemaValidators, media: Media) -> Iterator[tuple[str, Schema]]:
    """Give the outermost schema of each place of an answer that lists texts or numbers."""
    if not isinstance(media.schema, dict):
        return
    outermost: dict[str, Schema] = {}
    listing: dict[str, list[Any]] = {}
    for place in walk(answers.schemas, answers.schemas.node(media.location)):
        if not place.is_name:
            outermost.setdefault(place.template, place)
            listing.setdefault(place.template, []).extend(members(place.node))
    yield from ((template, outermost[template]) for template, members in listing.items() if members)
