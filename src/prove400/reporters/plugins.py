"""Formats of other distributions: entry points of the group ``prove400.reporters``, each a `render(run) -> str`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prove400.errors import ReportError
from prove400.model import Run

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "prove400.reporters"
"""Name of the group of entry points."""


def _entries() -> EntryPoints:
    from importlib.metadata import entry_points  # noqa: PLC0415 — slow to import, and seldom needed

    return entry_points(group=GROUP)


def names() -> list[str]:
    """Give the names of the formats that installed distributions add."""
    return sorted(_entries().names)


def find(name: str) -> Callable[[Run], str] | None:
    """Give the reporter that a distribution adds under a name, or None.

    Raises `ReportError`, which names the distribution, where it cannot be loaded, or is none; so does the reporter
    where it raises, or gives no text.
    """
    found = list(_entries().select(name=name))
    if not found:
        return None
    if len(found) > 1:
        both = " and ".join(sorted(map(_distribution, found)))
        raise ReportError(f"the format {name!r} is added by {both}", hint="uninstall one of them")
    return _Reporter(found[0])


class _Reporter:
    """A reporter of somebody else's: whatever it does wrong is told with the name of its distribution."""

    def __init__(self, entry: EntryPoint) -> None:
        self._name, self._whose = entry.name, _distribution(entry)
        try:
            self._render = entry.load()
        except (Exception, SystemExit) as error:  # the seam: foreign code may raise anything
            raise self._error(f"cannot be loaded: {_said(error)}") from error
        if not callable(self._render):
            raise self._error(f"is no function: {entry.value}")

    def __call__(self, run: Run) -> str:
        try:
            text = self._render(run)
        except (Exception, SystemExit) as error:  # the seam: foreign code may raise anything
            raise self._error(f"failed: {_said(error)}") from error
        if not isinstance(text, str):
            raise self._error(f"gave no text, but {type(text).__name__}")
        return text

    def _error(self, what: str) -> ReportError:
        hint = f"ask its authors, or uninstall {self._whose}"
        return ReportError(f"the format {self._name!r} of {self._whose} {what}", hint=hint)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
