"""`contentEncoding` and `contentMediaType`: texts that hold bytes badly (JSON Schema 2020-12 validation, section 8).

Both are annotations, so that what a server makes of them is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from prove400.model import Severity, Side
from prove400.mutations.operator import Example, Operator, Subject
from prove400.serialization.contents import admits_any, coding_of, contents

BASE64 = {"contentEncoding": "base64"}
HEX = {"contentEncoding": "base16"}
JSON = {"contentMediaType": "application/json"}
JSON_IN_BASE64 = {**BASE64, **JSON}


def written(*changes: Callable[[str], str]) -> Callable[[Subject], Iterator[str]]:
    """Make a mutation that changes a text."""

    def mutate(subject: Subject) -> Iterator[str]:
        if isinstance(subject.value, str):
            yield from (change(subject.value) for change in changes)

    return mutate


def encoded(*changes: Callable[[bytes], bytes]) -> Callable[[Subject], Iterator[str]]:
    """Make a mutation that changes the content of a text, and encodes it well."""

    def mutate(subject: Subject) -> Iterator[str]:
        coding = coding_of(subject.schema)
        if coding and isinstance(subject.value, str):
            with suppress(ValueError):  # an example of the contract need not be what it says
                content = coding.read(subject.value)
                yield from (coding.write(change(content)) for change in changes)

    return mutate


def decoded(subject: Subject) -> Iterator[str]:
    """Send a content itself in place of its encoding."""
    coding = coding_of(subject.schema)
    if coding and isinstance(subject.value, str):
        with suppress(ValueError):
            yield coding.read(subject.value).decode("utf-8", "replace")
        yield "prove400!"


def each_length(subject: Subject) -> Iterator[str]:
    """Encode contents of several lengths: with each number of padding characters, and none at all."""
    coding = coding_of(subject.schema)
    if coding and admits_any(subject.schema):
        yield from map(coding.write, contents(subject.schema))


OPERATORS = (
    Operator(
        "contentEncoding.cut",
        written(lambda t: t[:-1], lambda t: t[1:]),
        (Example(BASE64, "YWI=", "YWI"), Example(HEX, "6162", "616")),
        severity=Severity.WARNING,
    ),
    Operator(
        "contentEncoding.padding",
        written(lambda t: t.rstrip("="), lambda t: f"{t}=", lambda t: f"{t}===="),
        (Example(BASE64, "YWI=", "YWI"),),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "contentEncoding.foreign-letter",
        written(lambda t: f"-_{t[2:]}", lambda t: f"+/{t[2:]}", lambda t: f"!{t[1:]}", lambda t: f"\u0436{t[1:]}"),
        (Example(BASE64, "YWI=", "-_I="), Example({"contentEncoding": "base64url"}, "YWI=", "+/I=")),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "contentEncoding.white-space",
        written(lambda t: f" {t}", lambda t: f"{t}\n", lambda t: f"{t[:2]}\r\n{t[2:]}"),
        (Example(BASE64, "YWI=", "YWI=\n"),),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "contentEncoding.data-uri",
        written(lambda t: f"data:text/plain;base64,{t}"),
        (Example(BASE64, "YWI=", "data:text/plain;base64,YWI="),),
        severity=Severity.WARNING,
    ),
    Operator(
        "contentEncoding.bare-equals-sign",
        written(lambda t: f"{t}=", lambda t: f"={t}"),
        (Example({"contentEncoding": "quoted-printable"}, "a", "a="),),
        severity=Severity.WARNING,
    ),
    Operator("contentEncoding.decoded", decoded, (Example(HEX, "C3A9", "\u00e9"),), severity=Severity.WARNING),
    Operator(
        "contentEncoding.each-length",
        each_length,
        (Example(BASE64, "YWI=", ""), Example(JSON_IN_BASE64, "e30=", "MQ==")),
        Side.VALID,
        Severity.WARNING,
    ),
    Operator(
        "contentMediaType.not-json",
        encoded(lambda _: b"{'a': 1}", lambda _: b'{"a": 1,}', lambda content: content[:-1]),
        (Example(JSON, "{}", "{'a': 1}"), Example(JSON_IN_BASE64, "e30=", "ew==")),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "contentMediaType.lenient-json",
        encoded(lambda _: b"NaN", lambda _: b'{"a": 1, "a": 2}', lambda _: b'"\xff"'),
        (Example(JSON_IN_BASE64, "e30=", "TmFO"),),
        severity=Severity.WARNING,
        each=True,
    ),
    Operator(
        "contentMediaType.empty",
        encoded(lambda _: b""),
        (Example(JSON, "{}", ""), Example(JSON_IN_BASE64, "e30=", "")),
        severity=Severity.WARNING,
    ),
    Operator(
        "contentMediaType.white-space",
        encoded(lambda content: b" " + content + b"\n"),
        (Example(JSON_IN_BASE64, "e30=", "IHt9Cg=="),),
        Side.VALID,
        Severity.WARNING,
    ),
)
"""Every way to hold bytes badly in a text."""
