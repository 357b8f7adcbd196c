"""Defects that no list of single faults shows: two of them at once, a depth, an order, a sequence, a race.

`--prove400-target tests.zoo.searched:target` is the reference API with the one that PROVE400_DEFECT names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api import create_app
from tests.zoo import shared
from tests.zoo.signature import SAMPLE
from tests.zoo.wsgi import BATCH_PATH, Answer, Build, around, ask, on_bytes, posted_value, put

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

NAME = "PROVE400_DEFECT"
VALUE = "zoo.value"
OK, REFUSED = 200, 400
SOME_LENGTHS = (5, 6)
LEVELS = range(6, 13)


@dataclass(frozen=True, slots=True)
class Searched:
    """A defect, and what it takes to show."""

    name: str
    story: str
    takes: str
    build: Build

    def __str__(self) -> str:
        """Give the name."""
        return self.name


def errors(answer: Answer) -> list[dict[str, Any]]:
    """Give the faults that a refusal lists."""
    found: list[dict[str, Any]] = answer.value["errors"] if answer.status == REFUSED else []
    return found


def on_refusal(change: Callable[[WSGIApplication, WSGIEnvironment, Answer], Answer]) -> Build:
    """Make a server that changes what it says to what it refuses."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        environ[VALUE] = posted_value(environ)
        answer = ask(app, environ)
        return change(app, environ, answer) if errors(answer) else answer

    return around(handle)


def admitted(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Answer as if the sample had been sent, with nothing else of the request."""
    value = {"instances": [SAMPLE]} if environ["PATH_INFO"] == BATCH_PATH else SAMPLE
    environ |= {"QUERY_STRING": "", "CONTENT_TYPE": "application/json", "REQUEST_METHOD": "POST"}
    for name in ("HTTP_X_REQUEST_ID", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"):
        environ.pop(name, None)
    put(environ, json.dumps(value).encode())
    return ask(app, environ)


def crashed(answer: Answer) -> Answer:
    """Give what a server says that fell over."""
    return Answer(500, answer.headers, answer.body).text("Internal Server Error", "text/plain")


def two_cancel(app: WSGIApplication, environ: WSGIEnvironment, answer: Answer) -> Answer:
    """Let a request with exactly two faults, of two kinds, through, where each name is there that should be."""
    kinds = {fault["code"] for fault in errors(answer)}
    cancel = len(errors(answer)) == len(kinds) == 2 and "required" not in kinds
    return admitted(app, environ) if cancel else answer


def three_crash(_app: WSGIApplication, _environ: WSGIEnvironment, answer: Answer) -> Answer:
    """Fail while faults of three kinds are put into words."""
    return crashed(answer) if len({fault["code"] for fault in errors(answer)}) > 2 else answer


def wrong_of_two(_app: WSGIApplication, _environ: WSGIEnvironment, answer: Answer) -> Answer:
    """Name another field than the two at fault, where they are a category and a number."""
    said = answer.value
    if {"enum", "maximum"} <= {fault["code"] for fault in said["errors"]}:
        blamed = next(name for name in SAMPLE if all(name not in fault["pointer"] for fault in said["errors"]))
        return answer.json(said | {"errors": [said["errors"][0] | {"pointer": f"/{blamed}"}]})
    return answer


def levels(value: Any) -> int:
    """Count the levels of arrays and objects in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(levels, inner), default=0)


def recursive(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Fail on values that are nested about ten levels deep."""
    value = posted_value(environ)
    answer = ask(app, environ)
    return crashed(answer) if levels(value) in LEVELS else answer


def sorted_batch(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Answer a batch in the order of its prices."""
    answer = ask(app, environ)
    if environ["PATH_INFO"] != BATCH_PATH or answer.status != OK:
        return answer
    said = answer.value
    return answer.json(said | {"predictions": sorted(said["predictions"], key=lambda item: float(item["price"]))})


def by_position(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Take the values of a row in the order in which they were sent."""
    value = posted_value(environ)
    answer = ask(app, environ)
    is_row = isinstance(value, dict) and set(value) == set(SAMPLE)
    if answer.status != OK or not is_row or list(value) == list(SAMPLE):
        return answer
    said = answer.value
    return answer.json(said | {"price": round(said["price"] * 1.1, 2)})


def stale_buffer() -> Build:
    """Answer the first row after a batch with the price of the batch's last."""
    left: list[Any] = []

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        path = environ["PATH_INFO"]
        answer = ask(app, environ)
        if answer.status == OK and path == BATCH_PATH:
            left[:] = [answer.value["predictions"][-1]["price"]]
        elif answer.status == OK and path == "/predict" and left:
            return answer.json(answer.value | {"price": left.pop()})
        return answer

    return around(handle)


def open_after_metadata() -> Build:
    """Skip validation for the request that follows one for the metadata."""
    opened: list[bool] = []

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        answer = ask(app, environ)
        was_open = bool(opened)
        opened[:] = [True] if environ["PATH_INFO"] == "/model-info" else []
        return admitted(app, environ) if was_open and errors(answer) else answer

    return around(handle)


def misnamed_rows(app: WSGIApplication, environ: WSGIEnvironment, answer: Answer) -> Answer:
    """Name the row before the one at fault, in batches of some lengths."""
    value = environ[VALUE]
    rows = value.get("instances") if isinstance(value, dict) and environ["PATH_INFO"] == BATCH_PATH else None
    if not isinstance(rows, list) or len(rows) not in SOME_LENGTHS:
        return answer
    said = answer.value
    moved = [fault | {"pointer": before(fault["pointer"])} for fault in said["errors"]]
    return answer.json(said | {"errors": moved})


def before(place: str) -> str:
    """Give the place in the row before."""
    _, name, *rest = place.split("/") if place.startswith("/instances/") else ("", "", "")
    return "/".join(["", name, str(int(rest[0]) - 1), *rest[1:]]) if rest and rest[0].isdigit() else place


SEARCHED = (
    Searched(
        "two-faults-cancel",
        "Two flags are added up, and two faults look like none.",
        "2 faults",
        on_refusal(two_cancel),
    ),
    Searched("three-kinds-crash", "A message has room for two kinds of faults.", "3 faults", on_refusal(three_crash)),
    Searched(
        "wrong-of-two", "The list of faults is sorted, that of names is not.", "2 faults", on_refusal(wrong_of_two)
    ),
    Searched("recursion-at-ten", "Faults are written by a shallow recursion.", "depth", around(recursive)),
    Searched("batch-sorted", "A data frame comes back sorted.", "values", around(sorted_batch)),
    Searched("order-of-names", "A row is made an array of its values, as they come.", "spelling", around(by_position)),
    Searched("stale-buffer", "A buffer for batches is read once more.", "sequence", stale_buffer()),
    Searched("open-after-metadata", "A flag that probes set is reset too late.", "sequence", open_after_metadata()),
    Searched("rows-misnamed", "Rows are split into chunks of five.", "length", on_refusal(misnamed_rows)),
    Searched(
        "double-comma",
        "A lenient reader drops empty members.",
        "a byte",
        on_bytes(lambda raw: raw.replace(b",,", b",")),
    ),
    Searched(
        "shared-buffer", "Threads write the rows of their requests into one array.", "a race", lambda _: shared.app()
    ),
)


def target() -> WSGIApplication:
    """Build the reference API with the defect that is named, or none; raises KeyError for one that there is not."""
    named = {defect.name: defect.build for defect in SEARCHED}
    name = os.environ.get(NAME)
    return named[name](create_app()) if name else create_app()
