"""Credentials: missing, malformed and wrong, where some are configured (RFC 9110 section 11, RFC 6750 section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prove400.assembly import authorized, requirement, secret_text, with_secret
from prove400.cases.context import Context
from prove400.model import Case, Constraint, Obligation, Security, Side
from prove400.validation import Fault

REFUSED = (401, 403)
"""Statuses that refuse credentials (RFC 9110 sections 15.5.2 and 15.5.4)."""


def security_cases(context: Context, credentials: Mapping[str, str]) -> Iterator[Case]:
    """Break each scheme of the requirement that requests satisfy, one at a time.

    `credentials` are secrets by name of scheme. There is nothing to break where none are configured, or where another
    alternative admits anybody.
    """
    if any(not every for every in context.operation.security):
        return
    request = authorized(context.request, context.operation, credentials)
    for scheme in requirement(context.operation, credentials):
        constraint = Constraint(context.operation.label, scheme.part, "", scheme.location, "security")
        faults = (Fault("", scheme.location, part=scheme.part, rule="security"),)
        for variant, text in _broken(scheme, credentials[scheme.name]):
            obligation = Obligation(constraint, f"security.{variant}", Side.INVALID)
            broken = with_secret(request, scheme, text)
            if broken != request:
                yield context.case(obligation, broken, faults=faults, statuses=REFUSED)


def _broken(scheme: Security, secret: str) -> Iterator[tuple[str, str | None]]:
    """Give each way to break a secret, and the text that stands in its place; None for no text at all."""
    yield "missing", None
    if scheme.kind == "apiKey":
        yield "malformed", ""
    else:
        right = secret_text(scheme, secret).partition(" ")[2]
        yield "malformed", scheme.kind.capitalize()
        yield "malformed", right
        yield "malformed", f"{'Bearer' if scheme.kind == 'basic' else 'Basic'} {right}"
    yield "wrong", secret_text(scheme, _altered(secret))


def _altered(secret: str) -> str:
    """Give a secret of the same length and form with another last character."""
    return secret[:-1] + ("0" if secret[-1:] != "0" else "1")
