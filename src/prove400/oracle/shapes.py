"""How servers tell what is wrong: one small reader for each shape of error bodies, in a visible table.

A shape recognises a body and gives the places that it names, each with the text beside it. `recognise` says which shape
a body has; the shapes that tell places in prose alone are never guessed: a contract or a setting has to name them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prove400.errors import StrictJSONError
from prove400.model import Reply
from prove400.oracle.attribution import Entry, Place, at_any_depth, from_value
from prove400.oracle.remembering import remembered
from prove400.oracle.responses import read

Read = Callable[[Any], Iterator[Entry]]


@dataclass(frozen=True, slots=True)
class Told:
    """A body as a server sent it, and the places that it names."""

    body: Any
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to tell what is wrong; `is_prose` where a text is all that there is, and names what it is about."""

    name: str
    how: str  # where the place stands: ``detail[].loc``
    read: Read
    examples: tuple[Told, ...]
    is_prose: bool = False


def listed(holder: str, *keys: str, beside: str = "") -> Read:
    """Make what reads a list of entries under a member, each with its place under one of some keys.

    With `beside`, the body has that member too.
    """

    def read(body: Any) -> Iterator[Entry]:
        if not isinstance(body, Mapping) or (beside and beside not in body):
            return
        for entry in _items(body.get(holder)):
            for key in keys:
                if (place := from_value(_inside(entry, key))) is not None:
                    yield place, ""

    return read


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _inside(entry: Any, path: str) -> Any:
    for name in path.split("."):
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry


def keyed(holder: str) -> Read:
    """Make what reads errors keyed by name under a member, nested as the value is; without one, of the body itself."""

    def read(body: Any) -> Iterator[Entry]:
        errors = _inside(body, holder) if holder else body
        if isinstance(errors, Mapping) and _are_messages(errors) and (holder or errors.keys().isdisjoint(_AROUND)):
            yield from _messages(errors, ())

    return read


def _are_messages(errors: Any) -> bool:
    """Tell whether all that is inside are lists of texts: an echo of a request is something else."""
    if isinstance(errors, list) and all(isinstance(item, str) for item in errors):
        return bool(errors)
    inner = list(errors.values()) if isinstance(errors, Mapping) else errors if isinstance(errors, list) else []
    return any(inner) and all(item in ({}, []) or _are_messages(item) for item in inner)


def _messages(errors: Any, at: Place) -> Iterator[Entry]:
    if isinstance(errors, list) and all(isinstance(item, str) for item in errors):
        yield at, " ".join(errors)
    named = errors.items() if isinstance(errors, Mapping) else enumerate(errors)
    for name, inner in named:
        if isinstance(inner, list | Mapping):
            yield from _messages(inner, at if name in _WHOLE else (*at, str(name)))


_WHOLE = ("_schema", "non_field_errors")
"""Names under which errors of an object as a whole stand."""
_AROUND = ("error", "errors", "message", "messages", "detail", "details")
"""Names that stand around errors, and are no fields that are wrong."""


def mlflow(body: Any) -> Iterator[Entry]:
    """Read MLflow's message, which names columns wherever they stand in a row."""
    message = body.get("message") if isinstance(body, Mapping) and "error_code" in body else None
    for pattern in _COLUMNS:
        for found in pattern.finditer(message) if isinstance(message, str) else ():
            for name in re.findall(r"'([^']*)'", found[1]) or [found[1]]:
                yield at_any_depth(name), found[0]


_COLUMNS = (
    re.compile(r"missing inputs (\[[^\]]*\])"),
    re.compile(r"types for column ([^\s.]+(?:\.[^\s.]+)*)\. "),
    re.compile(r"missing required fields? (\[[^\]]*\])"),
)


def error_text(body: Any) -> Iterator[Entry]:
    """Read an object whose `error` is a text, or an array around such objects: it names no place but in prose."""
    for each in body if isinstance(body, list) else [body]:
        if isinstance(each, Mapping) and isinstance(each.get("error"), str):
            yield (), each["error"]


LISTED: tuple[Shape, ...] = (
    Shape(
        "problem",
        "errors[].pointer of a problem (RFC 9457)",
        listed("errors", "pointer", beside="title"),
        (Told({"title": "Bad", "status": 400, "errors": [{"pointer": "#/carat", "detail": "x"}]}, (("carat",),)),),
    ),
    Shape(
        "json-api",
        "errors[].source.pointer (JSON:API)",
        listed("errors", "source"),
        (Told({"errors": [{"status": "422", "source": {"pointer": "/data/carat"}}]}, (("data", "carat"),)),),
    ),
    Shape(
        "bentoml",
        "detail[].loc beside error (BentoML)",
        listed("detail", "loc", beside="error"),
        (Told({"error": "1 validation error for Input", "detail": [{"loc": ["carat"], "msg": "x"}]}, (("carat",),)),),
    ),
    Shape(
        "pydantic",
        "detail[].loc (FastAPI, MLServer)",
        listed("detail", "loc"),
        (Told({"detail": [{"loc": ["body", "rows", 0, "cut"], "msg": "x"}]}, (("body", "rows", "0", "cut"),)),),
    ),
    Shape(
        "litestar",
        "extra[].key (Litestar)",
        listed("extra", "key", beside="status_code"),
        (Told({"status_code": 400, "detail": "x", "extra": [{"key": "carat", "message": "x"}]}, (("carat",),)),),
    ),
    Shape(
        "spring",
        "errors[].field (Spring)",
        listed("errors", "field"),
        (Told({"status": 400, "errors": [{"field": "stone.carat", "code": "Min"}]}, (("stone", "carat"),)),),
    ),
    Shape(
        "apiflask",
        "detail.json.FIELD (APIFlask)",
        keyed("detail.json"),
        (Told({"message": "Validation error", "detail": {"json": {"carat": ["x"]}}}, (("carat",),)),),
    ),
    Shape(
        "flask-smorest",
        "errors.json.FIELD (flask-smorest, webargs)",
        keyed("errors.json"),
        (Told({"code": 422, "errors": {"json": {"carat": ["x"]}}}, (("carat",),)),),
    ),
    Shape(
        "validation-problem",
        "errors.FIELD (ASP.NET, Rails)",
        keyed("errors"),
        (Told({"title": "x", "errors": {"Carat": ["x"], "rows": {"1": ["y"]}}}, (("Carat",), ("rows", "1"))),),
    ),
    Shape(
        "mlflow",
        "message, which names columns (MLflow)",
        mlflow,
        (
            Told(
                {"error_code": "BAD_REQUEST", "message": "Error: Model is missing inputs ['carat', 'cut']."},
                (at_any_depth("carat"), at_any_depth("cut")),
            ),
            Told(
                {"error_code": "BAD_REQUEST", "message": "Incompatible input types for column cut. Can not convert"},
                (at_any_depth("cut"),),
            ),
        ),
    ),
    Shape(
        "marshmallow",
        "errors keyed by field (marshmallow, Django REST framework)",
        keyed(""),
        (
            Told({"carat": ["A valid number is required."]}, (("carat",),)),
            Told({"rows": [{}, {"cut": ["x"]}], "non_field_errors": ["y"]}, (("rows", "1", "cut"), ())),
        ),
    ),
    Shape(
        "open-inference",
        "error, a text (MLServer, Triton, KServe)",
        error_text,
        (Told({"error": "unexpected shape for input 'rows'"}, ((),)),),
        is_prose=True,
    ),
    Shape(
        "tensorflow-serving",
        "error, a text (TensorFlow Serving)",
        error_text,
        (Told({"error": 'JSON Value: "a" Type: String is not of expected type: float'}, ((),)),),
        is_prose=True,
    ),
)
MOST_SEEN = 1_000
"""Replies whose shapes are counted."""
SHAPES: dict[str, Shape] = {shape.name: shape for shape in LISTED}
"""Name → shape, in the order in which they are tried."""


def recognise(body: Any, known: str = "auto") -> tuple[Shape | None, tuple[Entry, ...]]:
    """Give the shape of a body, and what it tells: the one that is known, where it fits, else the first that does."""
    for shape in (SHAPES[known], *LISTED) if known in SHAPES else LISTED:
        if told := tuple(shape.read(body)):
            return shape, told
    return None, ()


@remembered
def recognised(body: bytes, known: str = "auto") -> tuple[Shape | None, tuple[Entry, ...]]:
    """Give the shape of the bytes of a body, and what it tells, as `recognise` does; none where they are no JSON."""
    try:
        return recognise(read(body), known)
    except StrictJSONError:
        return None, ()


@dataclass(slots=True)
class Tally:
    """Counts the shapes that a server's errors have, so that a run can say which they were."""

    known: str = "auto"
    looked: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def see(self, reply: Reply) -> None:
        """Count what a reply that refuses a request has; a run looks at the first `MOST_SEEN`."""
        if not 400 <= reply.status < 500 or self.looked == MOST_SEEN:  # noqa: PLR2004 — RFC 9110 status class
            return
        self.looked += 1
        shape, _ = recognised(reply.body, self.known)
        if shape is not None:
            self.seen[shape.name] += 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Say which shapes there were, the most frequent first."""
        return tuple(f"errors are told as {SHAPES[name].how}: {count} read" for name, count in self.seen.most_common())
