"""What nobody sends by mistake: malformed JSON and HTTP on the wire, naughty strings, clients that are slow or gone."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from api.artefact import MANIFEST_FILE, default_folder
from tests.api.servers import GRANIAN, GTHREAD, ROOT, SYNC, UWSGI, WAITRESS, Running, Server, running

CORPORA = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared/corpora")
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"no corpora at {CORPORA}")
GUNICORNS = pytest.mark.parametrize("server", [SYNC, GTHREAD], ids=lambda server: server.name)
ACCEPTED = {"010", "011", "012", "040"}
"""Files of malformed HTTP that gunicorn reads all the same, as docs/serving.md says: without a Host, or with names that
it drops."""


def sample() -> dict[str, Any]:
    """Give a valid diamond of the default artefact."""
    found: dict[str, Any] = json.loads((default_folder() / MANIFEST_FILE).read_text())["samples"][0]
    return found


def workers(served: Running) -> set[str]:
    """Give the process ids of all workers that gunicorn has started."""
    return set(re.findall(r"Booting worker with pid: (\d+)", served.log.read_text()))


def connect(served: Running) -> socket.socket:
    """Open a connection, on which nothing takes longer than half a minute."""
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def exchange(served: Running, data: bytes) -> tuple[list[int], bytes]:
    """Write bytes, say that there are no more, and give the statuses and bytes of all that is answered."""
    with connect(served) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d+)", answer, re.MULTILINE)], answer


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Write a request."""
    lines = [f"POST {path} HTTP/1.1", "Host: a", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", *headers, "", ""]).encode("latin-1") + body


@needs_corpora
@GUNICORNS
def test_malformed_json_is_refused_by_the_same_worker(server: Server, tmp_path: Path) -> None:
    """Each file that must not parse gets a structured 400, none a 5xx; what must parse is parsed."""
    files = sorted((CORPORA / "json-parsing").glob("[niy]_*.json"))
    assert len(files) == 318
    with running(server, default_folder(), tmp_path, workers="1") as served:
        for path in files:
            statuses, answer = exchange(served, post("/predict", path.read_bytes()))
            codes = [fault["code"] for fault in json.loads(answer.partition(b"\r\n\r\n")[2])["errors"]]
            assert statuses == [400], path.name
            assert b"Content-Type: application/problem+json" in answer
            is_syntax = any(code.startswith("json.") and code != "json.duplicate-name" for code in codes)
            if path.name[0] != "i":
                assert is_syntax == (path.name[0] == "n"), path.name
        assert len(workers(served)) == 1


def spelled(path: Path) -> bytes:
    """Give the bytes that a file of gunicorn's own tests spells."""
    text = (
        path.read_bytes().replace(b"\n", b"").replace(rb"\r\n", b"\r\n").replace(rb"\0", b"\0").replace(rb"\n", b"\n")
    )
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), text.replace(rb"\t", b"\t"))


@needs_corpora
@GUNICORNS
def test_malformed_http_is_refused_by_the_same_workers(server: Server, tmp_path: Path) -> None:
    """As it is and led to our routes: no 5xx, no hang, and a 200 only where the documentation explains it."""
    files = sorted((CORPORA / "http-invalid").glob("*.http"))
    assert len(files) == 74
    with running(server, default_folder(), tmp_path) as served:
        accepted = set()
        for path in files:
            request = spelled(path)
            led = re.sub(rb"\AGET /[^ ]*", b"GET /health", re.sub(rb"\APOST /[^ ]*", b"POST /predict", request))
            typed = led.replace(b"\r\n", b"\r\nContent-Type: application/json\r\n", 1)
            for data in (request, led, typed):
                statuses, answer = exchange(served, data)
                assert all(status < 500 for status in statuses), (path.name, statuses)
                assert statuses or b"\r\n\r\n" not in data, path.name
                assert b"Traceback" not in answer
                if 200 in statuses:
                    accepted.add(path.stem)
        assert accepted == ACCEPTED
        assert len(workers(served)) == 2
        assert served.get("/predict", json.dumps(sample()).encode())[0] == 200


@needs_corpora
def test_naughty_strings_are_refused_and_not_repeated(tmp_path: Path) -> None:
    """In every field that is a text, as a name, in a parameter and in a header: no 5xx, nothing leaks, same workers."""
    strings = json.loads((CORPORA / "naughty-strings.json").read_text())
    assert len(strings) == 515
    row = sample()
    fields = [name for name, value in row.items() if isinstance(value, str)]
    assert len(fields) == 3
    with running(GTHREAD, default_folder(), tmp_path) as served:
        for text in strings:
            bodies = [row | {name: text} for name in fields] + [row | {text: 1}]
            requests = [post("/predict", json.dumps(body).encode()) for body in bodies]
            header = text.encode("utf-8").decode("latin-1")
            if header.isprintable():
                requests.append(post("/predict", json.dumps(row).encode(), f"X-Request-Id: {header}"))
            for request in requests:
                statuses, answer = exchange(served, request)
                assert statuses in ([400], [200]), text
                assert statuses == [400] or "X-Request-Id" in request.decode("latin-1"), text
                problem = answer.partition(b"\r\n\r\n")[2]
                assert str(ROOT).encode() not in problem
                assert b"Traceback" not in problem
            for request in requests[: len(fields)]:
                _, answer = exchange(served, request)
                if len(text) > 12:
                    assert text not in json.dumps(json.loads(answer.partition(b"\r\n\r\n")[2]), ensure_ascii=False)
        assert len(workers(served)) == 2


def reset(connection: socket.socket) -> None:
    """Close a connection with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def held(served: Running, count: int, *, heads: bool = True) -> Iterator[None]:
    """Hold connections that have sent half of a body, or, where `heads`, half of a head by turns; others were reset."""
    half = post("/predict", json.dumps(sample()).encode())
    with ExitStack() as stack:
        for number in range(count):
            gone = connect(served)
            gone.sendall(half[: 20 + number])
            reset(gone)
            stays = stack.enter_context(connect(served))
            stays.sendall(half[:30] if heads and number % 2 else half[:-10])
        yield


@contextmanager
def proxied(served: Running, folder: Path) -> Iterator[Running]:
    """Put the repository's nginx in front of a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (ROOT / "deploy/nginx.conf").read_text()
    text = text.replace("127.0.0.1:8000", served.url.removeprefix("http://")).replace(
        "127.0.0.1:8080", f"127.0.0.1:{port}"
    )
    (folder / "nginx.conf").write_text(text)
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=log)
    try:
        found = Running(f"http://127.0.0.1:{port}", process, folder / "proxy.log")
        found.until(lambda: found.get("/health")[0] == 200)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize(
    ("server", "count", "settings"),
    [
        pytest.param(GTHREAD, 3, {"read_timeout": "600"}, id="gthread, fewer than threads"),
        pytest.param(GTHREAD, 12, {"read_timeout": "1"}, id="gthread, more than threads"),
        pytest.param(SYNC, 4, {"read_timeout": "1"}, id="sync"),
        pytest.param(WAITRESS, 150, {}, id="waitress"),
    ],
)
def test_slow_clients_do_not_starve_others(
    server: Server, count: int, settings: dict[str, str], tmp_path: Path
) -> None:
    """While clients hold half-sent requests, and others were reset, every whole request is answered."""
    body = json.dumps(sample()).encode()
    with running(server, default_folder(), tmp_path, **settings) as served, held(served, count):
        assert {served.get("/predict", body)[0] for _ in range(20)} == {200}


@contextmanager
def dripping(served: Running, count: int) -> Iterator[None]:
    """Send bodies a byte at a time on so many connections, which no silence would end."""
    over = threading.Event()

    def drip() -> None:
        with connect(served) as connection, suppress(OSError):
            connection.sendall(post("/predict", bytes(9_999))[:-9_000])
            while not over.wait(0.2):
                connection.sendall(b" ")

    with ThreadPoolExecutor(count) as clients:
        for _ in range(count):
            clients.submit(drip)
        try:
            yield
        finally:
            over.set()


@contextmanager
def unread(served: Running, count: int) -> Iterator[None]:
    """Ask for more than the buffers of so many connections hold, and take nothing of it."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connect(served))
            connection.settimeout(0)
            with suppress(OSError):  # the buffers are full, or the server has closed
                while True:
                    connection.send(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        yield


@GUNICORNS
@pytest.mark.parametrize("slow", [dripping, unread])
def test_who_sends_or_reads_too_slowly_is_cut_off(server: Server, slow: Any, tmp_path: Path) -> None:
    """More clients than there are threads delay others by the time that a request may take, and no longer."""
    body = json.dumps(sample()).encode()
    with running(server, default_folder(), tmp_path, read_timeout="1") as served, slow(served, 12):
        assert {served.get("/predict", body)[0] for _ in range(20)} == {200}
        assert "Traceback" not in served.log.read_text()
        assert len(workers(served)) == 2


@GUNICORNS
def test_what_gunicorn_refuses_it_does_not_repeat(server: Server, tmp_path: Path) -> None:
    """Neither what is malformed, nor headers by which a proxy would make up a path, come back or lead anywhere."""
    heads = {
        b"GET /health HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /s3cret\r\n\r\n": 200,  # the header is dropped
        b"GET /s3cret/health HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /s3cret\r\n\r\n": 404,
        b"GET /health HTTP/1.1\r\nHost: a\r\nExpect: s3cret\r\n\r\n": 417,
        b"GET /health?token=s3cret\xff HTTP/1.1\r\nHost: a\r\n\r\n": 400,
        b"GET /health HTTP/1.1\r\nHost: a\r\ns3(ret: b\r\n\r\n": 400,
        b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: s3cret\r\n\r\n": 501,  # RFC 9112 section 6.1
    }
    with running(server, default_folder(), tmp_path) as served:
        for head, status in heads.items():
            statuses, answer = exchange(served, head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert statuses == [status], head
            assert b"s3" not in answer, head


@pytest.mark.parametrize("server", [SYNC, GTHREAD, WAITRESS, UWSGI, GRANIAN], ids=lambda server: server.name)
def test_a_body_in_chunks_is_read_or_refused_for_what_it_is(server: Server, tmp_path: Path) -> None:
    """To all servers but uWSGI, which decodes no chunks, they are a body like any; there the reply says so."""
    body = json.dumps(sample()).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
    with running(server, default_folder(), tmp_path) as served, connect(served) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + chunks)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400" if server is UWSGI else b"HTTP/1.1 200"), answer
    assert (b"body.transfer-coding" in answer) == (server is UWSGI)


def test_a_burst_waits_until_workers_of_uwsgi_are_free(tmp_path: Path) -> None:
    """Each of more requests at once than uWSGI queues by default gets its prediction."""
    request = post("/predict?explain=true", json.dumps(sample()).encode())
    with running(UWSGI, default_folder(), tmp_path) as served, ExitStack() as stack:
        clients = [stack.enter_context(connect(served)) for _ in range(300)]
        for client in clients:
            client.sendall(request)
        begins = {client.recv(65536)[:12] for client in clients}
    assert begins == {b"HTTP/1.1 200"}


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx here; Debian's is nginx-light")
@pytest.mark.skipif(sys.platform == "win32", reason="nginx with a configuration for POSIX")
@pytest.mark.parametrize("server", [SYNC, GRANIAN], ids=lambda server: server.name)
def test_behind_a_proxy_slow_clients_delay_nobody(server: Server, tmp_path: Path) -> None:
    """The proxy gives the API whole requests only, so that a single sync worker is enough."""
    body = json.dumps(sample()).encode()
    with (
        running(server, default_folder(), tmp_path, workers="1", read_timeout="600") as served,
        proxied(served, tmp_path) as proxy,
        held(proxy, 600, heads=False),
    ):
        assert {proxy.get("/predict", body)[0] for _ in range(20)} == {200}
