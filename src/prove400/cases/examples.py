"""Valid requests that a contract names itself: each example that it publishes, and null wherever it may be at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from prove400 import pointer
from prove400.cases.context import Context
from prove400.cases.values import written
from prove400.model import Case, Constraint, Obligation, Part, Request, Side
from prove400.validation import ALL_TYPES, Change, Rewriting
from prove400.witness import body_examples, parameter_examples, without_unsent

Written = tuple[Request, Change | Rewriting | None]
"""A request, and how it came of the witness's, where that tells what to judge."""
MOST = 8
"""Examples of one body, or of one parameter, that are sent."""
MOST_NULLS = 100
"""Members that are null at once."""


def example_cases(context: Context, whole: Constraint, *, is_main: bool) -> Iterator[Case]:
    """Give a case for each example of the body as it is written, and beside the main body of each parameter."""
    yield from _valid(context, whole, "witness.example", islice(_bodies(context), MOST))
    for parameter, _ in context.witness.parameters if is_main else ():
        at = pointer.join("", parameter.name)
        own = replace(whole, part=parameter.part, instance_location=at, keyword_location=parameter.location)
        examples = islice(parameter_examples(parameter, context.judge), MOST)
        sent = (written(parameter.part, context.witness, at, value) for value in examples)
        yield from _valid(context, own, "witness.example", filter(None, sent))


def _bodies(context: Context) -> Iterator[Written]:
    """Give the witness with each example of its body, less what is read-only."""
    witness, schemas, media = context.witness, context.schemas, context.witness.media
    if media is not None:
        for example in body_examples(schemas, media):
            yield replace(witness, body=without_unsent(example, schemas, media)).request, None


def null_cases(context: Context, whole: Constraint) -> Iterator[Case]:
    """Give a case in which every member that may be null is, where these are several."""
    witness, changed = context.witness, 0
    for at in islice(_nullable(context), MOST_NULLS):
        with_null = witness.with_value(Part.BODY, at, None)
        if not context.judge.faults(with_null.request):
            witness, changed = with_null, changed + 1
    if changed > 1:
        yield from _valid(context, whole, "witness.nulls", [(witness.request, None)])


def _nullable(context: Context) -> Iterator[str]:
    """Give the places of members whose schemas name null among their types, of those inside one another the outer."""
    outer: tuple[str, ...] = ()
    for at, value in pointer.walk(context.witness.body) if context.witness.has_body else ():
        nodes = context.placed[0].nodes(Part.BODY, at)
        admitted = ALL_TYPES.intersection(*(context.judge.types.at(node.location) for node in nodes))
        if at and "null" in admitted and admitted != ALL_TYPES and not at.startswith(outer):
            outer = (*outer, f"{at}/") if isinstance(value, dict | list) else outer
            yield at


def _valid(context: Context, constraint: Constraint, operator: str, made: Iterable[Written]) -> Iterator[Case]:
    """Give a case for each request that is new and that the judge admits."""
    sent = {context.request}
    for request, change in made:
        if request not in sent and not context.judge.faults(request, change):
            sent.add(request)
            obligation = Obligation(constraint, operator, Side.VALID)
            yield context.case(obligation, request, at=constraint.instance_location, witness=request)
