"""Targets behind gateways: TLS with an authority of their own, rate limits, keys in headers, a budget of requests."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import prove400
from prove400.errors import SettingsError
from prove400.model import Verdict

CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {"/x": {"get": {"responses": {"200": {"description": "x"}}}}},
}


class Gateway(BaseHTTPRequestHandler):
    """A server that wants a key, and refuses every third request for the rate."""

    key = ""
    refusals = 0
    served = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Answer."""
        cls = type(self)
        with cls.lock:
            cls.served += 1
            limited = bool(cls.refusals) and cls.served % cls.refusals == 0
        if cls.key and self.headers.get("X-Key") != cls.key:
            self._answer(401, {})
        elif limited:
            self._answer(429, {}, ("Retry-After", "0"))
        elif self.path == "/openapi.json":
            self._answer(200, CONTRACT)
        else:
            self._answer(200 if self.path == "/x" else 404, {})

    def do_POST(self) -> None:
        """Refuse."""
        self._answer(405, {}, ("Allow", "GET"))

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 — the base class names them so

    def _answer(self, status: int, value: Any, *headers: tuple[str, str]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture
def gateway() -> Iterator[Callable[..., tuple[str, type[Gateway]]]]:
    """Give a function that starts a server and gives its URL and its handler's class."""
    running = []

    def start(context: ssl.SSLContext | None = None, **given: Any) -> tuple[str, type[Gateway]]:
        handler = type("Own", (Gateway,), {**given, "lock": threading.Lock()})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        running.append((server, thread))
        return f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", handler

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Give the PEM of a certificate authority made here, and the context of a server that it has signed for."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("ca")
    folder.joinpath("leaf.ext").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    commands = (
        ("req", "-x509", *key, "-days", "2", "-subj", "/CN=an authority", "-keyout", "ca.key", "-out", "ca.pem",
         "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        ("req", *key, "-subj", "/CN=127.0.0.1", "-keyout", "leaf.key", "-out", "leaf.csr"),
        ("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", "leaf.pem",
         "-extfile", "leaf.ext"),
    )  # fmt: skip
    for words in commands:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    return folder / "ca.pem", context


def test_tls(gateway: Callable[..., Any], authority: tuple[Path, ssl.SSLContext], cli: Callable[..., Result]) -> None:
    """An authority of one's own is trusted where it is named; without, any certificate is taken and noted, or none."""
    ca, context = authority
    url, _ = gateway(context)
    assert cli("run", url, "--ca-file", ca).exit_code == 0
    refused = cli("run", url)
    assert (refused.exit_code, "certificate" in refused.output.lower()) == (3, True)
    insecure = cli("run", url, "--insecure", "-v")
    assert insecure.exit_code == 0
    assert "Note: certificates were not checked (insecure)" in insecure.output
    assert "not checked" not in cli("run", url, "--ca-file", ca, "-v").output


def test_a_rate_limit_is_no_finding(gateway: Callable[..., Any]) -> None:
    """Of a server that refuses every third request with 429, every obligation is discharged, and the run tells it."""
    url, handler = gateway(refusals=3)
    run = prove400.prove(url)
    assert run.ok, [(f.verdict, f.message) for f in run.findings]
    waits = [note for note in run.notes if "429" in note]
    assert len(waits) == 1
    assert int(waits[0].split()[0]) == handler.served // 3


def test_what_is_refused_under_load_is_not_waited_for(gateway: Callable[..., Any]) -> None:
    """Where load is the question, a 429 is a server's right, and counted as ever."""
    url, _ = gateway(refusals=3)
    assert any("refused under load" in note for note in prove400.prove(url, concurrent=2).notes)


def test_a_rate_limit_for_ever_is_incomplete(gateway: Callable[..., Any]) -> None:
    """A server that never stops to refuse for the rate gives no verdict: the run is incomplete, and finds nothing."""
    url, _ = gateway(refusals=1)
    run = prove400.prove(url, CONTRACT)
    assert (run.complete, run.findings) == (False, ())
    assert run.unreachable


def test_headers_open_the_gate(
    gateway: Callable[..., Any], cli: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A header goes with every request, also with the one for the contract; its secret is read from the environment."""
    url, _ = gateway(key="key one")
    assert cli("run", url).exit_code == 2
    monkeypatch.setenv("PART", "one")
    report = tmp_path / "run.json"
    result = cli("run", url, "--header", "X-Key: key $PART", "--report", f"json={report}")
    assert result.exit_code == 0, result.output
    assert "key one" not in report.read_text(encoding="utf-8")
    tmp_path.joinpath("pyproject.toml").write_text('[tool.prove400.headers]\nX-Key = "key $PART"\n', encoding="utf-8")
    assert cli("run", url).exit_code == 0
    assert cli("export", url).exit_code == 0
    monkeypatch.delenv("PART")
    missing = cli("run", url)
    assert (missing.exit_code, "the environment has no PART" in missing.output) == (2, True)


@pytest.mark.parametrize("given", ["X-Key", "X Key: a", ": a", "X-Key: a\r\nB: c"])
def test_what_is_no_header(given: str) -> None:
    """What is no header field is refused before anything is sent."""
    with pytest.raises(SettingsError, match="header"):
        prove400.prove("http://127.0.0.1:9", CONTRACT, headers=[given])


def test_a_header_that_is_tried_cannot_be_fixed() -> None:
    """A header that the contract has us leave out and break is not sent with every request: that would hide faults."""
    parameter = {"name": "X-Key", "in": "header", "required": True, "schema": {"type": "string"}}
    declared = {**CONTRACT, "paths": {"/x": {"get": {"parameters": [parameter], "responses": {}}}}}
    with pytest.raises(SettingsError, match="the header x-key is one that the contract has us break"):
        prove400.prove("http://127.0.0.1:9", declared, headers=["x-key: a"])
    scheme = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    secured = {**CONTRACT, "security": [{"key": []}], "components": {"securitySchemes": scheme}}
    with pytest.raises(SettingsError, match="the header x-key"):
        prove400.prove("http://127.0.0.1:9", secured, headers=["x-key: a"], credentials={"key": "a"})


def test_a_budget_of_requests(gateway: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget holds for a whole run, whatever its connections: each request takes its turn."""
    url, _ = gateway()
    turns: list[float] = []
    take = prove400.transport.Polite._turn
    monkeypatch.setattr(prove400.transport.Polite, "_turn", lambda self: turns.append(take(self)) or 0.0)
    run = prove400.prove(url, rate=1000.0)
    assert run.ok
    assert len(turns) == run.sent + 1 > 5
    turns.clear()
    assert prove400.prove(url).ok
    assert not turns


def test_secrets_are_not_told(gateway: Callable[..., Any]) -> None:
    """What is sent in headers is not among the settings that a run tells."""
    url, _ = gateway(key="k")
    run = prove400.prove(url, headers={"X-Key": "k"}, rate=900.0)
    assert dict(run.settings) == {"rate": "900.0"}
    assert not [f for f in run.findings if f.verdict is Verdict.UNREACHABLE]
