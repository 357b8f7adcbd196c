"""The documentation page in a real browser, and the examples of the contract beside what the API answers."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from werkzeug.serving import make_server

import prove400
from api import create_app, docs
from api.artefact import default_folder, load
from api.examples import broken
from api.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Page

Json = dict[str, Any]
CONTRACT: Json = json.loads((Path(__file__).parents[2] / "contracts" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [operation for methods in CONTRACT["paths"].values() for operation in methods.values()]
CHROMIUM = shutil.which("chromium")


# Examples


def test_committed_contract_is_what_the_api_serves() -> None:
    """Whatever Python and libraries trained the model, the document is the committed one."""
    assert create_app(default_folder()).test_client().get("/openapi.json").json == CONTRACT


def contents() -> Iterator[tuple[str, Json]]:
    """Give each body that the contract describes, by where it stands."""
    for operation in OPERATIONS:
        where = operation["operationId"]
        if "requestBody" in operation:
            yield f"{where} body", operation["requestBody"]["content"]
        for status, reply in operation["responses"].items():
            if "$ref" not in reply:
                yield f"{where} {status}", reply["content"]
    for name, reply in CONTRACT["components"]["responses"].items():
        yield name, reply["content"]


@pytest.mark.parametrize("content", [pytest.param(content, id=where) for where, content in contents()])
def test_every_body_has_examples_that_its_schema_admits(content: Json) -> None:
    """Each request, each answer and each problem is shown, and what is shown is valid."""
    import jsonschema

    for media in content.values():
        shown = [entry["value"] for entry in media.get("examples", {}).values()] or [media["example"]]
        for value in shown:
            jsonschema.validate(value, media["schema"] | {"components": CONTRACT["components"]})


SENT: dict[int, tuple[str, str, Json]] = {
    400: ("POST", "/predict", {}),
    404: ("GET", "/nowhere", {}),
    405: ("GET", "/predict", {}),
    413: ("POST", "/predict", {"data": b" " * (Settings().body_bytes + 1), "content_type": "application/json"}),
    415: ("POST", "/predict", {"data": b"{}", "content_type": "text/plain"}),
    429: ("POST", "/predict", {}),
    500: ("POST", "/predict", {}),
    503: ("POST", "/predict", {}),
}


@pytest.mark.parametrize("status", SENT)
def test_example_of_a_problem_is_what_the_api_answers(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each status is provoked, and the reply has the example's content, and the headers that are promised."""
    client = create_app(default_folder(), Settings(request_rate="1/hour" if status == 429 else None)).test_client()
    manifest = load(default_folder()).manifest
    method, path, sent = SENT[status]
    sent = sent or {"json": broken(manifest) if status == 400 else manifest.samples[0]}
    if status == 429:
        client.post(path, **sent)
    if status in {500, 503}:
        monkeypatch.setattr("api.fitted.Fitted.predict", lambda *_: np.array([np.nan]))
    if status == 503:
        client.get("/readiness")
    reply = client.open(path, method=method, **sent)
    documented = next(
        entry
        for entry in CONTRACT["components"]["responses"].values()
        if entry["content"]["application/problem+json"]["example"]["status"] == status
    )
    example = documented["content"]["application/problem+json"]["example"]
    assert reply.status_code == status
    assert reply.json is not None
    assert reply.json | {"instance": example["instance"]} == example
    assert reply.json["instance"] == f"urn:uuid:{reply.headers['X-Request-Id']}"
    assert set(documented["headers"]) <= {name.title() for name, _ in reply.headers}


# The page


@pytest.fixture(scope="module")
def documented() -> Flask:
    """Give an application that has the page."""
    if find_spec(docs.PACKAGE) is None:
        pytest.skip("the extra docs is not installed")
    return create_app(default_folder())


def test_page_and_its_files_are_served_and_no_part_of_the_contract(documented: Flask) -> None:
    """All that the page names is there, with its type and the headers of every reply; other names are problems."""
    client = documented.test_client()
    assert not [path for path in CONTRACT["paths"] if path.startswith("/docs")]
    served = [rule.rule for rule in documented.url_map.iter_rules() if rule.rule.startswith("/docs")]
    assert len(served) == 6
    for path in served:
        with client.get(path) as reply:
            assert reply.status_code == 200, path
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    for path in ("/docs/", "/docs/index.html", "/docs/../docs.py", "/docs/%2e%2e/__init__.py"):
        assert client.get(path).content_type == "application/problem+json", path


def test_unchanged_files_are_not_sent_again(documented: Flask) -> None:
    """A browser asks whether the bundle has changed, and is told that it has not."""
    client = documented.test_client()
    with client.get("/docs/swagger-ui-bundle.js") as first:
        etag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "no-cache"
    with client.get("/docs/swagger-ui-bundle.js", headers={"If-None-Match": etag}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_there_is_no_page_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that brings Swagger UI, /docs is a path like any other that is not known."""
    monkeypatch.setattr(docs, "PACKAGE", "no_such_package")
    client: FlaskClient = create_app(default_folder()).test_client()
    assert [client.get(path).status_code for path in ("/docs", "/docs/start.js", "/health")] == [404, 404, 200]


def test_gate_is_whole_beside_the_page(documented: Flask) -> None:
    """The page adds no obligation and no finding."""
    run = prove400.prove(documented)
    assert run.ok, run.findings
    assert not [entry for entry in prove400.load(CONTRACT).operations if "docs" in entry.path]


@pytest.fixture(scope="module")
def origin(documented: Flask) -> Iterator[str]:
    """Serve the application on a socket."""
    server = make_server("127.0.0.1", 0, documented, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    """Give a page of a browser that knows nothing yet."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_page_shows_and_tries_every_operation_from_its_own_origin(page: Page, origin: str, tmp_path: Path) -> None:
    """Chromium renders all operations, says nothing on its console, asks no other origin, and can predict."""
    said: list[str] = []
    asked: list[str] = []
    failed: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda reply: failed.append(reply.url) if reply.status >= 400 else None)
    page.goto(f"{origin}/docs", wait_until="networkidle")
    page.locator(".opblock").first.wait_for()
    shown = page.locator(".opblock-summary-path").evaluate_all("found => found.map(one => one.dataset.path)")
    assert sorted(shown) == sorted(CONTRACT["paths"])
    page.locator("#operations-default-predict .opblock-summary-control").click()
    page.locator("#operations-default-predict button.execute").click()
    answer = page.locator("#operations-default-predict .live-responses-table .response-col_status").nth(0)
    answer.wait_for()
    page.screenshot(path=tmp_path / "docs.png", full_page=True)
    status = page.locator(
        "#operations-default-predict .live-responses-table .response .response-col_status"
    ).inner_text()
    assert status.strip().startswith("200")
    assert said == failed == []
    assert len(asked) > 5
    assert not [url for url in asked if not url.startswith((f"{origin}/", "data:"))]
