"""Defects of shape: missing and extra properties, rows of a batch that nobody looks at, lengths that are off."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from api.models import wire_models
from api.settings import Settings
from prove400 import Verdict
from tests.zoo.defect import (
    BATCH,
    Defect,
    Proof,
    at,
    batch,
    below,
    diamond,
    pins,
    post,
    refused,
    swallowed,
    verdicts,
    without,
)
from tests.zoo.signature import CATEGORIES, MANIFEST, NUMBERS, SAMPLE, TYPICAL
from tests.zoo.wsgi import BATCH_PATH, Answer, Build, around, ask, crash_on, on_diamond, on_value, posted_value

DIAMOND = wire_models(MANIFEST, Settings().batch_length).diamond
ROW = "/instances/*"
ROW_ENUMS = pins("enum", *(f"{ROW}/{name}" for name in CATEGORIES))
MOST = 64
CHUNK = 32


def is_sound(row: Any) -> bool:
    """Tell whether a row keeps the contract."""
    try:
        DIAMOND.model_validate(row)
    except ValidationError:
        return False
    return True


def unseen(is_checked: Any) -> Build:
    """Make a server that does not notice a broken row where `is_checked(index, rows)` is false."""

    def repair(value: Any) -> Any:
        rows = value.get("instances") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            return value
        seen = [row if is_checked(i, rows) or is_sound(row) else SAMPLE for i, row in enumerate(rows)]
        return value | {"instances": seen}

    return on_value(repair, BATCH_PATH)


def resized(change: Any) -> Build:
    """Make a server that predicts `change(rows)` of a batch."""
    return on_value(
        lambda v: (
            v | {"instances": change(v["instances"])}
            if isinstance(v, dict) and isinstance(v.get("instances"), list)
            else v
        ),
        BATCH_PATH,
    )


def empty_batch(app: Any, environ: Any) -> Answer:
    """Answer an empty batch with no predictions."""
    value = posted_value(environ)
    if environ["PATH_INFO"] != BATCH_PATH or value != {"instances": []}:
        return ask(app, environ)
    stamp = {"currency": "USD", "model_version": MANIFEST.model_version}
    return Answer(200, (("Content-Type", "application/json"),), b"").json({"predictions": [], **stamp})


def case_blind(row: dict[str, Any]) -> dict[str, Any]:
    """Give a diamond with names in lower case, unless two fall together."""
    lowered = {name.lower(): value for name, value in row.items()}
    return lowered if len(lowered) == len(row) else row


def known(row: dict[str, Any]) -> dict[str, Any]:
    """Give a diamond less the properties that are not features."""
    return {name: value for name, value in row.items() if name in TYPICAL}


REQUIRED = pins("required", *(f"/{name}" for name in TYPICAL))
SHAPES = (
    Defect(
        "missing-depth-defaulted",
        "The field was added later, with a default for old clients that never went away.",
        on_diamond(lambda row: {"depth": TYPICAL["depth"]} | row),
        swallowed(post(without("depth"))),
        pins("required", "/depth"),
    ),
    Defect(
        "missing-imputed",
        "A DataFrame built with columns= has NaN for what is missing, and the pipeline imputes.",
        on_diamond(lambda row: TYPICAL | row),
        swallowed(post(without("cut"))),
        REQUIRED,
        every=True,
        also=at(("", "type")),
        real=True,
    ),
    Defect(
        "extra-ignored",
        "Unknown properties are dropped, a misspelt optional one with them.",
        on_diamond(known),
        swallowed(post(diamond(colour="E"))),
        pins("additionalProperties", ""),
    ),
    Defect(
        "label-column-ignored",
        "The frame's schema includes the training label, so a price may be sent.",
        on_diamond(lambda row: {k: v for k, v in row.items() if k != "price"}),
        swallowed(post(diamond(price=1))),
        pins("additionalProperties", ""),
    ),
    Defect(
        "private-names-ignored",
        "Names that begin with an underscore are taken for comments.",
        on_diamond(lambda row: {k: v for k, v in row.items() if not k.startswith("_")}),
        swallowed(post(diamond(_comment="x"))),
        pins("additionalProperties", ""),
    ),
    Defect(
        "names-case-folded",
        "A binder written for headers matches property names in any case.",
        on_diamond(case_blind),
        swallowed(post(without("carat") | {"Carat": 1.03})),
        REQUIRED,
        also=at(("", "additionalProperties")),
    ),
    Defect(
        "extra-in-envelope-ignored",
        "The batch's outer object is read by hand, and nobody looks at its other names.",
        on_value(
            lambda v: {"instances": v["instances"]} if isinstance(v, dict) and "instances" in v else v, BATCH_PATH
        ),
        swallowed(post({"instances": [diamond()], "mode": "fast"}, target=BATCH_PATH)),
        pins("additionalProperties", ""),
        operations=(BATCH,),
    ),
    Defect(
        "second-row-unchecked",
        "Only the first row is validated, the others are assumed to look like it.",
        unseen(lambda i, _: i == 0),
        swallowed(batch(diamond(), diamond(cut="Excellent"))),
        ROW_ENUMS,
        every=True,
        also=below(ROW),
        operations=(BATCH,),
        real=True,
    ),
    Defect(
        "last-row-unchecked",
        "range(len(rows) - 1) stops one row early.",
        unseen(lambda i, rows: i < len(rows) - 1),
        swallowed(batch(diamond(), diamond(carat=9))),
        pins("maximum", *(f"{ROW}/{name}" for name in NUMBERS)),
        every=True,
        also=below(ROW),
        operations=(BATCH,),
    ),
    Defect(
        "middle-rows-unchecked",
        "A spot check of the first and the last row was thought to be enough.",
        unseen(lambda i, rows: i in (0, len(rows) - 1)),
        swallowed(batch(diamond(), diamond(x="a"), diamond())),
        pins("type", *(f"{ROW}/{name}" for name in NUMBERS)),
        every=True,
        also=below(ROW),
        operations=(BATCH,),
    ),
    Defect(
        "second-chunk-unchecked",
        "Rows are validated in chunks of 32, and the loop returns after the first chunk.",
        unseen(lambda i, _: i < CHUNK),
        swallowed(batch(*[diamond()] * CHUNK, diamond(x="a"))),
        pins("type", f"{ROW}/x"),
        also=below(ROW),
        operations=(BATCH,),
    ),
    Defect(
        "sixty-five-accepted",
        "The limit was written with > one off.",
        resized(lambda rows: rows[:MOST] if len(rows) == MOST + 1 else rows),
        swallowed(batch(*[diamond()] * 65)),
        pins("maxItems", "/instances"),
        operations=(BATCH,),
    ),
    Defect(
        "sixty-four-refused",
        "The limit was written with >= one off.",
        resized(lambda rows: rows + rows[:1] if len(rows) == MOST else rows),
        refused(batch(*[diamond()] * 64)),
        pins("maxItems", "/instances"),
        verdicts(Verdict.OVER_REJECTED),
        operations=(BATCH,),
    ),
    Defect(
        "single-row-refused",
        "A batch of one squeezes to a plain row, which is then no list any more.",
        resized(lambda rows: rows[0] if len(rows) == 1 else rows),
        refused(batch(diamond())),
        pins("minItems", "/instances"),
        verdicts(Verdict.OVER_REJECTED),
        operations=(BATCH,),
    ),
    Defect(
        "empty-batch-accepted",
        "No rows, no predictions: the loop has nothing to complain of.",
        around(empty_batch),
        swallowed(batch()),
        pins("minItems", "/instances"),
        operations=(BATCH,),
    ),
    Defect(
        "two-faults-500",
        "The error formatter was only ever tried with one fault, and fails on the second.",
        crash_on(lambda faults: len(faults) > 1),
        Proof(post(diamond(cut=3, carat=-1)), 400, 500),
        REQUIRED,
        verdicts(Verdict.SERVER_ERROR),
        also=lambda _: True,
    ),
)
