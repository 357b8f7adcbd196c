"""A run as one self-contained HTML page: verdict, proof matrix, then each finding with its evidence.

Nothing of a reply is trusted. Every text is made visible first and escaped by Jinja2 then, and the page's Content
Security Policy admits only the style and the script whose SHA-256 it names.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from prove400.model import Finding, Headers, Reply, Request, Run, Severity, Status
from prove400.reporters import summary
from prove400.reporters.curl import curl
from prove400.reporters.excerpt import contrast, spelled
from prove400.reporters.matrix import matrix, words
from prove400.reporters.tokens import Piece, coloured, difference, folded, laid_out
from prove400.reporters.visible import clipped, decoded, one_line, pinpointed, visible

if TYPE_CHECKING:
    from jinja2 import Template

BODY_LIMIT = 4096
"""Characters shown of a body."""
DIFF_LIMIT = 65_536
"""Bytes of a body that are compared."""
CURL_LIMIT = 16_384
"""Characters of a reproducer; a longer one is left to ``prove400 replay``."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding with its evidence made ready to be shown."""

    finding: Finding
    sent: str
    witness: str
    expected: str
    value: str
    damage: str
    samples: tuple[str, ...]
    request: tuple[Piece, ...]
    changes: tuple[Piece, ...]
    reply_head: str
    reply: tuple[Piece, ...]
    cut: int  # bytes of the reply's body that are not shown
    curl: str


def render(run: Run) -> str:
    """Give the page; equal runs give equal pages."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        run=run,
        matrix=matrix(run),
        shown=[_shown(finding, run) for finding in summary.worst_first(run)],
        word=summary.status_word(run),
        line=summary.verdict_line(run),
        tally=_tally(run),
        policy=policy,
        style=style,
        script=script,
    )


def _tally(run: Run) -> dict[str, Counter[str]]:
    return {
        "status": Counter(str(outcome.status) for outcome in run.outcomes),
        "verdict": Counter(str(finding.verdict) for finding in summary.worst_first(run)),
        "severity": Counter(str(finding.severity) for finding in run.findings),
    }


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


@cache
def _template() -> Template:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 — slow to import, and seldom needed

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        v=lambda text: visible(str(text), ()),
        block=visible,
        number=summary.number,
        words=words,
        short=one_line,
        count=summary.count,
        excerpt=lambda text: clipped(visible(text, ()), 72),
    )
    environment.globals.update(Severity=Severity, Status=Status)
    return environment.get_template("report.html.j2")


def _shown(finding: Finding, run: Run) -> Shown:
    sent, witness = contrast(finding)
    expected, reply = finding.constraint.expected, finding.reply
    body = decoded(reply.body[:BODY_LIMIT])
    line = curl(finding.request, run.target, separator=" \\\n  ")
    return Shown(
        finding=finding,
        sent=sent,
        witness=witness,
        expected=summary.expected(finding),
        value="" if expected is None else clipped(spelled(expected), 400),
        damage=summary.damage_line(finding.damage) if finding.damage else "",
        samples=tuple(line for _, line in summary.samples(finding)),
        request=_request(finding.request),
        changes=_changes(finding),
        reply_head=_reply_head(reply),
        reply=_painted(laid_out(body)) if reply.media_type.endswith("json") else (("", visible(body)),),
        cut=max(0, len(reply.body) - BODY_LIMIT),
        curl=line if len(line) <= CURL_LIMIT else f"prove400 replay {finding.fingerprint}",
    )


def _painted(text: str) -> tuple[Piece, ...]:
    return tuple((kind, visible(part)) for kind, part in coloured(text))


def _request(request: Request) -> tuple[Piece, ...]:
    body = decoded(request.body)
    shown = laid_out(clipped(body, BODY_LIMIT)) if _json_like(request) else clipped(body, BODY_LIMIT)
    rest = f"\n… {len(body) - BODY_LIMIT:,} more characters" if len(body) > BODY_LIMIT else ""
    return (("head", visible(_head(request))), *_painted(f"\n\n{shown}" if body else ""), ("note", rest))


def _head(request: Request) -> str:
    return "\n".join([f"{request.method} {request.target} HTTP/1.1", *_fields(request.headers)])


def _fields(headers: Headers) -> list[str]:
    return [visible(f"{name}: {value}", ()) for name, value in headers]


def _json_like(request: Request) -> bool:
    return request.body.lstrip()[:1] in (b"{", b"[")


def _reply_head(reply: Reply) -> str:
    if not reply.status:
        return visible(f"no reply: {reply.failure or 'unknown'}. {reply.detail}")
    return "\n".join([f"HTTP {reply.status}", *_fields(reply.headers)])


def _changes(finding: Finding) -> tuple[Piece, ...]:
    before, after = (_message(request, laid=True) for request in (finding.witness, finding.request))
    if before == after:  # the change is in white space, which laying out has taken away
        before, after = (_message(request, laid=False) for request in (finding.witness, finding.request))
    return tuple(
        (kind, pinpointed_block(text, before) if kind == "ins" else visible(text))
        for kind, text in folded(difference(before, after))
    )


def pinpointed_block(text: str, beside: str) -> str:
    """Escape what is invisible or new beside another text, keeping line breaks."""
    return "\n".join(pinpointed(line, beside) for line in text.split("\n"))


def _message(request: Request, *, laid: bool) -> str:
    body = decoded(request.body[:DIFF_LIMIT])
    return f"{_head(request)}\n\n{laid_out(body) if laid and _json_like(request) else body}"
