"""Faults of the tabular and the batch contract."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.kill_score.defects.defect import (
    GONE,
    Defect,
    crashed,
    each,
    loosened,
    member,
    mended,
    number,
    post,
    reread,
    sample,
)
from tests.zoo.wsgi import Build


def _tabular(name: str, story: str, build: Build, pin: str, **changes: Any) -> Defect:
    """Plant a fault that swallows a changed loan."""
    return Defect(name, "tabular", story, build, post("/score", sample("tabular", "car", **changes)), 400, 200, (pin,))


def _batch(name: str, story: str, build: Build, pin: str, **changes: Any) -> Defect:
    """Plant a fault that swallows a changed batch."""
    return Defect(name, "batch", story, build, post("/classify", sample("batch", "three", **changes)), 400, 200, (pin,))


def _first_only(value: Any) -> None:
    """Judge the first row and put copies of it in the place of all others."""
    rows = value.get("instances")
    if isinstance(rows, list) and len(rows) <= MOST_ROWS:
        rows[1:] = [rows[0]] * (len(rows) - 1)


def _drop_invalid(value: Any) -> None:
    """Leave out rows without a text, as dropna() does."""
    rows = value.get("instances")
    if isinstance(rows, list):
        kept = [row for row in rows if not isinstance(row, dict) or row.get("text", 1) is not None]
        value["instances"] = kept or rows


def _match(pattern: str) -> Any:
    """Judge a text as `re.match` does: whatever follows the match is let through."""

    def cut(value: Any) -> Any:
        found = re.match(pattern, value) if isinstance(value, str) else None
        return found.group() if found else value

    return cut


def _fold(*names: str) -> Any:
    """Read a category that nobody knows as the last of `names`."""
    return lambda value: names[-1] if isinstance(value, str) and value not in names else value


MOST_ROWS = 4
LONGEST_TERM = 60
LOAN = "Loan/properties/"
TICKET = "Ticket/properties/"
ROWS = (
    _tabular("age-text", "int() reads the form's text.", mended(member("age", number)), f"{LOAN}age/type", age="41"),
    _tabular(
        "age-truncated",
        "int() cuts the fraction off.",
        mended(member("age", lambda v: int(v) if isinstance(v, float) else v)),
        f"{LOAN}age/type",
        age=41.5,
    ),
    _tabular(
        "employed-truthy",
        "bool(value) makes 0 and 1 booleans.",
        mended(member("employed", lambda v: bool(v) if v in (0, 1) else v)),
        f"{LOAN}employed/type",
        employed=1,
    ),
    _tabular(
        "purpose-folded",
        "An unknown purpose is taken for other.",
        mended(member("purpose", _fold("car", "home", "study", "other"))),
        f"{LOAN}purpose/enum",
        purpose="boat",
    ),
    _tabular(
        "id-prefix",
        "re.match without an end lets text follow the id.",
        mended(member("applicant_id", _match("[A-Z]{2}[0-9]{6}"))),
        f"{LOAN}applicant_id/pattern",
        applicant_id="AB1234567",
    ),
    _tabular(
        "id-newline",
        "Python's $ matches before a final newline.",
        mended(member("applicant_id", lambda v: v[:-1] if isinstance(v, str) and v.endswith("\n") else v)),
        f"{LOAN}applicant_id/pattern",
        applicant_id="AB123456\n",
    ),
    _tabular(
        "income-zero",
        "The bound is inclusive in code.",
        loosened(f"{LOAN}income", exclusiveMinimum=None, minimum=0),
        f"{LOAN}income/exclusiveMinimum",
        income=0,
    ),
    _tabular(
        "term-rounded",
        "A term between two is rounded to the next whole year.",
        mended(member("term_months", lambda v: -(-v // 12) * 12 if type(v) is int and 0 < v < LONGEST_TERM else v)),
        f"{LOAN}term_months/enum",
        term_months=30,
    ),
    _tabular(
        "date-loose",
        "A parser reads days that do not exist, and dates without dashes.",
        loosened(f"{LOAN}applied_on", format=None),
        f"{LOAN}applied_on/format",
        applied_on="2026-02-30",
    ),
    _tabular(
        "rate-tolerance",
        "The step is checked to a whole percent only.",
        loosened(f"{LOAN}rate", multipleOf=0.01),
        f"{LOAN}rate/multipleOf",
        rate=4.26,
    ),
    _tabular(
        "score-null",
        "A missing credit score is imputed.",
        mended(member("credit_score", lambda v: 700 if v is None else v)),
        f"{LOAN}credit_score/type",
        credit_score=None,
    ),
    _tabular(
        "nan-income",
        "json.loads reads NaN, and the imputer fills it.",
        reread(lambda raw: raw.replace(b"NaN", b"50000")),
        "json",
        income=float("nan"),
    ),
    Defect(
        "rate-float-remainder",
        "tabular",
        "rate % 0.05 is not zero in binary for many a valid rate.",
        mended(member("rate", lambda v: "" if isinstance(v, float) and v % 0.05 else v)),
        post("/score", sample("tabular", "car", rate=0.15)),
        200,
        400,
        (
            f"{LOAN}rate/multipleOf",
            f"{LOAN}rate/minimum",
            f"{LOAN}rate/exclusiveMaximum",
            f"{LOAN}rate/type",
            "witness",
        ),
    ),
    _batch("first-row", "Only the first row is validated.", mended(_first_only), "enum", instances__2__language="xx"),
    _batch(
        "rows-dropped",
        "dropna() removes rows in silence.",
        mended(_drop_invalid),
        f"{TICKET}text/type",
        instances__1__text=None,
    ),
    _batch(
        "one-row-more",
        "len(rows) > MAX + 1 is one off.",
        loosened("Batch/properties/instances", maxItems=5),
        "instances/maxItems",
        instances=[sample("batch", "three")["instances"][0]] * 5,
    ),
    _batch(
        "no-rows",
        "An empty batch gives an empty answer.",
        loosened("Batch/properties/instances", minItems=None),
        "instances/minItems",
        instances=[],
    ),
    _batch(
        "tags-repeated",
        "set(tags) hides repetitions.",
        loosened(f"{TICKET}tags", uniqueItems=None),
        "tags/uniqueItems",
        instances__0__tags=["a", "a"],
    ),
    _batch(
        "tags-text",
        "A text is iterated as if it were an array.",
        mended(each("instances", member("tags", lambda v: [v] if isinstance(v, str) else v))),
        "tags/type",
        instances__0__tags="urgent",
    ),
    _batch(
        "language-cased",
        "Languages are compared in lower case.",
        mended(each("instances", member("language", lambda v: v.lower() if isinstance(v, str) else v))),
        f"{TICKET}language/enum",
        instances__0__language="EN",
    ),
    _batch(
        "options-extra",
        "Unknown options are ignored.",
        loosened("Batch/properties/options", additionalProperties=None),
        "options/additionalProperties",
        options__topk=3,
    ),
    _batch(
        "threshold-one",
        "A threshold of 1 is let through.",
        loosened("Batch/properties/options/properties/threshold", exclusiveMaximum=None, maximum=1),
        "threshold/exclusiveMaximum",
        options__threshold=1,
    ),
    _batch(
        "text-bytes",
        "The length is measured after the text is cut to fit.",
        mended(each("instances", member("text", lambda v: v[:280] if isinstance(v, str) else v))),
        f"{TICKET}text/maxLength",
        instances__0__text="x" * 281,
    ),
    _batch(
        "priority-clipped",
        "clip(1, 5) hides what is out of range.",
        mended(each("instances", member("priority", lambda v: min(max(v, 1), 5) if type(v) is int else v))),
        f"{TICKET}priority/maximum",
        instances__0__priority=9,
    ),
    _batch(
        "tag-null",
        "Null tags are taken for none.",
        mended(each("instances", member("tags", lambda v: GONE if v is None else v))),
        "tags/type",
        instances__1__tags=None,
    ),
    Defect(
        "row-crash",
        "batch",
        "row['text'] of a row that is no object raises.",
        crashed(
            lambda v: isinstance(v.get("instances"), list) and any(not isinstance(r, dict) for r in v["instances"])
        ),
        post("/classify", sample("batch", "three", instances__1=None)),
        400,
        500,
        ("Ticket/type",),
    ),
)
