"""Faults of what is answered: wrong pointers, other statuses, predictions outside of the contract."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.kill_score.defects.bodies import INFER
from benchmarks.kill_score.defects.defect import CRASH, GONE, Defect, post, sample, told
from tests.zoo.wsgi import Answer, Build, on_answer


def _pointers(change: Any) -> Build:
    """Make a server that names `change(pointer)` as the place of every fault of the body."""

    def alter(value: Any) -> None:
        for fault in value["errors"]:
            if fault["in"] == "body":
                fault["pointer"] = change(fault["pointer"])

    return told(alter, 400)


def _answered(  # noqa: PLR0913 — the columns of the table below
    name: str, contract: str, story: str, build: Build, body: tuple[str, Any], pins: tuple[str, ...], *statuses: int
) -> Defect:
    """Plant a fault of a reply; `statuses` are the correct and the faulty one, 400 unless told."""
    before, after = statuses or (400, 400)
    return Defect(name, contract, story, build, post(*body), before, after, pins)


def _plain(answer: Answer, _: Any) -> Answer:
    """Answer as a router that never heard of problems."""
    return answer.text("<h1>Bad Request</h1>", "text/html")


def _status(code: int) -> Any:
    """Give a change of the status."""
    return lambda answer, _: Answer(code, answer.headers, answer.body)


def _crash_on(code: str) -> Build:
    """Make a server that fails while it writes its 400, where a fault has this keyword."""
    return on_answer(lambda answer, _: CRASH if any(f["code"] == code for f in answer.value["errors"]) else answer, 400)


BAD_ROW = ("/classify", sample("batch", "three", instances__2__priority=9))
BAD_REVIEWER = ("/moderate", sample("nested", "text", policy__reviewers__1__level=9))
GOOD_LOAN = ("/score", sample("tabular", "car"))
REPLIES = (
    _answered(
        "rows-from-one",
        "batch",
        "Rows are counted from one.",
        _pointers(lambda p: re.sub(r"(?<=/instances/)\d+", lambda m: str(int(m[0]) + 1), p)),
        BAD_ROW,
        ("priority/maximum",),
    ),
    _answered(
        "rows-unnamed",
        "batch",
        "Faults of rows name the field only.",
        _pointers(lambda p: re.sub(r"^/instances/\d+", "", p)),
        BAD_ROW,
        ("priority/maximum",),
    ),
    _answered(
        "reviewer-first",
        "nested",
        "The first item is named, whichever is wrong.",
        _pointers(lambda p: re.sub(r"(?<=/reviewers/)\d+", "0", p)),
        BAD_REVIEWER,
        ("level/maximum",),
    ),
    _answered(
        "root-named",
        "tensors",
        "Every fault is named at the root.",
        _pointers(lambda _: ""),
        (INFER, sample("tensors", "all", inputs__0__shape=[3])),
        ("shape/const",),
    ),
    _answered(
        "if-crash",
        "conditional",
        "The message of a missing member is made from a table that lacks some.",
        _crash_on("dependentRequired"),
        ("/quote", sample("conditional", "financed", loan_bank=GONE)),
        ("dependentRequired",),
        400,
        500,
    ),
    _answered(
        "html-400",
        "tabular",
        "An old blueprint answers HTML.",
        on_answer(_plain, 400),
        ("/score", sample("tabular", "car", age=1)),
        ("age/minimum",),
    ),
    _answered(
        "unprocessable",
        "conditional",
        "The framework's 422 is not mapped.",
        on_answer(_status(422), 400),
        ("/quote", sample("conditional", "car", engine_kw=0)),
        ("engine_kw/minimum",),
        400,
        422,
    ),
    _answered(
        "score-percent",
        "tabular",
        "The score is given in percent.",
        told(lambda v: v.update(score=100 + v["score"]), 200),
        GOOD_LOAN,
        ("witness", "response", "type", "enum", "required"),
        200,
        200,
    ),
    _answered(
        "score-nan",
        "tensors",
        "The model's NaN is written as JSON.",
        on_answer(lambda a, _: a.text(re.sub(r"0\.\d+", "NaN", a.body.decode()), "application/json"), 200),
        (INFER, sample("tensors", "all")),
        ("witness", "response", "type", "enum", "required"),
        200,
        200,
    ),
    _answered(
        "one-fault-leaks",
        "nested",
        "The message holds the traceback.",
        told(
            lambda v: v["errors"][0].update(
                detail='Traceback (most recent call last):\n  File "/srv/app.py", line 7, in f\nKeyError: 1'
            ),
            400,
        ),
        BAD_REVIEWER,
        ("level/maximum",),
    ),
)
