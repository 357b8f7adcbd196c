"""What every transport is, and how each of them turns the text of a `Request` into octets."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar, runtime_checkable

from prove400.model import Reply, Request

T = TypeVar("T")

METHODS_WITH_CONTENT = frozenset({"PATCH", "POST", "PUT"})
"""Methods whose requests state their length even when it is 0 (RFC 9110, section 8.6)."""
LARGEST = 64 << 20
"""Bytes of one reply; a longer one counts as one that does not end."""
_LONGEST_NUMBER = 18  # decimal digits that always fit into sys.maxsize; Python refuses to read 4301 of them


class GivenUpError(TimeoutError):
    """A reply is not whole when it should be, and is waited for no more."""

    @classmethod
    def after(cls, seconds: float) -> GivenUpError:
        """Give what is said of a reply that takes too long."""
        return cls(f"no whole reply in {seconds:g} s")

    @classmethod
    def endless(cls) -> GivenUpError:
        """Give what is said of a reply that goes on and on, as a stream of events does."""
        return cls(f"no whole reply in {LARGEST >> 20} MiB")


class Transport(Protocol):
    """Sends one request at a time and gives what came back; may be called from several threads at once."""

    name: str  # what a report says of the target
    concurrency: int  # requests that may usefully be under way at once

    def send(self, request: Request) -> Reply:
        """Give the reply to these exact bytes, or a reply with status 0 and the failure."""
        ...

    def close(self) -> None:
        """Release connections, threads and event loops; may be called twice."""
        ...


@runtime_checkable
class Streaming(Transport, Protocol):
    """A transport that has a way of its own to send many requests."""

    def stream(self, requests: Iterable[Request], concurrency: int) -> Iterator[Reply]:
        """Give the replies in order, with up to so many requests under way; they are drawn as fast as replies come."""
        ...


def streamed(transport: Transport, requests: Iterable[Request], concurrency: int) -> Iterator[Reply]:
    """Send many requests by any transport, and give the replies in order; one at a time where so many are asked for."""
    if concurrency == 1:
        return map(transport.send, requests)
    if isinstance(transport, Streaming):
        return transport.stream(requests, concurrency)
    return threaded(transport.send, requests, concurrency)


def threaded(call: Callable[[T], Reply], items: Iterable[T], concurrency: int) -> Iterator[Reply]:
    """Call with every item in so many threads, and give what comes back in order; items are drawn as fast as it is."""
    waiting: deque[Future[Reply]] = deque()
    with ThreadPoolExecutor(concurrency) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) >= concurrency * 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def octets(text: str) -> bytes:
    """Give the bytes that a method, target or header field stands for.

    One character is one octet (ISO 8859-1, as WSGI does it: PEP 3333, "Unicode Issues"). Text with a character beyond
    U+00FF can stand for no octets in that way, so all of it is taken as UTF-8.
    """
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def split_target(target: str) -> tuple[bytes, bytes]:
    """Give path and query of a request target as octets, still percent-encoded; without a query it is empty."""
    path, _, query = octets(target).partition(b"?")
    return path, query


def declared_length(request: Request) -> int | None:
    """Give the number in the first Content-Length, or None where there is none or it is not 1*DIGIT (RFC 9110, 8.6)."""
    value = (request.header("Content-Length") or "").strip(" \t")
    if not (value.isascii() and value.isdigit()):
        return None
    return int(value) if len(value) <= _LONGEST_NUMBER else sys.maxsize


def framed_body(request: Request) -> bytes:
    """Give the part of the body that a server would hand on: no more than Content-Length says (RFC 9112, 6.2)."""
    length = declared_length(request)
    return request.body if length is None else request.body[:length]


def is_short(request: Request) -> bool:
    """Say whether Content-Length promises more than the body has, so that a server waits for the rest."""
    return (declared_length(request) or 0) > len(request.body)


def exception_line(error: BaseException) -> str:
    """Give an exception as tracebacks end, ``TypeError: …``, even when its ``str()`` raises; our own in its words."""
    if isinstance(error, GivenUpError):
        return str(error)
    return "".join(traceback.format_exception_only(error)).strip()


def application_name(app: object) -> str:
    """Give a name for an application object that is the same in every run: no memory address in it."""
    module, qualified = getattr(app, "__module__", None), getattr(app, "__qualname__", None)
    if qualified:
        return f"{module}:{qualified}"
    kind = type(app)
    return f"{kind.__module__}.{kind.__qualname__}" if kind.__repr__ is object.__repr__ else repr(app)
