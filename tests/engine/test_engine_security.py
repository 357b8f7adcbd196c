"""Security schemes: read from the contract, added to requests, and broken where credentials are configured."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

import prove400
from prove400.assembly import alternatives, assemble
from prove400.cases import security as subject
from prove400.contract import load
from prove400.errors import ContractError
from prove400.model import Case, Operation, Part, Request, Side

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "oauth": {"type": "oauth2", "flows": {}},
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://example.org/.well-known/openid-configuration"},
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
        ("openid", "bearer", Part.HEADER, "Authorization"),
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
    ("bearer", "/x", (("Authorization", "Bearer bearer:secret"),)),
    ("openid", "/x", (("Authorization", "Bearer openid:secret"),)),
]


@pytest.mark.parametrize(("name", "target", "headers"), ADDED)
def test_credentials_are_added(name: str, target: str, headers: tuple[tuple[str, str], ...]) -> None:
    """A request carries the secret where its scheme says."""
    made = operation([{name: []}])
    request = assemble(made, (), credentials=SECRETS)
    assert (request.target, request.headers[1:]) == (target, headers)
    assert assemble(made, ()).headers == (("Accept", "*/*"),)


def test_alternatives_that_can_be_satisfied() -> None:
    """An alternative counts whose every scheme has a secret and a field of its own; the first is what requests use."""
    made = operation([{"tls": []}, {"basic": [], "bearer": []}, {"key": [], "query": []}, {}, {"bearer": []}])

    def names(credentials: dict[str, str]) -> list[list[str]]:
        return [[scheme.name for scheme in every] for every in alternatives(made, credentials)]

    assert names(SECRETS) == [["key", "query"], ["bearer"]]
    assert names({"bearer": "x", "key": "y"}) == [["bearer"]]
    assert names({}) == []
    assert assemble(made, (), credentials=SECRETS).header("X-Key") == "key:secret"


class _Context:
    """What `security_cases` asks of a context."""

    def __init__(self, made: Operation) -> None:
        self.operation = made
        self.request = assemble(made, ())
        self.made: list[tuple[str, Request]] = []

    def case(self, obligation: Any, request: Request, *, faults: Any, statuses: tuple[int, ...]) -> Any:
        """Keep what a case would be made of."""
        assert statuses == ((401, 403, 400) if obligation.operator == "security.malformed" else (401, 403))
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
    """An Authorization field loses its secret, its scheme or its right scheme, or has too much (RFC 9110, 11.6.2)."""
    right = BASIC.partition(" ")[2] if name == "basic" else "bearer:secret"
    own, other = ("Basic", "Bearer") if name == "basic" else ("Bearer", "Basic")
    texts = [request.header("Authorization") for _, request in broken(operation([{name: []}]))]
    assert texts[:5] == [None, own, right, f"{other} {right}", f"{own} {right} {right}"]
    basic = [b"basicsecret", b"0basic:secret", b"basic:secre0"]
    rest = ["Basic ?", *(f"Basic {base64.b64encode(text).decode()}" for text in basic)]
    assert texts[5:] == (rest if name == "basic" else ["Bearer bearer:secre0"])


@pytest.mark.parametrize(
    ("secret", "wrong"),
    [
        ("a.b.sig", "a.b.s0g"),
        ("a.b.signature0", "a.b.signa0ure0"),
        ("0.0", "0.1"),
        ("abc", "ab0"),
        ("ab0", "ab1"),
        ("", "0"),
    ],
)
def test_a_wrong_secret_is_another(secret: str, wrong: str) -> None:
    """The last character of a token of parts may be padding, so that one amid its signature is changed."""
    texts = [request.header("X-Key") for _, request in broken(operation([{"key": []}]), {"key": secret})]
    assert texts[-1] == wrong


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


RESPONSES = {"200": {"description": ""}, "401": {"description": ""}}


def contract(security: list[dict[str, list[str]]]) -> dict[str, Any]:
    """Make the contract of one GET with security requirements."""
    get = {"responses": RESPONSES, "security": security}
    schemes = {"securitySchemes": SCHEMES}
    return {"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": get}}, "components": schemes}


class Guard:
    """A WSGI application that admits who satisfies one of several sets of schemes; a defect is what it does not see."""

    def __init__(self, *admitted: str, defect: str = "") -> None:
        """Take the sets, each as names with a plus between them."""
        self.admitted, self.defect = [names.split("+") for names in admitted], defect

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer one request."""
        found = environ["PATH_INFO"] == "/x", environ["REQUEST_METHOD"] == "GET"
        status = (
            "200 OK" if any(all(self.has(name, environ) for name in names) for names in self.admitted) else "401 No"
        )
        if not all(found):
            status = "405 Not Allowed" if found[0] else "404 Not Found"
        kind = "application/json" if status == "200 OK" else "application/problem+json"
        start_response(status, [("Content-Type", kind), ("Allow", "GET")])
        return [b"{}"]

    def has(self, name: str, environ: dict[str, Any]) -> bool:
        """Tell whether a request carries the secret of a scheme."""
        scheme, given = SCHEMES[name], self.given(name, environ)
        secret = SECRETS[name]
        if scheme["type"] == "http" and scheme["scheme"] == "Basic":
            secret = BASIC
        elif scheme["type"] != "apiKey":
            secret = f"Bearer {secret}"
        checks = {
            f"{name} unchecked": lambda: True,
            f"{name} there": lambda: bool(given),
            f"{name} prefix": lambda: given is not None and secret.startswith(given) and len(given) > len("Bearer"),
            f"{name} start": lambda: given is not None and given[:8] == secret[:8],
            f"{name} anywhere": lambda: given is not None and secret.partition(" ")[2] in given,
            f"{name} case": lambda: given == secret.upper(),
        }
        return checks.get(self.defect, lambda: given == secret)()

    def given(self, name: str, environ: dict[str, Any]) -> str | None:
        """Give the text in the place of a scheme's secret."""
        scheme = SCHEMES[name]
        if scheme["type"] != "apiKey":
            return environ.get("HTTP_AUTHORIZATION")
        if scheme["in"] == "header":
            return environ.get("HTTP_X_KEY")
        if scheme["in"] == "query":
            return dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)).get(scheme["name"])
        return dict(crumb.split("=", 1) for crumb in environ.get("HTTP_COOKIE", "=").split("; ")).get(scheme["name"])


def proven(guard: Guard, *security: str, secrets: dict[str, str] = SECRETS) -> set[tuple[str, str, str]]:
    """Give verdict, label and operators of what a guard is found to do wrong."""
    wanted = [{name: [] for name in names.split("+")} for names in security]
    run = prove400.prove(guard, contract(wanted), credentials=secrets)
    return {(str(f.verdict), f.constraint.label, " ".join(f.operators)) for f in run.findings}


KINDS = ["key", "query", "cookie", "basic", "bearer", "oauth", "openid"]


@pytest.mark.parametrize("name", KINDS)
def test_a_guard_of_each_kind(name: str) -> None:
    """A guard that checks its secret passes; one that never looks, or only looks whether there is one, does not."""
    (scheme,) = operation([{name: []}]).security[0]
    assert proven(Guard(name), name) == set()
    (unchecked,) = proven(Guard(name, defect=f"{name} unchecked"), name)
    assert unchecked[:2] == ("silent-200", str(scheme.part))
    assert set(unchecked[2].split()) == {"security.missing", "security.malformed", "security.wrong"}
    assert {found[0] for found in proven(Guard(name, defect=f"{name} there"), name)} == {"silent-200"}
    assert {found[:2] for found in proven(Guard(name, defect=f"{name} start"), name)} == {unchecked[:2]}
    assert {found[0] for found in proven(Guard(name, defect=f"{name} case"), name)} == {"over-rejected"}


@pytest.mark.parametrize("name", ["basic", "bearer", "oauth", "openid"])
def test_a_guard_that_does_not_read_the_scheme(name: str) -> None:
    """A guard that looks for the secret anywhere in the field lets every wrong scheme through."""
    ((verdict, label, operators),) = proven(Guard(name, defect=f"{name} anywhere"), name)
    assert (verdict, label, operators) == ("silent-200", "header", "security.malformed")


def test_a_guard_of_combined_schemes() -> None:
    """Where two schemes are asked for at once, each is broken beside the other, and the finding names it."""
    assert proven(Guard("key+query"), "key+query") == set()
    for name, label in (("key", "header/key"), ("query", "query/query")):
        found = proven(Guard("key+query", defect=f"{name} unchecked"), "key+query")
        assert {(verdict, place) for verdict, place, _ in found} == {("silent-200", label)}


def test_a_guard_of_alternatives() -> None:
    """Each alternative that the credentials satisfy is used and broken, not the first alone."""
    security = ("key", "bearer", "cookie+query")
    assert proven(Guard(*security), *security) == set()
    for name, label in (("bearer", "header/bearer"), ("cookie", "cookie/cookie"), ("key", "header/key")):
        found = proven(Guard(*security, defect=f"{name} start"), *security)
        assert {(verdict, place) for verdict, place, _ in found} == {("silent-200", label)}
    refused = proven(Guard("key", "bearer"), *security)
    assert refused == {("over-rejected", "cookie/cookie and query", "security.alternative")}
    assert proven(Guard(*security), *security, secrets={"bearer": SECRETS["bearer"]}) == set()


def test_an_alternative_inside_another() -> None:
    """Where what is left without a secret satisfies another alternative, nothing is broken, and no case says so."""
    assert proven(Guard("key+query", "key"), "key+query", "key") == set()
    planned = prove400.plan(contract([{"key": [], "query": []}, {"key": []}]), credentials=SECRETS)
    broken = {e.obligation.constraint.label for e in planned if isinstance(e, Case) and "missing" in e.operator}
    assert broken == {"header/key"}


def test_malformed_credentials_may_be_a_bad_request() -> None:
    """A guard may answer malformed credentials with 400 (RFC 6750 section 3.1), wrong ones not."""

    class Strict(Guard):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
            text = self.given("bearer", environ)
            is_malformed = text is not None and re.fullmatch("Bearer [^ ]+", text) is None

            def start(status: str, headers: Any) -> Any:
                is_bad = status.startswith("401") and (is_malformed or (text is not None and self.defect))
                return start_response("400 Bad" if is_bad else status, headers)

            return super().__call__(environ, start)

    assert proven(Strict("bearer"), "bearer") == set()
    assert proven(Strict("bearer", defect="always"), "bearer") == {("wrong-status", "header", "security.wrong")}
