"""The words that values are told apart by."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """Where in a request a value stands (OpenAPI parameter locations, and the body)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


class Side(StrEnum):
    """Which side of a constraint an obligation stands on."""

    INVALID = "invalid"  # the request breaks the contract and must be refused
    VALID = "valid"  # the request is at the contract's edge and must be answered


class Verdict(StrEnum):
    """What the oracle says of a reply."""

    DISCHARGED = "discharged"  # as it must be
    SILENT_200 = "silent-200"  # an invalid request was answered 2xx
    SERVER_ERROR = "server-error"  # 5xx, or the connection dropped
    WRONG_STATUS = "wrong-status"  # another status than the contract's
    UNSTRUCTURED = "unstructured"  # not the contract's error media type or schema
    MISATTRIBUTED = "misattributed"  # structured, but does not name the violated location
    LEAKY = "leaky"  # shows a traceback, path or source
    OVER_REJECTED = "over-rejected"  # a valid request was refused
    BAD_RESPONSE = "bad-response"  # a 2xx whose body breaks the response schema or is not strict JSON
    IMPLAUSIBLE = "implausible"  # a 2xx that the contract admits, and that no sound model gives
    UNSTABLE = "unstable"  # the same bytes, different verdicts or predictions
    UNREACHABLE = "unreachable"  # no verdict: time-out, target gone


class Severity(StrEnum):
    """How sure the standards are that a finding is a fault."""

    ERROR = "error"  # the contract or RFC 8259 is provably broken
    WARNING = "warning"  # standards only advise


class Failure(StrEnum):
    """Why there is no reply."""

    DROPPED = "dropped"  # the connection was closed or reset before a whole reply
    RAISED = "raised"  # the application, called in process, raised
    TIMEOUT = "timeout"  # no reply in the time allowed
    GONE = "gone"  # nobody listens any more


class Status(StrEnum):
    """What has been shown for an obligation when its cases are done."""

    DISCHARGED = "discharged"  # every case got what it must
    BROKEN = "broken"  # at least one finding
    DISPUTED = "disputed"  # two validators differ over whether the bytes are invalid
    UNREACHABLE = "unreachable"  # at least one case has no verdict
