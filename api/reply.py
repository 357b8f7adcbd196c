"""A reply that something follows: it is done once the reply has left, and no end of the process cuts it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from multiprocessing.util import Finalize
from time import monotonic, sleep

LONGEST = 1.0
"""Seconds that the end of a process waits for what follows replies that have left."""
_AHEAD: list[None] = []
"""As many as there are replies whose followers are not done."""


class Reply(list[bytes]):
    """The parts of a reply, and what is done once they have left.

    A server says so by `close` (PEP 3333). Granian does not for a list, which it lets go instead.
    """

    __slots__ = ("_after",)

    def __init__(self, parts: Iterable[bytes], after: Callable[[], object]) -> None:
        """Take the parts, and what `close` calls, once."""
        self._after: Callable[[], object] | None = after
        _AHEAD.append(None)
        super().__init__(parts)

    def close(self) -> None:
        """Do what is to be done, unless it is done."""
        after, self._after = self._after, None
        if after is not None:
            try:
                after()
            finally:
                _AHEAD.pop()

    __del__ = close


def _finish() -> None:
    """Wait until other threads have done what follows their replies."""
    until = monotonic() + LONGEST
    while _AHEAD and monotonic() < until:
        sleep(0.001)


# Workers of Granian, which are processes of multiprocessing, skip `atexit`; elsewhere it leads here, too.
Finalize(None, _finish, exitpriority=0)
