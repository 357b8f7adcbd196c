"""JSON Pointer: RFC 6901's own examples, escapes, errors, and values that are never changed in place."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove400 import pointer
from prove400.errors import PointerError

RFC = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8}
RFC_EXAMPLES: dict[str, Any] = {
    "": RFC,
    "/foo": ["bar", "baz"],
    "/foo/0": "bar",
    "/": 0,
    "/a~1b": 1,
    "/c%d": 2,
    "/e^f": 3,
    "/g|h": 4,
    "/i\\j": 5,
    '/k"l': 6,
    "/ ": 7,
    "/m~0n": 8,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/01 ", max_size=4), inner, max_size=3),
    max_leaves=12,
)


def places(value: Any, at: str = "") -> list[str]:
    """List every location of a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for token, item in items for place in places(item, pointer.join(at, token)))]


@pytest.mark.parametrize("location", RFC_EXAMPLES)
def test_examples_of_the_rfc(location: str) -> None:
    """Every example of RFC 6901 section 5 gives the value that the RFC lists."""
    assert pointer.get(RFC, location) == RFC_EXAMPLES[location]


@pytest.mark.parametrize(
    ("token", "escaped"), [("~", "~0"), ("/", "~1"), ("~1", "~01"), ("~/", "~0~1"), ("", ""), ("0", "0")]
)
def test_escapes(token: str, escaped: str) -> None:
    """A tilde and a slash are escaped, the tilde first, and read back."""
    assert pointer.escape(token) == escaped
    assert pointer.tokens(f"/{escaped}") == [token]


@pytest.mark.parametrize(
    ("location", "expected"),
    [("", ""), ("/a", ""), ("/a/b", "/a"), ("/a/0", "/a"), ("/a~1b", ""), ("/", "")],
)
def test_parent(location: str, expected: str) -> None:
    """The parent lacks the last token; the root is its own."""
    assert pointer.parent(location) == expected


@pytest.mark.parametrize("location", ["a", "a/b", "#/a", " /a", "/~", "/~2", "/a~/b"])
def test_malformed_pointers(location: str) -> None:
    """Text outside the grammar of RFC 6901 section 3 is refused, a lone tilde included."""
    with pytest.raises(PointerError):
        pointer.tokens(location)


@pytest.mark.parametrize(
    ("value", "location"),
    [
        ({}, "/a"),
        ({"a": 1}, "/a/b"),
        ([], "/0"),
        ([1], "/1"),
        ([1], "/-"),
        ([1], "/-1"),
        ([1, 2], "/a"),
        (None, "/a"),
        ("text", "/0"),
        ([1, 2], "/01"),
        ([1, 2], "/00"),
        ([1, 2], "/٠"),
        ([1, 2], "/²"),
        ([1], "/" + "1" * 5000),
    ],
)
def test_nothing_there(value: Any, location: str) -> None:
    """A location with nothing at it is an error, or the default; an index has ASCII digits and no leading zero."""
    assert pointer.get(value, location, pointer.ABSENT) is pointer.ABSENT
    with pytest.raises(PointerError):
        pointer.get(value, location)
    with pytest.raises(PointerError, match="cannot set"):
        pointer.replace(value, f"{location}/x", 1)


@pytest.mark.parametrize("falsy", [0, False, "", [], {}])
def test_falsy_values_are_values(falsy: Any) -> None:
    """A falsy value at a location is given, not the default."""
    assert pointer.get({"a": falsy}, "/a", "default") == falsy


@pytest.mark.parametrize(
    ("location", "new", "expected"),
    [
        ("", 9, 9),
        ("/a", 9, {"a": 9, "l": [{"x": 2}, {"y": 3}]}),
        ("/l/1", 9, {"a": {"b": 1}, "l": [{"x": 2}, 9]}),
        ("/l/0/z", 9, {"a": {"b": 1}, "l": [{"x": 2, "z": 9}, {"y": 3}]}),
        ("/new", 9, {"a": {"b": 1}, "l": [{"x": 2}, {"y": 3}], "new": 9}),
    ],
)
def test_replace(location: str, new: Any, expected: Any) -> None:
    """A value is replaced or a member added, and the original stays as it was."""
    value = {"a": {"b": 1}, "l": [{"x": 2}, {"y": 3}]}
    before = deepcopy(value)
    assert pointer.replace(value, location, new) == expected
    assert value == before


def test_replace_copies_only_the_way() -> None:
    """Containers beside the way are shared with the original, those on it are not."""
    value: dict[str, Any] = {"a": {"b": {}}, "side": [], "l": [[], []]}
    changed = pointer.replace(value, "/l/0", 1)
    assert changed["a"] is value["a"]
    assert changed["side"] is value["side"]
    assert changed["l"] is not value["l"]
    assert changed["l"][1] is value["l"][1]


@given(st.lists(st.text(max_size=5) | st.integers(0, 99), max_size=5))
def test_tokens_survive_the_round_trip(parts: list[str | int]) -> None:
    """Tokens that are joined to a pointer are what it splits into."""
    assert pointer.tokens(pointer.from_tokens(parts)) == list(map(str, parts))
    assert pointer.join(pointer.from_tokens(parts[:1]), *parts[1:]) == pointer.from_tokens(parts)


@given(JSON)
def test_every_place_can_be_read_and_set(value: Any) -> None:
    """At every location of any value, what is set is read back, and the value is left alone."""
    before = deepcopy(value)
    for place in places(value):
        marker = object()
        changed = pointer.replace(value, place, marker)
        assert pointer.get(changed, place) is marker
        assert pointer.replace(changed, place, pointer.get(value, place)) == value
    assert value == before
