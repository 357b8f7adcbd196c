"""Security schemes: read from the contract, added to requests, and broken where credentials are configured."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from prove400.assembly import assemble, requirement
from prove400.cases import security as subject
from prove400.contract import load
from prove400.errors import ContractError
from prove400.model import Operation, Part, Request, Side

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "oauth": {"type": "oauth2", "flows": {}},
    "alias": {"$ref": "#/components/securitySchemes/key"},
    "tls": {"type": "mutualTLS"},
}
SECRETS = {name: f"{name}:secret" for name in SCHEMES}


def operation(security: Any, *, schemes: Any = SCHEMES, own: bool = True) -> Operation:
    """Make one GET with security requirements of its own, or of the document."""
    get: dict[str, Any] = {"responses": {}, **({"security": security} if own else {})}
    content: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/x": {"get": get}},
        "components": {"securitySchemes": schemes},
    }
    return load(content if own else {**content, "security": security}).operations[0]


@pytest.mark.parametrize(
    ("name", "kind", "part", "field"),
    [
        ("key", "apiKey", Part.HEADER, "X-Key"),
        ("query", "apiKey", Part.QUERY, "api key"),
        ("cookie", "apiKey", Part.COOKIE, "sid"),
        ("basic", "basic", Part.HEADER, "Authorization"),
        ("bearer", "bearer", Part.HEADER, "Authorization"),
        ("oauth", "bearer", Part.HEADER, "Authorization"),
        ("alias", "apiKey", Part.HEADER, "X-Key"),
        ("tls", "mutualTLS", Part.HEADER, "Authorization"),
    ],
)
def test_schemes(name: str, kind: str, part: Part, field: str) -> None:
    """A scheme says which part carries the secret and in which field."""
    (((scheme,),)) = operation([{name: []}]).security
    assert (scheme.name, scheme.kind, scheme.part, scheme.field) == (name, kind, part, field)
    assert scheme.location == f"/paths/~1x/get/security/0/{name}"


def test_whose_requirement_counts() -> None:
    """An operation's own requirement counts before the document's, an empty one too."""
    assert operation([{"key": []}], own=False).security[0][0].location == "/security/0/key"
    assert operation([]).security == ()
    both = operation([{"key": [], "query": []}, {}]).security
    assert [[scheme.name for scheme in every] for every in both] == [["key", "query"], []]


@pytest.mark.parametrize(
    ("security", "schemes"),
    [
        ({"key": []}, SCHEMES),
        (["key"], SCHEMES),
        ([{"nobody": []}], SCHEMES),
        ([{"key": []}], {"key": {"type": "apiKey", "in": "body", "name": "k"}}),
        ([{"key": []}], {"key": {"type": "apiKey", "in": "query"}}),
        ([{"key": []}], {"key": 1}),
    ],
)
def test_malformed_requirements(security: Any, schemes: Any) -> None:
    """A requirement or scheme that cannot be read is refused with its place."""
    with pytest.raises(ContractError) as caught:
        operation(security, schemes=schemes)
    assert caught.value.where


BASIC = f"Basic {base64.b64encode(b'basic:secret').decode()}"
ADDED: list[tuple[str, str, tuple[tuple[str, str], ...]]] = [
    ("key", "/x", (("X-Key", "key:secret"),)),
    ("query", "/x?api%20key=query%3Asecret", ()),
    ("cookie", "/x", (("Cookie", "sid=cookie:secret"),)),
    ("basic", "/x", (("Authorization", BASIC),)),
    ("oauth", "/x", (("Authorization", "Bearer oauth:secret"),)),
]


@pytest.mark.parametrize(("name", "target", "headers"), ADDED)
def test_credentials_are_added(name: str, target: str, headers: tuple[tuple[str, str], ...]) -> None:
    """A request carries the secret where its scheme says."""
    made = operation([{name: []}])
    request = assemble(made, (), credentials=SECRETS)
    assert (request.target, request.headers[1:]) == (target, headers)
    assert assemble(made, ()).headers == (("Accept", "*/*"),)


def test_the_first_alternative_that_can_be_satisfied() -> None:
    """Of several alternatives the first counts whose every scheme has a secret."""
    made = operation([{"tls": []}, {"key": [], "query": []}, {"bearer": []}])
    assert [s.name for s in requirement(made, SECRETS)] == ["key", "query"]
    assert [s.name for s in requirement(made, {"bearer": "x", "key": "y"})] == ["bearer"]
    assert requirement(made, {}) == ()


class _Context:
    """What `security_cases` asks of a context."""

    def __init__(self, made: Operation) -> None:
        self.operation = made
        self.request = assemble(made, ())
        self.made: list[tuple[str, Request]] = []

    def case(self, obligation: Any, request: Request, *, faults: Any, statuses: tuple[int, ...]) -> Any:
        """Keep what a case would be made of."""
        assert statuses == (401, 403)
        assert obligation.side is Side.INVALID
        assert [fault.keyword_location for fault in faults] == [obligation.constraint.keyword_location]
        return obligation.operator, request


def broken(made: Operation, credentials: dict[str, str] = SECRETS) -> list[tuple[str, Request]]:
    """Give operator and request of every case."""
    context: Any = _Context(made)
    cases: Any = subject.security_cases(context, credentials)
    return list(cases)


def test_credentials_are_broken_one_at_a_time() -> None:
    """Each scheme's secret is missing, malformed and wrong in turn, beside the others' right ones."""
    found = broken(operation([{"key": [], "query": []}]))
    assert [(operator, request.header("X-Key"), request.target) for operator, request in found] == [
        ("security.missing", None, "/x?api%20key=query%3Asecret"),
        ("security.malformed", "", "/x?api%20key=query%3Asecret"),
        ("security.wrong", "key:secre0", "/x?api%20key=query%3Asecret"),
        ("security.missing", "key:secret", "/x"),
        ("security.malformed", "key:secret", "/x?api%20key="),
        ("security.wrong", "key:secret", "/x?api%20key=query%3Asecre0"),
    ]


@pytest.mark.parametrize("name", ["basic", "bearer"])
def test_broken_authorization(name: str) -> None:
    """An Authorization field loses its secret, its scheme's name or its right name (RFC 9110 section 11.6.2)."""
    right = BASIC.partition(" ")[2] if name == "basic" else "bearer:secret"
    own, other = ("Basic", "Bearer") if name == "basic" else ("Bearer", "Basic")
    texts = [request.header("Authorization") for _, request in broken(operation([{name: []}]))]
    assert texts[:4] == [None, own, right, f"{other} {right}"]
    assert texts[4] not in (*texts[:4], f"{own} {right}")
    assert len(texts) == 5


def test_cookies_are_broken_beside_others() -> None:
    """The secret in a cookie is broken, and every other cookie stays."""
    made = operation([{"cookie": []}])
    context: Any = _Context(made)
    context.request = Request("GET", "/x", (("Cookie", "a=b; c=d"),))
    found = [request.header("Cookie") for _, request in subject.security_cases(context, SECRETS)]
    assert found == ["a=b; c=d", "a=b; c=d; sid=", "a=b; c=d; sid=cookie:secre0"]


@pytest.mark.parametrize(
    ("security", "credentials"),
    [([{"key": []}], {}), ([{"key": []}, {}], SECRETS), ([], SECRETS), ([{"tls": []}], SECRETS)],
)
def test_nothing_to_break(security: Any, credentials: dict[str, str]) -> None:
    """Without credentials, or where anybody is admitted, there is no case."""
    assert broken(operation(security), credentials) == []


def test_a_broken_secret_differs() -> None:
    """What breaks a secret and gives the same request is no case: an empty secret cannot be emptied."""
    assert [operator for operator, _ in broken(operation([{"key": []}]), {"key": ""})] == [
        "security.missing",
        "security.wrong",
    ]
