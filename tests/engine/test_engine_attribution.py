"""Which places error bodies name, in the shapes that servers use; what leaks; how far a prediction moved."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prove400.model import Damage, Part, Reply
from prove400.oracle import damage
from prove400.oracle.attribution import entries, from_text, names_member_at_parent, names_place
from prove400.oracle.leaks import DOTTED, MARKS, PATTERNS, leak

BODY, QUERY, HEADER = Part.BODY, Part.QUERY, Part.HEADER
TEXTS: list[tuple[str, tuple[str, ...] | None]] = [
    ("/a/b", ("a", "b")),
    ("#/a/b", ("a", "b")),
    ("/a~1b/~01", ("a/b", "~1")),
    ("", ()),
    ("#", ()),
    ("/", ("",)),
    ("carat", ("carat",)),
    ("a.b.0", ("a", "b", "0")),
    ("a[0].b", ("a", "0", "b")),
    ("$.a[0]['b']", ("a", "0", "b")),
    ('["a"]["b"]', ("a", "b")),
    ("$", ()),
    (".carat", ("carat",)),
    ("/~2", None),
    ("#/a~", None),
    ("#/caf%C3%A9", ("café",)),
    ("#/a%20b", ("a b",)),
    ("/a%20b", ("a%20b",)),
]
NAMED: dict[str, tuple[Any, Part, str]] = {
    "RFC 9457 pointer": ({"title": "Bad", "errors": [{"detail": "low", "pointer": "#/carat"}]}, BODY, "/carat"),
    "pointer without a hash": ({"errors": [{"pointer": "/rows/1/carat"}]}, BODY, "/rows/1/carat"),
    "FastAPI loc": (
        {"detail": [{"loc": ["body", "rows", 1, "carat"], "msg": "m", "type": "t"}]},
        BODY,
        "/rows/1/carat",
    ),
    "FastAPI query": ({"detail": [{"loc": ["query", "n"], "msg": "m"}]}, QUERY, "/n"),
    "pydantic loc": ([{"loc": ["carat"], "msg": "m"}], BODY, "/carat"),
    "JSON:API pointer": ({"errors": [{"source": {"pointer": "/carat"}}]}, BODY, "/carat"),
    "JSON:API parameter": ({"errors": [{"source": {"parameter": "n"}}]}, QUERY, "/n"),
    "JSON:API header": ({"errors": [{"source": {"header": "X-N"}}]}, HEADER, "/X-N"),
    "marshmallow": ({"errors": {"carat": ["Not a valid number."]}}, BODY, "/carat"),
    "marshmallow, many": ({"errors": {"1": {"carat": ["Not a valid number."]}}}, BODY, "/1/carat"),
    "webargs": ({"messages": {"json": {"rows": {"1": {"carat": ["no"]}}}}}, BODY, "/rows/1/carat"),
    "ajv": ({"errors": [{"instancePath": "/carat", "schemaPath": "#/properties/carat/maximum"}]}, BODY, "/carat"),
    "ajv at the top": ([{"instancePath": "/carat", "keyword": "maximum"}], BODY, "/carat"),
    "dotted path": ({"error": {"path": "rows.1.carat"}}, BODY, "/rows/1/carat"),
    "bracketed path": ({"error": {"path": "rows[1].carat"}}, BODY, "/rows/1/carat"),
    "JSONPath": ({"error": {"path": "$.rows[1]['carat']"}}, BODY, "/rows/1/carat"),
    "path with its part": ({"path": "body.carat"}, BODY, "/carat"),
    "pointer with its part": ({"pointer": "/body/carat"}, BODY, "/carat"),
    "field name": ({"field": "carat", "message": "low"}, BODY, "/carat"),
    "field name, deep inside": ({"error": {"details": [{"field": "carat"}]}}, BODY, "/carat"),
    "parameter name": ({"errors": [{"parameter": "n", "message": "low"}]}, QUERY, "/n"),
    "parameter pointer": ({"errors": [{"pointer": "/query/n"}]}, QUERY, "/n"),
    "header name": ({"errors": [{"name": "X-N"}]}, HEADER, "/X-N"),
    "header name in small letters": ({"detail": [{"loc": ["header", "x-n"]}]}, HEADER, "/X-N"),
    "item of a parameter": ({"errors": [{"pointer": "/l/1"}]}, QUERY, "/l/1"),
    "item of a parameter, FastAPI": ({"detail": [{"loc": ["query", "l", 1], "msg": "m"}]}, QUERY, "/l/1"),
    "item of a parameter, bracketed": ({"errors": [{"parameter": "l[1]"}]}, QUERY, "/l/1"),
    "item of a parameter, dotted": ({"errors": [{"field": "l.1"}]}, QUERY, "/l/1"),
    "item of a parameter, dotted with its part": ({"errors": [{"field": "query.l.1"}]}, QUERY, "/l/1"),
    "item of a parameter, without an index": ({"errors": [{"parameter": "l[]"}]}, QUERY, "/l/1"),
    "item of a parameter, by its name": ({"errors": [{"parameter": "l"}]}, QUERY, "/l/1"),
    "item of a parameter, by its name and part": ({"detail": [{"loc": ["query", "l"]}]}, QUERY, "/l/1"),
    "item of a header, by its name": ({"errors": [{"name": "x-n"}]}, HEADER, "/X-N/0"),
    "item of a parameter, keyed": ({"errors": {"l": {"1": ["Not a valid integer."]}}}, QUERY, "/l/1"),
    "member of a parameter": ({"errors": [{"parameter": "filter[a]"}]}, QUERY, "/filter/a"),
    "member of a parameter, by its own name": ({"errors": [{"parameter": "a"}]}, QUERY, "/filter/a"),
    "second entry": ({"errors": [{"pointer": "/cut"}, {"pointer": "/carat"}]}, BODY, "/carat"),
    "escaped": ({"errors": [{"pointer": "/a~1b"}]}, BODY, "/a~1b"),
}
NOT_NAMED: dict[str, tuple[Any, Part, str]] = {
    "another field": ({"errors": [{"pointer": "/cut", "detail": "carat is fine"}]}, BODY, "/carat"),
    "another row": ({"errors": [{"pointer": "/rows/0/carat"}]}, BODY, "/rows/1/carat"),
    "the row alone": ({"errors": [{"pointer": "/rows/1"}]}, BODY, "/rows/1/carat"),
    "below": ({"errors": [{"pointer": "/carat/x"}]}, BODY, "/carat"),
    "prefix": ({"errors": [{"pointer": "/carats"}]}, BODY, "/carat"),
    "text alone": ({"error": "carat is too low"}, BODY, "/carat"),
    "another part": ({"detail": [{"loc": ["query", "carat"]}]}, BODY, "/carat"),
    "body for a parameter": ({"detail": [{"loc": ["body", "n"]}]}, QUERY, "/n"),
    "keys outside a container": ({"carat": ["low"]}, BODY, "/carat"),
    "echoed input": ({"detail": "bad", "request": {"carat": 9}}, BODY, "/carat"),
    "no object": ("carat", BODY, "/carat"),
    "nothing": (None, BODY, "/carat"),
    "numbers": ({"path": 5, "field": None, "loc": [None], "source": {}}, BODY, "/carat"),
    "another case": ({"field": "Carat"}, BODY, "/carat"),
    "another case of a query": ({"errors": [{"parameter": "N"}]}, QUERY, "/n"),
    "another item of a parameter": ({"errors": [{"parameter": "l[0]"}]}, QUERY, "/l/1"),
    "index of a parameter": ({"errors": [{"parameter": "1"}]}, QUERY, "/l/1"),
    "item of another parameter": ({"errors": [{"parameter": "m[1]"}]}, QUERY, "/l/1"),
    "array around an item of a body": ({"errors": [{"pointer": "/l"}]}, BODY, "/l/1"),
    "a header of the name": ({"errors": [{"source": {"header": "carat"}}]}, BODY, "/carat"),
    "bad escape": ({"errors": [{"pointer": "/~2"}]}, BODY, ""),
    "a header that is no text": ({"errors": [{"source": {"header": 5}}]}, HEADER, "/5"),
}
AT_PARENT: list[tuple[str, Any, str, bool]] = [
    (
        "object named, member in text",
        {"errors": [{"pointer": "", "detail": "'carat' is a required property"}]},
        "/carat",
        True,
    ),
    (
        "row named, member in text",
        {"errors": [{"path": "rows[1]", "message": "carat is missing"}]},
        "/rows/1/carat",
        True,
    ),
    ("part named", {"detail": [{"loc": ["body"], "msg": "carat missing"}]}, "/carat", True),
    ("ajv params", [{"instancePath": "", "params": {"missingProperty": "carat"}}], "/carat", True),
    (
        "another member in text",
        {"errors": [{"pointer": "", "detail": "'cut' is a required property"}]},
        "/carat",
        False,
    ),
    ("another row", {"errors": [{"path": "rows[0]", "message": "carat is missing"}]}, "/rows/1/carat", False),
    ("name inside a word", {"errors": [{"pointer": "", "detail": "unexpected text"}]}, "/x", False),
    ("in backticks", {"errors": [{"pointer": "", "detail": "`carat` is missing"}]}, "/carat", True),
    ("at the end", {"errors": [{"pointer": "", "detail": "missing: carat."}]}, "/carat", True),
    ("name like a pattern", {"errors": [{"pointer": "", "detail": "'a.(b' is missing"}]}, "/a.(b", True),
    ("name that is a pattern", {"errors": [{"pointer": "", "detail": "'axb' is missing"}]}, "/a.b", False),
    ("name with a sign in front", {"errors": [{"pointer": "", "detail": "$id is missing"}]}, "/$id", True),
    ("name with a prefix", {"errors": [{"pointer": "", "detail": "x-carat is missing"}]}, "/carat", False),
    ("name with a suffix", {"errors": [{"pointer": "", "detail": "carat-min is missing"}]}, "/carat", False),
    ("longer name", {"errors": [{"pointer": "", "detail": "'carats' is missing"}]}, "/carat", False),
    (
        "member in another entry",
        {"errors": [{"pointer": "", "detail": "bad"}, {"pointer": "/cut", "detail": "carat"}]},
        "/carat",
        False,
    ),
    ("no text", {"errors": [{"pointer": ""}]}, "/carat", False),
]
LEAKS: list[tuple[str, str]] = [
    ("python-traceback", "Traceback (most recent call last):\n  ..."),
    ("python-traceback", 'File "/mnt/x.py", line 3, in f'),
    ("source-path", "/home/me/service/app.py"),
    ("source-path", "/x/site-packages/flask"),
    ("source-path", "no such file: /srv/api/model.rb"),
    ("java-traceback", "at com.example.Api.predict(Api.java:31)"),
    ("java-traceback", "java.lang.NullPointerException"),
    ("node-traceback", "Error: x\n    at predict (/data/index.js:10:5)"),
    ("node-traceback", "Error: x\n    at file:///data/index.mjs:10:5"),
    ("node-traceback", "Error: x\n    at /data/index.js:10:5"),
    ("node-traceback", "Error: x\n    at async predict (file:///data/index.mjs:10:5)"),
    ("werkzeug-debugger", "<title>TypeError: x // Werkzeug Debugger</title>"),
    ("windows-path", "C:\\Users\\me\\app"),
    ("python-repr", "<api.Model object at 0x7f3a5c2d1e80>"),
]
INNOCENT = [
    "",
    "the file is missing",
    "line 3 of the body",
    "/predict is not /home",
    "see /docs/errors.html",
    "File not found",
    "at most 3 (see docs)",
    "java is an island",
    "C: is no drive",
    "an object at row 3",
    "https://example.com/home/a.html",
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts_of_places(text: str, expected: tuple[str, ...] | None) -> None:
    """A pointer, a URI fragment, a dotted and a bracketed path are read as tokens; a bad escape makes it no place."""
    assert from_text(text) == expected


@pytest.mark.parametrize("name", NAMED)
def test_named(name: str) -> None:
    """Each shape of error body names its place."""
    body, part, location = NAMED[name]
    assert names_place(body, part, location)


@pytest.mark.parametrize("name", NOT_NAMED)
def test_not_named(name: str) -> None:
    """A near miss names the place of another fault, or none."""
    body, part, location = NOT_NAMED[name]
    assert not names_place(body, part, location)


def test_below_counts_only_when_asked() -> None:
    """For combinators a place below the instance will do, but not one above or beside it."""
    body = {"errors": [{"pointer": "/a/b"}]}
    assert names_place(body, BODY, "/a", below=True)
    assert not names_place(body, BODY, "/a")
    assert not names_place(body, BODY, "/a/b/c", below=True)
    assert not names_place(body, BODY, "/aa", below=True)


@pytest.mark.parametrize(
    ("body", "location", "expected"), [row[1:] for row in AT_PARENT], ids=[row[0] for row in AT_PARENT]
)
def test_missing_member_named_at_its_parent(body: Any, location: str, *, expected: bool) -> None:
    """A missing member may be named by its object's place with the member's name, as a word, in that entry's text."""
    assert names_member_at_parent(body, BODY, location) is expected


def test_missing_header_named_in_any_case() -> None:
    """The name of a missing header may stand in the text in any case of letters, that of a member may not."""
    body = {"errors": [{"loc": ["HEADER"], "msg": "missing x-n"}, {"loc": ["body"], "msg": "missing x-n"}]}
    assert names_member_at_parent(body, HEADER, "/X-N")
    assert not names_member_at_parent(body, BODY, "/X-N")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["errors", "detail", "loc", "path", "pointer", "source", "field", "x", "json"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_any_body_can_be_read(body: Any) -> None:
    """No JSON body, however odd, is an exception, and every place is a tuple of texts."""
    assert all(isinstance(token, str) for place, _ in entries(body) for token in place)


@pytest.mark.parametrize(("name", "text"), LEAKS)
@pytest.mark.parametrize(
    "write", [str.encode, lambda text: json.dumps({"detail": text}).encode()], ids=["plain", "in JSON"]
)
def test_leaks(name: str, text: str, write: Any) -> None:
    """Each leak is seen in plain text and within a JSON string, where quotes and line ends are escaped."""
    assert leak(write(text)) == name


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@given(data=st.data())
def test_what_shows_a_leak_has_a_mark(pattern: bytes, data: st.DataObject) -> None:
    """In all that a pattern finds stands one of the bytes that are looked for first."""
    shown = data.draw(st.from_regex(pattern))
    assert DOTTED.search(shown) or any(mark in shown for mark in MARKS)


def test_every_leak_has_an_example() -> None:
    """Every pattern is shown by an example above."""
    assert {name for name, _ in LEAKS} == set(PATTERNS)


def test_leaks_in_broken_json() -> None:
    """A string is read decoded also where the text around it is no JSON; what only looks like one is passed over."""
    assert leak(rb'oops "\x" {"a": NaN, "b": "File \"/mnt/x.py\", line 3",') == "python-traceback"
    assert leak(rb'"\ud800" "\u12"') == ""


@pytest.mark.parametrize("text", INNOCENT)
def test_no_leak(text: str) -> None:
    """What a good error message says is no leak."""
    assert leak(text.encode()) == ""


MOVED: list[tuple[str, str, Damage | None]] = [
    ('{"price":326}', '{"price":10273}', Damage("/price", 326.0, 10273.0)),
    ('{"a":1,"b":[5,5]}', '{"a":2,"b":[5,9]}', Damage("/b/1", 5.0, 9.0)),
    ('{"a":1}', '{"a":-5}', Damage("/a", 1.0, -5.0)),
    ('{"a":5,"b":100}', '{"a":7,"b":1}', Damage("/b", 100.0, 1.0)),
    ("1", "1", Damage("", 1.0, 1.0)),
    ('{"a":1}', '{"b":2}', None),
    ('{"a":true}', '{"a":1}', None),
    ('{"a":1}', '{"a":"1"}', None),
    ('{"a":1}', '{"a":NaN}', None),
    ("", '{"a":1}', None),
]


@pytest.mark.parametrize(("before", "after", "expected"), MOVED)
def test_damage(before: str, after: str, expected: Damage | None) -> None:
    """The place that moved furthest is given, or None where two answers have no number in common."""
    assert damage(Reply(200, (), before.encode()), Reply(200, (), after.encode()), lambda _: True) == expected


def test_damage_beyond_the_doubles() -> None:
    """An answer too large for a double is measured as the one furthest out, not an exception."""
    for sign in (1, -1):
        found = damage(Reply(200, (), b'{"price":1}'), Reply(200, (), b'{"price":%de400}' % sign), lambda _: True)
        assert found == Damage("/price", 1.0, sign * sys.float_info.max)
