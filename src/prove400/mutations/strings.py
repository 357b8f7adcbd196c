"""`enum`, `const`, lengths and `pattern`: near misses of texts (JSON Schema 2020-12 validation, sections 6.1, 6.3)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from prove400.model import Severity, Side
from prove400.mutations.numbers import is_number
from prove400.mutations.operator import Example, Mutate, Operator, Subject, constant

CUT = {"enum": ["Fair", "Very Good"]}
CODE = {"type": "string", "pattern": "^[a-z]{3}$"}
DECIMAL = {"pattern": r"^0\.[0-9]{1,4}$"}
TAG = {"pattern": '^"[a-z0-9]+"$'}
HOMOGLYPHS = str.maketrans(
    "AaBCcEeHIiJjKMOoPpSsTXxYy",
    "\u0410\u0430\u0412\u0421\u0441\u0415\u0435\u041d\u0406\u0456\u0408\u0458"
    "\u041a\u041c\u041e\u043e\u0420\u0440\u0405\u0455\u0422\u0425\u0445\u0423\u0443",
)
"""Latin letters → Cyrillic ones that look the same (Unicode TR 39 confusables)."""
ARABIC_DIGITS = str.maketrans("0123456789", "".join(chr(0x660 + digit) for digit in range(10)))
"""Digits that languages take for a number's, and that ``[0-9]`` does not match."""
MOST_PAIRS = 6
"""Pairs of digits that are tried: a date, a time and its offset have so many."""
MOST_DIGITS = 40
"""Length of the longest text that is taken for a number."""


NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
"""A decimal number without an exponent."""
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
"""RFC 9110 section 8.8.3."""
SPEAKERS = frozenset({"enum", "const", "pattern", "format", "contentEncoding", "contentMediaType"})
"""Keywords that say what stands in a text, and not only how long it is."""


def is_free(subject: Subject) -> bool:
    """Tell whether a value is a text in which anything may stand."""
    return isinstance(subject.value, str) and not SPEAKERS & subject.schema.keys()


def spelled(*spellings: Callable[[str], str]) -> Mutate:
    """Make a mutation that spells a text in other ways; what comes out unchanged or admitted is left out."""

    def mutate(subject: Subject) -> Iterator[str]:
        admitted = subject.schema.get("enum", [])
        if isinstance(subject.value, str):
            for spell in spellings:
                text = spell(subject.value)
                if text != subject.value and text not in admitted:
                    yield text

    return mutate


def decomposed(text: str) -> str:
    """Give the canonical decomposition, or the same letter with a combining mark that composes to nothing else."""
    form = unicodedata.normalize("NFD", text)
    return form if form != text else text[:1] + "\u034f" + text[1:]


SUFFIXES = (lambda t: f"{t}+", lambda t: f"{t}-", lambda t: f"{t}*", lambda t: t + t[-1:])
"""Signs that grade what they stand behind, and the last letter again."""


def fullwidth(text: str) -> str:
    """Give the full-width forms, which NFKC turns back into the text."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def index_text(subject: Subject) -> Iterator[str]:
    """Send a member's index as text, as HTML forms and CSV files do."""
    members = subject.schema.get("enum", [])
    if isinstance(subject.value, str) and subject.value in members:
        yield str(members.index(subject.value))


def foreign_member(subject: Subject) -> Iterator[Any]:
    """Send a member of another place's enum: two columns swapped."""
    members = subject.schema.get("enum", [])
    yield from (value for value in subject.foreign if value not in members)


def joined_members(subject: Subject) -> Iterator[str]:
    """Send two members in one text."""
    members = [member for member in subject.schema.get("enum", []) if isinstance(member, str)]
    if len(members) > 1 and isinstance(subject.value, str):
        yield ",".join(members[:2])


def each_member(subject: Subject) -> Iterator[Any]:
    """Give every member."""
    yield from subject.expected


def beside_number(subject: Subject) -> Iterator[int | float]:
    """Send a number just beside a member, which rounding would make one."""
    if is_number(subject.value):
        yield from (v for v in (subject.value + 1, subject.value - 1, subject.value + 0.5) if v not in subject.expected)


def member_text(subject: Subject) -> Iterator[str]:
    """Send a member that is no text as one."""
    if not isinstance(subject.value, str | dict | list):
        yield json.dumps(subject.value)


def reversed_items(subject: Subject) -> Iterator[list[Any]]:
    """Send the items of an array the other way round."""
    if isinstance(subject.value, list) and subject.value != subject.value[::-1]:
        yield subject.value[::-1]


def pair_of_digits(subject: Subject) -> Iterator[str]:
    """Put numbers that are no month, no hour and no minute where two digits stand."""
    if isinstance(subject.value, str):
        for match in islice(re.finditer(r"(?<![0-9])[0-9]{2}(?![0-9])", subject.value), MOST_PAIRS):
            for digits in ("13", "25", "60", "00"):
                yield subject.value[: match.start()] + digits + subject.value[match.end() :]


def same_number(subject: Subject) -> Iterator[str]:
    """Write a decimal number in other ways: with more zeros or fewer, a sign, or an exponent."""
    text = subject.value
    if isinstance(text, str) and len(text) <= MOST_DIGITS and NUMBER.fullmatch(text):
        point = "" if "." in text else "."
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        yield f"{text}{point}0"
        yield f"{text}{point}0000000"
        yield f"{sign}0{digits}"
        if not sign:
            yield f"+{text}"
        if text.endswith("0") and not point:
            yield text.rstrip("0").rstrip(".")
        if digits.startswith("0."):
            yield f"{sign}{digits[1:]}"
        yield f"{Decimal(text):e}"


def entity_tags(subject: Subject) -> Iterator[str]:
    """Send an entity-tag as a weak one or a strong one, without its quotes, in a list, and any (RFC 9110, 13.1.1)."""
    if isinstance(subject.value, str) and (found := ENTITY_TAG.fullmatch(subject.value)):
        tag = found[1]
        yield from (other for other in (f"W/{tag}", tag, tag[1:-1], f"{tag}, {tag}", "*") if other != subject.value)


def expected_value(subject: Subject) -> Iterator[Any]:
    """Give the one value that `const` admits."""
    yield subject.expected


def of_decomposed_letters(subject: Subject) -> Iterator[str]:
    """Send more characters than allowed, which are no more than that once each is composed (Unicode TR 15)."""
    if is_free(subject) and subject.expected > 0:
        yield "e\u0301" * (int(subject.expected) // 2 + 1)


def blank(subject: Subject) -> Iterator[str]:
    """Send blanks alone, as few as there may be."""
    if is_free(subject):
        yield " " * max(int(subject.expected), 1)


def of_wide_characters(subject: Subject) -> Iterator[str]:
    """Send one character less than allowed, in characters that take two and four bytes in UTF-8."""
    if isinstance(subject.value, str) and subject.expected > 1:
        yield from (char * (int(subject.expected) - 1) for char in ("\u00e9", "\U0001f48e"))


def shorter(subject: Subject) -> Iterator[str]:
    """Cut a text to one character less than allowed."""
    if isinstance(subject.value, str) and subject.expected > 0:
        yield subject.value[: int(subject.expected) - 1]


def longer(subject: Subject) -> Iterator[str]:
    """Lengthen a text to one character more than allowed, by its own last character, then by others."""
    if isinstance(subject.value, str):
        for filler in (subject.value[-1:] or "a", "a", "0"):
            yield subject.value.ljust(int(subject.expected) + 1, filler)


def much_longer(subject: Subject) -> Iterator[str]:
    """Lengthen a text to a hundred times what is allowed, at most 100,000 characters more."""
    if isinstance(subject.value, str):
        yield subject.value + (subject.value[-1:] or "a") * min(int(subject.expected) * 100 + 1, 100_000)


def longest(subject: Subject) -> Iterator[str]:
    """Lengthen a text to exactly what is allowed; characters count, not bytes (RFC 8259 section 8.2)."""
    if isinstance(subject.value, str):
        yield subject.value.ljust(int(subject.expected), subject.value[-1:] or "a")
        yield from (char * int(subject.expected) for char in ("\u00e9", "\U0001f48e"))


def shortest(subject: Subject) -> Iterator[str]:
    """Cut a text to exactly what is required."""
    if isinstance(subject.value, str):
        yield subject.value[: int(subject.expected)]


OPERATORS = (
    Operator("enum.case", spelled(str.lower, str.upper, str.swapcase), (Example(CUT, "Fair", "fair"),)),
    Operator("enum.padding-before", spelled(lambda t: f" {t}"), (Example(CUT, "Fair", " Fair"),)),
    Operator("enum.padding-after", spelled(lambda t: f"{t} ", lambda t: f"{t}\n"), (Example(CUT, "Fair", "Fair "),)),
    Operator("enum.tab", spelled(lambda t: f"\t{t}"), (Example(CUT, "Fair", "\tFair"),)),
    Operator("enum.zero-width", spelled(lambda t: f"{t}\u200b"), (Example(CUT, "Fair", "Fair\u200b"),)),
    Operator("enum.nul", spelled(lambda t: f"{t}\x00"), (Example(CUT, "Fair", "Fair\x00"),)),
    Operator("enum.homoglyph", spelled(lambda t: t.translate(HOMOGLYPHS)), (Example(CUT, "Fair", "F\u0430\u0456r"),)),
    Operator("enum.decomposed", spelled(decomposed), (Example({"enum": ["\u00e9"]}, "\u00e9", "e\u0301"),)),
    Operator("enum.fullwidth", spelled(fullwidth), (Example(CUT, "Fair", "\uff26\uff41\uff49\uff52"),)),
    Operator(
        "enum.separator",
        spelled(lambda t: t.replace(" ", "_"), lambda t: t.replace(" ", "")),
        (Example(CUT, "Very Good", "Very_Good"),),
    ),
    Operator(
        "enum.suffix",
        spelled(*SUFFIXES),
        (Example({"enum": ["A", "B"]}, "A", "A+"), Example(CUT, "Fair", "Fairr")),
        each=True,
    ),
    Operator("enum.prefix", spelled(lambda t: t[:-1]), (Example(CUT, "Fair", "Fai"),)),
    Operator("enum.empty", constant(""), (Example(CUT, "Fair", ""),)),
    Operator("enum.index-text", index_text, (Example(CUT, "Very Good", "1"),)),
    Operator("enum.foreign-member", foreign_member, (Example(CUT, "Fair", "VS1", foreign=("VS1",)),)),
    Operator("enum.joined-members", joined_members, (Example(CUT, "Fair", "Fair,Very Good"),)),
    Operator("enum.unknown", constant("prove400"), (Example(CUT, "Fair", "prove400"),)),
    Operator("enum.null-text", constant("null"), (Example(CUT, "Fair", "null"),)),
    Operator("enum.not-a-text", constant(0), (Example(CUT, "Fair", 0),)),
    Operator("enum.null", constant(None), (Example(CUT, "Fair", None),)),
    Operator("enum.beside", beside_number, (Example({"enum": [24, 36]}, 24, 25),)),
    Operator("enum.member-text", member_text, (Example({"enum": [1, 2]}, 2, "2"),)),
    Operator("enum.reversed", reversed_items, (Example({"enum": [[2, 3], [4]]}, [2, 3], [3, 2]),)),
    Operator("enum.member", each_member, (Example(CUT, "Fair", "Very Good"),), Side.VALID),
    Operator("const.case", spelled(str.lower, str.upper, str.swapcase), (Example({"const": "A"}, "A", "a"),)),
    Operator("const.padding", spelled(lambda t: f" {t}", lambda t: f"{t} "), (Example({"const": "A"}, "A", " A"),)),
    Operator("const.suffix", spelled(*SUFFIXES), (Example({"const": "A"}, "A", "A+"),), each=True),
    Operator("const.other", constant("prove400"), (Example({"const": "A"}, "A", "prove400"),)),
    Operator("const.number", constant(400), (Example({"const": "A"}, "A", 400),)),
    Operator("const.null", constant(None), (Example({"const": "A"}, "A", None),)),
    Operator("const.empty-object", constant({}), (Example({"const": "A"}, "A", {}),)),
    Operator("const.reversed", reversed_items, (Example({"const": [2, 3]}, [2, 3], [3, 2]),)),
    Operator("const.itself", expected_value, (Example({"const": "A"}, "A", "A"),), Side.VALID),
    Operator("minLength.one-less", shorter, (Example({"minLength": 2}, "abc", "a"),)),
    Operator("minLength.wide", of_wide_characters, (Example({"minLength": 3}, "abc", "\u00e9\u00e9"),)),
    Operator("minLength.empty", constant(""), (Example({"minLength": 2}, "abc", ""),)),
    Operator("minLength.blank", blank, (Example({"minLength": 2}, "ab", "  "),), Side.VALID, Severity.WARNING),
    Operator("minLength.at", shortest, (Example({"minLength": 2}, "abc", "ab"),), Side.VALID),
    Operator("maxLength.one-more", longer, (Example({"maxLength": 3}, "ab", "abbb"),)),
    Operator("maxLength.much-more", much_longer, (Example({"maxLength": 1}, "a", "a" * 102),)),
    Operator(
        "maxLength.decomposed",
        of_decomposed_letters,
        (Example({"maxLength": 3}, "ab", "e\u0301e\u0301"), Example({"maxLength": 1}, "a", "e\u0301")),
    ),
    Operator("maxLength.at", longest, (Example({"maxLength": 3}, "ab", "abb"),), Side.VALID),
    Operator("pattern.empty", constant(""), (Example(CODE, "abc", ""),)),
    Operator("pattern.cut", spelled(lambda t: t[:-1], lambda t: t[1:]), (Example(CODE, "abc", "ab"),)),
    Operator("pattern.extended", spelled(lambda t: t + t[-1:], lambda t: t[:1] + t), (Example(CODE, "abc", "abcc"),)),
    Operator("pattern.newline", spelled(lambda t: f"{t}\n"), (Example(CODE, "abc", "abc\n"),)),
    Operator("pattern.padded", spelled(lambda t: f" {t}", lambda t: f"{t} "), (Example(CODE, "abc", " abc"),)),
    Operator(
        "pattern.foreign-letter",
        spelled(lambda t: "\u0436" + t[1:], lambda t: f"!{t[1:]}"),
        (Example(CODE, "abc", "\u0436bc"),),
    ),
    Operator("pattern.case", spelled(str.swapcase, str.upper, str.lower), (Example(CODE, "abc", "ABC"),)),
    Operator("pattern.fullwidth", spelled(fullwidth), (Example(CODE, "abc", "\uff41\uff42\uff43"),)),
    Operator(
        "pattern.foreign-digit",
        spelled(lambda t: t.translate(ARABIC_DIGITS)),
        (Example({"pattern": "^[0-9]$"}, "4", "\u0664"),),
    ),
    Operator(
        "pattern.no-separators",
        spelled(lambda t: "".join(filter(str.isalnum, t))),
        (Example({"pattern": "^a-b$"}, "a-b", "ab"),),
    ),
    Operator(
        "pattern.wrapped",
        spelled(lambda t: f"{{{t}}}", lambda t: f'"{t}"', lambda t: f"urn:uuid:{t}"),
        (Example(CODE, "abc", "{abc}"),),
        each=True,
    ),
    Operator(
        "pattern.other-case",
        spelled(str.upper, str.lower),
        (Example({"pattern": "^[a-zA-Z]$"}, "a", "A"),),
        Side.VALID,
    ),
    Operator("pattern.digits", pair_of_digits, (Example({"pattern": "^1[0-2]$"}, "12", "13"),), each=True),
    Operator(
        "pattern.same-number",
        same_number,
        (
            Example(DECIMAL, "0.1", "0.10000000"),
            Example(DECIMAL, "0.1", ".1"),
            Example(DECIMAL, "0.1", "1e-1"),
            Example(DECIMAL, "0.1", "+0.1"),
            Example(DECIMAL, "0.1", "00.1"),
            Example({"pattern": r"^-?[0-9]+\.[0-9]{2}$"}, "-12.50", "-12.5"),
            Example({"pattern": "^[0-9]{2}$"}, "12", "12.0"),
        ),
        each=True,
    ),
    Operator(
        "pattern.entity-tag",
        entity_tags,
        (Example(TAG, '"a1"', 'W/"a1"'), Example(TAG, '"a1"', "*"), Example(TAG, '"a1"', "a1")),
        each=True,
    ),
    Operator("pattern.word", constant("prove400"), (Example(CODE, "abc", "prove400"),)),
)
"""Every near miss of a text."""
