"""Reports: pure functions from a `Run` to text, in a table that also names the choices of ``--report FORMAT=PATH``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from prove400.errors import ReportError
from prove400.model import Run
from prove400.reporters import plugins
from prove400.reporters.curl import curl
from prove400.reporters.json_report import load

Reporter = Callable[[Run], str]
"""Renders a run."""


def _later(module: str) -> Reporter:
    """Give the reporter of a module that is imported when there is a run to render: the reports are named before."""

    def render(run: Run) -> str:
        text: str = import_module(f"{__name__}.{module}").render(run)
        return text

    return render


REPORTERS: dict[str, Reporter] = {
    "text": _later("text"),
    "json": _later("json_report"),
    "html": _later("html"),
    "junit": _later("junit"),
    "sarif": _later("sarif"),
    "github": _later("github"),
    "markdown": _later("markdown"),
    "gitlab": _later("gitlab"),
    "ctrf": _later("ctrf"),
    "har": _later("har"),
}
"""Format name to reporter; in the order in which the CLI lists them."""
SUFFIXES = {
    "text": "txt",
    "junit": "junit.xml",
    "github": "github.txt",
    "markdown": "md",
    "gitlab": "gitlab.json",
    "ctrf": "ctrf.json",
}
"""What the name of a format's file ends with, where that is not the format's own name."""

__all__ = ["REPORTERS", "SUFFIXES", "Reporter", "curl", "formats", "is_format", "load", "reporter"]


def formats() -> list[str]:
    """Give the names of all formats: ours, then those that other distributions add."""
    return [*REPORTERS, *(name for name in plugins.names() if name not in REPORTERS)]


def is_format(name: str) -> bool:
    """Tell whether a format has this name; other distributions are asked only where ours have not."""
    return name in REPORTERS or name in plugins.names()


def reporter(name: str) -> Reporter:
    """Give the reporter of a format; ours goes before another's.

    Raises `ReportError` for a name that is none, and for a reporter of another distribution that does not work.
    """
    found = REPORTERS.get(name) or plugins.find(name)
    if found is None:
        raise ReportError(f"no such format: {name!r}", hint=f"one of: {', '.join(formats())}")
    return found
