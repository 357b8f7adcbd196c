"""Reports: pure functions from a `Run` to text, in a table that also names the choices of ``--report FORMAT=PATH``."""

from __future__ import annotations

from collections.abc import Callable

from prove400.errors import ReportError
from prove400.model import Run
from prove400.reporters import (
    ctrf,
    github,
    gitlab,
    har,
    html,
    json_report,
    junit,
    markdown,
    plugins,
    sarif,
    text,
)
from prove400.reporters.curl import curl
from prove400.reporters.json_report import load
from prove400.reporters.text import render_console

Reporter = Callable[[Run], str]
"""Renders a run."""
REPORTERS: dict[str, Reporter] = {
    "text": text.render,
    "json": json_report.render,
    "html": html.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "markdown": markdown.render,
    "gitlab": gitlab.render,
    "ctrf": ctrf.render,
    "har": har.render,
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

__all__ = ["REPORTERS", "SUFFIXES", "Reporter", "curl", "formats", "load", "render_console", "reporter"]


def formats() -> list[str]:
    """Give the names of all formats: ours, then those that other distributions add."""
    return [*REPORTERS, *(name for name in plugins.names() if name not in REPORTERS)]


def reporter(name: str) -> Reporter:
    """Give the reporter of a format; ours goes before another's.

    Raises `ReportError` for a name that is none, and for a reporter of another distribution that does not work.
    """
    found = REPORTERS.get(name) or plugins.find(name)
    if found is None:
        raise ReportError(f"no such format: {name!r}", hint=f"one of: {', '.join(formats())}")
    return found
