"""Credentials: missing, malformed and wrong, where some are configured (RFC 9110 section 11, RFC 6750 section 3.1)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from prove400 import pointer
from prove400.assembly import alternatives, secret_text, with_secret, with_secrets
from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Request, Security, Side
from prove400.validation import Fault

REFUSED = (401, 403)
"""Statuses that refuse credentials (RFC 9110 sections 15.5.2 and 15.5.4)."""
MALFORMED = (*REFUSED, 400)
"""Statuses that refuse what are no credentials at all (RFC 6750 section 3.1)."""


def security_cases(context: Context, credentials: Mapping[str, str]) -> Iterator[Case]:
    """Use each alternative that the credentials satisfy, and break each of their schemes, one at a time.

    `credentials` are secrets by name of scheme. There is nothing to break where none are configured, or where another
    alternative admits anybody.
    """
    if any(not every for every in context.operation.security):
        return
    satisfied = alternatives(context.operation, credentials)
    is_alone = sum(map(len, satisfied)) == 1
    seen: set[str] = set()
    for turn, every in enumerate(satisfied):
        request = _authorized(context, satisfied, every, credentials)
        if turn:
            yield _alternative_case(context, every, request)
        for scheme in every:
            if scheme.name not in seen and not _is_admitted_without(context, every, scheme):
                seen.add(scheme.name)
                yield from _broken_cases(context, scheme, request, credentials[scheme.name], is_alone=is_alone)


def _authorized(
    context: Context,
    satisfied: tuple[tuple[Security, ...], ...],
    every: tuple[Security, ...],
    credentials: Mapping[str, str],
) -> Request:
    """Give the witness with the secrets of one alternative in the place of the first one's."""
    request = context.request
    for scheme in satisfied[0]:
        request = with_secret(request, scheme, None)
    return with_secrets(request, every, credentials)


def _is_admitted_without(context: Context, every: tuple[Security, ...], scheme: Security) -> bool:
    """Tell whether what is left without a scheme satisfies another alternative."""
    left = {other.name for other in every} - {scheme.name}
    return any({other.name for other in others} <= left for others in context.operation.security)


def _alternative_case(context: Context, every: tuple[Security, ...], request: Request) -> Case:
    location = pointer.parent(every[0].location)
    names = " and ".join(scheme.name for scheme in every)
    constraint = Constraint(context.operation.label, every[0].part, "", location, "security", member=names)
    return context.case(Obligation(constraint, "security.alternative", Side.VALID), request)


def _broken_cases(
    context: Context, scheme: Security, request: Request, secret: str, *, is_alone: bool
) -> Iterator[Case]:
    member = "" if is_alone else scheme.name
    constraint = Constraint(context.operation.label, scheme.part, "", scheme.location, "security", member=member)
    faults = (Fault("", scheme.location, part=scheme.part, rule="security"),)
    for variant, text in _broken(scheme, secret):
        obligation = Obligation(constraint, f"security.{variant}", Side.INVALID)
        broken = with_secret(request, scheme, text)
        if broken != request:
            statuses = MALFORMED if variant == "malformed" else REFUSED
            yield context.case(obligation, broken, faults=faults, statuses=statuses)


def _broken(scheme: Security, secret: str) -> Iterator[tuple[str, str | None]]:
    """Give each way to break a secret, and the text that stands in its place; None for no text at all."""
    yield "missing", None
    if scheme.kind == "apiKey":
        yield "malformed", ""
    else:
        name, _, right = secret_text(scheme, secret).partition(" ")
        yield "malformed", name
        yield "malformed", right
        yield "malformed", f"{'Bearer' if scheme.kind == 'basic' else 'Basic'} {right}"
        yield "malformed", f"{name} {right} {right}"
    if scheme.kind == "basic":  # neither base64, nor a user with a password (RFC 7617 section 2)
        yield "malformed", "Basic ?"
        yield "malformed", f"Basic {base64.b64encode(secret.replace(':', '').encode()).decode()}"
        yield "wrong", secret_text(scheme, f"0{secret}")
    yield "wrong", secret_text(scheme, altered(secret))


def altered(secret: str) -> str:
    """Give a secret of the same length and form with another last character.

    In a token of several parts (RFC 7519) that may be padding: there it is one amid the last part.
    """
    last = secret.rpartition(".")[2] if "." in secret else ""
    at = max(len(secret) - max((len(last) + 1) // 2, 1), 0)
    return secret[:at] + ("0" if secret[at : at + 1] != "0" else "1") + secret[at + 1 :]
