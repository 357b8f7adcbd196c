"""One finding with its evidence made ready to be shown: difference, reply, expectation, reproducers, plot."""

from __future__ import annotations

from dataclasses import dataclass

from prove400.model import Finding, Headers, Reply, Request, Run
from prove400.reporters import summary
from prove400.reporters.curl import curl
from prove400.reporters.excerpt import contrast, spelled
from prove400.reporters.headline import MEANING, place_name
from prove400.reporters.plots import DamagePlot, damage_plot
from prove400.reporters.reproducer import as_test
from prove400.reporters.standing import Standing
from prove400.reporters.tokens import Piece, coloured, difference, folded, laid_out
from prove400.reporters.visible import clipped, decoded, pinpointed, visible

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
    standing: Standing
    meaning: str
    sent: str
    witness: str
    expected: str
    value: str
    damage: str
    samples: tuple[str, ...]
    cost: str  # the worst of these
    plot: DamagePlot | None
    request: tuple[Piece, ...]
    changes: tuple[Piece, ...]
    reply_head: str
    reply: tuple[Piece, ...]
    cut: int  # bytes of the reply's body that are not shown
    curl: str
    test: str


def shown(finding: Finding, run: Run, standing: Standing) -> Shown:
    """Make a finding ready."""
    sent, witness = contrast(finding)
    expected, reply = finding.constraint.expected, finding.reply
    body, samples = decoded(reply.body[:BODY_LIMIT]), summary.samples(finding)
    line = curl(finding.request, run.target, separator=" \\\n  ", beside=run.headers)
    return Shown(
        finding=finding,
        standing=standing,
        meaning=MEANING.get(finding.verdict, ""),
        sent=sent,
        witness=witness,
        expected=summary.expected(finding),
        value="" if expected is None else clipped(spelled(expected), 400),
        damage=_moved(finding),
        samples=tuple(line for _, line in samples),
        cost=max(samples, key=lambda sample: sample[0], default=(0.0, _moved(finding)))[1],
        plot=damage_plot(finding, run),
        request=_request(finding.request),
        changes=_changes(finding),
        reply_head=_reply_head(reply),
        reply=_painted(laid_out(body)) if reply.media_type.endswith("json") else (("", visible(body)),),
        cut=max(0, len(reply.body) - BODY_LIMIT),
        curl=line if len(line) <= CURL_LIMIT else f"prove400 replay {finding.fingerprint}",
        test=as_test(finding, run),
    )


def _moved(finding: Finding) -> str:
    """Give ``price $326 → $10,273 (+$9,947)``."""
    damage = finding.damage
    if damage is None:
        return ""
    before, after, by = (
        summary.amount(value, damage.unit) for value in (damage.before, damage.after, abs(damage.difference))
    )
    sign = "+" if damage.difference > 0 else "−" if damage.difference < 0 else ""
    return f"{place_name(damage)} {before} → {after} ({sign}{by})"


def _painted(text: str) -> tuple[Piece, ...]:
    return tuple((kind, visible(part)) for kind, part in coloured(text))


def _request(request: Request) -> tuple[Piece, ...]:
    body = decoded(request.body)
    text = laid_out(clipped(body, BODY_LIMIT)) if _json_like(request) else clipped(body, BODY_LIMIT)
    rest = f"\n… {len(body) - BODY_LIMIT:,} more characters" if len(body) > BODY_LIMIT else ""
    return (("head", visible(head(request))), *_painted(f"\n\n{text}" if body else ""), ("note", rest))


def head(request: Request) -> str:
    """Give the request line and the header fields, each on one line."""
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
        (kind, _pinpointed_block(text, before) if kind == "ins" else visible(text))
        for kind, text in folded(difference(before, after))
    )


def _pinpointed_block(text: str, beside: str) -> str:
    """Escape what is invisible or new beside another text, keeping line breaks."""
    return "\n".join(pinpointed(line, beside) for line in text.split("\n"))


def _message(request: Request, *, laid: bool) -> str:
    body = decoded(request.body[:DIFF_LIMIT])
    return f"{head(request)}\n\n{laid_out(body) if laid and _json_like(request) else body}"
