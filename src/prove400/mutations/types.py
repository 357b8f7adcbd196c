"""`type`: the swap matrix of representations (JSON Schema 2020-12 validation, section 6.1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prove400.model import Severity, Side
from prove400.mutations.numbers import is_number
from prove400.mutations.operator import Example, Operator, Subject, constant
from prove400.mutations.strings import is_free

NUMBER = {"type": "number"}
STRING = {"type": "string"}
CATEGORY = {"type": "string", "enum": ["Fair", "Good"]}


def numeric_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string."""
    if is_number(subject.value):
        yield json.dumps(subject.value)


def padded_numeric_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string with white space around it, which ``float()`` ignores."""
    if is_number(subject.value):
        yield f" {subject.value}"
        yield f"{subject.value}\n"


def exponent_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string in scientific notation."""
    if is_number(subject.value):
        yield f"{subject.value}e0"


def leading_zero_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string with a leading zero."""
    if is_number(subject.value):
        yield f"0{subject.value}" if subject.value >= 0 else f"-0{-subject.value}"


def underscore_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string with an underscore between digits, which Python's `int` and `float` ignore."""
    if is_number(subject.value):
        text = str(subject.value)
        yield f"{text[:-1]}_{text[-1]}" if text[-2:].isdecimal() and len(text) > 1 else f"0_{text}"


def plus_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string with a plus sign."""
    if is_number(subject.value) and subject.value >= 0:
        yield f"+{subject.value}"


def decimal_comma_string(subject: Subject) -> Iterator[str]:
    """Spell a number as a string with a decimal comma."""
    if is_number(subject.value):
        yield f"{float(subject.value)}".replace(".", ",")


def fraction(subject: Subject) -> Iterator[float]:
    """Give an integer a fraction; a server that truncates lets it through."""
    if isinstance(subject.value, int) and not isinstance(subject.value, bool) and abs(subject.value) < 2**52:
        yield subject.value + 0.5


def wrapped_in_array(subject: Subject) -> Iterator[list[Any]]:
    """Put the value into an array of one; numpy treats it as the value itself."""
    yield [subject.value]


def wrapped_in_object(subject: Subject) -> Iterator[dict[str, Any]]:
    """Put the value into an object."""
    yield {"value": subject.value}


def as_json_text(subject: Subject) -> Iterator[str]:
    """Encode the value twice: the value as JSON, sent as a string."""
    if not is_number(subject.value):
        yield json.dumps(subject.value, ensure_ascii=False)


def category_index(subject: Subject) -> Iterator[int]:
    """Send a category as its index, as written and as an encoder would sort it: the mistake that cost $50k."""
    members = subject.schema.get("enum")
    if isinstance(members, list) and isinstance(subject.value, str) and subject.value in members:
        yield members.index(subject.value)
        texts = sorted(member for member in members if isinstance(member, str))
        yield texts.index(subject.value)


def category_index_float(subject: Subject) -> Iterator[float]:
    """Send a category as its index in floating point, as a column with missing values holds it."""
    yield from map(float, category_index(subject))


def inner_value(subject: Subject) -> Iterator[Any]:
    """Send what an object holds in place of the object: the bare array of a batch."""
    if isinstance(subject.value, dict):
        yield from (item for item in subject.value.values() if isinstance(item, list | dict))


def both_truths(subject: Subject) -> Iterator[bool]:
    """Give both booleans."""
    if isinstance(subject.value, bool):
        yield from (True, False)


def first_item(subject: Subject) -> Iterator[Any]:
    """Send the first item of an array in place of the array."""
    if isinstance(subject.value, list) and subject.value:
        yield subject.value[0]


def by_index(subject: Subject) -> Iterator[dict[str, Any]]:
    """Send an array as an object whose names are the indices, as PHP and qs do."""
    if isinstance(subject.value, list):
        yield {str(index): item for index, item in enumerate(subject.value)}


def truth_as_number(subject: Subject) -> Iterator[int]:
    """Send a boolean as 1 or 0."""
    if isinstance(subject.value, bool):
        yield int(subject.value)


def truth_as_text(subject: Subject) -> Iterator[str]:
    """Send a boolean as the word that languages print."""
    if isinstance(subject.value, bool):
        yield str(subject.value)
        yield str(subject.value).lower()


def truth_synonym(subject: Subject) -> Iterator[str]:
    """Send a boolean as a word that lenient parsers take for one."""
    if isinstance(subject.value, bool):
        yield from ("yes", "on", "1") if subject.value else ("no", "off", "0")


def null_member(subject: Subject) -> Iterator[None]:
    """Send null where it is one of the types."""
    if isinstance(subject.expected, list) and "null" in subject.expected:
        yield None


def whole_number(subject: Subject) -> Iterator[int]:
    """Give a number without a fraction: an integer is a number."""
    if isinstance(subject.value, float):
        yield int(subject.value)
        yield int(subject.value) + 1


def control_characters(subject: Subject) -> Iterator[str]:
    """Send a text with characters that JSON admits and stores, logs and templates stumble over."""
    if is_free(subject):
        yield from (f"{subject.value[:1]}{char}{subject.value[2:]}" for char in ("\x00", "\x85", "\u2028"))


def integral_float(subject: Subject) -> Iterator[float]:
    """Write an integer with a zero fraction: JSON Schema counts 1.0 as an integer."""
    if isinstance(subject.value, int) and not isinstance(subject.value, bool) and abs(subject.value) < 2**53:
        yield float(subject.value)


OPERATORS = (
    Operator("type.numeric-string", numeric_string, (Example(NUMBER, 0.23, "0.23"),)),
    Operator("type.padded-numeric-string", padded_numeric_string, (Example(NUMBER, 0.23, " 0.23"),)),
    Operator("type.exponent-string", exponent_string, (Example(NUMBER, 1, "1e0"),)),
    Operator("type.leading-zero-string", leading_zero_string, (Example(NUMBER, 1, "01"), Example(NUMBER, -1, "-01"))),
    Operator("type.underscore-string", underscore_string, (Example(NUMBER, 10, "1_0"), Example(NUMBER, 4, "0_4"))),
    Operator("type.plus-string", plus_string, (Example(NUMBER, 10, "+10"),)),
    Operator("type.decimal-comma-string", decimal_comma_string, (Example(NUMBER, 1, "1,0"),)),
    Operator("type.fraction", fraction, (Example({"type": "integer"}, 1, 1.5),)),
    Operator("type.category-index", category_index, (Example(CATEGORY, "Good", 1, also=("enum",)),)),
    Operator("type.category-index-float", category_index_float, (Example(CATEGORY, "Good", 1.0, also=("enum",)),)),
    Operator("type.inner-value", inner_value, (Example({"type": "object"}, {"rows": [1]}, [1]),)),
    Operator("type.number", constant(1), (Example(STRING, "a", 1),)),
    Operator("type.float", constant(1.5), (Example(STRING, "a", 1.5),)),
    Operator("type.zero", constant(0), (Example(STRING, "a", 0),)),
    Operator("type.true", constant(value=True), (Example(NUMBER, 0.23, True),)),
    Operator("type.false", constant(value=False), (Example(NUMBER, 0.23, False),)),
    Operator("type.null", constant(None), (Example(NUMBER, 0.23, None),)),
    Operator("type.empty-string", constant(""), (Example(NUMBER, 0.23, ""),)),
    Operator("type.word", constant("prove400"), (Example(NUMBER, 0.23, "prove400"),)),
    Operator("type.nan-string", constant("NaN"), (Example(NUMBER, 0.23, "NaN"),)),
    Operator("type.empty-array", constant([]), (Example(NUMBER, 0.23, []),)),
    Operator("type.empty-object", constant({}), (Example(NUMBER, 0.23, {}),)),
    Operator("type.array", wrapped_in_array, (Example(NUMBER, 0.23, [0.23]),)),
    Operator("type.object", wrapped_in_object, (Example(NUMBER, 0.23, {"value": 0.23}),)),
    Operator("type.json-text", as_json_text, (Example({"type": "object"}, {"a": 1}, '{"a": 1}'),)),
    Operator("type.first-item", first_item, (Example({"type": "array"}, [1, 2], 1),)),
    Operator("type.index-object", by_index, (Example({"type": "array"}, [5], {"0": 5}),)),
    Operator("type.truth-as-number", truth_as_number, (Example({"type": "boolean"}, True, 1),)),
    Operator("type.truth-as-text", truth_as_text, (Example({"type": "boolean"}, True, "True"),)),
    Operator("type.truth-synonym", truth_synonym, (Example({"type": "boolean"}, False, "no"),), each=True),
    Operator("type.null-member", null_member, (Example({"type": ["string", "null"]}, "a", None),), Side.VALID),
    Operator("type.both-truths", both_truths, (Example({"type": "boolean"}, True, False),), Side.VALID),
    Operator("type.whole-number", whole_number, (Example(NUMBER, 0.23, 1),), Side.VALID),
    Operator(
        "type.integral-float", integral_float, (Example({"type": "integer"}, 1, 1.0),), Side.VALID, Severity.WARNING
    ),
    Operator(
        "type.control-characters",
        control_characters,
        (Example(STRING, "abc", "a\x00c"), Example(STRING, "a", "a\u2028")),
        Side.VALID,
        Severity.WARNING,
    ),
)
"""Every way to send a value as another type, or as the same type in another spelling."""
