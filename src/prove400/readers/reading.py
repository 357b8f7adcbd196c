"""What a reader is, what it reads from, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from prove400.errors import StrictJSONError
from prove400.model import Reply, Request
from prove400.transport import Transport
from prove400.validation import parse

S_contra = TypeVar("S_contra", contravariant=True)
_OK = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract as a reader found it: an OpenAPI document, and where from."""

    document: dict[str, Any]
    place: str  # what was asked or opened: ``GET /v2/models/diamonds``
    is_generic: bool = False  # says what the server takes for any model, and not what this one does
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader(Generic[S_contra]):
    """One way to come to a contract: of a running server (`Site`), or of a file (`Artefact`).

    `read` gives None where what it is shown is not of its kind, so that the next reader is asked. Raises
    `ContractError` where it is of its kind, and no contract can be made of it.
    """

    name: str  # as notes and errors name it
    reads: str  # what it reads, in a few words, for the docs and for errors
    read: Callable[[S_contra], Reading | None]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model on disk, and the table of those that may be loaded: paths to sha256 (``[tool.prove400.models]``)."""

    path: Path
    pins: Any = None


@dataclass(slots=True)
class Site:
    """A running server as readers see it: what it answers is asked for once, whoever wants it."""

    transport: Transport
    model: str = ""  # the one meant, where there are several
    _replies: dict[tuple[str, str, bytes], Reply] = field(default_factory=dict)

    def reply(self, path: str, method: str = "GET", body: bytes = b"") -> Reply:
        """Give what the server answers."""
        key = method, path, body
        if key not in self._replies:
            content = (("Content-Type", "application/json"),) if body else ()
            self._replies[key] = self.transport.send(
                Request(method, path, (("Accept", "application/json"), *content), body)
            )
        return self._replies[key]

    def forget(self) -> None:
        """Ask anew what has been asked."""
        self._replies.clear()

    def text(self, path: str) -> str:
        """Give the text that is answered with 200; empty where there is none."""
        reply = self.reply(path)
        return reply.body.decode("utf-8", "replace").strip() if reply.status == _OK else ""

    def value(self, path: str, method: str = "GET", body: bytes = b"") -> Any:
        """Give the JSON value that is answered with 200; None where there is none."""
        reply = self.reply(path, method, body)
        try:
            return parse(reply.body) if reply.status == _OK else None
        except StrictJSONError:
            return None
