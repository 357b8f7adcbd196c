"""The strict JSON parser by itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from api import strict_json
from api.strict_json import DEEPEST, MOST_DIGITS, parse
from tests.api.servers import ROOT

FLAWED = [
    (b"", [("", "json.syntax")]),
    (b"{", [("", "json.syntax")]),
    (b"{} {}", [("", "json.syntax")]),
    (b"{'a': 1}", [("", "json.syntax")]),
    (b'{"a": 1,}', [("", "json.syntax")]),
    (b'{"a": /**/1}', [("", "json.syntax")]),
    (b'{"a": 01}', [("", "json.syntax")]),
    (b'"\x00"', [("", "json.syntax")]),
    (b"\x0c1", [("", "json.syntax")]),
    (b"NaN", [("", "json.syntax")]),
    (b'{"a": [NaN, -Infinity]}', [("/a/0", "json.syntax"), ("/a/1", "json.syntax")]),
    (b"\xef\xbb\xbf{}", [("", "json.encoding")]),
    (b'"\xff"', [("", "json.encoding")]),
    ("{}".encode("utf-16"), [("", "json.encoding")]),
    ("{}".encode("utf-16-le"), [("", "json.syntax")]),
    (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), [("", "json.depth")]),
    (b"[" * 100_000, [("", "json.depth")]),
    (b'{"a":' * 100_000, [("", "json.depth")]),
    (b'[{"a": 1, "a": 1, "a": 2}]', [("/0/a", "json.duplicate-name")]),
    (b'{"a": 1, "\\u0061": 2}', [("/a", "json.duplicate-name")]),
    (
        b'{"a": {"b": 1, "b": 2}, "a": 1}',
        [("/a/b", "json.duplicate-name"), ("/a", "json.duplicate-name")],
    ),
    (b'{"a": 1, "a": "\\u003a"}', [("/a", "json.duplicate-name")]),
    (b'{"a": [{"b": 1, "b": ":"}], "c": {}}', [("/a/0/b", "json.duplicate-name")]),
    (b'{"a/~": 1, "a/~": 1}', [("/a~1~0", "json.duplicate-name")]),
    (b'["\\ud800", "\\udc00x"]', [("/0", "json.surrogate"), ("/1", "json.surrogate")]),
    (b'{"\\ud800": 1}', [("/\N{REPLACEMENT CHARACTER}", "json.surrogate")]),
    (b'{"a": 1e400}', [("/a", "json.number")]),
    (b"-1e400", [("", "json.number")]),
    (b"9" * (MOST_DIGITS + 1), [("", "json.number")]),
    (b"[-" + b"9" * 200_000 + b"]", [("/0", "json.number")]),
]


@pytest.mark.parametrize(("raw", "flaws"), FLAWED, ids=range(len(FLAWED)))
def test_flaws_are_located(raw: bytes, flaws: list[tuple[str, str]]) -> None:
    """Every kind of flaw is listed with its pointer and its code."""
    found = [(flaw.pointer, flaw.code) for flaw in parse(raw).flaws]
    assert found == flaws


SOUND = [
    (b' {"a": [1, 1.0e0, true, null, "x"]}\r\n\t', {"a": [1, 1.0, True, None, "x"]}),
    (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
    (b"[" * DEEPEST + b"]" * DEEPEST, None),
    (b'"' + b"[" * 1000 + b'\\"' + b'{"', "[" * 1000 + '"{'),
    (b"-" + b"9" * MOST_DIGITS, -(10**MOST_DIGITS - 1)),
    (b'{"": {"": 0}}', {"": {"": 0}}),
    (b"1e-400", 0.0),
    (b'{"a:": [":"]}', {"a:": [":"]}),
    (b"[" + b"9" * 30 + b"]", [1e30]),
]


@pytest.mark.parametrize(("raw", "value"), SOUND, ids=range(len(SOUND)))
def test_sound_json_is_read(raw: bytes, value: object) -> None:
    """What RFC 8259 admits is read as the value that it means."""
    document = parse(raw)
    assert document.flaws == ()
    assert value is None or document.value == value


@pytest.mark.parametrize("raw", [raw for raw, _ in (*FLAWED, *SOUND)], ids=range(len(FLAWED) + len(SOUND)))
def test_a_closer_look_reads_the_same(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What orjson reads at once is what Python's own parser reads, integers beyond 64 bits as the nearest double."""
    found = parse(raw)
    monkeypatch.setattr(strict_json, "_at_once", lambda _: None)
    looked = parse(raw)
    assert found.flaws == looked.flaws
    assert looked.flaws or found.value in (looked.value, json.loads(raw, parse_int=float))


def test_what_has_no_flaw_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound body costs no closer look."""
    monkeypatch.setattr(strict_json, "_DECODER", None)
    assert parse(b'{"instances": [{"a": 1.5}, {"a": "x"}]}').value == {"instances": [{"a": 1.5}, {"a": "x"}]}


@pytest.mark.parametrize("unit", [b'"\\', b'\\"', b'"', b"\\", b'"a', b"[]"])
def test_hostile_text_does_not_hang(unit: bytes) -> None:
    """A quarter of a megabyte of quotes and backslashes is refused at once; in quadratic time it would take minutes."""
    code = f"from api.strict_json import parse; assert parse({unit!r} * {256 * 1024 // len(unit)}).flaws"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
