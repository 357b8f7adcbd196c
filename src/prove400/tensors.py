"""Tensors as JSON: what the Open Inference Protocol says of `shape`, `datatype` and `data`, and JSON Schema cannot.

Three keywords of our own say it in contracts that a reader made. `x-prove400-tensors` stands in the schema of an array
and names the tensors that are in it, each once, in any order. `x-prove400-shape` stands in the schema of a tensor: its
`data` has as many elements as its `shape` says, one after the other or nested as the shape is. `x-prove400-elements`
stands in the schema of `data` and names the datatype that every element is of, however deep. (Open Inference Protocol,
"Tensor Data" and "Tensor Data Types".)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TENSORS, SHAPE, ELEMENTS = "x-prove400-tensors", "x-prove400-shape", "x-prove400-elements"


@dataclass(frozen=True, slots=True)
class Datatype:
    """What JSON an element is, as a schema, and one to begin with."""

    type: str  # of JSON Schema
    element: Any
    minimum: int | None = None
    maximum: int | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of one element."""
        bounds = {} if self.minimum is None else {"minimum": self.minimum, "maximum": self.maximum}
        return {"type": self.type, **bounds}

    def holds(self, value: Any) -> bool:
        """Tell whether a value is such an element."""
        if self.type == "string":
            return isinstance(value, str)
        if isinstance(value, bool) or self.type == "boolean":
            return isinstance(value, bool) and self.type == "boolean"
        if not isinstance(value, int | float) or (self.type == "integer" and value % 1 != 0):
            return False
        return self.minimum is None or self.maximum is None or self.minimum <= value <= self.maximum


DATATYPES = {
    "BOOL": Datatype("boolean", element=True),
    **{f"UINT{bits}": Datatype("integer", 1, 0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": Datatype("integer", 1, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{name: Datatype("number", 1.0) for name in ("FP16", "FP32", "FP64", "BF16")},
    "BYTES": Datatype("string", "a"),
}
"""Datatype of the protocol → its elements."""


def elements(data: Any) -> Iterator[Any]:
    """Give every element of a tensor's data, however deep."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            yield value


def all_hold(datatype: Any, data: Any) -> bool:
    """Tell whether every element is of a datatype; what is no array, and a datatype nobody knows, say nothing."""
    known = DATATYPES.get(str(datatype))
    return known is None or not isinstance(data, list) or all(map(known.holds, elements(data)))


def names_of(tensors: list[Any]) -> list[Any]:
    """Give what the tensors of an array call themselves; None stands for one without a name."""
    return [tensor.get("name") if isinstance(tensor, dict) else None for tensor in tensors]


def are_named(names: Any, tensors: Any) -> bool:
    """Tell whether the tensors of an array are those of some names, each once; what is no array says nothing."""
    if not isinstance(tensors, list):
        return True
    found = names_of(tensors)
    return all(isinstance(name, str) for name in found) and sorted(found) == sorted(names)


def fits(tensor: Any) -> bool:
    """Tell whether a tensor's data is what its shape says; without either, there is nothing to say."""
    shape, data = (tensor.get("shape"), tensor.get("data")) if isinstance(tensor, dict) else (None, None)
    if not (isinstance(data, list) and isinstance(shape, list) and all(map(_is_whole, shape))):
        return True
    if any(length < 0 for length in shape):
        return False
    is_flat = not any(isinstance(item, list) for item in data)
    return (is_flat and len(data) == math.prod(shape)) or _is_nested(shape, data)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0


def _is_nested(shape: list[Any], data: Any) -> bool:
    if not shape:
        return not isinstance(data, list)
    return isinstance(data, list) and len(data) == shape[0] and all(_is_nested(shape[1:], item) for item in data)


def dimensions(data: Any) -> list[int] | None:
    """Give the shape of nested arrays; None where they are not of one shape."""
    if not isinstance(data, list):
        return []
    inner = [dimensions(item) for item in data]
    if any(each is None or each != inner[0] for each in inner):
        return None
    return [len(data), *(inner[0] or ())] if inner else [0]


def nested(shape: list[int], flat: list[Any]) -> Any:
    """Give elements as arrays inside one another, as a shape says."""
    if not shape:
        return flat[0]
    step = math.prod(shape[1:])
    return [nested(shape[1:], flat[i * step : (i + 1) * step]) for i in range(shape[0])]
