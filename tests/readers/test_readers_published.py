"""Contracts that servers publish: found at their usual places, and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import prove400
from prove400.contract import load
from prove400.errors import ContractError, SettingsError, TargetError
from prove400.readers import SAVED, SERVED, Site, asked
from prove400.readers.published import PLACES
from prove400.transport import connect

Publish = Callable[[dict[str, Any]], Any]
OPENAPI = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"get": {"responses": {}}}}}
SWAGGER = {"swagger": "2.0", "info": {}, "paths": {}}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
def test_a_place_is_asked(place: Any, publish: Publish) -> None:
    """A document at any of the places is found where no place before has one, and the contract says where."""
    found = asked(Site(connect(publish({f"{place.method} {place.path}": OPENAPI}))))
    assert found is not None
    assert found.notes == (f"the contract was read as OpenAPI from {place.method} {place.path}",)
    assert [operation.label for operation in found.operations] == ["GET /x"]


def test_yaml_is_read(publish: Publish) -> None:
    """A document in YAML is one, whatever its content type."""
    text = b"openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/x: {get: {responses: {}}}}\n"
    assert asked(Site(connect(publish({"/openapi.yaml": text})))) is not None


def test_what_is_no_document_is_passed_over(publish: Publish) -> None:
    """A page, an array or an object of another kind is none, and the next place is asked."""
    answers = {"/openapi.json": {"detail": "x"}, "/schema/openapi.json": b"<html>openapi: 3</html>", "/docs.json": []}
    assert asked(Site(connect(publish(answers)))) is None
    found = asked(Site(connect(publish({**answers, "/v3/api-docs": OPENAPI}))))
    assert found is not None


def test_openapi_goes_before_swagger(publish: Publish) -> None:
    """A document of OpenAPI 3 at a later place counts more than one of Swagger 2.0, which is refused with a hint."""
    assert asked(Site(connect(publish({"/openapi.json": SWAGGER, "/v3/api-docs": OPENAPI})))) is not None
    with pytest.raises(ContractError, match=r"Swagger 2\.0") as caught:
        asked(Site(connect(publish({"/swagger.json": SWAGGER}))))
    assert "swagger2openapi" in caught.value.hint


def test_a_document_of_any_model_waits(publish: Publish) -> None:
    """Gradio's own routes, and whatever takes a name of a model, count only where no place knows this model."""
    any_model = {**OPENAPI, "paths": {"/gradio_api/run/{api_name}": {"post": {"responses": {}}}}}
    found = asked(Site(connect(publish({"/openapi.json": any_model, "/gradio_api/openapi.json": OPENAPI}))))
    assert found is not None
    assert found.notes == ("the contract was read as OpenAPI from GET /gradio_api/openapi.json",)
    alone = asked(Site(connect(publish({"/openapi.json": any_model, "/swagger.json": SWAGGER}))))
    assert alone is not None
    assert alone.notes[0] == "the contract was read as OpenAPI from GET /openapi.json"


def test_a_security_scheme_that_is_never_declared(publish: Publish) -> None:
    """Gradio asks for `login_check` and declares no such scheme: it is left out, and told; the declared ones stay."""
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    operation = {"responses": {}, "security": [{"login_check": []}, {"key": []}]}
    paths = {"/x": {"get": operation, "summary": "X"}, "/y": {"get": {"responses": {}}}}
    document = {
        **OPENAPI,
        "components": {"securitySchemes": schemes},
        "security": [{"login_check": []}],
        "paths": paths,
    }
    found = asked(Site(connect(publish({"/openapi.json": document}))))
    assert found is not None
    assert found.notes[1:] == ("the document asks for login_check, and does not declare it: it is not tried",)
    asks = {each.label: [[scheme.name for scheme in every] for every in each.security] for each in found.operations}
    assert asks == {"GET /x": [["key"]], "GET /y": []}


def test_one_request_is_enough(publish: Publish) -> None:
    """Where the first place has a document, nothing else is asked."""
    app = publish({"/openapi.json": OPENAPI})
    assert asked(Site(connect(app))) is not None
    assert app.asked == ["GET /openapi.json"]


def test_nothing_published_is_an_error(publish: Publish) -> None:
    """A target that nobody can read is told so, with what was looked for."""
    with pytest.raises(ContractError, match="publishes no contract: answered 404") as caught:
        prove400.prove(publish({}))
    assert all(reader.name in caught.value.hint for reader in SERVED)


def test_a_target_that_is_not_there() -> None:
    """A target that does not listen is a target error, not a contract that is missing."""
    with pytest.raises(TargetError, match="no reply when asked for the contract"):
        prove400.prove("http://127.0.0.1:9")


def test_readers_are_named() -> None:
    """Each reader of the tables has a name of its own, and says what it reads."""
    every = [(reader.name, reader.reads) for reader in (*SERVED, *SAVED)]
    assert len(set(every)) == len(every)
    assert all(name and reads for name, reads in every)


def test_auto_is_the_default(publish: Publish) -> None:
    """``auto`` asks the target as nothing does, and the run says what was taken; of a given contract it is not said."""
    app = publish({"/docs.json": OPENAPI, "/x": {"a": 1}})
    for given in (None, "auto"):
        assert prove400.prove(app, given).notes[0] == "the contract was read as OpenAPI from GET /docs.json"
    assert not any("was read as" in note for note in prove400.prove(app, OPENAPI).notes)


APP = """
import json
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"get": {"responses": {}}}}}
def app(environ, start):
    known = {"/docs.json": DOCUMENT, "/x": {"a": 1}, "/v1/x": {"a": 1}}
    path = environ["PATH_INFO"]
    status = 404 if path not in known else 200 if environ["REQUEST_METHOD"] == "GET" else 405
    start(f"{status} x", [("Content-Type", "application/json"), ("Allow", "GET")])
    return [json.dumps(known.get(path, {})).encode()]
"""


def test_the_command_line_says_which_it_took(cli: Callable[..., Result], tmp_path: Path) -> None:
    """With -v a line tells what was read where; export writes it and tells it too."""
    tmp_path.joinpath("published_app.py").write_text(APP, encoding="utf-8")
    result = cli("run", "published_app:app", "--contract", "auto", "-v")
    assert "Note: the contract was read as OpenAPI from GET /docs.json" in result.output
    assert result.exit_code == 0, result.output
    assert "was read as" not in cli("run", "published_app:app").output
    exported = cli("export", "published_app:app")
    assert "the contract was read as OpenAPI from GET /docs.json" in exported.output
    assert json.loads(tmp_path.joinpath("contracts/openapi.json").read_text(encoding="utf-8")) == OPENAPI
    assert cli("check", "published_app:app").exit_code == 0


def test_a_base_path_stands_in_front(cli: Callable[..., Result], tmp_path: Path, publish: Publish) -> None:
    """A base path replaces what the contract says of its servers, at any level."""
    tmp_path.joinpath("published_app.py").write_text(APP, encoding="utf-8")
    assert cli("run", "published_app:app", "--base-path", "/v1").exit_code == 0
    assert cli("run", "published_app:app", "--base-path", "/v2").exit_code == 1
    item = {"servers": [{"url": "/b"}], "get": {"servers": [{"url": "/c"}], "responses": {}}}
    app = publish({"/v1/x": {}})
    assert prove400.prove(app, {**OPENAPI, "servers": [{"url": "/a"}], "paths": {"/x": item}}, base_path="/v1").outcomes
    assert {path.rpartition(" ")[2][:4] for path in app.asked} <= {"/v1/", "/V1/"}
    with pytest.raises(SettingsError, match="base_path"):
        prove400.prove(app, OPENAPI, base_path="v1")


@pytest.mark.parametrize(
    ("url", "at", "expected"),
    [
        (".", "/docs.json", ""),
        ("./", "/docs.json", ""),
        (".", "/schema/openapi.json", "/schema"),
        ("..", "/schema/openapi.json", ""),
        ("v1", "/openapi.json", "/v1"),
        ("/v1/", "/schema/openapi.json", "/v1"),
        ("https://example.org/v1", "/schema/openapi.json", "/v1"),
        ("{base}/v1", "/schema/openapi.json", "/here/v1"),
    ],
)
def test_servers_are_told_from_the_document(url: str, at: str, expected: str, publish: Publish) -> None:
    """A relative server URL leads from where the document is served, as BentoML's `.` does; others are as they are."""
    servers = [{"url": url, "variables": {"base": {"default": "/here"}}}]
    found = asked(Site(connect(publish({at: {**OPENAPI, "servers": servers}}))))
    assert found is not None
    assert [operation.base_path for operation in found.operations] == [expected]


def test_a_file_is_still_a_contract(tmp_path: Path) -> None:
    """A path that no reader knows is that of an OpenAPI document, as ever."""
    file = tmp_path / "c.json"
    file.write_text(json.dumps(OPENAPI), encoding="utf-8")
    assert load(file).notes == ()
