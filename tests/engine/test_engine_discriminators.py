"""`discriminator`: which names there are, what breaks it, what is sent, and which servers it shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400 import Case, Unisolable
from prove400.construction import Builder
from prove400.contract import load
from prove400.contract.discriminators import discriminates, discriminator_of
from prove400.contract.schemas import Schemas
from prove400.engine import Examiner
from prove400.model import Reply, Request, Severity, Side, Verdict
from prove400.validation import RequestJudge, SchemaValidators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication

JSON = (("Content-Type", "application/json"),)
METASCHEMA = "https://json-schema.org/draft/2020-12/schema"
BODY = "/components/schemas/Body"


def ref(name: str) -> dict[str, str]:
    """Give a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def pet(name: str, key: str, **kind: Any) -> dict[str, Any]:
    """Give the schema of a pet that must have one key of its own and a kind."""
    return {"type": "object", "required": ["kind", key], "properties": {"kind": kind, key: {"type": name}}}


STRING = {"type": "string"}
CAT, DOG = pet("integer", "mice", **STRING), pet("integer", "sticks", **STRING)
PETS = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
MAPPED = {**PETS, "discriminator": {"propertyName": "kind", "mapping": {"miau": "#/components/schemas/Cat"}}}
PARENT = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": STRING},
    "discriminator": {"propertyName": "kind"},
}
KITTEN = {"allOf": [ref("Body"), {"required": ["mice"], "properties": {"mice": {"type": "integer"}}}]}
PUPPY = {"allOf": [ref("Body"), {"required": ["sticks"], "properties": {"sticks": {"type": "integer"}}}]}
TIGER = {"allOf": [ref("Kitten"), {"required": ["deer"]}]}


def document(body: Any, **components: Any) -> dict[str, Any]:
    """Give a contract with one operation that takes the component `Body`."""
    problem = {"application/json": {"schema": {"type": "object"}}}
    responses = {"200": {"description": "ok"}, "400": {"description": "no", "content": problem}}
    post = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Body")}}},
        "responses": responses,
    }
    return {
        "openapi": "3.1.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/p": {"post": post}},
        "components": {"schemas": {"Body": body, **components}},
    }


LISTED = document(PETS, Cat=CAT, Dog=DOG)
ABOVE = document(PARENT, Kitten=KITTEN, Puppy=PUPPY, Tiger=TIGER)


def planned(contract: dict[str, Any]) -> list[Case]:
    """Give the cases of a contract."""
    return [case for case in prove400.plan(contract) if isinstance(case, Case)]


def sent(case: Case) -> Any:
    """Give the value that a case sends."""
    return json.loads(case.request.body)


def names_in(contract: dict[str, Any]) -> dict[str, str] | None:
    """Give the names that the body's discriminator knows; None where it tells nothing."""
    schemas = Schemas(load(contract).document)
    found = discriminator_of(schemas, schemas.node(BODY))
    return None if found is None else {name: place.rpartition("/")[2] for name, place in found.names.items()}


def mapped(**mapping: str) -> dict[str, Any]:
    """Give a contract whose discriminator has a mapping."""
    body = {**PETS, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    return document(body, Cat=CAT, Dog=DOG)


NAMES = {
    "of components": (LISTED, {"Cat": "Cat", "Dog": "Dog"}),
    "by reference": (mapped(c="#/components/schemas/Cat"), {"c": "Cat", "Cat": "Cat", "Dog": "Dog"}),
    "by name": (mapped(c="Cat"), {"c": "Cat", "Cat": "Cat", "Dog": "Dog"}),
    "out of the document": (mapped(c="https://e.example/c"), {"c": "", "Cat": "Cat", "Dog": "Dog"}),
    "into nowhere": (mapped(c="#/components/schemas/Cat/~2"), {"c": "", "Cat": "Cat", "Dog": "Dog"}),
    "of those that refer to it": (
        ABOVE,
        {"Kitten": "Kitten", "Puppy": "Puppy", "Tiger": "Tiger", "Body": "Body"},
    ),
}


@pytest.mark.parametrize(("contract", "names"), NAMES.values(), ids=NAMES)
def test_names_are_those_of_the_standard(contract: dict[str, Any], names: dict[str, str]) -> None:
    """A mapping adds names to those of the components; in a parent, all that refer to it count."""
    assert names_in(contract) == names


SILENT = {
    "an inline branch": document({**PETS, "oneOf": [ref("Cat"), DOG]}, Cat=CAT),
    "an inline branch and a name that leads out": document(
        {**mapped(c="https://e.example/c")["components"]["schemas"]["Body"], "oneOf": [ref("Cat"), DOG]}, Cat=CAT
    ),
    "a const of another name": document(PETS, Cat=pet("integer", "mice", const="cat"), Dog=DOG),
    "an enum of other names": document(PETS, Cat=pet("integer", "mice", enum=["cat", "tom"]), Dog=DOG),
    "a pattern of other names": document(PETS, Cat=pet("integer", "mice", pattern="^[a-z]*$"), Dog=DOG),
    "no branch": document(PARENT),
    "a text, as in Swagger": document({**PETS, "discriminator": "kind"}, Cat=CAT, Dog=DOG),
}


@pytest.mark.parametrize("contract", SILENT.values(), ids=SILENT)
def test_discriminator_that_nobody_can_follow_tells_nothing(contract: dict[str, Any]) -> None:
    """Where a branch has no name, or admits none of its names, nothing is asked of a value."""
    assert names_in(contract) is None
    items = prove400.plan(contract)
    found = {item.obligation.constraint if isinstance(item, Case) else item.constraint for item in items}
    assert "discriminator" not in {constraint.keyword for constraint in found}


def test_broken_pattern_is_left_to_the_validator() -> None:
    """A pattern that is no regular expression tells nothing of names; that it is none, the validator says."""
    assert names_in(document(PETS, Cat=pet("integer", "mice", pattern="("), Dog=DOG)) is None


def test_contract_without_discriminators_pays_nothing() -> None:
    """What no discriminator stands in and what leads to none is not looked through."""
    schemas = Schemas(
        load(document({"properties": {"a": ref("Pets"), "b": ref("Cat")}}, Pets=PETS, Cat=CAT, Dog=DOG)).document
    )
    body = schemas.node(BODY)
    assert discriminates(schemas, body)
    assert discriminates(schemas, schemas.child(body, "properties", "a"))
    assert not discriminates(schemas, schemas.child(body, "properties", "b"))


ASKED = document(ref("Kitten"), Kitten={"allOf": [ref("Pet"), KITTEN["allOf"][1]]}, Pet=PARENT)
BRANCHES = document(
    {"anyOf": [{"properties": {"a": PETS, "b": {"type": "string"}}}, {"required": ["b"]}]}, Cat=CAT, Dog=DOG
)
FAULTS = {
    "right": (LISTED, {"kind": "Cat", "mice": 1}, {}),
    "unknown": (LISTED, {"kind": "Cow", "mice": 1}, {"": "error"}),
    "another case": (LISTED, {"kind": "cat", "mice": 1}, {"": "error"}),
    "the name of another": (LISTED, {"kind": "Dog", "mice": 1}, {"": "warning"}),
    "a value that its schema refuses": (LISTED, {"kind": "Cow"}, {}),
    "mapped": (document(MAPPED, Cat=CAT, Dog=DOG), {"kind": "miau", "mice": 1}, {}),
    "mapped to another": (document(MAPPED, Cat=CAT, Dog=DOG), {"kind": "miau", "sticks": 1}, {"": "warning"}),
    "no object": (document({**PETS, "oneOf": [ref("Cat"), ref("Text")]}, Cat=CAT, Text=STRING), "Cat", {}),
    "out of the document": (mapped(c="https://e.example/c"), {"kind": "c", "mice": 1}, {}),
    "absent": (document(PETS, Cat={"required": ["mice"]}, Dog={"required": ["sticks"]}), {"mice": 1}, {"": "warning"}),
    "a number": (document(PETS, Cat={"required": ["mice"]}, Dog=DOG), {"mice": 1, "kind": 3}, {"": "error"}),
    "an array": (document(PETS, Cat={"required": ["mice"]}, Dog=DOG), {"mice": 1, "kind": []}, {"": "error"}),
    "a child": (ABOVE, {"kind": "Kitten", "mice": 1}, {}),
    "the parent itself": (ABOVE, {"kind": "Body"}, {}),
    "a child that refuses it": (ABOVE, {"kind": "Kitten"}, {"": "warning"}),
    "a child's child": (ABOVE, {"kind": "Tiger", "mice": 1, "deer": 1}, {}),
    "no child": (ABOVE, {"kind": "Cow"}, {"": "warning"}),
    "the child that is asked for": (ASKED, {"kind": "Kitten", "mice": 1}, {}),
    "another child than is asked for": (
        document(
            {"items": ref("Kitten")},
            Kitten={"allOf": [ref("Pet"), {"required": ["mice"]}]},
            Puppy={"allOf": [ref("Pet")]},
            Tiger={"allOf": [ref("Kitten")]},
            Pet=PARENT,
        ),
        [{"kind": "Kitten", "mice": 1}, {"kind": "Puppy", "mice": 1}, {"kind": "Tiger", "mice": 1}],
        {"/1": "warning"},
    ),
    "in a branch that is not taken": (
        BRANCHES,
        {"a": {"kind": "Cow", "mice": 1}, "b": 1},
        {},
    ),
    "beside an anchor and a metaschema": (
        document(
            {
                "properties": {"n": {"$ref": "#here"}, "pet": PETS, "meta": {"$ref": METASCHEMA}},
                "$defs": {"n": {"$anchor": "here", "type": "integer"}},
            },
            Cat=CAT,
            Dog=DOG,
        ),
        {"n": 1, "pet": {"kind": "Cow", "mice": 1}, "meta": {}},
        {"/pet": "error"},
    ),
    "in a branch that is taken": (
        BRANCHES,
        {"a": {"kind": "Cow", "mice": 1}, "b": "c"},
        {"/a": "error"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("contract", "body", "places"), FAULTS.values(), ids=FAULTS)
def test_judge_tells_what_breaks_a_discriminator(contract: dict[str, Any], body: Any, places: dict[str, str]) -> None:
    """A name must be one of a schema, which must admit the value; the rest is the business of other keywords."""
    loaded = load(contract)
    judge = RequestJudge(loaded.operations[0], SchemaValidators(loaded.document))
    faults = judge.faults(Request("POST", "/p", JSON, json.dumps(body).encode()))
    own = [fault for fault in faults if fault.keyword_location.endswith("/discriminator")]
    assert {fault.instance_location: str(fault.severity) for fault in own} == places
    assert not any(fault.of_body_schema for fault in own)
    assert {fault.place for fault in own} == {f"{place}/kind" for place in places}


def test_list_of_children_speaks_for_their_parent() -> None:
    """Where both have a discriminator of one property, a wrong name breaks that of the list alone."""
    contract = document(
        {"oneOf": [ref("Kitten"), ref("Puppy")], "discriminator": {"propertyName": "kind"}},
        Kitten={**KITTEN, "allOf": [ref("Pet"), KITTEN["allOf"][1]]},
        Puppy={**PUPPY, "allOf": [ref("Pet"), PUPPY["allOf"][1]]},
        Pet=PARENT,
    )
    cases = [case for case in planned(contract) if case.operator == "discriminator.unknown" and case.isolated]
    assert {case.keyword_location for case in cases} == {f"{BODY}/discriminator"}


@pytest.mark.parametrize("contract", [LISTED, document(MAPPED, Cat=CAT, Dog=DOG), ABOVE])
def test_valid_side_has_right_names(contract: dict[str, Any]) -> None:
    """What is sent as valid names a schema that admits it, in each branch."""
    loaded = load(contract)
    judge = RequestJudge(loaded.operations[0], SchemaValidators(loaded.document))
    valid = [case for case in planned(contract) if case.side is Side.VALID and case.request.body]
    assert valid
    assert not any(judge.faults(case.request) for case in valid)
    assert {"mice", "sticks"} & sent(valid[0]).keys()
    if contract is not ABOVE:
        branches = [sent(case) for case in valid if case.operator == "oneOf.branch"]
        assert {frozenset(value) for value in branches} == {frozenset({"kind", "mice"}), frozenset({"kind", "sticks"})}


def test_spelled_out_name_goes_before_that_of_the_component() -> None:
    """Servers know the names of the mapping; that of the component beside them is right as well, but rarer."""
    contract = document(MAPPED, Cat=CAT, Dog=DOG)
    assert {sent(case)["kind"] for case in planned(contract) if case.operator == "oneOf.branch"} == {"miau", "Dog"}


def test_each_spelled_out_name_of_a_schema_is_on_the_valid_side() -> None:
    """A mapping that has several names for one schema: each is sent."""
    contract = mapped(tom="Cat", puss="Cat", rex="Dog")
    names = {sent(case)["kind"] for case in planned(contract) if case.operator == "discriminator.synonym"}
    assert names | {sent(planned(contract)[0])["kind"]} == {"tom", "puss"}


def test_child_that_is_asked_for_is_built_at_once() -> None:
    """A parent's discriminator leaves no choice where one of its children applies already."""
    schemas = Schemas(load(ABOVE).document)
    built = next(Builder(schemas).values([schemas.node("/components/schemas/Puppy")]))
    assert built["kind"] == "Puppy"
    assert "mice" not in built


def test_near_miss_that_is_a_name_is_none() -> None:
    """Where two names differ in their case, neither is a near miss of the other."""
    contract = mapped(cat="Dog", Cat="Cat")
    cases = own_cases(contract)
    assert {sent(case)["kind"] for case in cases["discriminator.near-miss"]} & {"cat", "Cat"} == set()
    assert {sent(case)["kind"] for case in cases["discriminator.other"]} >= {"cat"}


def own_cases(contract: dict[str, Any]) -> dict[str, list[Case]]:
    """Give the cases of the discriminator on the invalid side, by operator."""
    found: dict[str, list[Case]] = {}
    for case in planned(contract):
        if case.keyword_location.endswith("/discriminator") and case.side is Side.INVALID:
            found.setdefault(case.operator, []).append(case)
    return found


def severities(contract: dict[str, Any]) -> dict[str, set[str]]:
    """Give the severities of each operator."""
    return {name: {str(case.obligation.severity) for case in cases} for name, cases in own_cases(contract).items()}


def test_wrong_names_are_broken_alone() -> None:
    """Each wrong name breaks the discriminator and nothing else: an unknown one as an error, another's as a warning."""
    assert severities(LISTED) == {
        "discriminator.unknown": {"error"},
        "discriminator.near-miss": {"error"},
        "discriminator.other": {"warning"},
    }
    cases = [case for cases in own_cases(LISTED).values() for case in cases]
    assert all(case.isolated and not case.violates_body_schema for case in cases)
    assert {place for case in cases for place in case.fault_locations} == {"", "/kind"}


def test_name_that_nobody_requires_is_left_out_as_a_warning() -> None:
    """A name that the branches do not require is left out; where they do, that is `required`'s own."""
    contract = document(PETS, Cat={"required": ["mice"]}, Dog={"required": ["sticks"]})
    assert severities(contract)["discriminator.absent"] == {"warning"}
    assert "discriminator.absent" not in severities(LISTED)


def test_parent_only_advises() -> None:
    """Validation with a parent does not ask its children: whatever breaks its discriminator is a warning."""
    assert set().union(*severities(ABOVE).values()) == {"warning"}
    assert all(case.isolated for cases in own_cases(ABOVE).values() for case in cases)


def test_names_that_branches_tell_themselves_are_tested_jointly() -> None:
    """Where `const` tells the branches apart, no name breaks the discriminator alone, and each is an error."""
    contract = document(PETS, Cat=pet("integer", "mice", const="Cat"), Dog=pet("integer", "sticks", const="Dog"))
    found = own_cases(contract)
    assert found.keys() == {"discriminator.unknown", "discriminator.near-miss", "discriminator.other"}
    for case in (case for cases in found.values() for case in cases):
        assert case.violates == {("", f"{BODY}/discriminator"), ("", f"{BODY}/oneOf")}
        assert case.violates_body_schema
        assert case.obligation.severity is Severity.ERROR
    told = [item for item in prove400.plan(contract) if isinstance(item, Unisolable)]
    assert f"{BODY}/discriminator" in {item.keyword_location for item in told}
    const = [case for case in planned(contract) if case.keyword_location.endswith("/kind/const") and case.violates]
    assert const
    assert all(case.isolated for case in const)


def test_keyword_of_a_branch_is_not_said_to_be_broken_where_another_branch_admits_the_value() -> None:
    """What only the discriminator refuses is no fault of a keyword in the branch that it names."""
    cat = {"required": ["kind"], "properties": {"kind": STRING, "n": {"type": "integer", "maximum": 5}}}
    dog = {"required": ["kind"], "properties": {"kind": STRING, "n": {"type": "integer"}}}
    contract = document({**PETS, "anyOf": PETS["oneOf"], "oneOf": [ref("Cat"), ref("Dog")]}, Cat=cat, Dog=dog)
    del contract["components"]["schemas"]["Body"]["oneOf"]
    loaded = load(contract)
    validator = SchemaValidators(loaded.document).at(BODY)
    cases = [case for case in planned(contract) if case.keyword_location.endswith("/n/maximum") and case.violates]
    assert all(not validator.is_valid(sent(case)) for case in cases)


def test_examiner_takes_advice_for_a_warning() -> None:
    """A search that hits on another's name finds a warning; one that hits on no name finds an error."""
    examiner = Examiner(load(LISTED))
    reply = Reply(200, JSON, b"{}")
    found = {}
    for kind in ("Dog", "Cow"):
        judged = examiner.judge(Request("POST", "/p", JSON, json.dumps({"kind": kind, "mice": 1}).encode()), reply)
        assert judged.judgement.verdict is Verdict.SILENT_200
        found[kind] = str(judged.case.obligation.severity)
    assert found == {"Dog": "warning", "Cow": "error"}


KEYS = {"Cat": "mice", "Dog": "sticks"}


def dispatches(body: dict[str, Any]) -> list[str]:
    """Check a pet by the schema that its kind names: right."""
    key = KEYS.get(body["kind"])
    return [] if key in body else ["/kind"]


def names_what_is_missing(body: dict[str, Any]) -> list[str]:
    """Check a pet by the schema that its kind names, and tell what that schema misses: right too."""
    key = KEYS.get(body["kind"])
    return [] if key in body else [f"/{key or 'kind'}"]


def folds_case(body: dict[str, Any]) -> list[str]:
    """Check a pet by the schema that its kind names in any case."""
    return dispatches({**body, "kind": body["kind"].title()})


def has_a_default(body: dict[str, Any]) -> list[str]:
    """Check a pet by its kind, and take what has an unknown one as it is."""
    return dispatches(body) if body["kind"] in KEYS else []


def guesses(_: dict[str, Any]) -> list[str]:
    """Leave the kind unread: the keys tell what it is."""
    return []


def server(check: Callable[[dict[str, Any]], list[str]]) -> WSGIApplication:
    """Make a server of `LISTED` that validates the schema and checks the kind as told."""
    validator = SchemaValidators(load(LISTED).document).at(BODY)

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            body = json.loads(raw)
            places = [fault.place for fault in validator.faults(body)] or check(body)
        except ValueError:
            places = [""]
        errors = {"errors": [{"pointer": place, "detail": "not as declared"} for place in places]}
        start_response("400 Bad Request" if places else "200 OK", [("Content-Type", "application/json")])
        return [json.dumps(errors if places else {}).encode()]

    return app


SERVERS = {
    "right": (dispatches, set()),
    "right in detail": (names_what_is_missing, set()),
    "any case": (folds_case, {"discriminator.near-miss"}),
    "a default": (has_a_default, {"discriminator.unknown", "discriminator.near-miss"}),
    "never read": (guesses, {"discriminator.unknown", "discriminator.near-miss", "discriminator.other"}),
}


@pytest.mark.parametrize(("check", "operators"), SERVERS.values(), ids=SERVERS)
def test_server_that_reads_names_otherwise_is_found(
    check: Callable[[dict[str, Any]], list[str]], operators: set[str]
) -> None:
    """Each defect is found by its own operators, as a silent 200 at the discriminator; a right server has none."""
    run = prove400.prove(server(check), LISTED)
    found = [finding for finding in run.findings if finding.constraint.keyword == "discriminator"]
    assert {operator for finding in found for operator in finding.operators} == operators
    assert {str(finding.verdict) for finding in found} <= {"silent-200"}
    branches = [f for f in run.findings if f.constraint.keyword == "oneOf" or f.verdict is Verdict.OVER_REJECTED]
    assert branches == []
