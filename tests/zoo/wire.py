"""Defects of the wire: bytes that are no JSON but pass, or that bring the server down."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from prove400 import Severity, Verdict
from tests.zoo.defect import Defect, Proof, anywhere, at, pins, post, swallowed, verdicts
from tests.zoo.kinds import NUMBER_PLACES
from tests.zoo.signature import LOWEST, SAMPLE, TYPICAL
from tests.zoo.wsgi import (
    SERVER_ERROR,
    Build,
    around,
    ask,
    crash_on,
    on_bytes,
    on_environ,
    posted,
    posted_value,
    put,
)

TEXT = json.dumps(SAMPLE).encode()
OPEN = TEXT[:-1]
DEEPEST = 900


def non_finite(words: dict[str, Any]) -> Build:
    """Make a server that puts its own value for some of the words NaN, Infinity and -Infinity at number fields."""

    def mend(raw: bytes) -> bytes:
        value = json.loads(raw.decode(), parse_constant=words.__getitem__, object_pairs_hook=tuple)
        settled = {k: v(k) if callable(v) else v for k, v in value}
        is_other = len(settled) < len(value) or not any(callable(v) for _, v in value)
        return raw if is_other else json.dumps(settled, allow_nan=False).encode()

    def guarded(raw: bytes) -> bytes:
        try:
            return mend(raw)
        except (KeyError, TypeError, AttributeError):
            return raw

    return on_bytes(guarded)


def last_wins(raw: bytes) -> bytes:
    """Read JSON as Python does by default: of equal names the last counts."""
    return json.dumps(json.loads(raw.decode()), allow_nan=False).encode()


def first_wins(raw: bytes) -> bytes:
    """Read JSON so that of equal names the first counts."""
    value = json.loads(raw.decode(), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    return json.dumps(value, allow_nan=False).encode()


def first_document(raw: bytes) -> bytes:
    """Read the first JSON value and leave the rest unread."""
    text = raw.decode().lstrip()
    _, end = json.JSONDecoder().raw_decode(text)
    return text[:end].encode()


def first_line(raw: bytes) -> bytes:
    """Read the first line, as of newline-delimited JSON."""
    return raw.partition(b"\n")[0]


STRING = r'("(?:[^"\\]|\\.)*")'


def outside_strings(pattern: str, new: str) -> Any:
    """Give a mending that replaces a pattern in JSON text, but not inside of strings."""
    rule = re.compile(f"{STRING}|{pattern}".encode(), re.DOTALL)
    return lambda raw: rule.sub(lambda m: m[1] if m[1] is not None else new.encode(), raw)


def quoted_names(raw: bytes) -> bytes:
    """Quote bare names, as JSON5 allows them."""
    return re.sub(rb"([{,]\s*)([A-Za-z_]\w*)(\s*:)", rb'\1"\2"\3', raw)


def python_literal(raw: bytes) -> bytes:
    """Read the body as a Python literal."""
    return json.dumps(ast.literal_eval(raw.decode().strip()), allow_nan=False).encode()


def deep_fails(app: Any, environ: Any) -> Any:
    """Fail on a body that nests deeper than the parser's stack."""
    raw = posted(environ) or b""
    return SERVER_ERROR if raw.count(b"[") + raw.count(b"{") > DEEPEST else ask(app, environ)


def out_of_order(value: Any) -> bool:
    """Tell whether a diamond's properties stand in another order than the contract's."""
    return isinstance(value, dict) and value.keys() == SAMPLE.keys() and list(value) != list(SAMPLE)


def faulty(code: str) -> Any:
    """Give a test for a fault with this code."""
    return lambda faults: any(fault["code"] == code for fault in faults)


def wire(*rules: str) -> frozenset[tuple[str, str]]:
    """Give the pins of some wire rules."""
    return frozenset(("", rule) for rule in rules)


NAN = re.sub(rb"1\.03", b"NaN", TEXT)
INFINITY = re.sub(rb"1\.03", b"-Infinity", TEXT)
WIRE = (
    Defect(
        "nan-imputed",
        "json.loads reads NaN, and every comparison with a bound is false.",
        non_finite({"NaN": TYPICAL.get}),
        swallowed(post(NAN)),
        wire("json.nan"),
        also=at(*pins("type", *NUMBER_PLACES)),
    ),
    Defect(
        "infinity-clipped",
        "json.loads reads Infinity, and the clipping makes a bound of it.",
        non_finite({"Infinity": LOWEST.get, "-Infinity": LOWEST.get}),
        swallowed(post(INFINITY)),
        wire("json.infinity"),
        also=at(*pins("type", *NUMBER_PLACES)),
    ),
    Defect(
        "overflow-clipped",
        "1e400 overflows to infinity in the parser, and the clipping makes a bound of it.",
        on_bytes(lambda raw: re.sub(rb"(?<=:)\s*\d[\d.]*[eE]\+?\d{3,}", b"5.01", raw)),
        swallowed(post(OPEN.replace(b"1.03", b"1e400") + b"}")),
        pins("maximum", "/carat"),
        also=at(("", "json"), *pins("maximum", *NUMBER_PLACES), *pins("minimum", *NUMBER_PLACES)),
    ),
    Defect(
        "duplicate-names-last",
        "The parser keeps the last of two equal names and says nothing.",
        on_bytes(last_wins),
        swallowed(post(OPEN + b', "carat": 0.5}')),
        wire("json"),
        severity=Severity.WARNING,
    ),
    Defect(
        "duplicate-names-first",
        "The gateway's parser keeps the first of two equal names and says nothing.",
        on_bytes(first_wins),
        swallowed(post(OPEN + b', "carat": 99}')),
        wire("json"),
        severity=Severity.WARNING,
    ),
    Defect(
        "trailing-text",
        "raw_decode stops at the end of the first value and nobody asks for the rest.",
        on_bytes(first_document),
        swallowed(post(TEXT + b" garbage")),
        wire("json.trailing-text", "json.two-documents"),
        every=True,
        also=at(("", "json.comment")),
    ),
    Defect(
        "first-line-only",
        "The endpoint shares its reader with a stream of newline-delimited JSON.",
        on_bytes(first_line),
        swallowed(post(TEXT + b"\n" + TEXT)),
        wire("json"),
        also=at(("", "json")),
    ),
    Defect(
        "comments",
        "The body goes through the reader of the configuration, which allows comments.",
        on_bytes(outside_strings(r"/\*.*?\*/|//[^\n]*|#[^\n]*", " ")),
        swallowed(post(b"/* one stone */ " + TEXT)),
        wire("json.comment"),
    ),
    Defect(
        "trailing-comma",
        "A lenient parser allows a comma after the last member.",
        on_bytes(outside_strings(r",(?=\s*[}\]])", "")),
        swallowed(post(OPEN + b",}")),
        wire("json.trailing-comma"),
    ),
    Defect(
        "bare-names",
        "A YAML or JSON5 reader needs no quotes around names.",
        on_bytes(quoted_names),
        swallowed(post(TEXT.replace(b'"cut"', b"cut"))),
        wire("json.unquoted-names"),
    ),
    Defect(
        "python-literal",
        "ast.literal_eval is the fallback for clients that sent str(dict).",
        on_bytes(python_literal),
        swallowed(post(repr(SAMPLE).encode())),
        wire("json.single-quotes"),
        also=at(("", "json")),
    ),
    Defect(
        "byte-order-mark",
        "The body is decoded as utf-8-sig.",
        on_bytes(lambda raw: raw.decode("utf-8-sig").encode()),
        swallowed(post(b"\xef\xbb\xbf" + TEXT)),
        wire("json.byte-order-mark"),
        severity=Severity.WARNING,
    ),
    Defect(
        "utf-16",
        "json.loads of bytes guesses the encoding.",
        on_bytes(lambda raw: raw.decode("utf-16").encode()),
        swallowed(post(TEXT.decode().encode("utf-16"))),
        wire("json.utf-16"),
    ),
    Defect(
        "bad-utf-8-dropped",
        'The body is decoded with errors="ignore".',
        on_bytes(lambda raw: raw.decode("utf-8", "ignore").encode()),
        swallowed(post(TEXT.replace(b"Prem", b"Pre\xffm"))),
        wire("json.bad-utf-8"),
    ),
    Defect(
        "control-characters-dropped",
        "A sanitiser deletes control characters before anything is parsed.",
        on_bytes(lambda raw: raw.translate(None, bytes(range(32)))),
        swallowed(post(TEXT.replace(b"Prem", b"Pre\x01m"))),
        wire("json.control-character"),
        also=at(("", "json.utf-16")),
    ),
    Defect(
        "lone-surrogate-500",
        "A lone surrogate cannot be encoded for the log, and the handler fails.",
        crash_on(faulty("json.surrogate")),
        Proof(post(TEXT.replace(b"Premium", b"\\ud800")), 400, 500),
        wire("json.lone-surrogate"),
        verdicts(Verdict.SERVER_ERROR),
        also=anywhere,
    ),
    Defect(
        "deep-nesting-500",
        "The parser recurses, and RecursionError is nobody's to catch.",
        around(deep_fails),
        Proof(post(b"[" * 5000 + b"]" * 5000), 400, 500),
        wire("json.deep"),
        verdicts(Verdict.SERVER_ERROR),
        also=anywhere,
    ),
    Defect(
        "malformed-500",
        "JSONDecodeError is caught nowhere.",
        crash_on(faulty("json.syntax")),
        Proof(post(OPEN), 400, 500),
        wire("json.truncated", "json.trailing-text"),
        verdicts(Verdict.SERVER_ERROR),
        every=True,
        also=anywhere,
    ),
    Defect(
        "backslash-blocked",
        "A web application firewall takes backslashes for an attack.",
        on_environ(lambda e: put(e, b"{") if b"\\" in (posted(e) or b"") else None),
        Proof(post(TEXT.replace(b"Prem", b"Pr\\u0065m")), 200, 400),
        wire("json.escapes"),
        verdicts(Verdict.OVER_REJECTED),
        also=anywhere,
        side_effects=verdicts(Verdict.MISATTRIBUTED),
    ),
    Defect(
        "member-order",
        "The body's values go into the frame in their order, so another order is refused.",
        on_environ(lambda e: put(e, b"{}") if out_of_order(posted_value(e)) else None),
        Proof(post(dict(reversed(SAMPLE.items()))), 200, 400),
        wire("json.member-order"),
        verdicts(Verdict.OVER_REJECTED),
        also=anywhere,
    ),
)
