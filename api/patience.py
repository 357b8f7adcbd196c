"""Sockets that wait so long for a request, and for its reply to be taken, however slowly a client sends or reads."""

from __future__ import annotations

import errno
import socket
from time import monotonic
from typing import Any


class Listener(socket.socket):
    """A listening socket whose connections are patient for `seconds`."""

    seconds: float

    @classmethod
    def of(cls, listener: socket.socket, seconds: float) -> Listener:
        """Take over a listening socket, which can no longer be used itself."""
        blocks = listener.gettimeout()
        found = cls(listener.family, listener.type, listener.proto, fileno=listener.detach())
        found.settimeout(blocks)
        found.seconds = seconds
        return found

    def accept(self) -> tuple[Connection, Any]:
        """Accept a connection, as `socket.accept` does."""
        accepted, address = super().accept()
        connection = Connection(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        connection.seconds = self.seconds
        return connection, address


class Connection(socket.socket):
    """A connection that is reset where a request, from its first read on, or the taking of a reply lasts too long.

    A time-out of the socket itself would begin anew with each byte. Where one is set it holds as well, and a connection
    that does not block is left so.
    """

    seconds: float
    _until: float | None = None
    _is_late = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive what comes within the seconds that are left for the request; raises ConnectionResetError after."""
        own = self.gettimeout()
        if own == 0:
            return super().recv(size, flags)
        if self._until is None:
            self._until = monotonic() + self.seconds
        left = self._until - monotonic()
        if left <= 0 or self._is_late:
            raise self._late("send")
        self.settimeout(left if own is None else min(left, own))
        try:
            return super().recv(size, flags)
        except TimeoutError as error:
            if own is not None and own < left:
                raise
            raise self._late("send") from error
        finally:
            self.settimeout(own)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of a part of a reply within the seconds; raises ConnectionResetError where the client is slower."""
        own = self.gettimeout()
        if own == 0:
            super().sendall(data, flags)
            return
        self._until = None  # the next that is read begins the next request
        self.settimeout(self.seconds)
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise self._late("take a reply") from error
        finally:
            self.settimeout(own)

    def _late(self, what: str) -> ConnectionResetError:
        """Read no more, and make what a server takes for a client that is gone."""
        self._is_late = True
        return ConnectionResetError(errno.ECONNRESET, f"the client took too long to {what}")
