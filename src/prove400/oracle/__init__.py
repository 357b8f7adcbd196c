"""(case, reply) → verdict: a table of rules, asked in order; the first that has something to say decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prove400.errors import StrictJSONError
from prove400.media_types import is_json
from prove400.model import Case, Failure, Judgement, Operation, Reply, Side, Verdict
from prove400.oracle.attribution import names_member_at_parent, names_place
from prove400.oracle.damage import damage, numbers
from prove400.oracle.ignored import is_used
from prove400.oracle.leaks import leak
from prove400.oracle.responses import mismatch, read
from prove400.validation import SchemaValidators

__all__ = ["RULES", "Oracle", "damage", "is_used", "judge", "numbers"]

_WIRE = frozenset({"json", "content-type", "content-encoding", "content-length", "body", "method", "path", "security"})
_COMBINATORS = frozenset(
    {
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "dependentSchemas",
        "unevaluatedProperties",
        "unevaluatedItems",
        "discriminator",
    }
)


@dataclass(frozen=True, slots=True)
class Oracle:
    """Judges the replies of one operation."""

    operation: Operation
    validators: SchemaValidators

    def judge(self, case: Case, reply: Reply) -> Judgement:
        """Give the verdict on a reply, with the rule that gave it and a sentence."""
        return judge(self, case, reply)


Rule = Callable[[Oracle, Case, Reply], str]
"""Says what is wrong, or nothing."""


def unreachable(_oracle: Oracle, _case: Case, reply: Reply) -> str:
    """No reply, and no way to tell why: a time-out, or nobody listens."""
    return f"no reply: {reply.detail}" if reply.failure in (Failure.TIMEOUT, Failure.GONE) else ""


def dropped(_oracle: Oracle, _case: Case, reply: Reply) -> str:
    """The server dropped the connection, or raised."""
    return f"no reply: {reply.detail}" if reply.failure in (Failure.DROPPED, Failure.RAISED) else ""


def server_error(_oracle: Oracle, _case: Case, reply: Reply) -> str:
    """A 5xx: the server says that the fault is its own (RFC 9110 section 15.6)."""
    return f"answered {reply.status}" if reply.status >= 500 else ""  # noqa: PLR2004 — RFC 9110 status class


def silent_200(_oracle: Oracle, case: Case, reply: Reply) -> str:
    """An invalid request was answered as if it were valid."""
    return f"answered {reply.status} to an invalid request" if case.side is Side.INVALID and _is_2xx(reply) else ""


def over_rejected(_oracle: Oracle, case: Case, reply: Reply) -> str:
    """A valid request was refused."""
    return f"answered {reply.status} to a valid request" if case.side is Side.VALID and not _is_2xx(reply) else ""


def bad_response(oracle: Oracle, case: Case, reply: Reply) -> str:
    """A valid request was answered with a body that breaks the response schema or is not strict JSON."""
    return mismatch(oracle.operation, oracle.validators, reply) if case.side is Side.VALID else ""


def leaky(_oracle: Oracle, _case: Case, reply: Reply) -> str:
    """The body shows what only the server's owner should see."""
    found = leak(reply.body)
    return f"the body shows a {found.replace('-', ' ')}" if found else ""


def wrong_status(_oracle: Oracle, case: Case, reply: Reply) -> str:
    """Refused, with another status than the contract's or the RFC's."""
    if case.side is Side.VALID or reply.status in case.expected_status:
        return ""
    expected = " or ".join(map(str, case.expected_status))
    return f"answered {reply.status}, expected {expected}"


def missing_allow(_oracle: Oracle, _case: Case, reply: Reply) -> str:
    """A 405 without the header that lists what is allowed (RFC 9110 section 15.5.6)."""
    return "the 405 has no Allow header" if reply.status == 405 and not reply.header("Allow") else ""  # noqa: PLR2004


def unstructured(oracle: Oracle, case: Case, reply: Reply) -> str:
    """Refused, with a body that no program can read: not the contract's error media type or schema."""
    if case.side is Side.VALID or 300 <= reply.status < 400:  # noqa: PLR2004 — a redirect has no error body
        return ""
    if not is_json(reply.media_type):
        return f"the error body is {reply.media_type or 'untyped'}, not JSON"
    return mismatch(oracle.operation, oracle.validators, reply)


def misattributed(_oracle: Oracle, case: Case, reply: Reply) -> str:
    """Refused and structured, but the place that is wrong is not named."""
    constraint = case.obligation.constraint
    if case.side is Side.VALID or constraint.keyword.partition(".")[0] in _WIRE or case.fault_locations == ("",):
        return ""
    body = _parsed(reply)
    below = constraint.keyword in _COMBINATORS
    for location in case.fault_locations:
        if names_place(body, case.part, location, below=below) or (
            location != case.instance_location and names_member_at_parent(body, case.part, location)
        ):
            return ""
    return f"the error does not name {case.part}{case.fault_locations[0]}"


RULES: dict[str, tuple[Rule, Verdict]] = {
    "unreachable": (unreachable, Verdict.UNREACHABLE),
    "dropped": (dropped, Verdict.SERVER_ERROR),
    "server-error": (server_error, Verdict.SERVER_ERROR),
    "silent-200": (silent_200, Verdict.SILENT_200),
    "over-rejected": (over_rejected, Verdict.OVER_REJECTED),
    "bad-response": (bad_response, Verdict.BAD_RESPONSE),
    "leaky": (leaky, Verdict.LEAKY),
    "wrong-status": (wrong_status, Verdict.WRONG_STATUS),
    "missing-allow": (missing_allow, Verdict.UNSTRUCTURED),
    "unstructured": (unstructured, Verdict.UNSTRUCTURED),
    "misattributed": (misattributed, Verdict.MISATTRIBUTED),
}
"""Slug → rule and the verdict that it gives, in the order asked: the gravest first."""


def judge(oracle: Oracle, case: Case, reply: Reply) -> Judgement:
    """Ask every rule in order; discharged where none has anything to say."""
    for slug, (rule, verdict) in RULES.items():
        if message := rule(oracle, case, reply):
            return Judgement(verdict, slug, message)
    return Judgement(Verdict.DISCHARGED, "discharged")


def _is_2xx(reply: Reply) -> bool:
    return 200 <= reply.status < 300  # noqa: PLR2004 — RFC 9110 status class


def _parsed(reply: Reply) -> object:
    try:
        return read(reply.body)
    except StrictJSONError:
        return None
