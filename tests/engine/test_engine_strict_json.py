"""Strict JSON: what is refused and by which rule, what is read, and the public corpus of parser tests."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove400.errors import StrictJSONError
from prove400.serialization import Raw, Written, json_bytes
from prove400.validation import parse
from prove400.validation.strict_json import MAX_DEPTH, MAX_DIGITS, is_deep

if TYPE_CHECKING:
    from pathlib import Path


def _containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values) | st.dictionaries(st.text(), values)


REFUSED: dict[str, tuple[bytes, ...]] = {
    "json.syntax": (
        b"",
        b" ",
        b"{",
        b"[1,]",
        b'{"a":1,}',
        b"{} {}",
        b"1 2",
        b"[1]x",
        b"// a\n1",
        b"/* a */ 1",
        b"'a'",
        b"{a:1}",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"0x1",
        b"1e",
        b"-",
        b'"\n"',
        b'"\t"',
        b'"\\x41"',
        b'"\\u12"',
        b"None",
        b"True",
        b"nan",
        b"undefined",
        b"tru",
        b"\x0b1",
        b"\xc2\xa01",
        b"1\x00",
        "١".encode(),
        b"1_000",
        b'"a',
        b"]",
    ),
    "json.constant": (b"NaN", b"[Infinity]", b'{"a":-Infinity}'),
    "json.duplicate-name": (b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'[{"b":{"a":1,"\\u0061":2}}]', b'{"":1,"":2}'),
    "json.number": (
        b"1" * (MAX_DIGITS + 1),
        b"-" + b"1" * (MAX_DIGITS + 1),
        b"1e%d" % MAX_DIGITS,
        b"-1e999999",
        b"1e99999999999999999999",
        b"[0.4e0066999999999999999999999999999999999999999]",
    ),
    "json.depth": (
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 99_999,
    ),
    "json.surrogate": (b'"\\ud800"', b'"\\uDC00\\ud800"', b'{"\\udfff":1}', b'[[{"a":["x\\udbffy"]}]]'),
    "json.bom": (b"\xef\xbb\xbf{}", b"\xef\xbb\xbf"),
    "json.encoding": (
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        "{}".encode("utf-16"),
        b'"\xe9"',
        b"\xf0\x28\x8c\x28",
    ),
}
READ: tuple[tuple[bytes, Any], ...] = (
    (b"null", None),
    (b" \t\r\n1 \t\r\n", 1),
    (b"-0", 0),
    (b"1.0", 1.0),
    (b"1E+2", 100.0),
    (b'""', ""),
    (b"[]", []),
    (b"{}", {}),
    (b'{"":{"a":[true,false]}}', {"": {"a": [True, False]}}),
    (b'"\\ud83d\\ude00"', "😀"),
    ('"é\u2028\u007f"'.encode(), "é\u2028\x7f"),
    (b'"\\u0000"', "\0"),
    (b'"\\\\ud800"', "\\ud800"),
    (b"5e-324", 5e-324),
    (b"1e-400", 0.0),
    (b"9007199254740993", 9007199254740993),
    (b"1" * MAX_DIGITS, int("1" * MAX_DIGITS)),
    (b"-" + b"1" * MAX_DIGITS, -int("1" * MAX_DIGITS)),
    (b"1" + b"0" * 400 + b".0", 10**400),
    (b"12.5e400", 125 * 10**399),
    (b"1e400", 10**400),
    (b"-1.5e400", -15 * 10**399),
    (b"1.7976931348623157e308", 1.7976931348623157e308),
    (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
    (b'"' + b"[" * 1000 + b'"', "[" * 1000),
    (b'["\\"[",' + b"1," * 9 + b"1]", ['"[', *[1] * 10]),
)


def rule_of(text: bytes) -> str:
    """Give the rule that a text breaks, or nothing."""
    try:
        parse(text)
    except StrictJSONError as error:
        return error.rule
    return ""


@pytest.mark.parametrize(
    ("rule", "text"),
    [(rule, text) for rule, texts in REFUSED.items() for text in texts],
    ids=lambda value: str(value)[:24],
)
def test_refused_with_its_rule(rule: str, text: bytes) -> None:
    """Text that is not strict JSON is refused under the slug of the rule that it breaks."""
    with pytest.raises(StrictJSONError) as caught:
        parse(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("text", "value"), READ, ids=lambda value: str(value)[:24] if isinstance(value, bytes) else "")
def test_read(text: bytes, value: Any) -> None:
    """Strict JSON is read as its value, big integers exactly."""
    found = parse(text)
    assert found == value
    assert type(found) is type(value)


def test_a_fraction_past_the_doubles_is_no_integer() -> None:
    """A number too large for a double is not made whole: only one that is an integer may become it."""
    assert rule_of(b"1" + b"0" * 400 + b".5") == "json.number"
    assert rule_of(b"-1" + b"0" * 400 + b"." + b"0" * 400 + b"1") == "json.number"


def test_the_place_is_a_character() -> None:
    """The place of a syntax error counts characters, as it says, where they take several bytes."""
    with pytest.raises(StrictJSONError) as caught:
        parse('"éé" x'.encode())
    assert caught.value.where == "character 5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1", False),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, False),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), True),
        (b'{"a":[' * MAX_DEPTH + b"]}" * MAX_DEPTH, True),
        (b"[" + b"[]," * (MAX_DEPTH * 2) + b"[]]", False),
        (b'"' + b"[" * (MAX_DEPTH * 2) + b'"', False),
        (b'["\\"' + b"[" * (MAX_DEPTH * 2) + b'"]', False),
        (b'["\\\\\\"' + b"[" * (MAX_DEPTH * 2) + b'"]', False),
        (b'["\\\\",' + b"[" * (MAX_DEPTH * 2), True),
        (b'{"a":' * (MAX_DEPTH * 2), True),
    ],
)
def test_deep(text: bytes, expected: bool) -> None:  # noqa: FBT001 — a column of the table
    """Containers inside one another are counted, those side by side and those inside strings are not."""
    assert is_deep(text) is expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), _containers))
def test_what_was_written_of_a_value_is_read_alike(value: Any) -> None:
    """The faster way to read our own text gives what the strict parser gives for the same bytes."""
    try:
        text = json_bytes(value)
    except ValueError:  # no JSON: NaN, or infinity
        return
    assert repr(parse(text)) == repr(parse(bytes(text)))


def test_only_what_json_holds_counts_as_written() -> None:
    """Text with raw parts, or with what only an escape can hold, is read strictly."""
    assert type(json_bytes({"a": [1, "\u00e9", None]})) is Written
    assert type(json_bytes({"a": Raw('{"b":1,"b":2}')})) is bytes
    assert type(json_bytes(["\ud800"])) is bytes
    assert rule_of(json_bytes([Raw('{"b":1,"b":2}')])) == "json.duplicate-name"


def test_corpus_accepted(corpora: Path) -> None:
    """Every text that must parse does, as the standard library reads it; I-JSON refuses repeated names alone."""
    repeated = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
    files = sorted(corpora.joinpath("json-parsing").glob("y_*.json"))
    assert len(files) > 90
    for file in files:
        text = file.read_bytes()
        if file.name in repeated:
            assert rule_of(text) == "json.duplicate-name", file.name
        else:
            assert parse(text) == json.loads(text), file.name


def test_corpus_refused(corpora: Path) -> None:
    """Every text that must be refused is, with an exception of ours."""
    files = sorted(corpora.joinpath("json-parsing").glob("n_*.json"))
    assert len(files) > 180
    assert [file.name for file in files if not rule_of(file.read_bytes())] == []


def test_corpus_undecided(corpora: Path) -> None:
    """Text that a parser may read or refuse never ends in an exception that is not ours."""
    astray = {}
    files = sorted(corpora.joinpath("json-parsing").glob("i_*.json"))
    assert len(files) > 30
    for file in files:
        try:
            rule_of(file.read_bytes())
        except Exception as error:  # noqa: BLE001 — whatever else it is, is the fault looked for
            astray[file.name] = repr(error)
    assert astray == {}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_what_the_standard_library_writes_is_read(value: Any) -> None:
    """Any JSON value without surrogates is read back from either spelling that the standard library has."""
    for escaped in (True, False):
        assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """No bytes raise anything but our exception, and what is read has only finite numbers."""
    try:
        value = parse(text)
    except StrictJSONError:
        return
    assert not isinstance(value, float) or math.isfinite(value)
