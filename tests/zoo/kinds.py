"""Defects of type: what is no number or no category is taken for one."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from prove400 import Verdict
from tests.zoo.defect import BATCH, Defect, at, batch, below, diamond, pins, post, swallowed, verdicts
from tests.zoo.signature import CATEGORIES, GRADES, NUMBERS, TYPICAL
from tests.zoo.wsgi import on_fields, on_rows, on_value

NUMBER_PLACES = tuple(f"/{name}" for name in NUMBERS)
CATEGORY_PLACES = tuple(f"/{name}" for name in CATEGORIES)


def from_string(_: str, value: Any) -> Any:
    """Read a numeric string as Python's float() does."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return number if not isinstance(number, float) or math.isfinite(number) else value


def from_prefix(_: str, value: Any) -> Any:
    """Read the number that a string begins with, as JavaScript's parseFloat does."""
    found = re.match(r"\s*[+-]?\d+(\.\d+)?", value) if isinstance(value, str) else None
    return float(found[0]) if found else value


def from_comma(_: str, value: Any) -> Any:
    """Read a string with a decimal comma."""
    return float(value.replace(",", ".")) if isinstance(value, str) and re.fullmatch(r"\d+,\d+", value) else value


def from_index(name: str, value: Any) -> Any:
    """Give the category at an index, in the order of the manifest."""
    grades = GRADES[name]
    return grades[value] if type(value) is int and 0 <= value < len(grades) else value


def from_sorted_index(name: str, value: Any) -> Any:
    """Give the category at an index, in alphabetical order."""
    grades = sorted(GRADES[name])
    return grades[value] if type(value) is int and 0 <= value < len(grades) else value


def from_null(name: str, value: Any) -> Any:
    """Impute what is typical where there is null."""
    return TYPICAL[name] if value is None else value


def from_empty(name: str, value: Any) -> Any:
    """Impute what is typical where there is an empty string."""
    return TYPICAL[name] if value == "" else value


def from_na(name: str, value: Any) -> Any:
    """Impute what is typical for the strings that pandas reads as missing."""
    return TYPICAL[name] if value in ("null", "None", "NaN", "nan", "NA", "N/A", "n/a", "NULL", "<NA>") else value


def squeezed(_: str, value: Any) -> Any:
    """Give the only item of an array."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def unwrapped(_: str, value: Any) -> Any:
    """Give what an object holds under ``value``."""
    return value["value"] if isinstance(value, dict) and list(value) == ["value"] else value


def decoded(value: Any) -> Any:
    """Decode a string that holds JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


ROW = "/instances/*"
TYPES = (
    Defect(
        "numeric-string-carat",
        "A form posts strings and the handler calls float() on the weight.",
        on_fields(from_string, "carat"),
        swallowed(post(diamond(carat="1.03"))),
        pins("type", "/carat"),
    ),
    Defect(
        "numeric-string-everywhere",
        "Validation in pydantic's lax mode turns numeric strings into numbers.",
        on_fields(from_string, *NUMBERS),
        swallowed(post(diamond(z="3.96"))),
        pins("type", *NUMBER_PLACES),
        every=True,
        real=True,
    ),
    Defect(
        "numeric-string-in-batch",
        "Only the batch endpoint goes through a DataFrame, whose astype(float) reads strings.",
        on_rows(
            lambda _, row: (
                {k: from_string(k, v) if k in NUMBERS else v for k, v in row.items()} if isinstance(row, dict) else row
            )
        ),
        swallowed(batch(diamond(), diamond(x="6.55"))),
        pins("type", *(f"{ROW}{p}" for p in NUMBER_PLACES)),
        every=True,
        operations=(BATCH,),
    ),
    Defect(
        "parse-float",
        "A gateway in JavaScript uses parseFloat, which stops at the first character it cannot use.",
        on_fields(from_prefix, *NUMBERS),
        swallowed(post(diamond(x="6.55 mm"))),
        pins("type", *NUMBER_PLACES),
        every=True,
    ),
    Defect(
        "decimal-comma",
        "A locale-aware parser reads 1,03 as one point nought three.",
        on_fields(from_comma, *NUMBERS),
        swallowed(post(diamond(carat="1,03"))),
        pins("type", "/carat"),
        also=at(*pins("type", *NUMBER_PLACES)),
    ),
    Defect(
        "cut-index-as-written",
        "The front end sends the option's index and the encoder's codes are the same integers.",
        on_fields(from_index, "cut"),
        swallowed(post(diamond(cut=3))),
        pins("type", "/cut"),
        also=at(("/cut", "enum")),
        real=True,
    ),
    Defect(
        "cut-index-alphabetical",
        "An OrdinalEncoder that sorted its categories takes its own codes as input.",
        on_fields(from_sorted_index, "cut"),
        swallowed(post(diamond(cut=0))),
        pins("type", "/cut"),
        also=at(("/cut", "enum")),
    ),
    Defect(
        "color-index-as-float",
        "Codes come back from a float column as 3.0 and index the categories all the same.",
        on_fields(lambda n, v: from_index(n, int(v)) if type(v) is float and v.is_integer() else v, "color"),
        swallowed(post(diamond(color=3.0))),
        pins("type", "/color"),
    ),
    Defect(
        "index-in-second-row",
        "One integer among strings makes an object column, in which the code is looked up.",
        on_rows(
            lambda i, row: (
                row | {"cut": from_index("cut", row.get("cut"))}
                if i and isinstance(row, dict) and "cut" in row
                else row
            )
        ),
        swallowed(batch(diamond(), diamond(cut=4))),
        pins("type", f"{ROW}/cut"),
        also=at((f"{ROW}/cut", "enum")),
        operations=(BATCH,),
        real=True,
    ),
    Defect(
        "true-is-one",
        "Booleans are integers in Python, so true is a weight of 1 carat.",
        on_fields(lambda _, v: float(v) if isinstance(v, bool) else v, *NUMBERS),
        swallowed(post(diamond(carat=True))),
        pins("type", "/carat"),
    ),
    Defect(
        "null-number-imputed",
        "The pipeline's SimpleImputer fills NaN, and None becomes NaN in the frame.",
        on_fields(from_null, *NUMBERS),
        swallowed(post(diamond(depth=None))),
        pins("type", *NUMBER_PLACES),
        every=True,
    ),
    Defect(
        "null-category-imputed",
        "The most frequent category is imputed for null.",
        on_fields(from_null, *CATEGORIES),
        swallowed(post(diamond(color=None))),
        pins("type", *CATEGORY_PLACES),
        every=True,
        also=at(*pins("enum", *CATEGORY_PLACES)),
    ),
    Defect(
        "falsy-defaulted",
        "`value or default` was meant for null, and replaces false, 0 and the empty string as well.",
        on_fields(lambda name, value: value or TYPICAL[name], "table"),
        swallowed(post(diamond(table=False))),
        pins("type", "/table"),
        also=at(("/table", "minimum")),
    ),
    Defect(
        "empty-string-number",
        "An empty form field is taken for a missing value and imputed.",
        on_fields(from_empty, *NUMBERS),
        swallowed(post(diamond(depth=""))),
        pins("type", *NUMBER_PLACES),
        every=True,
    ),
    Defect(
        "string-null-number",
        'Text cells such as "null" and "NaN" are missing values to pandas.',
        on_fields(from_na, *NUMBERS),
        swallowed(post(diamond(y="null"))),
        pins("type", "/y"),
        also=at(*pins("type", *NUMBER_PLACES)),
    ),
    Defect(
        "one-item-array-number",
        "numpy squeezes an array with one item to the item.",
        on_fields(squeezed, *NUMBERS),
        swallowed(post(diamond(carat=[1.03]))),
        pins("type", *NUMBER_PLACES),
        every=True,
    ),
    Defect(
        "one-item-array-category",
        "Repeated form fields come as lists, of which the handler takes the only item.",
        on_fields(squeezed, *CATEGORIES),
        swallowed(post(diamond(cut=["Ideal"]))),
        pins("type", *CATEGORY_PLACES),
        every=True,
    ),
    Defect(
        "value-object",
        'An old client wraps each value in {"value": …}, and a shim unwraps it for ever.',
        on_fields(unwrapped, *NUMBERS, *CATEGORIES),
        swallowed(post(diamond(carat={"value": 1.03}))),
        pins("type", *NUMBER_PLACES, *CATEGORY_PLACES),
        every=True,
    ),
    Defect(
        "root-array",
        "A data frame does not mind whether it is given one record or a list of one.",
        on_value(lambda v: squeezed("", v), "/predict"),
        swallowed(post([diamond()])),
        pins("type", ""),
    ),
    Defect(
        "root-string",
        "The body was serialised twice, and the server decodes until it has an object.",
        on_value(decoded),
        swallowed(post(json.dumps(diamond()))),
        pins("type", ""),
    ),
    Defect(
        "instances-object",
        "A single object where a list should be is wrapped into a list by a tolerant reader.",
        on_value(
            lambda v: (
                v | {"instances": [v["instances"]]}
                if isinstance(v, dict) and isinstance(v.get("instances"), dict)
                else v
            ),
            "/predict/batch",
        ),
        swallowed(post({"instances": diamond()}, target="/predict/batch")),
        pins("type", "/instances"),
        operations=(BATCH,),
        also=below("/instances"),
        side_effects=verdicts(Verdict.MISATTRIBUTED),
    ),
    Defect(
        "bare-array-batch",
        "Some clients of the batch endpoint send the list itself, and were never told.",
        on_value(lambda v: {"instances": v} if isinstance(v, list) else v, "/predict/batch"),
        swallowed(post([diamond()], target="/predict/batch")),
        pins("type", ""),
        operations=(BATCH,),
    ),
    Defect(
        "null-rows-dropped",
        "dropna() removes null rows before the frame is validated.",
        on_value(
            lambda v: (
                v | {"instances": [row for row in v["instances"] if row is not None]}
                if isinstance(v, dict) and isinstance(v.get("instances"), list)
                else v
            ),
            "/predict/batch",
        ),
        swallowed(batch(diamond(), None)),
        pins("type", ROW),
        operations=(BATCH,),
        also=below(ROW),
    ),
)
