"""Defects of categories: near misses that pass, members that do not."""

from __future__ import annotations

import unicodedata
from typing import Any

from prove400 import Verdict
from tests.zoo.defect import Defect, Proof, at, diamond, pins, post, refused, swallowed, verdicts
from tests.zoo.kinds import CATEGORY_PLACES, from_na
from tests.zoo.signature import CATEGORIES, GRADES, TYPICAL
from tests.zoo.wsgi import crash, on_fields

ENUMS = pins("enum", *CATEGORY_PLACES)
TYPES = pins("type", *CATEGORY_PLACES)


def folding(fold: Any) -> Any:
    """Give a change that looks a string up among the categories after `fold` on both sides."""
    known = {name: {fold(grade): grade for grade in GRADES[name]} for name in CATEGORIES}
    return lambda name, value: known[name].get(fold(value), value) if isinstance(value, str) else value


def visible(text: str) -> str:
    """Drop the characters that show nothing (Unicode category Cf)."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def as_substring(name: str, value: Any) -> Any:
    """Look a string up in the text of all categories, as `value in "Fair|Good"` does."""
    text = "|".join(GRADES[name])
    return TYPICAL[name] if isinstance(value, str) and value in text and value not in GRADES[name] else value


def of_any_column(name: str, value: Any) -> Any:
    """Take a category of any column, unknown to this one, for the typical one."""
    known = {grade for grades in GRADES.values() for grade in grades}
    return TYPICAL[name] if isinstance(value, str) and value in known - set(GRADES[name]) else value


def unknown(name: str, value: Any) -> Any:
    """Take any string that is no category for the typical one."""
    return TYPICAL[name] if isinstance(value, str) and value not in GRADES[name] else value


def from_index_string(name: str, value: Any) -> Any:
    """Give the category whose code is written in a string."""
    codes = {str(code): grade for code, grade in enumerate(GRADES[name])}
    return codes.get(value, value) if isinstance(value, str) else value


def has_unhashable(value: Any) -> bool:
    """Tell whether a diamond has an array or object where a category should be."""
    return isinstance(value, dict) and any(isinstance(value.get(name), list | dict) for name in CATEGORIES)


def has_null(value: Any) -> bool:
    """Tell whether a diamond has null where a category should be."""
    return isinstance(value, dict) and any(name in value and value[name] is None for name in CATEGORIES)


CATEGORY_DEFECTS = (
    Defect(
        "case-folded",
        "Categories are compared in lower case, the model's encoder is not asked.",
        on_fields(folding(str.casefold), *CATEGORIES),
        swallowed(post(diamond(cut="ideal"))),
        ENUMS,
        every=True,
        real=True,
    ),
    Defect(
        "padding-stripped",
        "strip() tidies what comes from fixed-width exports.",
        on_fields(folding(str.strip), *CATEGORIES),
        swallowed(post(diamond(clarity=" VS1"))),
        ENUMS,
        every=True,
    ),
    Defect(
        "final-newline",
        "re.match with $ lets one newline through at the end.",
        on_fields(lambda _, v: v[:-1] if isinstance(v, str) and v.endswith("\n") else v, *CATEGORIES),
        swallowed(post(diamond(cut="Ideal\n"))),
        ENUMS,
        every=True,
    ),
    Defect(
        "invisible-dropped",
        "Zero-width characters from a web page are removed in silence.",
        on_fields(folding(visible), *CATEGORIES),
        swallowed(post(diamond(cut="Ide\u200bal"))),
        ENUMS,
        every=True,
    ),
    Defect(
        "compatibility-forms",
        "NFKC makes full-width letters plain before the look-up.",
        on_fields(folding(lambda text: unicodedata.normalize("NFKC", text)), *CATEGORIES),
        swallowed(post(diamond(color="\uff27"))),
        ENUMS,
    ),
    Defect(
        "separators-folded",
        "The columns of the one-hot frame are called Very_Good or VeryGood, so these names are folded to the category.",
        on_fields(folding(lambda text: text.replace("_", " ").replace("-", " ").replace(" ", "")), "cut"),
        swallowed(post(diamond(cut="Very_Good"))),
        pins("enum", "/cut"),
    ),
    Defect(
        "substring",
        '`cut in "Fair|Good|…"` is true of any part of the text, the empty one included.',
        on_fields(as_substring, "cut"),
        swallowed(post(diamond(cut="Very"))),
        pins("enum", "/cut"),
    ),
    Defect(
        "unknown-ignored",
        'OneHotEncoder(handle_unknown="ignore") makes a row of zeros of any string.',
        on_fields(unknown, *CATEGORIES),
        swallowed(post(diamond(cut="Excellent"))),
        ENUMS,
        every=True,
    ),
    Defect(
        "any-column",
        "All categories went into one set, so a clarity passes for a cut.",
        on_fields(of_any_column, *CATEGORIES),
        swallowed(post(diamond(cut="VS1"))),
        ENUMS,
        every=True,
    ),
    Defect(
        "index-as-string",
        "An HTML select posts the option's index as text, and the encoder knows the code.",
        on_fields(from_index_string, "clarity"),
        swallowed(post(diamond(clarity="4"))),
        pins("enum", "/clarity"),
        real=True,
    ),
    Defect(
        "empty-category",
        "An empty string is taken for not given, and the most frequent category is imputed.",
        on_fields(lambda n, v: TYPICAL[n] if v == "" else v, *CATEGORIES),
        swallowed(post(diamond(cut=""))),
        ENUMS,
        every=True,
    ),
    Defect(
        "string-null-category",
        'Text cells such as "None" and "null" are missing values to pandas.',
        on_fields(from_na, *CATEGORIES),
        swallowed(post(diamond(cut="null"))),
        ENUMS,
    ),
    Defect(
        "very-good-refused",
        "The category with a space was lost when the list moved into a shell variable.",
        on_fields(lambda _, v: "Very" if v == "Very Good" else v, "cut"),
        refused(post(diamond(cut="Very Good"))),
        pins("enum", "/cut"),
        verdicts(Verdict.OVER_REJECTED),
        also=at(("", "witness")),  # a published example has this category
    ),
    Defect(
        "rare-category-500",
        "The rarest clarity was not in the training fold, and the encoder raises on it.",
        crash(lambda v: isinstance(v, dict) and v.get("clarity") == "I1"),
        Proof(post(diamond(clarity="I1")), 200, 500),
        pins("enum", "/clarity"),
        verdicts(Verdict.SERVER_ERROR),
    ),
    Defect(
        "unhashable-500",
        "`value in categories` raises TypeError for an array or object, as sets hash.",
        crash(has_unhashable),
        Proof(post(diamond(cut=["Ideal"])), 400, 500),
        TYPES,
        verdicts(Verdict.SERVER_ERROR),
        every=True,
        also=at(*ENUMS),
    ),
    Defect(
        "null-category-500",
        "value.strip() raises AttributeError for null.",
        crash(has_null),
        Proof(post(diamond(color=None)), 400, 500),
        TYPES,
        verdicts(Verdict.SERVER_ERROR),
        every=True,
        also=at(*ENUMS),
    ),
)
