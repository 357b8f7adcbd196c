"""What the properties draw: requests of the two operations that predict, by the committed contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

import prove400
from fuzz.conftest import CONTRACT
from prove400 import Operation, Request, pointer
from prove400.serialization import json_bytes
from prove400.strategies import invalid_requests, valid_requests
from prove400.validation import LIMITED_DEPTH, is_deep, parse


def operation(label: str) -> Operation:
    """Give an operation of the committed contract."""
    return next(known for known in prove400.load(CONTRACT).operations if known.label == label)


PREDICT, BATCH = "POST /predict", "POST /predict/batch"
_EXAMINER = prove400.Examiner(prove400.load(CONTRACT))


def _breaks_the_schema(request: Request) -> bool:
    """Tell whether the body is a value that the schema refuses, and not what no value is read from, or is too deep."""
    return not is_deep(request.body, LIMITED_DEPTH) and _EXAMINER.case(request).violates_body_schema


def _valid(label: str) -> st.SearchStrategy[Request]:
    return st.deferred(lambda: valid_requests(operation(label)))


def _invalid(label: str) -> st.SearchStrategy[Request]:
    return st.deferred(lambda: invalid_requests(operation(label)))


def _value(request: Request) -> Any:
    return parse(request.body)


VALID = _valid(PREDICT) | _valid(BATCH)
INVALID = _invalid(PREDICT) | _invalid(BATCH)
BROKEN = INVALID.filter(_breaks_the_schema)
"""Those whose body is JSON, and breaks the schema."""
ROWS = _valid(PREDICT).map(_value)
BROKEN_ROWS = _invalid(PREDICT).filter(_breaks_the_schema).map(_value)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SPACES = st.sampled_from(["", " ", "\n", "\t", "\r\n  "])


def predict(body: Any, label: str = PREDICT) -> Request:
    """Give a request with a value as its body."""
    method, _, path = label.partition(" ")
    return Request(method, path, (("Content-Type", "application/json"),), json_bytes(body))


def with_body(request: Request, body: bytes) -> Request:
    """Give the request with another body."""
    return replace(request, body=body)


def faulty_names(row: dict[str, Any]) -> set[str]:
    """Give the names of a row at which something is wrong."""
    tokens = (pointer.tokens(place) for place in _EXAMINER.case(predict(row)).fault_locations)
    return {place[0] for place in tokens if place}
