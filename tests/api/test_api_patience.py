"""A connection that waits so long for a request, and for its reply to be taken."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api.patience import Connection, Listener


@contextmanager
def connected(seconds: float) -> Iterator[tuple[Connection, socket.socket]]:
    """Give both ends of a connection, ours patient for so long."""
    with Listener.of(socket.create_server(("127.0.0.1", 0)), seconds) as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        with client, connection:
            yield connection, client


def test_a_request_that_lasts_too_long_ends_the_connection() -> None:
    """However often bytes come; a refusal may still be sent, after which nothing more is read."""
    with connected(0.5) as (connection, client):
        client.sendall(b"first")
        assert connection.recv(9) == b"first"
        time.sleep(0.6)
        client.sendall(b"late")
        with pytest.raises(ConnectionResetError, match="too long to send"):
            connection.recv(9)
        connection.sendall(b"400")
        assert client.recv(9) == b"400"
        with pytest.raises(ConnectionResetError):
            connection.recv(9)


def test_silence_ends_the_connection() -> None:
    """No byte at all is too slow as well."""
    with connected(0.2) as (connection, _), pytest.raises(ConnectionResetError, match="too long to send"):
        connection.recv(9)


def test_a_slow_answer_is_not_the_clients_fault() -> None:
    """The next request on a connection has all the time again, however long the last reply took to be made."""
    with connected(0.5) as (connection, client):
        client.sendall(b"one")
        assert connection.recv(9) == b"one"
        time.sleep(0.6)
        connection.sendall(b"200")
        client.sendall(b"two")
        assert connection.recv(9) == b"two"


def test_a_reply_that_is_not_taken_ends_the_connection() -> None:
    """More than the buffers hold cannot be sent to who does not read."""
    with connected(0.2) as (connection, _), pytest.raises(ConnectionResetError, match="too long to take"):
        connection.sendall(bytes(50_000_000))


def test_time_outs_of_the_socket_hold_as_well() -> None:
    """A shorter one is told as what it is, and one of zero does not block."""
    with connected(60) as (connection, _):
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(9)
        assert connection.gettimeout() == 0.1
        connection.settimeout(0)
        with pytest.raises(BlockingIOError):
            connection.recv(9)
        with pytest.raises(BlockingIOError):
            connection.sendall(bytes(50_000_000))
