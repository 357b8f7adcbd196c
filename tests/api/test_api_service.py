"""The routes that tell, the errors that Flask raises, and a real server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

import api
from api import artefact, create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

Json = dict[str, Any]
ROOT = Path(api.__file__).parents[1]


def content(reply: TestResponse) -> Json:
    """Give the JSON object that a reply holds."""
    value: Json = json.loads(reply.data)
    return value


def test_package_exports_what_it_says() -> None:
    """`__all__` is sorted, and every name in it is there."""
    assert api.__all__ == sorted(api.__all__) == ["create_app"]
    assert api.create_app is create_app


def test_api_does_not_import_the_engine() -> None:
    """No module of the API names the engine that proves it."""
    for path in (ROOT / "api").rglob("*.py"):
        assert "prove400" not in path.read_text(encoding="utf-8"), path


def test_tellers_answer(client: FlaskClient, manifest: Json) -> None:
    """Health, readiness and model info say what they promise."""
    version = f"diamonds-{manifest['sha256'][:12]}"
    info = content(client.get("/model-info"))
    assert content(client.get("/health")) == {"status": "alive"}
    ready = {"status": "ready", "model_version": version}
    assert content(client.get("/readiness")) == ready
    assert info["model_version"] == version
    assert info["features"] == manifest["features"]
    assert info["metrics"] == manifest["metrics"]
    assert client.head("/health").status_code == 200
    assert client.head("/health").data == b""


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("GET", "/nowhere", 404, None),
        ("POST", "/predict/", 404, None),
        ("POST", "/predict//batch", 404, None),
        ("GET", "/health/", 404, None),
        ("GET", "/%ff%00", 404, None),
        ("GET", "/" + "a" * 5000, 404, None),
        ("GET", "/predict", 405, "OPTIONS, POST"),
        ("PUT", "/predict/batch", 405, "OPTIONS, POST"),
        ("POST", "/health", 405, "GET, HEAD, OPTIONS"),
        ("BREW", "/openapi.json", 405, "GET, HEAD, OPTIONS"),
    ],
)
def test_unknown_paths_and_methods_get_problems(
    client: FlaskClient, method: str, path: str, status: int, allow: str | None
) -> None:
    """404 and 405 are problems too, and 405 says what is allowed."""
    reply = client.open(path, method=method)
    assert reply.status_code == status == content(reply)["status"]
    assert reply.content_type == "application/problem+json"
    assert reply.headers.get("Allow") == allow
    assert [item["in"] for item in content(reply)["errors"]] == ["path"]
    assert len(reply.data) < 1000


@pytest.mark.parametrize(
    "headers",
    [{"Host": "a" * 64}, {"Host": "a..b"}, {"Host": ""}, {"Connection": "Upgrade", "Upgrade": "websocket"}],
    ids=["long label", "empty label", "empty", "upgrade"],
)
def test_host_and_upgrade_are_nothing_to_it(client: FlaskClient, headers: dict[str, str]) -> None:
    """No reply depends on the Host, and an upgrade is ignored, as RFC 9110 section 7.8 allows."""
    assert client.get("/health", headers=headers).status_code == 200


def test_options_tells_what_is_allowed(client: FlaskClient) -> None:
    """OPTIONS is answered with Allow."""
    reply = client.options("/predict")
    assert reply.status_code == 200
    assert reply.headers["Allow"] == "OPTIONS, POST"


class Broken:
    """A model that answers `answer`, or raises it."""

    def __init__(self, answer: object) -> None:
        """Take what to answer."""
        self.answer = answer

    def predict(self, rows: object) -> object:
        """Answer what was agreed."""
        del rows
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Give a model that can be told what to answer, for any new application."""
    model = Broken(np.array([1000.0]))
    load = artefact.load

    def loaded(path: Path, *_: object) -> artefact.Artefact:
        return artefact.Artefact(model, load(path).manifest)

    monkeypatch.setattr("api.service.artefacts.load", loaded)
    return model


UNSOUND = [
    np.array([np.nan]),
    np.array([np.inf]),
    np.array([0.0]),
    np.array([-1.0]),
    np.array([1e-3]),
    np.array([326 / 2 - 1]),
    np.array([18823 * 2 + 1.0]),
    np.array([]),
    np.array([1.0, 2.0]),
    ValueError("secret /etc/passwd"),
    RuntimeError("secret /etc/passwd"),
]


@pytest.mark.parametrize("answer", UNSOUND, ids=repr)
def test_unsound_predictions_never_leave(broken: Broken, folder: Path, diamond: Json, answer: object) -> None:
    """A price that is not finite and positive becomes a 500 that tells no internals."""
    client = create_app(folder).test_client()
    assert content(client.post("/predict", json=diamond))["price"] == 1000
    broken.answer = answer
    for path, body in (("", diamond), ("/batch", {"instances": [diamond]})):
        reply = client.post("/predict" + path, json=body)
        assert reply.status_code == 500 == content(reply)["status"]
        assert reply.content_type == "application/problem+json"
        assert content(reply)["errors"] == []
        assert "secret" not in reply.text
        assert "Error" not in reply.text.replace("Internal Server Error", "")


@pytest.mark.parametrize("answer", [np.array([np.nan]), ValueError("x")], ids=repr)
def test_failed_warm_up_is_unready_until_it_recovers(
    broken: Broken, folder: Path, diamond: Json, answer: object
) -> None:
    """With a model that fails, readiness and predictions are 503, health is not."""
    sound, broken.answer = broken.answer, answer
    client = create_app(folder).test_client()
    for reply in (client.get("/readiness"), client.post("/predict", json=diamond)):
        assert reply.status_code == 503 == content(reply)["status"]
        assert reply.content_type == "application/problem+json"
        assert reply.headers["Retry-After"] == "30"
    assert client.get("/health").status_code == 200
    broken.answer = sound
    assert client.get("/readiness").status_code == 200
    assert client.post("/predict", json=diamond).status_code == 200


@pytest.mark.parametrize(
    "item",
    [
        {"price": "1000"},
        {"price": 0},
        {"price": -1.0},
        {"price": float("nan")},
        {"price": 1.0, "cost": 1.0},
        {"price": 1.0, "explanation": None},
        {"price": 1.0, "explanation": {"carat": 1.0}},
        {},
    ],
)
def test_reply_outside_its_schema_never_leaves(
    client: FlaskClient,
    diamond: Json,
    item: Json,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reply that its published schema does not admit becomes a 500."""
    monkeypatch.setattr("api.service.Loaded.predict", lambda *_, **__: [item])
    assert client.post("/predict", json=diamond).status_code == 500


def test_contract_has_the_manifest_s_bounds_and_examples(client: FlaskClient, manifest: Json) -> None:
    """Each property is one plain schema with the manifest's bounds or categories."""
    contract = content(client.get("/openapi.json"))
    assert contract["openapi"].startswith("3.1")
    diamond = contract["components"]["schemas"]["Diamond"]
    names = [feature["name"] for feature in manifest["features"]]
    assert list(diamond["properties"]) == diamond["required"] == names
    assert diamond["additionalProperties"] is False
    for feature in manifest["features"]:
        schema = dict(diamond["properties"][feature["name"]])
        assert feature["unit"] in schema.pop("description")
        if feature["type"] == "number":
            bounds = {key: feature[key] for key in ("minimum", "maximum")}
            assert schema == {"type": "number"} | bounds
        else:
            assert schema == {"type": "string", "enum": feature["categories"]}
    media = contract["paths"]["/predict"]["post"]["requestBody"]["content"]
    examples = media["application/json"]["examples"].values()
    assert [example["value"] for example in examples] == manifest["samples"]


def test_contract_s_examples_are_accepted(client: FlaskClient) -> None:
    """Every example of a request in the contract gets a prediction."""
    paths = content(client.get("/openapi.json"))["paths"]
    for path in ("/predict", "/predict/batch"):
        media = paths[path]["post"]["requestBody"]["content"]["application/json"]
        for example in media["examples"].values():
            assert client.post(path, json=example["value"]).status_code == 200


def test_contract_is_free_of_noise(client: FlaskClient) -> None:
    """No title, null default or anyOf that pydantic adds is left in a schema."""
    schemas = content(client.get("/openapi.json"))["components"]["schemas"]
    assert schemas["Problem"]["properties"]["title"] == {"type": "string"}
    del schemas["Problem"]["properties"]["title"]
    text = json.dumps(schemas)
    for noise in ('"title":', '"default":', '"anyOf":', '"$defs"'):
        assert noise not in text


def test_contract_is_the_same_in_every_process(client: FlaskClient, folder: Path) -> None:
    """Hash seeds do not change a byte of the contract."""
    script = (
        "import sys; from pathlib import Path; from api import create_app; "
        "c = create_app(Path(sys.argv[1])).test_client(); "
        "sys.stdout.write(c.get('/openapi.json').text)"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout
    assert other == client.get("/openapi.json").text


def _free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _get(url: str, body: bytes | None = None) -> tuple[int, Json]:
    """Ask `url`, and give the status and the JSON of the reply."""
    headers = {"Content-Type": "application/json"}
    try:
        with urlopen(Request(url, body, headers), timeout=30) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until `url` answers."""
    for _ in range(300):
        assert server.poll() is None, "gunicorn ended by itself"
        try:
            _get(url)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("gunicorn did not answer in 30 s")


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["plain", "preload"])
def test_gunicorn_serves_it(folder: Path, diamond: Json, preload: list[str]) -> None:
    """Two gunicorn workers serve the application, forked before or after loading."""
    base = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", base, *preload]
    env = os.environ | {"DIAMONDS_ARTEFACT": str(folder)}
    server = subprocess.Popen([*command, "api:create_app()"], cwd=ROOT, env=env)
    try:
        _await(f"http://{base}/readiness", server)
        good = json.dumps(diamond).encode()
        statuses = [_get(f"http://{base}/predict", good)[0] for _ in range(10)]
        status, problem = _get(f"http://{base}/predict?explain=x", b"[NaN]")
    finally:
        server.terminate()
        code = server.wait(timeout=30)
    assert statuses == [200] * 10
    assert status == 400
    assert [item["pointer"] for item in problem["errors"]] == ["/0", "/explain"]
    assert code == 0
