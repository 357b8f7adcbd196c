"""Tensors: some missing or unknown, shape and data that differ, elements of no such datatype (`prove400.tensors`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prove400.model import Side
from prove400.mutations.operator import Example, Mutate, Operator, Subject
from prove400.tensors import DATATYPES, ELEMENTS, SHAPE, TENSORS, Datatype, dimensions, elements, nested

NAMED = {TENSORS: ["a", "b"]}
A, B = {"name": "a", "data": [1]}, {"name": "b", "data": [2]}
WHOLE = {SHAPE: True}
TENSOR = {"shape": [1, 2], "data": [0.5, 2.5]}
DOUBLES, BYTES, SMALL, TRUTHS = ({ELEMENTS: name} for name in ("FP64", "BYTES", "UINT8", "BOOL"))


def listed(change: Callable[[list[Any]], Iterator[list[Any]]]) -> Mutate:
    """Make a mutation of the array that tensors stand in."""

    def mutate(subject: Subject) -> Iterator[list[Any]]:
        if isinstance(subject.value, list) and all(isinstance(tensor, dict) for tensor in subject.value):
            yield from change(subject.value)

    return mutate


def without_each(tensors: list[Any]) -> Iterator[list[Any]]:
    """Leave one tensor out, each in turn."""
    yield from ([*tensors[:index], *tensors[index + 1 :]] for index in range(len(tensors)))


def renamed(rename: Callable[[str], Any]) -> Mutate:
    """Make a mutation that gives one tensor another name, each in turn."""
    return listed(
        lambda tensors: (
            [*tensors[:i], {**tensor, "name": rename(str(tensor.get("name")))}, *tensors[i + 1 :]]
            for i, tensor in enumerate(tensors)
        )
    )


def unnamed(tensors: list[Any]) -> Iterator[list[Any]]:
    """Leave the name of the first tensor out."""
    for first in tensors[:1]:
        yield [{key: value for key, value in first.items() if key != "name"}, *tensors[1:]]


def reordered(tensors: list[Any]) -> Iterator[list[Any]]:
    """Send the tensors in reverse order; names tell them apart."""
    if len(tensors) > 1:
        yield tensors[::-1]


def reshaped(change: Callable[[int], int]) -> Mutate:
    """Make a mutation that says another length of each dimension in turn."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        shape = _member(subject, "shape")
        for index, length in enumerate(shape):
            if isinstance(length, int):
                yield {**subject.value, "shape": [*shape[:index], change(length), *shape[index + 1 :]]}

    return mutate


def refilled(change: Callable[[list[Any]], list[Any]]) -> Mutate:
    """Make a mutation that sends other data with the same shape."""

    def mutate(subject: Subject) -> Iterator[dict[str, Any]]:
        if data := _member(subject, "data"):
            yield {**subject.value, "data": change(data)}

    return mutate


def as_nested(subject: Subject) -> Iterator[dict[str, Any]]:
    """Nest the elements as the shape says; flat ones are as good."""
    shape, data = _member(subject, "shape"), _member(subject, "data")
    if len(shape) > 1 and dimensions(data) == [len(data)]:
        yield {**subject.value, "data": nested(shape, data)}


def _member(subject: Subject, name: str) -> list[Any]:
    found = subject.value.get(name) if isinstance(subject.value, dict) else None
    return found if isinstance(found, list) else []


def element(*makes: Callable[[Datatype, Any], Iterator[Any]]) -> Mutate:
    """Make a mutation that puts something else in the place of the first element, and of the last."""

    def mutate(subject: Subject) -> Iterator[list[Any]]:
        known, whole = DATATYPES.get(str(subject.expected)), list(elements(subject.value))
        if known is None or not whole or not isinstance(subject.value, list):
            return
        for last in (False, True) if len(whole) > 1 else (False,):
            for make in makes:
                for new in make(known, whole[-1 if last else 0]):
                    yield _replaced(subject.value, new, last=last)

    return mutate


def _replaced(data: list[Any], new: Any, *, last: bool) -> list[Any]:
    index = len(data) - 1 if last else 0
    inner = data[index]
    changed = _replaced(inner, new, last=last) if isinstance(inner, list) and inner else new
    return [*data[:index], changed, *data[index + 1 :]]


def of_types(*types: str) -> Callable[[Callable[[Any], Any]], Callable[[Datatype, Any], Iterator[Any]]]:
    """Make what gives a new element where elements are of some JSON types."""

    def around(new: Callable[[Any], Any]) -> Callable[[Datatype, Any], Iterator[Any]]:
        return lambda known, value: iter([new(value)] if known.type in types else [])

    return around


def past_range(known: Datatype, _: Any) -> Iterator[Any]:
    """Give the integers next to those that the datatype has."""
    if known.minimum is not None and known.maximum is not None:
        yield from (known.maximum + 1, known.minimum - 1)


_numbers, _any = of_types("number", "integer"), of_types("number", "integer", "boolean", "string")

OPERATORS = (
    Operator(f"{TENSORS}.missing", listed(without_each), (Example(NAMED, [A, B], [B]),)),
    Operator(
        f"{TENSORS}.unknown",
        listed(lambda t: iter([[*t, {**t[-1], "name": "prove400"}]] if t else [])),
        (Example(NAMED, [A, B], [A, B, {**B, "name": "prove400"}]),),
    ),
    Operator(
        f"{TENSORS}.twice", listed(lambda t: iter([[*t, t[0]]] if t else [])), (Example(NAMED, [A, B], [A, B, A]),)
    ),
    Operator(f"{TENSORS}.none", listed(lambda _: iter([[]])), (Example(NAMED, [A, B], []),)),
    Operator(f"{TENSORS}.case", renamed(str.swapcase), (Example(NAMED, [A, B], [A, {**B, "name": "B"}]),)),
    Operator(f"{TENSORS}.number-name", renamed(lambda _: 1), (Example(NAMED, [A, B], [{**A, "name": 1}, B]),)),
    Operator(f"{TENSORS}.unnamed", listed(unnamed), (Example(NAMED, [A, B], [{"data": [1]}, B]),)),
    Operator(f"{TENSORS}.order", listed(reordered), (Example(NAMED, [A, B], [B, A]),), Side.VALID),
    Operator(f"{SHAPE}.more", reshaped(lambda n: n + 1), (Example(WHOLE, TENSOR, {**TENSOR, "shape": [2, 2]}),)),
    Operator(f"{SHAPE}.none", reshaped(lambda _: 0), (Example(WHOLE, TENSOR, {**TENSOR, "shape": [0, 2]}),)),
    Operator(f"{SHAPE}.negative", reshaped(lambda n: -n), (Example(WHOLE, TENSOR, {**TENSOR, "shape": [-1, 2]}),)),
    Operator(f"{SHAPE}.unknown", reshaped(lambda _: -1), (Example(WHOLE, TENSOR, {**TENSOR, "shape": [1, -1]}),)),
    Operator(f"{SHAPE}.short", refilled(lambda d: d[:-1]), (Example(WHOLE, TENSOR, {**TENSOR, "data": [0.5]}),)),
    Operator(
        f"{SHAPE}.long", refilled(lambda d: [*d, d[-1]]), (Example(WHOLE, TENSOR, {**TENSOR, "data": [0.5, 2.5, 2.5]}),)
    ),
    Operator(f"{SHAPE}.empty", refilled(lambda _: []), (Example(WHOLE, TENSOR, {**TENSOR, "data": []}),)),
    Operator(
        f"{SHAPE}.ragged",
        refilled(lambda d: [*d[:-1], [d[-1]]]),
        (Example(WHOLE, TENSOR, {**TENSOR, "data": [0.5, [2.5]]}),),
    ),
    Operator(f"{SHAPE}.nested", as_nested, (Example(WHOLE, TENSOR, {**TENSOR, "data": [[0.5, 2.5]]}),), Side.VALID),
    Operator(f"{ELEMENTS}.numeric-text", element(_numbers(str)), (Example(DOUBLES, [0.5, 2.5], ["0.5", 2.5]),)),
    Operator(
        f"{ELEMENTS}.text",
        element(of_types("number", "integer", "boolean")(lambda _: "prove400")),
        (Example(DOUBLES, [0.5, 2.5], [0.5, "prove400"]),),
    ),
    Operator(f"{ELEMENTS}.boolean", element(_numbers(lambda _: True)), (Example(DOUBLES, [0.5], [True]),)),
    Operator(
        f"{ELEMENTS}.number",
        element(of_types("boolean", "string")(lambda _: 1)),
        (Example(BYTES, ["a", "b"], [1, "b"]), Example(TRUTHS, [True], [1])),
    ),
    Operator(f"{ELEMENTS}.null", element(_any(lambda _: None)), (Example(BYTES, [["a"], ["b"]], [["a"], [None]]),)),
    Operator(
        f"{ELEMENTS}.object",
        element(_any(lambda value: {"value": value})),
        (Example(DOUBLES, [0.5], [{"value": 0.5}]),),
    ),
    Operator(f"{ELEMENTS}.fraction", element(of_types("integer")(lambda _: 1.5)), (Example(SMALL, [1], [1.5]),)),
    Operator(f"{ELEMENTS}.past-range", element(past_range), (Example(SMALL, [1], [256]),)),
    Operator(
        f"{ELEMENTS}.whole", element(of_types("number")(lambda _: 1)), (Example(DOUBLES, [0.5], [1]),), Side.VALID
    ),
)
"""Every way in which a tensor's three members, or its elements, do not agree."""
