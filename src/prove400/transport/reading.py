"""Bytes as they come → the parts of a reply, exactly as `http.client` reads them.

A well-formed head is matched at once, which takes a tenth of the time; any other, and whatever is cut off, is read by
`http.client` itself, so that what counts as broken, and in which words, is the same for all.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from http.client import HTTPResponse
from io import BytesIO
from typing import Any, NamedTuple

from prove400.model import Headers
from prove400.transport.base import LARGEST, GivenUpError

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HEAD = re.compile(rb"HTTP/1\.1 ([2-9][0-9]{2})(?: [ -~]*)?\r\n((?:%s:[^\r\n]*\r\n){0,64})\r\n" % _TOKEN)
_FIELD = re.compile(r"([^:\r\n]+):[ \t]*([^\r\n]*)\r\n")
_LONGEST_LINE = 65_536  # http.client refuses longer ones
_SHORT = 8_192  # bytes of a head that is matched at once
_END = b"\r\n\r\n"
_BODILESS = (204, 304)
_FIRST_FINAL_STATUS = 200


class Whole(NamedTuple):
    """A whole reply; `keeps` tells whether its connection can carry another request."""

    status: int
    headers: Headers
    body: bytes
    keeps: bool


class _Head(NamedTuple):
    status: int
    headers: Headers
    size: int  # bytes of it, those of a 100 before it included
    length: int | None  # bytes of the body, where that is stated
    chunked: bool
    closes: bool


class _UnfinishedError(Exception):
    """More has to come; never leaves this module."""


class Reading:
    """One reply in the making: `feed` takes what comes, `end` says that no more will."""

    def __init__(self, method: str) -> None:
        """Take the method of the request, on which the reply's body depends."""
        self._method = method
        self._data = bytearray()
        self._head: _Head | None = None
        self._at = 0  # where the next chunk begins
        self._chunks: list[bytes] = []
        self._is_last = False  # whether what follows are trailers

    def feed(self, piece: bytes) -> Whole | None:
        """Take some bytes; give the reply once it is whole. HTTPException if it is none, GivenUpError if too long."""
        self._data += piece
        if len(self._data) > LARGEST:
            raise GivenUpError.endless()
        if self._head is None:
            self._head = self._matched() or _parsed(self._data, self._method)
            if self._head is None:
                return None
            self._at = self._head.size
        return self._body_of(self._head)

    def _matched(self) -> _Head | None:
        """Give the head where it is there and well-formed; those of many replies are the same."""
        size = self._data.find(_END) + len(_END)
        return _matched(bytes(self._data[:size]), self._method) if len(_END) <= size <= _SHORT else None

    def end(self) -> Whole:
        """Give the reply where the end of its connection ends it, too. HTTPException where it is cut off."""
        response = _Replay(self._data, ended=True).response(self._method)
        response.begin()
        body = response.read()
        return Whole(response.status, tuple(response.getheaders()), body, keeps=False)

    def _body_of(self, head: _Head) -> Whole | None:
        if self._method == "HEAD":
            return self._whole(head, b"", head.size)
        if head.chunked:
            return self._dechunked(head)
        if head.length is None:
            return None  # it ends with its connection
        end = head.size + head.length
        return self._whole(head, bytes(self._data[head.size : end]), end) if len(self._data) >= end else None

    def _whole(self, head: _Head, body: bytes, end: int) -> Whole:
        """Give the reply; where bytes follow that nobody asked for, its connection is not to be trusted."""
        keeps = not head.closes and head.status >= _FIRST_FINAL_STATUS and end == len(self._data)
        return Whole(head.status, head.headers, body, keeps)

    def _dechunked(self, head: _Head) -> Whole | None:
        """Give the reply once its last chunk and its trailers are there (RFC 9112, section 7.1)."""
        while line := self._line():
            if self._is_last:
                if line in (b"\r\n", b"\n"):
                    return self._whole(head, b"".join(self._chunks), self._at + len(line))
                self._at += len(line)
                continue
            try:
                size = int(line.partition(b";")[0], 16)
            except ValueError:
                return self.end()
            begin = self._at + len(line)
            if size < 0 or (size and len(self._data) < begin + size + 2):
                return None
            self._is_last = size == 0
            self._chunks.append(bytes(self._data[begin : begin + size]))
            self._at = begin if self._is_last else begin + size + 2
        return self.end() if len(self._data) - self._at > _LONGEST_LINE else None

    def _line(self) -> bytes:
        """Give the next line with its end, or nothing where it is not whole, or longer than `http.client` takes it."""
        stop = self._data.find(b"\n", self._at, self._at + _LONGEST_LINE) + 1
        return bytes(self._data[self._at : stop])


@lru_cache(maxsize=64)
def _matched(head: bytes, method: str) -> _Head | None:
    """Give a head where it is well-formed in all its parts; the rules are those of `HTTPResponse.begin`."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    status, fields = int(found[1]), tuple(_FIELD.findall(found[2].decode("latin-1")))
    first = {name.lower(): value for name, value in reversed(fields)}
    chunked = first.get("transfer-encoding", "").lower() == "chunked"
    length = None if chunked else _number(first.get("content-length", ""))
    if status in _BODILESS or method == "HEAD":
        length = 0
    closes = "close" in first.get("connection", "").lower() or (length is None and not chunked)
    return _Head(status, fields, found.end(), length, chunked, closes)


def _number(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number >= 0 else None


def _parsed(data: bytearray, method: str) -> _Head | None:
    """Give the head as `http.client` reads it, or None where more has to come."""
    replay = _Replay(data, ended=False)
    response = replay.response(method)
    try:
        response.begin()
    except _UnfinishedError:
        return None
    size, fields = replay.tell(), tuple(response.getheaders())
    return _Head(response.status, fields, size, response.length, bool(response.chunked), bool(response.will_close))


class _Replay(BytesIO):
    """What has come so far as a file; unless it has ended, reading past it raises _UnfinishedError."""

    def __init__(self, data: bytearray, *, ended: bool) -> None:
        super().__init__(data)
        self._ended = ended

    def response(self, method: str) -> HTTPResponse:
        """Give what reads this file."""
        sock: Any = self
        return HTTPResponse(sock, method=method)

    def makefile(self, _mode: str) -> _Replay:
        """Be the file that a socket is asked for."""
        return self

    def read(self, size: int | None = -1, /) -> bytes:
        """Give what there is of so many bytes, however many are announced."""
        return super().read(size if size is None else min(size, sys.maxsize))

    def readline(self, size: int | None = -1, /) -> bytes:
        """Give a whole line, or `size` bytes of it."""
        line = super().readline(size)
        if not self._ended and not line.endswith(b"\n") and len(line) != size:
            raise _UnfinishedError
        return line
