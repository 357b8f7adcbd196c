"""(case, reply) → verdict: a table of rules, asked in order; the first that has something to say decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.media_types import is_json
from prove400.model import Case, Failure, Judgement, Operation, Part, Reply, Side, Verdict
from prove400.oracle.attribution import Entry, names, names_member_at_parent, names_place, names_word
from prove400.oracle.damage import damage, numbers
from prove400.oracle.failed import SIGNS, told
from prove400.oracle.ignored import is_used
from prove400.oracle.leaks import leak
from prove400.oracle.made_up import made_up
from prove400.oracle.policies import POLICIES, policy_notes, relaxing
from prove400.oracle.responses import Answers, read
from prove400.oracle.shapes import SHAPES, Tally, recognised
from prove400.validation import SchemaValidators, parse

__all__ = [
    "POLICIES",
    "RULES",
    "SHAPES",
    "SIGNS",
    "Oracle",
    "Tally",
    "damage",
    "is_used",
    "judge",
    "numbers",
    "policy_notes",
]

_NOT_FOUND = 404
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
    policy: tuple[str, ...] = ()  # names of `POLICIES`
    errors: str = "auto"  # name of a shape of errors, where it is known
    answers: Answers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take what the operation documents of its answers."""
        object.__setattr__(self, "answers", Answers(self.operation, self.validators))

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


def silent_200(oracle: Oracle, case: Case, reply: Reply) -> str:
    """An invalid request was answered as if it were valid, whatever the body says: callers go by the status."""
    if case.side is Side.VALID or not _is_2xx(reply):
        return ""
    return _said_error(oracle, reply) or f"answered {reply.status} to an invalid request"


def unknown_name(oracle: Oracle, case: Case, reply: Reply) -> str:
    """Nothing has the name that we made up for the path (RFC 9110 section 15.5.5), so that nothing was judged."""
    if reply.status != _NOT_FOUND or reply.status in case.expected_status or _is_of_a_name(case):
        return ""
    invented = ", ".join(f"{name} {value!r}" for name, value in made_up(oracle.operation, oracle.validators, case))
    hint = "give it an example in the contract, or say --model NAME"
    return f"answered 404: nothing has the name that was made up for the path, {invented}; {hint}" if invented else ""


def over_rejected(oracle: Oracle, case: Case, reply: Reply) -> str:
    """A valid request was refused; that nothing has some name in the path is no refusal."""
    if case.side is Side.INVALID or _is_2xx(reply):
        return ""
    if reply.status == _NOT_FOUND and _is_of_a_name(case):
        made = made_up(oracle.operation, oracle.validators, case)
        if any(isinstance(value, str) for _, value in made):
            return ""
    return f"answered {reply.status} to a valid request"


def bad_response(oracle: Oracle, case: Case, reply: Reply) -> str:
    """A valid request was answered otherwise than documented: status, headers or body; or the body says error."""
    if case.side is Side.INVALID:
        return ""
    said = _said_error(oracle, reply) or oracle.answers.undocumented(reply) if _is_2xx(reply) else ""
    return "; ".join(filter(None, [said, oracle.answers.mismatch(reply)]))


def _said_error(oracle: Oracle, reply: Reply) -> str:
    text = told(oracle.operation, oracle.validators, reply)
    return f"answered {reply.status} whose body says error: {text}" if text else ""


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
    return oracle.answers.mismatch(reply)


def misattributed(oracle: Oracle, case: Case, reply: Reply) -> str:
    """Refused and structured, but the place that is wrong is not named."""
    constraint = case.obligation.constraint
    if case.side is Side.VALID or constraint.keyword.partition(".")[0] in _WIRE or case.fault_locations == ("",):
        return ""
    if _is_of_a_name(case) and reply.status == _NOT_FOUND:  # the status itself says that it is the path
        return ""
    body = _parsed(reply)
    below = constraint.keyword in _COMBINATORS
    shape, entries = recognised(reply.body, oracle.errors)
    if shape and shape.is_prose and oracle.errors == shape.name and _says(entries, case):
        return ""
    for location in case.fault_locations:
        if any(names(place, case.part, location, below=below) for place, _ in entries):
            return ""
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
    "unknown-name": (unknown_name, Verdict.UNREACHABLE),
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
    if _is_hung_up(case, reply):
        return Judgement(Verdict.DISCHARGED, "discharged")
    for slug, (rule, verdict) in RULES.items():
        if message := rule(oracle, case, reply):
            if policy := relaxing(oracle.policy, slug, case):
                return _allowed(oracle, policy, reply)
            return Judgement(verdict, slug, message)
    return Judgement(Verdict.DISCHARGED, "discharged")


def _allowed(oracle: Oracle, policy: str, reply: Reply) -> Judgement:
    """Judge what a policy allows: it has to be as documented, and free of leaks."""
    said = _said_error(oracle, reply) if _is_2xx(reply) else ""
    if message := said or oracle.answers.mismatch(reply):
        verdict = Verdict.BAD_RESPONSE if _is_2xx(reply) else Verdict.UNSTRUCTURED
        return Judgement(verdict, str(verdict), message)
    if found := leak(reply.body):
        return Judgement(Verdict.LEAKY, "leaky", f"the body shows a {found.replace('-', ' ')}")
    return Judgement(Verdict.DISCHARGED, policy, f"answered {reply.status}, which the policy {policy} allows")


def _says(entries: tuple[Entry, ...], case: Case) -> bool:
    """Tell whether prose has the name of what is wrong, or of the tensor that it is in."""
    words = {word for location in case.fault_locations for word in _names_around(case, location)}
    return any(names_word(word, case.part, text) for word in words for _, text in entries)


def _names_around(case: Case, location: str) -> Iterator[str]:
    """Give the last name of a location, those that the keyword lists, and what objects on the way call themselves."""
    tokens = pointer.tokens(location)
    yield from [token for token in tokens if not token.isdecimal()][-1:]
    expected = case.obligation.constraint.expected
    yield from (name for name in expected if isinstance(name, str)) if isinstance(expected, list) else ()
    try:
        value = parse(case.request.body)
    except StrictJSONError:
        return
    for length in range(len(tokens) + 1):
        holder = pointer.get(value, pointer.from_tokens(tokens[:length]), pointer.ABSENT)
        if isinstance(holder, dict) and isinstance(name := holder.get("name"), str) and name:
            yield name


def _is_hung_up(case: Case, reply: Reply) -> bool:
    """Tell whether a connection was closed on a body that ended early: so it must be (RFC 9112 section 6.3)."""
    return reply.failure is Failure.DROPPED and case.obligation.constraint.keyword == "content-length.too-long"


def _is_of_a_name(case: Case) -> bool:
    """Tell whether a case is about a parameter in the path, which names what the request is for."""
    return case.part is Part.PATH and bool(case.obligation.constraint.instance_location)


def _is_2xx(reply: Reply) -> bool:
    return 200 <= reply.status < 300  # noqa: PLR2004 — RFC 9110 status class


def _parsed(reply: Reply) -> object:
    try:
        return read(reply.body)
    except StrictJSONError:
        return None
