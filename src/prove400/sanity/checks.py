"""The checks of the model: small functions over the answers of one operation, in one table, each with its examples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prove400 import pointer
from prove400.model import Reply, Request, Verdict
from prove400.oracle import numbers
from prove400.sanity.answers import Answer, Values, Word, identity
from prove400.sanity.limits import Limits
from prove400.sanity.outputs import UNSAID, Outputs, words

SLOWEST = 0.5
"""Seconds that a first prediction may always take: below, a multiple of microseconds is the machine's noise."""
NOT_FINITE = frozenset({"inf", "infinity", "nan", "-inf", "-infinity", "+inf", "+infinity"})
"""Spellings, in lower case, of what is no finite number."""
HOLDS = Word(holds=True)

Look = Callable[[Sequence[Answer], Outputs, Limits], Word]
"""Judges the answers of one operation, in the order in which they came."""


@dataclass(frozen=True, slots=True)
class Example:
    """Two series of answers: one that passes a check, and one that fails it."""

    passing: tuple[Answer, ...]
    failing: tuple[Answer, ...]
    outputs: Outputs


@dataclass(frozen=True, slots=True)
class Check:
    """One check, with the verdict of what fails it."""

    slug: str
    look: Look
    concerns: Callable[[Outputs], bool]  # whether the contract gives it anything to look at
    examples: tuple[Example, ...]
    verdict: Verdict = Verdict.IMPLAUSIBLE


def finite(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:  # noqa: ARG001 — one signature
    """Every predicted number is finite; the oracle has judged its declared range already."""
    for answer in series:
        for at, value in answer.predictions.items():
            if _is_endless(value):
                return Word(holds=False, message=f"predicted {str(value)[:20]} at {at or 'the root'}", answer=answer)
    return HOLDS if series else Word(None, "no answer was seen")


def _is_endless(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in NOT_FINITE
    return any(not math.isfinite(number) or abs(number) == _LARGEST for _, number in numbers(value))


_LARGEST = next(number for _, number in numbers(10**400))  # what stands for an integer beyond the doubles


def constant(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:  # noqa: ARG001 — one signature
    """Some prediction changes over inputs that differ in everything that can differ."""
    distinct = {identity(answer.inputs): answer for answer in series if answer.predictions}
    answers = list(distinct.values())
    if len({identity(answer.predictions) for answer in answers}) > 1:
        return HOLDS
    if len(answers) < limits.inputs:
        return Word(None, f"{len(answers)} different inputs, {limits.inputs} are needed")
    if fixed := next(_unvaried(answers), ""):
        return Word(None, f"the valid requests do not vary {fixed}")
    shown = ", ".join(f"{at or 'the root'} {value!r}" for at, value in list(answers[0].predictions.items())[:3])
    message = f"{len(answers)} different valid inputs got the same prediction: {shown}"
    return Word(holds=False, message=message, answer=answers[-1], beside=answers[0])


def _unvaried(answers: Sequence[Answer]) -> Iterator[str]:
    """Give the inputs that had one value only: a prediction may well depend on nothing else."""
    seen: dict[str, set[Hashable]] = {}
    for answer in answers:
        for at, value in answer.inputs.items():
            place = pointer.template(at)
            seen.setdefault(place, set()).add(identity({"": value}))
    for place, values in seen.items():
        if len(values) == 1 and not words(place.rpartition("/")[2]) & UNSAID:
            yield place


def repeatable(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:  # noqa: ARG001 — one signature
    """Equal requests get equal predictions."""
    first: dict[Request, Answer] = {}
    repeated = False
    for answer in series:
        before = first.setdefault(answer.request, answer)
        repeated |= before is not answer
        if (at := differing(before, answer, limits.tolerance)) is not None:
            one, two = (seen.predictions.get(at) for seen in (before, answer))
            message = f"the same request got two predictions: {at or 'the root'} {one!r}, then {two!r}"
            return Word(holds=False, message=message, answer=answer, beside=before, at=at)
    return HOLDS if repeated else Word(None, "no request was sent twice")


def differing(before: Answer, after: Answer, tolerance: float) -> str | None:
    """Give the first place where two predictions differ; None where they agree."""
    for at in sorted(before.predictions.keys() | after.predictions.keys()):
        one, two = (answer.predictions.get(at) for answer in (before, after))
        if not _equal(one, two, tolerance):
            return at
    return None


def _equal(one: Any, two: Any, tolerance: float) -> bool:
    found = [list(numbers(value)) for value in (one, two)]
    if found[0] and found[1]:
        return math.isclose(found[0][0][1], found[1][0][1], rel_tol=tolerance, abs_tol=tolerance)
    return bool(one == two)


def probabilities(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:
    """What the contract says are probabilities are in [0, 1], and those that belong together sum to 1."""
    looked = False
    for answer in series:
        for at, items in answer.distributions.items():
            if not outputs.declared and _is_one_for_each_row(answer, items):
                continue
            looked = True
            if message := _improper(items, limits.sum_tolerance):
                return Word(holds=False, message=f"{at or 'the root'} {message}", answer=answer)
    return HOLDS if looked else Word(None, "no probabilities were answered")


def _improper(items: list[Any], tolerance: float) -> str:
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        return f"holds what is no number: {items[:4]!r}"
    beyond = next((item for item in items if not 0 <= item <= 1), None)
    if beyond is not None:
        return f"holds {beyond!r}, which is no probability"
    total = math.fsum(items)
    slack = tolerance + len(items) * 0.5 * 10.0 ** -max(map(_decimals, items))
    return "" if abs(total - 1) <= slack else f"sums to {total:.6g}, not to 1"


def _decimals(item: float) -> int:
    """Give how many decimals a number is written with: they may all have been rounded there."""
    text = repr(item)
    return 17 if "e" in text else len(text.partition(".")[2])


def _is_one_for_each_row(answer: Answer, items: list[Any]) -> bool:
    """Tell whether numbers may be one for each row of a batch: of one class, they need not sum to anything."""
    return len(items) == 1 or len(items) in _lengths(answer.inputs)


def _lengths(inputs: Values) -> set[int]:
    """Give the lengths of the arrays of a request."""
    found: dict[str, int] = {}
    for at in inputs:
        tokens = at.split("/")
        for place, token in enumerate(tokens):
            if token.isdecimal():
                array = "/".join(tokens[:place])
                found[array] = max(found.get(array, 0), int(token) + 1)
    return set(found.values())


def first_request(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:  # noqa: ARG001 — one signature
    """The first prediction takes no more than a multiple of the median."""
    times = [answer.reply.seconds for answer in series]
    if len(times) <= limits.inputs:
        return Word(None, f"{len(times)} predictions were seen")
    usual = statistics.median(times[1:])
    if times[0] <= max(SLOWEST, limits.first_request * usual):
        return HOLDS
    message = f"the first prediction took more than {limits.first_request:g} times the median"
    return Word(holds=False, message=message, answer=series[0])


def version(series: Sequence[Answer], outputs: Outputs, limits: Limits) -> Word:  # noqa: ARG001 — one signature
    """Equal requests are answered by the same model."""
    first: dict[Request, Answer] = {}
    repeated = False
    for answer in series:
        before = first.setdefault(answer.request, answer)
        repeated |= before is not answer and bool(before.versions)
        for at in sorted(before.versions.keys() & answer.versions.keys()):
            if before.versions[at] != answer.versions[at]:
                message = f"{at} was {before.versions[at]!r}, then {answer.versions[at]!r}"
                return Word(holds=False, message=message, answer=answer, beside=before)
    return HOLDS if repeated else Word(None, "no request that tells the model was sent twice")


def _at(at: str, *values: Any, **more: Any) -> tuple[Answer, ...]:
    """Make answers of a series: the n-th request has the input n and the prediction that stands there."""
    return tuple(_answer(index, {at: value}, **more) for index, value in enumerate(values))


def _answer(index: int, predictions: Values, seconds: float = 0.0, **more: Any) -> Answer:
    request = Request("POST", "/predict", body=b'{"carat": %d}' % index)
    return Answer(request, Reply(200, seconds=seconds), {"/carat": index}, predictions, **more)


def _spread(*lists: list[float]) -> tuple[Answer, ...]:
    return tuple(_answer(index, {}, distributions={"/proba": items}) for index, items in enumerate(lists))


def _versions(*names: str) -> tuple[Answer, ...]:
    return tuple(_answer(0, {}, versions={"/model_version": name}) for name in names)


PRICE = Outputs(numbers=frozenset({"/price"}))
LABEL = Outputs(labels=frozenset({"/label"}))
PROBA = Outputs(declared=frozenset({"/proba"}))
MODEL = Outputs(versions=frozenset({"/model_version"}))

CHECKS: tuple[Check, ...] = (
    Check(
        "model.finite",
        finite,
        lambda outputs: bool(outputs.numbers),
        (
            Example(_at("/price", 326, 1e300), _at("/price", 326, 10**400), PRICE),
            Example(_at("/price", 0.0, -1.5), _at("/price", 0.0, "NaN"), PRICE),
        ),
    ),
    Check(
        "model.constant",
        constant,
        lambda outputs: bool(outputs.predictions),
        (
            Example(_at("/price", *[326] * 8, 327), _at("/price", *[326] * 8), PRICE),
            Example(_at("/label", *"aaaaaaab"), _at("/label", *"aaaaaaaa"), LABEL),
        ),
    ),
    Check(
        "model.repeatable",
        repeatable,
        lambda outputs: bool(outputs.predictions),
        (
            Example(
                (*_at("/price", 326), *_at("/price", 326 + 1e-10)), (*_at("/price", 326), *_at("/price", 327)), PRICE
            ),
            Example((*_at("/label", "a"), *_at("/label", "a")), (*_at("/label", "a"), *_at("/label", "b")), LABEL),
        ),
        Verdict.UNSTABLE,
    ),
    Check(
        "model.probabilities",
        probabilities,
        lambda outputs: bool(outputs.declared | outputs.named),
        (
            Example(_spread([0.25, 0.75], [0.33, 0.33, 0.33]), _spread([0.25, 0.75], [0.5, 0.75]), PROBA),
            Example(_spread([0, 1], [0.5, 0.5]), _spread([1.25, -0.25]), PROBA),
        ),
    ),
    Check(
        "model.first-request",
        first_request,
        lambda outputs: bool(outputs.predictions),
        (
            Example(
                (_answer(0, {}, 0.4), *(_answer(n, {}, 0.001) for n in range(1, 10))),
                (_answer(0, {}, 4.0), *(_answer(n, {}, 0.001) for n in range(1, 10))),
                PRICE,
            ),
        ),
    ),
    Check(
        "model.version",
        version,
        lambda outputs: bool(outputs.versions),
        (Example(_versions("a-1", "a-1"), _versions("a-1", "a-2"), MODEL),),
        Verdict.UNSTABLE,
    ),
)
"""Every check of a series of answers, in the order in which obligations are listed."""
