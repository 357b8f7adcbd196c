"""Path templates: expressions side by side, names that differ from the declared ones, fixed queries and fragments."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.assembly import assemble
from prove400.contract import load
from prove400.model import Case, Part, Request, Side, Unisolable, Verdict
from prove400.validation import RequestJudge, Routes, SchemaValidators

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

INT, TEXT = {"type": "integer", "minimum": 1, "maximum": 99}, {"type": "string"}
KIND = {"enum": [".json", ".csv"]}


def in_path(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    """Make a path parameter."""
    return {"name": name, "in": "path", "required": True, "schema": schema, **more}


def document(**paths: Any) -> dict[str, Any]:
    """Make a contract of GETs, each given by its parameters."""
    refused = {"description": "", "content": {"application/problem+json": {}}}
    responses = {"200": {"description": "", "content": {"application/json": {}}}, "400": refused}
    items = {path: {"get": {"parameters": listed, "responses": responses}} for path, listed in paths.items()}
    return {"openapi": "3.1.0", "info": {}, "paths": items}


def judge_of(content: dict[str, Any], index: int = 0) -> RequestJudge:
    """Make the judge of one operation, which knows the others' paths."""
    contract = load(content)
    return RequestJudge(contract.operations[index], SchemaValidators(contract.document), Routes(contract.operations))


def notes(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Give place and reason of what the plan says of names."""
    planned = prove400.plan(content)
    return [
        (entry.constraint.label, entry.reason)
        for entry in planned
        if isinstance(entry, Unisolable) and entry.constraint.keyword == "name"
    ]


def reasons(content: dict[str, Any]) -> dict[str, str]:
    """Give why operations have no witness."""
    planned = prove400.plan(content)
    return {e.operation: e.reason for e in planned if isinstance(e, Unisolable) and e.constraint.keyword == "witness"}


SPLITS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("/{a}{b}", {"a": TEXT, "b": KIND}, {"a": "x.y", "b": ".json"}, "/x.y.json"),
    ("/{a}.{b}", {"a": TEXT, "b": {"enum": ["tar.gz"]}}, {"a": "x", "b": "tar.gz"}, "/x.tar.gz"),
    ("/{a}-{b}", {"a": {"enum": ["x-y"]}, "b": TEXT}, {"a": "x-y", "b": "z-1"}, "/x-y-z-1"),
    ("/{a},{b}", {"a": INT, "b": INT}, {"a": 1, "b": 2}, "/1,2"),
    ("/v{a}:do/{b}", {"a": INT, "b": TEXT}, {"a": 7, "b": "é"}, "/v7:do/%C3%A9"),
    ("/{a}{b}{c}", {"a": INT, "b": {"const": "x"}, "c": INT}, {"a": 1, "b": "x", "c": 23}, "/1x23"),
]


@pytest.mark.parametrize(("path", "schemas", "values", "target"), SPLITS, ids=[path for path, *_ in SPLITS])
def test_expressions_side_by_side(path: str, schemas: dict[str, Any], values: dict[str, Any], target: str) -> None:
    """Of the ways to share a text among expressions, the one that the schemas admit is what was meant."""
    judge = judge_of(document(**{path: [in_path(name, schema) for name, schema in schemas.items()]}))
    request = assemble(judge.operation, tuple((p, values[p.name]) for p in judge.operation.parameters))
    assert request.target == target
    assert judge.faults(request) == ()
    assert {name: judge.value(request, Part.PATH, name) for name in values} == values


def test_no_way_to_share_a_text_is_right() -> None:
    """A text that the schemas admit in no way is a fault."""
    judge = judge_of(document(**{"/{a}{b}": [in_path("a", TEXT), in_path("b", KIND)]}))
    assert {f.keyword_location.rpartition("/")[2] for f in judge.faults(Request("GET", "/x.xml"))} == {"enum"}
    assert [f.rule for f in judge.faults(Request("GET", "/x"))] == ["path.unknown"]


ROUTED: list[tuple[list[str], str, str | None]] = [
    (["/x/{id}", "/x/{id}:undo"], "/x/7:undo", "/x/{id}:undo"),
    (["/x/{id}", "/x/{id}:undo"], "/x/7:redo", "/x/{id}"),
    (["/x/{id}", "/x/{a},{b}"], "/x/1,2", "/x/{a},{b}"),
    (["/x/{id}", "/x/me"], "/x/me", "/x/me"),
    (["/a/{x}/bb", "/a/b/{y}"], "/a/b/bb", "/a/{x}/bb"),
    (["/r", "/r?do=a", "/r?do=b"], "/r?n=1&do=b", "/r?do=b"),
    (["/r", "/r?do=a"], "/r?do=c", "/r"),
    (["/r?do=a"], "/r?do=c", None),
    (["/r?do={x}&n=1"], "/r?n=1&do=c", "/r?do={x}&n=1"),
    (["/r?do={x}"], "/r?do=", None),
    (["/r#a"], "/r", "/r#a"),
    (["/x/{id}", "/x/{name}"], "/x/1", "/x/{id}"),
]


@pytest.mark.parametrize(("paths", "target", "expected"), ROUTED)
def test_the_most_concrete_template_counts(paths: list[str], target: str, expected: str | None) -> None:
    """More fixed pairs, fewer expressions, then more text beside them, in that order; else the first declared."""
    found = Routes(load(document(**{path: [] for path in paths})).operations).operation("GET", target)
    assert (found and found.path) == expected


def test_methods_of_templates_that_differ_in_names() -> None:
    """Templates that differ in names only are one, whose methods are those of both (OpenAPI 3.1 section 4.8.8.1)."""
    content = document(**{"/x/{id}": [in_path("id", TEXT)], "/x/{name}": [in_path("name", TEXT)]})
    content["paths"]["/x/{name}"]["delete"] = content["paths"]["/x/{name}"].pop("get")
    contract = load(content)
    assert Routes(contract.operations).methods("/x/1") == {"GET", "DELETE"}
    assert reasons(content) == {}
    sent = {e.request.method for e in prove400.plan(contract) if isinstance(e, Case) and "method" in e.operator}
    assert sent == {"PUT", "POST", "PATCH"}


def test_a_template_that_another_hides() -> None:
    """The second of two operations that no request can tell apart says so, with both; the first is tested."""
    content = document(**{"/x/{id}": [in_path("id", TEXT)], "/x/{name}": [in_path("name", TEXT)], "/x/{id}#top": []})
    found = reasons(content)
    assert set(found) == {"GET /x/{name}", "GET /x/{id}#top"}
    assert all("is one for GET /x/{id} too" in reason and "Hint:" in reason for reason in found.values())
    assert "(at /paths/~1x~1{name})" in found["GET /x/{name}"]


NAMED: list[tuple[str, list[str], str, list[tuple[str, str]]]] = [
    ("/x/{userId}", ["userid"], "/x/5", [("path/userid", "the path has no {userid}; its value is sent for {userId}")]),
    (
        "/x/{userId}",
        ["user_id"],
        "/x/5",
        [("path/user_id", "the path has no {user_id}; its value is sent for {userId}")],
    ),
    ("/x/{+name}", ["name"], "/x/5", [("path/name", "the path has no {name}; its value is sent for {+name}")]),
    ("/x/{id:[0-9]+}", ["id"], "/x/5", [("path/id", "the path has no {id}; its value is sent for {id:[0-9]+}")]),
    ("/x/{key}", ["id"], "/x/5", [("path/id", "the path has no {id}; its value is sent for {key}")]),
    (
        "/x/{a}/{b}",
        ["a"],
        "/x/5/1",
        [("path/b", "no path parameter is declared for {b}, so 1 is sent for it")],
    ),
    (
        "/x",
        ["id"],
        "/x",
        [("path/id", "the path has no {id}, so it is never sent: correct its name or the path")],
    ),
    (
        "/x/{a}/{b}",
        ["c", "d"],
        "/x/1/1",
        [
            ("path/c", "the path has no {c}, so it is never sent: correct its name or the path"),
            ("path/d", "the path has no {d}, so it is never sent: correct its name or the path"),
            ("path/a", "no path parameter is declared for {a}, so 1 is sent for it"),
            ("path/b", "no path parameter is declared for {b}, so 1 is sent for it"),
        ],
    ),
    ("/x#top", [], "/x", [("path", "a fragment is never sent: give the operation a path of its own without it")]),
    ("/x?do=a", [], "/x?do=a&q=5", []),
]


@pytest.mark.parametrize(("path", "declared", "target", "expected"), NAMED, ids=[f"{p} {d}" for p, d, *_ in NAMED])
def test_names_that_differ(path: str, declared: list[str], target: str, expected: list[tuple[str, str]]) -> None:
    """Names that belong together are bound, the rest is told, and everything else of the operation is tested."""
    five = {"type": "integer", "const": 5}
    query = {"name": "q", "in": "query", "schema": {"const": 5}, "required": "?" in path}
    content = document(**{path: [*(in_path(name, five) for name in declared), query]})
    assert notes(content) == expected
    cases = [entry for entry in prove400.plan(content) if isinstance(entry, Case)]
    assert cases[0].request.target == (target if "?" in path else f"{target}?q=5")
    assert any(e.part is Part.QUERY and e.isolated and e.obligation.constraint.keyword == "const" for e in cases)
    bound = [name for name in declared if "sent for {" in dict(expected).get(f"path/{name}", "") or name == "a"]
    assert {e.instance_location for e in cases if e.part is Part.PATH and e.isolated and e.instance_location} == {
        f"/{name}" for name in bound if "{" in path and len(declared) == 1
    }


def test_several_names_are_bound_by_their_letters() -> None:
    """Each of several names finds the expression that differs in case and punctuation only, in whatever order."""
    parameters = [in_path("order-id", TEXT), in_path("userid", TEXT), in_path("key", TEXT)]
    (operation,) = load(document(**{"/x/{userId}/{order_id}/{key}": parameters})).operations
    assert [(p.name, p.path_name) for p in operation.parameters] == [
        ("order-id", "order_id"),
        ("userid", "userId"),
        ("key", "key"),
    ]


def test_two_names_that_are_alike_are_not_guessed() -> None:
    """Where two parameters are alike, neither is bound."""
    operation = load(document(**{"/x/{userId}/{k}": [in_path("userid", TEXT), in_path("user_id", TEXT)]})).operations[0]
    assert ([p.name for p in operation.unplaced], operation.undeclared) == (["userid", "user_id"], ("userId", "k"))


def test_a_path_parameter_needs_a_value_that_stays_in_its_path() -> None:
    """An example with a slash is passed over; where every value has one, that is said."""
    free = document(**{"/x/{id}": [in_path("id", TEXT, example="a/b")]})
    assert next(e for e in prove400.plan(free) if isinstance(e, Case)).request.target not in ("/x/a%2Fb", "/x/")
    found = reasons(document(**{"/x/{id}": [in_path("id", {"enum": ["a/b", ".."]})]}))
    place = "/paths/~1x~1{id}/get/parameters/0"
    assert found["GET /x/{id}"].startswith(f"no value can be built for the path parameter 'id' (at {place})\nHint: ")


def test_examples_of_schemas_that_break_them() -> None:
    """Examples inside a schema are taken at their word at first; where they break it, values are built."""
    row = {"type": "object", "required": ["a", "b"], "properties": {"a": INT, "b": INT}, "example": {"a": 1}}
    content = document(**{"/x": []})
    content["paths"]["/x"]["get"]["requestBody"] = {"required": True, "content": {"application/json": {"schema": row}}}
    witness = next(e for e in prove400.plan(content) if isinstance(e, Case))
    assert (witness.operator, json.loads(witness.request.body)) == ("witness.itself", {"a": 50, "b": 50})


FILES = document(
    **{"/files/{name}{kind}": [in_path("name", {"type": "string", "maxLength": 8}), in_path("kind", KIND)]}
)
ITEMS = document(**{"/items/{itemId}": [in_path("item_id", INT)], "/items/{id}:undo": [in_path("id", INT)]})


def server(pattern: str, refuse: Callable[..., str]) -> WSGIApplication:
    """Make a server of one pattern of paths; `refuse` gives the name of what is wrong, or nothing."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        found = re.fullmatch(pattern, environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"))
        name = refuse(**found.groupdict()) if found else ""
        status, kind = ("404 Not Found", "application/problem+json") if not found else ("200 OK", "application/json")
        if found and environ["REQUEST_METHOD"] != "GET":
            status, kind = "405 Method Not Allowed", "application/problem+json"
        elif name:
            status, kind = "400 Bad Request", "application/problem+json"
        start_response(status, [("Content-Type", kind), ("Allow", "GET")])
        return [json.dumps({"errors": [{"field": name}]}).encode()]

    return app


def files(name: str, kind: str) -> str:
    """Refuse what the contract of `FILES` does."""
    return "kind" if kind not in (".json", ".csv") else "name" if len(name) > 8 else ""


FILE = r"/files/(?P<name>[^/]+?)(?P<kind>\.[^/.]*|[^/.])"


def test_a_server_of_expressions_side_by_side() -> None:
    """A server that takes names and kinds apart passes; one that lets any kind through does not."""
    right = prove400.prove(server(FILE, files), FILES)
    assert [(f.verdict, f.constraint.label, f.message) for f in right.gating] == []
    wrong = prove400.prove(server(FILE, lambda name, kind: files(name, ".csv" if kind.strip(".") else kind)), FILES)
    assert {(f.constraint.label, f.constraint.keyword) for f in wrong.gating} == {("path/kind", "enum")}


ITEM = r"/items/(?P<number>[^/:]+)(?P<undo>:undo)?"


@pytest.mark.parametrize("field", ["item_id", "itemId", "id"])
def test_a_server_whose_names_differ_from_the_path(field: str) -> None:
    """A reply may call a parameter by the declared name or by the path's, and by no other."""

    def refuse(number: str, undo: str | None) -> str:
        return "" if re.fullmatch("[1-9][0-9]?", number) else "id" if undo else field

    findings = prove400.prove(server(ITEM, refuse), ITEMS).gating
    assert {f.verdict for f in findings} == ({Verdict.MISATTRIBUTED} if field == "id" else set())
    lenient = prove400.prove(server(ITEM, lambda number, undo: refuse(number[:2], undo)), ITEMS)
    assert {f.verdict for f in lenient.gating if f.verdict is not Verdict.MISATTRIBUTED} == {Verdict.SILENT_200}
    assert {f.constraint.label for f in lenient.gating} == {"path/item_id", "path/id"}
    assert all(case.side is Side.VALID or case.violates for case in prove400.plan(ITEMS) if isinstance(case, Case))


def test_a_path_of_another_template_is_one_without_the_method() -> None:
    """Where the path that is made up is one of the contract's, 405 is as right as 404."""
    described = document(**{"/rows": [], "/rows/{id}": [in_path("id", TEXT)], "/other": []})
    described["paths"]["/rows/{id}"] = {"put": described["paths"]["/rows/{id}"]["get"]}
    cases = [item for item in prove400.plan(described) if isinstance(item, Case) and item.operator == "path.unknown"]
    assert {case.operation: case.expected_status for case in cases} == {
        "GET /rows": (404, 405),
        "PUT /rows/{id}": (404,),
        "GET /other": (404,),
    }
