"""Replies, well formed and odd, are read as `http.client` reads them, in whatever pieces they come."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest

from prove400.transport.reading import Reading

OK = b"HTTP/1.1 200 OK\r\n"
LINE = 65_536
REPLIES = {
    "a length": OK + b"Content-Length: 5\r\nA: b\r\n\r\nhello",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "a space for a reason": b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    "a separator for a reason": b"HTTP/1.1 200 \x1c\r\nContent-Length: 0\r\n\r\n",
    "other letters in a reason": b"HTTP/1.1 200 \xd6\xe4\r\nContent-Length: 0\r\n\r\n",
    "more than the length": OK + b"Content-Length: 2\r\n\r\nhello",
    "less than the length": OK + b"Content-Length: 9\r\n\r\nhello",
    "an unreal length": OK + b"Content-Length: 99999999999999999\r\n\r\nhello",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
    "two lengths in one": OK + b"Content-Length: 5, 5\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a signed length": OK + b"Content-Length: +5\r\n\r\nhello",
    "an underscored length": OK + b"Content-Length: 0_5\r\n\r\nhello",
    "an empty length": OK + b"Content-Length:\r\n\r\nhello",
    "a word for a length": OK + b"Content-Length: five\r\n\r\nhello",
    "5,000 digits for a length": OK + b"Content-Length: %s\r\n\r\nhello" % (b"0" * 5000),
    "no length": OK + b"A: b\r\n\r\nhello",
    "no fields": OK + b"\r\nhello",
    "it closes": OK + b"Connection: Keep-Alive, Close\r\nContent-Length: 5\r\n\r\nhello",
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "a status line alone": OK,
    "half a head": OK + b"Content-Length: 5\r\nA",
    "no HTTP": b"garbage\r\n\r\n",
    "an empty line first": b"\r\n" + OK + b"\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a word for a status": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 99 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a negative status": b"HTTP/1.1 -200 OK\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0, kept": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/2": b"HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "lower case": b"http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "line feeds alone": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "a carriage return within a value": OK + b"A: b\rC: d\r\nContent-Length: 5\r\n\r\nhello",
    "a folded field": OK + b"A: b\r\n c\r\n\td\r\nContent-Length: 5\r\n\r\nhello",
    "a folded first field": OK + b" A: b\r\nContent-Length: 5\r\n\r\nhello",
    "no colon": OK + b"A: b\r\nnonsense\r\nContent-Length: 5\r\n\r\nhello",
    "no name": OK + b": b\r\nContent-Length: 5\r\n\r\nhello",
    "a space before the colon": OK + b"A : b\r\nContent-Length : 5\r\n\r\nhello",
    "spaces around values": OK + b"A:  \t b \t \r\nB:\r\nContent-Length:5 \r\n\r\nhello",
    "an envelope": OK + b"From me\r\nContent-Length: 5\r\n\r\nhello",
    "other octets": OK + b"A: \xe9\x85\x0b\x0c\x1c\xff\0\r\nContent-Length: 5\r\n\r\nhello",
    "a repeated field": OK + b"Set-Cookie: a\r\nset-cookie: b\r\nContent-Length: 5\r\n\r\nhello",
    "99 fields": OK + b"A: b\r\n" * 98 + b"Content-Length: 5\r\n\r\nhello",
    "100 fields": OK + b"A: b\r\n" * 99 + b"Content-Length: 5\r\n\r\nhello",
    "a long head": OK + b"A: %s\r\n" % (b"b" * (LINE // 2)) + b"B: %s\r\n" % (b"b" * (LINE // 2)) + b"\r\nhello",
    "a field as long as may be": OK + b"A: %s\r\nContent-Length: 5\r\n\r\nhello" % (b"b" * (LINE - 5)),
    "a longer field": OK + b"A: %s\r\nContent-Length: 5\r\n\r\nhello" % (b"b" * (LINE - 4)),
    "a field without end": OK + b"A: " + b"b" * LINE,
    "a long status line": b"HTTP/1.1 200 " + b"b" * LINE + b"\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "no content, with a length": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "no content, in chunks": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "100 before": b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" * 2 + OK + b"Content-Length: 5\r\n\r\nhello",
    "100 alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "103 before": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0;z\r\n\r\n",
    "chunks and a length": OK + b"Content-Length: 2\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\nmore",
    "trailers without end": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b",
    "a long trailer": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"b" * (LINE + 1),
    "chunks with line feeds alone": OK + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\n\n",
    "chunks without line ends": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloxx0\r\n\r\n",
    "chunks cut off": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\nhel",
    "chunks without the last": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "a word for a chunk's size": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
    "an empty chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
    "a prefixed chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n 0x0_5 \r\nhello\r\n0\r\n\r\n",
    "a negative chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a long chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * (LINE + 1),
}
METHODS = ("GET", "HEAD")


def by_http_client(method: str, data: bytes) -> Any:
    """Give status, fields and body as `http.client` reads them, or what it says is wrong."""
    sock: Any = SimpleNamespace(makefile=lambda _: BytesIO(data))
    try:
        response = HTTPResponse(sock, method=method)
        response.begin()
        return response.status, tuple(response.getheaders()), response.read()
    except HTTPException as error:
        return repr(error)


def by_us(method: str, pieces: list[bytes]) -> Any:
    """Give the same as it is read from pieces."""
    reading = Reading(method)
    try:
        whole = next(filter(None, map(reading.feed, pieces)), None) or reading.end()
    except HTTPException as error:
        return repr(error)
    return whole[:3]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_replies_are_read_as_http_client_reads_them(reply: bytes, method: str) -> None:
    """Status, fields and body, or what is wrong with a reply and in which words, whatever the pieces."""
    expected = by_http_client(method, reply)
    for size in (len(reply) or 1, 7_000 if len(reply) > 1_000 else 1):
        assert by_us(method, [reply[at : at + size] for at in range(0, len(reply), size)]) == expected


def test_a_chunk_beyond_all_bounds_is_cut_off() -> None:
    """A size that no file can have is announced in vain, where `http.client` alone raises an OverflowError."""
    reading = Reading("GET")
    assert reading.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 99 + b"\r\nhello") is None
    with pytest.raises(HTTPException, match="IncompleteRead"):
        reading.end()


KEPT = {
    "a length": True,
    "two lengths": True,  # the first counts
    "more than the length": False,  # what follows belongs to no request
    "it closes": False,
    "no length": False,
    "no content": True,
    "not modified": True,
    "HTTP/1.0": False,
    "HTTP/1.0, kept": True,
    "100 before": True,
    "103 before": False,
    "101": False,
    "chunks": True,
    "trailers": False,
    "line feeds alone": True,
}


@pytest.mark.parametrize(("name", "kept"), KEPT.items(), ids=KEPT)
def test_a_connection_is_kept_where_nothing_is_left_on_it(name: str, *, kept: bool) -> None:
    """It is where the reply says so and ends where what has come ends."""
    whole = Reading("GET").feed(REPLIES[name])
    assert (whole.keeps if whole else False) is kept


def test_replies_to_head_leave_their_connection_whole() -> None:
    """A reply to HEAD ends with its head, whatever length that states."""
    whole = Reading("HEAD").feed(OK + b"Content-Length: 99\r\n\r\n")
    assert whole is not None
    assert whole.keeps
