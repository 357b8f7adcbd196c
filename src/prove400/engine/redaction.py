"""Secrets never leave a run: they are masked once, before any reporter, ours or another's, sees it."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from prove400.cases.security import altered
from prove400.contract import Contract
from prove400.engine import masking
from prove400.engine.masking import ALTERED, MASK
from prove400.engine.packing import Packed
from prove400.model import Case, Finding, Headers, Part, Reply, Request, Run, Security

if TYPE_CHECKING:
    from collections.abc import Callable

CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
"""Header fields that carry credentials (RFC 9110 sections 11.6.2 and 11.7.2)."""
COOKIES = frozenset({"cookie", "set-cookie"})
SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate"})
"""First words of credentials that tell no secret."""
_USERINFO = re.compile(r"(?<=://)[^/@\s]*(?=@)")  # masked without brackets, which would be those of an IPv6 address
_COOKIE = re.compile(r"(?P<name>[^=;\s]+)(?P<equals>\s*=\s*)(?P<value>[^;]*)|(?P<bare>[^;\s][^;]*)")
_LARGEST = 10_000_000  # bytes of a compressed body that are looked into
_REMEMBERED = 64  # sets of header fields whose masked form is kept


@dataclass(frozen=True)
class Redaction:
    """What is secret: fields by name, and values wherever they stand."""

    names: frozenset[str] = frozenset()  # in lower case, masked in every part and in bodies
    headers: frozenset[str] = frozenset()  # in lower case
    queries: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()  # cookies that the contract declares as parameters: no secrets
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # and what stands in their place

    @classmethod
    def of(
        cls, contract: Contract, credentials: Iterable[tuple[str, str]] = (), names: Iterable[str] = ()
    ) -> Redaction:
        """Give what is secret in requests by this contract, beside the fields that are named.

        The examples that it has for these fields are secret wherever an API echoes them.
        """
        operations, folded = contract.operations, frozenset(name.lower() for name in names)
        schemes = {scheme for operation in operations for every in operation.security for scheme in every}
        carried = {part: frozenset(s.field.lower() for s in schemes if s.part is part) for part in Part}
        own = {p.name.lower() for o in operations for p in o.parameters if p.part is Part.COOKIE}
        return cls(
            names=folded,
            headers=carried[Part.HEADER],
            queries=carried[Part.QUERY],
            parameters=frozenset(own - carried[Part.COOKIE]),
            secrets=(
                *_values(dict(credentials), {scheme.name: scheme for scheme in schemes}),
                *((text, MASK) for text in (_examples(contract.document.content, folded) if folded else ())),
            ),
        )

    @cached_property
    def _masks(self) -> tuple[Callable[[str], str], ...]:
        return masking.values(self.secrets), masking.fields(self.names), masking.pairs(self.queries)

    @cached_property
    def _hidden(self) -> frozenset[str]:
        return CREDENTIALS | self.headers | self.names

    @property
    def is_plain(self) -> bool:
        """Whether nothing but header fields can be secret."""
        return not (self.secrets or self.names or self.queries)

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        text = _USERINFO.sub("redacted", text) if "://" in text else text
        for mask in () if self.is_plain else self._masks:
            text = mask(text)
        return text

    def fields(self, headers: Headers) -> Headers:
        """Give header fields without secrets."""
        return self._shown(headers)

    @cached_property
    def _shown(self) -> Callable[[Headers], Headers]:
        """Give header fields without secrets; those of most requests are the same."""
        return lru_cache(_REMEMBERED)(
            lambda headers: tuple((name, self._field(name.lower(), value)) for name, value in headers)
        )

    def _field(self, name: str, value: str) -> str:
        value = self.text(value)
        if name in COOKIES and name not in self.names:
            return _COOKIE.sub(lambda found: self._cookie(found, first=name == "set-cookie"), value)
        return _credentials(value) if name in self._hidden else value

    def _cookie(self, found: re.Match[str], *, first: bool) -> str:
        """Mask the value of one cookie; of Set-Cookie, only the first pair is one (RFC 6265 section 4.1)."""
        if (first and found.start()) or unquote(found["name"] or "").lower() in self.parameters - self.names:
            return found[0]
        return f"{found['name']}{found['equals']}{_masked(found['value'])}" if found["name"] else _masked(found["bare"])

    def body(self, raw: bytes) -> bytes:
        """Give a body without secrets, in the encoding that it has."""
        if self.is_plain or not raw:
            return raw
        for encoding in _encodings(raw):
            text = raw.decode(encoding, "surrogatepass")
            masked = self.text(text)
            if masked != text:
                return masked.encode(encoding, "surrogatepass")
        return raw

    def request(self, request: Request) -> Request:
        """Give a request without secrets; the same one where it has none."""
        target, headers, body = self.text(request.target), self.fields(request.headers), self.body(request.body)
        same = target == request.target and headers == request.headers and body == request.body
        return request if same else replace(request, target=target, headers=headers, body=body)

    def reply(self, reply: Reply) -> Reply:
        """Give a reply without secrets."""
        headers, detail = self.fields(reply.headers), self.text(reply.detail)
        return replace(reply, headers=headers, detail=detail, body=self._unpacked(reply))

    def _unpacked(self, reply: Reply) -> bytes:
        """Give the body of a reply; of a compressed one that holds a secret, or may hold one, give its size alone."""
        if self.is_plain or (reply.header("Content-Encoding") or "identity").lower() == "identity":
            return self.body(reply.body)
        plain = _decompressed(reply.body)
        if plain is not None and self.body(plain) == plain:
            return reply.body
        is_text = plain is None and reply.body.isascii()  # and not compressed at all
        return self.body(reply.body) if is_text else f"{MASK}: {len(reply.body)} compressed bytes".encode()

    def case(self, case: Case) -> Case:
        """Give a case without secrets."""
        return replace(case, request=self.request(case.request), witness=self.request(case.witness))

    def finding(self, finding: Finding) -> Finding:
        """Give a finding without secrets."""
        return replace(
            finding,
            request=self.request(finding.request),
            witness=self.request(finding.witness),
            reply=self.reply(finding.reply),
            message=self.text(finding.message),
            also=tuple(map(self.text, finding.also)),
        )


def redacted(run: Run, redaction: Redaction) -> Run:
    """Give a run without secrets. What the contract says stays: it is no secret, and fingerprints come from it."""
    text = redaction.text

    def tried(outcome: Any) -> Any:
        shown = tuple(t if t.request is None else _with_request(t, redaction.request(t.request)) for t in outcome.tried)
        return outcome if all(map(_is, shown, outcome.tried)) else replace(outcome, tried=shown)

    return replace(
        run,
        target=text(run.target),
        contract=replace(run.contract, source=text(run.contract.source)),
        outcomes=run.outcomes.changed(tried) if isinstance(run.outcomes, Packed) else tuple(map(tried, run.outcomes)),
        findings=tuple(map(redaction.finding, run.findings)),
        disputed=tuple(map(redaction.case, run.disputed)),
        notes=tuple(map(text, run.notes)),
        settings=tuple((name, text(value)) for name, value in run.settings),
        model=tuple((name, text(value)) for name, value in run.model),
    )


def _decompressed(body: bytes) -> bytes | None:
    """Give what gzip or deflate has compressed; None for what is too large, or goes on, or is something else."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = stream.decompress(body, _LARGEST)
    except zlib.error:
        return None
    return None if stream.unconsumed_tail or stream.unused_data else plain


def _is(one: object, other: object) -> bool:
    return one is other


def _with_request(tried: Any, request: Request) -> Any:
    return tried if request is tried.request else replace(tried, request=request)


def _values(credentials: dict[str, str], schemes: dict[str, Security]) -> Iterator[tuple[str, str]]:
    """Give each secret, what is sent of it when it is broken, and the password of `basic` (RFC 7617 section 2)."""
    for name, secret in credentials.items():
        wrong = altered(secret)
        yield secret, MASK
        yield wrong, ALTERED
        if name not in schemes or schemes[name].kind == "basic":
            yield secret.partition(":")[2], MASK
            yield wrong.partition(":")[2], ALTERED
            bare = secret.replace(":", "")
            yield bare, ALTERED
            for text, mask in ((secret, MASK), (wrong, ALTERED), (f"0{secret}", ALTERED), (bare, ALTERED)):
                yield base64.b64encode(text.encode()).decode(), mask  # which an echo may encode once more


def _examples(value: Any, names: Collection[str]) -> Iterator[str]:
    """Give the texts that examples have for these fields: as members, and in schemas of such properties."""
    if isinstance(value, dict):
        for name, item in value.items():
            if str(name).lower() in names:
                own = item if isinstance(item, dict) else {"example": item}
                listed = own.get("examples")
                found = [
                    own.get("example"),
                    own.get("default"),
                    own.get("const"),
                    *(listed if isinstance(listed, list) else []),
                ]
                yield from (text for text in found if isinstance(text, str))
            yield from _examples(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from _examples(item, names)


def _credentials(value: str) -> str:
    """Mask every word but the name of the scheme (RFC 9110 section 11.4)."""
    words = value.split(" ")
    shown = words[:1] if words[0].lower() in SCHEMES else []
    return " ".join([*shown, *map(_masked, words[len(shown) :])])


def _masked(value: str) -> str:
    """Mask a value; nothing stays nothing, so that a reader sees it, and what is masked stays as it is."""
    return value if not value.strip() or value in (MASK, ALTERED) else MASK


def _encodings(raw: bytes) -> Iterator[str]:
    """Give the encodings that a body may have: UTF-16 as its first bytes tell it, and Latin-1, which admits all bytes.

    See RFC 4627 section 3.
    """
    order = {b"\xff\xfe": "le", b"\xfe\xff": "be"}.get(raw[:2]) or {(False, True): "le", (True, False): "be"}.get(
        (raw[:1] == b"\0", raw[1:2] == b"\0")
    )
    if order and len(raw) % 2 == 0:
        yield f"utf-16-{order}"
    yield "latin-1"
