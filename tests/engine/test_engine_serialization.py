"""Values to bytes: compact JSON, raw text in it, surrogates, and texts of parameters."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove400 import pointer
from prove400.serialization import Raw, json_around, json_bytes, percent_encode, scalar_text
from prove400.validation import parse

WRITTEN: list[tuple[Any, bytes]] = [
    ({"a": [1, 2.5, None, True]}, b'{"a":[1,2.5,null,true]}'),
    ("é😀", '"é😀"'.encode()),
    ("\ud800", b'"\\ud800"'),
    ({"\udfff": "é", "a": "\ud800é"}, '{"\\udfff":"é","a":"\\ud800\\u00e9"}'.encode()),
    (Raw("NaN"), b"NaN"),
    ([1, Raw("1e400"), "x"], b'[1,1e400,"x"]'),
    ({"a": Raw('1,"a":2'), 'b"': {}}, b'{"a":1,"a":2,"b\\"":{}}'),
    ([Raw("'é'")], "['é']".encode()),
    ([], b"[]"),
    (10**30, b"1000000000000000000000000000000"),
]
SCALARS: list[tuple[Any, str]] = [
    ("a b", "a b"),
    ("", ""),
    (1, "1"),
    (1.0, "1.0"),
    (True, "true"),
    (None, "null"),
    (Raw("01"), "01"),
    (5e-324, "5e-324"),
]


@pytest.mark.parametrize(("value", "expected"), WRITTEN)
def test_json_bytes(value: Any, expected: bytes) -> None:
    """A value is compact JSON in UTF-8; raw text is copied, and strings with lone surrogates are escaped."""
    assert json_bytes(value) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")], [Raw("1"), float("nan")]])
def test_not_a_number_needs_raw(value: Any) -> None:
    """NaN and infinities are refused as values, beside raw text too: only raw text says that they are meant."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes(value)


@pytest.mark.parametrize(("value", "expected"), SCALARS)
def test_scalar_text(value: Any, expected: str) -> None:
    """Strings stand for themselves in a parameter, everything else is written as JSON."""
    assert scalar_text(value) == expected


@pytest.mark.parametrize(
    ("text", "safe", "expected"),
    [
        ("a b", "", "a%20b"),
        ("A-z0.9_~", "", "A-z0.9_~"),
        ("/?&=+#%", "", "%2F%3F%26%3D%2B%23%25"),
        ("a/b c", "/", "a/b%20c"),
        ("é", "", "%C3%A9"),
        ("\ud800", "", "%ED%A0%80"),
        ("\0\n", "", "%00%0A"),
    ],
)
def test_percent_encode(text: str, safe: str, expected: str) -> None:
    """All but unreserved and safe characters are percent-encoded as UTF-8, surrogates too."""
    assert percent_encode(text, safe) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_json_round_trip(value: Any) -> None:
    """Any JSON value is read back from its bytes, and raw text amid it changes nothing of the rest."""
    assert parse(json_bytes(value)) == value
    assert parse(json_bytes([value, Raw("0")])) == [value, 0]


@given(st.text(st.characters()))
def test_surrogates_round_trip(text: str) -> None:
    """Strings with lone surrogates come back from a parser that lets them through."""
    odd = f"\ud800x{text}"
    assert json.loads(json_bytes({odd: [odd, text]})) == {odd: [odd, text]}


@given(st.text(st.characters()))
def test_percent_round_trip(text: str) -> None:
    """What is percent-encoded is ASCII without reserved characters, and decodes to the same text."""
    encoded = percent_encode(text)
    assert encoded.isascii()
    assert not set(encoded) & set(" /?#&=+")
    assert unquote_to_bytes(encoded).decode("utf-8", "surrogatepass") == text
    assert unquote(encoded, errors="surrogatepass") == text


def places(value: Any, at: str = "") -> list[str]:
    """Give every place in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, item in items for place in places(item, pointer.join(at, name)))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=3), values, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["x", None, {"a": [1]}, Raw("NaN"), "\ud800"]))
def test_text_around_a_value(value: Any, new: Any) -> None:
    """With another value between what stands before and after, the text is that of the changed value."""
    for place in places(value):
        around = json_around(value, pointer.tokens(place))
        assert around is not None
        assert around[0] + json_bytes(new) + around[1] == json_bytes(pointer.replace(value, place, new))


def test_nothing_stands_around_a_value_that_is_not_there() -> None:
    """A member that is yet to come, and text that is not plain JSON, are left to `json_bytes`."""
    assert json_around({"a": 1, "b": 2}, ["b"]) == (b'{"a":1,"b":', b"}")
    assert json_around({"a": 1}, ["b"]) is None
    assert json_around({"a": Raw("NaN"), "b": 1}, ["b"]) is None
    assert json_around(["\ud800", 1], ["1"]) is None
