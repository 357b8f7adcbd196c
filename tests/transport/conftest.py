"""A server that plays a script on each connection and records the exact bytes that it received."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE = 10.0  # seconds; only ever spent in full by a failing test


class Peer:
    """The server's end of one connection; `received` holds every byte that came."""

    def __init__(self, sock: socket.socket) -> None:
        """Take an accepted socket."""
        self.sock = sock
        self.received = b""
        self.requests = 0
        self._seen = 0
        self.done = threading.Event()

    def read_head(self) -> bytes:
        """Read up to the blank line and give the head."""
        while (end := self.received.find(b"\r\n\r\n", self._seen)) < 0:
            if not self._more():
                return b""
        head = self.received[self._seen : end + 4]
        self._seen = end + 4
        self.requests += 1
        return head

    def read_request(self) -> bytes:
        """Read head and Content-Length bytes of body, and give the head; empty when the client has gone."""
        head = self.read_head()
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        self._seen += int(length[1]) if length else 0
        while len(self.received) < self._seen:
            if not self._more():
                return b""
        return head

    def read_to_end(self) -> None:
        """Read until the client ends its side."""
        while self._more():
            pass

    def answer(self, reply: bytes = OK) -> None:
        """Read one request and send these bytes."""
        self.read_request()
        self.sock.sendall(reply)

    def answer_all(self) -> None:
        """Answer requests until the client closes the connection."""
        while self.read_request():
            self.sock.sendall(OK)

    def reset(self) -> None:
        """Make close() send RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _more(self) -> bool:
        part = self.sock.recv(65536)
        self.received += part
        return bool(part)


class Server:
    """Listens on a free port; connection n plays script n in a thread of its own, then is closed."""

    def __init__(self, *scripts: Callable[[Peer], object], wrap: Callable[[socket.socket], socket.socket]) -> None:
        """Begin to listen."""
        self.peers: list[Peer] = []
        self._wrap = wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, args=(scripts,), daemon=True)]
        self._threads[0].start()

    @property
    def received(self) -> list[bytes]:
        """The bytes that each connection has brought so far, in the order of connecting."""
        return [peer.received for peer in self.peers]

    def stop(self) -> None:
        """Stop listening, end the connections and wait for the scripts."""
        for sock in [self._listener, *(peer.sock for peer in self.peers)]:
            with contextlib.suppress(OSError):  # ended already
                sock.shutdown(socket.SHUT_RDWR)  # wakes who waits in it, as close() does not
            sock.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self, scripts: tuple[Callable[[Peer], object], ...]) -> None:
        for script in scripts:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # stop() came first
                return
            sock.settimeout(PATIENCE)
            thread = threading.Thread(target=self._play, args=(script, sock), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _play(self, script: Callable[[Peer], object], raw: socket.socket) -> None:
        peer = Peer(raw)
        self.peers.append(peer)
        try:
            peer.sock = self._wrap(raw)
            script(peer)
        except OSError:
            pass  # the client went away; what it sent is recorded, and the test looks at that
        finally:
            peer.sock.close()
            peer.done.set()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Give a function that starts a server with one script for each connection."""
    servers: list[Server] = []

    def start(
        *scripts: Callable[[Peer], object], wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock
    ) -> Server:
        servers.append(Server(*scripts, wrap=wrap))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a PEM file with a fresh key and self-signed certificate for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            folder / "key",
            "-out",
            folder / "cert",
        ],
        check=True,
        capture_output=True,
    )
    (folder / "both.pem").write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return folder / "both.pem"


@pytest.fixture
def tls_context(certificate: Path) -> ssl.SSLContext:
    """Give what a server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
