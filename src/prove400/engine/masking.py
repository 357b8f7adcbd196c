r"""Secrets in texts: found in every spelling that a report, a reply or a log may give them, and masked.

A text is what people read, or bytes as Latin-1: both are searched in the same way. One character may be written as it
is, as ``%2F``, ``\u002f``, ``\/``, ``\x2f``, ``&#47;`` or ``&amp;``; a whole secret also in base64, wherever in the
encoded text it begins.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable, Iterator

MASK = "[redacted]"
ALTERED = "[redacted-altered]"
"""Stands where a secret was sent that had been made wrong on purpose."""
SHORTEST = 4
"""Characters of a secret that is looked for everywhere; a shorter one is masked only in the field that carries it."""
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_BACKSLASHED = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_ESCAPES = re.compile(r"[%\\&+]")
_BASE64 = "A-Za-z0-9+/_-"
_KEPT = frozenset({"null", "true", "false"})  # what tells no secret, and what was done to one
_BYTE = 0x100


def spelled(text: str) -> str:
    """Give the pattern of a text in any spelling."""
    return "".join(f"(?:{'|'.join(dict.fromkeys(_spellings(character)))})" for character in text)


def _spellings(character: str) -> Iterator[str]:
    octets, code = character.encode("utf-8", "surrogatepass"), ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield re.escape(character)
    yield re.escape(octets.decode("latin-1"))
    yield "".join(f"%(?:25)*(?i:{octet:02x})" for octet in octets)  # encoded twice, too
    yield "".join(rf"\\+u(?i:{units[at : at + 4]})" for at in range(0, len(units), 4))
    yield "".join(rf"\\+x(?i:{octet:02x})" for octet in octets)
    yield f"&#0*{code};?"
    yield f"&#[xX]0*(?i:{code:x});?"
    if character in _NAMED:
        yield f"&{_NAMED[character]};?"
    if character in "\"'/\\":
        yield rf"\\+{re.escape(character)}"
    if character in _BACKSLASHED:
        yield rf"\\+{_BACKSLASHED[character]}"
    if character == " ":
        yield r"\+"


def _chunks(secret: str) -> Iterator[str]:
    """Give what base64 makes of a secret whatever stands beside it: the characters that hold nothing else."""
    octets = secret.encode("utf-8", "surrogatepass")
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + octets + b"\0").decode()
        chunk = whole[-(-8 * offset // 6) : 8 * (offset + len(octets)) // 6]
        yield chunk
        yield chunk.translate({ord("+"): "-", ord("/"): "_"})


def values(secrets: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Give what masks secrets in a text; of each secret, what stands in its place is given."""
    forms: dict[str, tuple[str, str]] = {}
    for secret, mask in secrets:
        if len(secret) >= SHORTEST:
            forms.setdefault(secret, (spelled(secret), mask))
            for chunk in _chunks(secret):
                forms.setdefault(chunk, (rf"{spelled(chunk)}[{_BASE64}]?(?:=|%3[dD])*", mask))
    if not forms:
        return str
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    first = "".join(sorted({re.escape(c) for form in forms for c in _firsts(form)}))
    pattern = re.compile(f"(?=[{first}%&\\\\])(?:{'|'.join(f'({forms[form][0]})' for form in longest_first)})")
    masks = [forms[form][1] for form in longest_first]
    plain = [
        spelling
        for form in longest_first
        for spelling in (form, form.encode("utf-8", "surrogatepass").decode("latin-1"))
    ]

    def masked(text: str) -> str:
        if not _ESCAPES.search(text) and not any(form in text for form in plain):
            return text
        return pattern.sub(lambda found: masks[(found.lastindex or 1) - 1], text)

    return masked


def _firsts(form: str) -> str:
    return form[0] + form[0].encode("utf-8", "surrogatepass").decode("latin-1")[0] + ("+" if form[0] == " " else "")


def fields(names: Collection[str]) -> Callable[[str], str]:
    """Give what masks the values of names: members of JSON, broken too, and pairs of forms, queries and multiparts."""
    if not names:
        return str
    anyone = "|".join(map(spelled, sorted(names)))
    member = re.compile(rf"(?i)(?P<quote>\\*[\"'])(?:{anyone})(?P=quote)(?:\s|/\*.*?\*/)*:(?:\s|/\*.*?\*/)*")
    pair = re.compile(rf"(?i)((?:(?<![\w.%-])|(?<=%5b))(?:{anyone})(?:\]|%5d)*=)[^&;\s\"'<>\\#]+")
    part = re.compile(
        rf"(?i)(\bname=\"?(?:{anyone})\"?(?:;[^\r\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(?!--)(?s:.+?)(?=\r?\n--|\Z)"
    )
    folded = [name.lower() for name in names]

    def masked(text: str) -> str:
        low = text.lower()
        if not _ESCAPES.search(text) and not any(name in low for name in folded):
            return text
        return _members(part.sub(rf"\1{MASK}", pair.sub(rf"\1{MASK}", text)), member)

    return masked


def pairs(names: Collection[str]) -> Callable[[str], str]:
    """Give what masks the values of names in the query of any URL."""
    if not names:
        return str
    anyone = "|".join(map(spelled, sorted(names)))
    pattern = re.compile(rf"(?i)((?:[?&]|%3f|%26|&amp;|\\u0026)(?:{anyone})=)[^&\s\"'<>\\#]+")
    return lambda text: pattern.sub(rf"\1{MASK}", text) if "=" in text else text


def _members(text: str, member: re.Pattern[str]) -> str:
    pieces, at = [], 0
    while found := member.search(text, at):
        pieces.append(text[at : found.end()])
        value, at = _value(text, found.end(), found["quote"])
        pieces.append(value)
    return "".join((*pieces, text[at:]))


_TOKEN = re.compile(
    r"(?P<quote>\\*[\"'])|(?P<open>[\[{])|(?P<close>[\]}])|(?P<blank>\s+|,|:)|(?P<plain>[^\s,:\[\]{}\"'\\]+|\\)"
)


def _value(text: str, at: int, quote: str) -> tuple[str, int]:
    """Give a value of JSON, or what stands in its place, with its scalars masked, and where it ends."""
    pieces: list[str] = []
    depth = 0
    while token := _TOKEN.match(text, at):
        kind, end, shown = token.lastgroup, token.end(), token[0]
        if kind == "quote":
            close, end = _text_end(text, token)
            is_name = depth and text[end : end + 40].lstrip()[:1] == ":"
            is_kept = is_name or close == token.end()
            shown = text[at:end] if is_kept else f"{shown}{MASK}{text[close:end]}"
        elif kind == "plain" and shown not in _KEPT:
            shown = f"{quote}{MASK}{quote}"
        elif kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
        elif kind == "blank" and not depth:
            break
        if depth < 0:
            break
        pieces.append(shown)
        at = end
        if not depth:
            break
    return "".join(pieces), at


def _text_end(text: str, token: re.Match[str]) -> tuple[int, int]:
    """Give where the quote that closes a text begins and ends; one that nothing closes ends with everything.

    Each level of JSON inside JSON doubles the backslashes, and adds one in front of a quote.
    """
    level = len(token[0])
    for found in re.compile(rf"(\\*){token[0][-1]}").finditer(text, token.end()):
        if len(found[1]) % (2 * level) == level - 1:
            return found.end() - level, found.end()
    return len(text), len(text)
