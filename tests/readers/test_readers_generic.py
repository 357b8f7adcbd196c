"""Documents of any model: their paths get the names that the server lists, and a name nobody has is no fault."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from click.testing import Result

import prove400
from prove400.cli.given import contract_of
from prove400.contract import load
from prove400.engine import Settings
from prove400.model import Run, Verdict
from prove400.readers import Site, asked, generic, named
from prove400.transport import connect

NAME = {"name": "model_name", "in": "path", "required": True, "schema": {"type": "string"}}
VERSION = {"name": "model_version", "in": "path", "required": True, "schema": {"type": "string"}}
BODY = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def _operation(*parameters: Any, **more: Any) -> dict[str, Any]:
    responses = {"200": {"description": "x"}, "400": {"description": "x"}}
    return {"parameters": list(parameters), "responses": responses, **more}


INFER = _operation(NAME, requestBody={"required": True, "content": {"application/json": {"schema": BODY}}})
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Any", "version": "1"},
    "paths": {
        "/v2/models/{model_name}/infer": {"post": INFER},
        "/v2/models/{model_name}/versions/{model_version}": {
            "parameters": [{"$ref": "#/components/parameters/Name"}],
            "get": _operation(VERSION),
        },
        "/v2/repository/models/{model_name}/unload": {"post": _operation(NAME)},
    },
    "components": {"parameters": {"Name": NAME}},
}


class Server:
    """Serves models of a name each, right to the letter; what is asked of it is noted."""

    def __init__(self, *models: str, versions: tuple[str, ...] = (), lists: bool = True, status: int = 404) -> None:
        """Take the models that it has, whether it lists them, and what it answers of one that it has not."""
        self.models, self.versions, self.lists, self.status = models, versions, lists, status
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        self.asked.append(f"{method} {path}")
        text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, answer = self._answer(path, method, environ, text)
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start(f"{status} x", [*headers, *([("Allow", str(answer["allow"]))] if status == 405 else [])])
        return [body]

    def _answer(self, path: str, method: str, environ: dict[str, Any], text: bytes) -> tuple[int, Any]:
        told = {"/openapi.json": DOCUMENT} | ({"/v2/models": {"models": list(self.models)}} if self.lists else {})
        if path in told or not path.startswith("/v2/models/"):
            return (200, told[path]) if path in told else (404, {"detail": "not found"})
        name, _, rest = path.removeprefix("/v2/models/").partition("/")
        if name not in self.models:
            return self.status, {"detail": f"no model {name}"}
        if rest == "infer":
            return self._inferred(environ, text) if method == "POST" else (405, {"allow": "POST"})
        if rest and rest not in [f"versions/{version}" for version in self.versions]:
            return 404, {"detail": "not found"}
        right = method in ("GET", "HEAD")
        return (200, {"name": name, "versions": list(self.versions)}) if right else (405, {"allow": "GET"})

    def _inferred(self, environ: dict[str, Any], text: bytes) -> tuple[int, Any]:
        kind, _, more = environ.get("CONTENT_TYPE", "").lower().partition(";")
        other = "charset=" in more and "utf-8" not in more
        if environ.get("HTTP_CONTENT_ENCODING") or kind.strip() != "application/json" or other:
            return 415, {"detail": "not JSON"}
        try:
            fault = _fault(text) if len(text) == int(environ["CONTENT_LENGTH"]) else ""
        except (ValueError, RecursionError):
            fault = ""
        return (200, {}) if fault is None else (400, {"detail": [{"loc": fault.split("/")}]})


def _fault(text: bytes) -> str | None:
    value = json.loads(text.decode(), parse_constant=float, object_pairs_hook=_unique)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    if not isinstance(value, dict):
        return ""
    number = value.get("n")
    whole = isinstance(number, int | float) and not isinstance(number, bool) and number % 1 == 0
    return None if whole else "n"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


INFERS = "POST /v2/models/{model_name}/infer"


def _of(run: Run) -> list[tuple[str, ...]]:
    return [(str(f.verdict), f.operation, f.constraint.label, *f.operators, f.message) for f in run.findings]


def test_the_names_that_are_listed_are_asked_for() -> None:
    """Witnesses reach the models that there are; 404 for any other name is right, and needs to name no place."""
    server = Server("diamonds", versions=("1",))
    run = prove400.prove(server)
    assert run.ok, (_of(run), run.notes)
    assert "the paths have the models that the server lists: diamonds" in run.notes
    invalid = [o for o in run.outcomes if o.obligation.id.startswith(f"{INFERS} › path/model_name › enum")]
    assert {case.status for outcome in invalid for case in outcome.tried if outcome.obligation.side == "invalid"} == {
        404
    }
    assert "GET /v2/models/diamonds/versions/1" in server.asked
    assert server.asked.count("POST /v2/models/diamonds/infer") > 50


def test_nothing_is_loaded_or_taken_away() -> None:
    """What would take a model away is left out with a note, and so is what has versions where none is listed."""
    server = Server("diamonds")
    run = prove400.prove(server)
    assert run.ok, _of(run)
    assert not [line for line in server.asked if "unload" in line or "versions" in line]
    assert "/v2/repository/models/{model_name}/unload is left out: it would load models or take them away" in run.notes
    left = "/v2/models/{model_name}/versions/{model_version} is left out: the server lists no versions"
    assert left in run.notes


def test_what_ends_the_server_is_left_out() -> None:
    """`POST /shutdown`, which cog publishes, would end the run: it is left out, and told, in any document."""
    described = {"paths": {"/shutdown": {"post": {}}, "/admin/Shutdown": {}, "/shutdowns": {"get": {}}}}
    own, told = generic.named(described, Site(connect(Server())))
    assert own == {"paths": {"/shutdowns": {"get": {}}}}
    assert told == ("/shutdown is left out: it ends the server", "/admin/Shutdown is left out: it ends the server")
    kept = {"paths": {"/shutdowns": {"get": {}}}}
    assert generic.named(kept, Site(connect(Server()))) == (kept, ())


def test_a_name_that_is_told_counts_more() -> None:
    """--model says which of several is meant; without, each that is listed is asked for."""
    server = Server("a", "b")
    found = asked(Site(connect(server), "b"))
    assert found is not None
    assert [p.schema for p in found.operations[0].parameters] == [{"type": "string", "enum": ["b"]}]
    every = named(load(DOCUMENT), Site(connect(server)))
    assert [p.schema["enum"] for p in every.operations[0].parameters] == [["a", "b"]]
    assert load(DOCUMENT).operations[0].parameters[0].schema == {"type": "string"}


def test_a_contract_by_its_address_gets_the_names(serve: Callable[[Any], str]) -> None:
    """A document of any model that is given by its URL is filled as one that was found."""
    url = serve(Server("diamonds"))
    with contextlib.closing(connect(url)) as transport:
        found = contract_of(f"{url}/openapi.json", transport, Settings())
    assert "the paths have the models that the server lists: diamonds" in found.notes
    assert [p.schema["enum"] for p in found.operations[0].parameters] == [["diamonds"]]


def test_a_name_that_nobody_has_is_no_verdict(cli: Callable[..., Result]) -> None:
    """Where no names are listed, 404 shows nothing of the server: the run is incomplete, to its end, and says why."""
    server = Server("diamonds", lists=False)
    document = copy.deepcopy(DOCUMENT)
    document["paths"] = {path: item for path, item in DOCUMENT["paths"].items() if path.endswith("infer")}
    run = prove400.prove(server, document)
    assert not run.findings, _of(run)
    assert not run.ok
    assert run.unreachable > 20
    assert not run.complete
    (told,) = [note for note in run.notes if "made up" in note]
    assert f"requests of {INFERS} have no verdict: answered 404: nothing has the name that was made up" in told
    assert "--model NAME" in told
    result = cli("run", "test_readers_generic:Server('diamonds', lists=False)")
    assert result.exit_code == 3, result.output
    assert "--model NAME" in result.output


@pytest.mark.parametrize(("status", "verdict"), [(403, Verdict.OVER_REJECTED), (500, Verdict.SERVER_ERROR)])
def test_only_404_says_that_there_is_none(status: int, verdict: Verdict) -> None:
    """Any other refusal of a valid request is one."""
    run = prove400.prove(Server("diamonds", lists=False, status=status), DOCUMENT, operations=[INFERS])
    assert verdict in {finding.verdict for finding in run.findings}


def test_a_name_of_the_contract_is_one_that_must_be_there() -> None:
    """A valid request whose name the contract itself lists, or gives as its example, must not be answered 404."""
    for more in ({"schema": {"enum": ["gone"]}}, {"schema": {"const": "gone"}}, {"example": "gone"}):
        document = copy.deepcopy(DOCUMENT)
        document["paths"][INFERS.removeprefix("POST ")]["post"]["parameters"] = [{**NAME, **more}]
        run = prove400.prove(Server("diamonds"), document, operations=[INFERS])
        assert Verdict.OVER_REJECTED in {finding.verdict for finding in run.findings}
        assert not run.unreachable
