"""Reports: pure functions from a `Run` to text, in a table that also names the choices of ``--report FORMAT=PATH``."""

from __future__ import annotations

from collections.abc import Callable

from prove400.model import Run
from prove400.reporters import html, json_report, text
from prove400.reporters.curl import curl
from prove400.reporters.json_report import load
from prove400.reporters.text import render_console

REPORTERS: dict[str, Callable[[Run], str]] = {
    "text": text.render,
    "json": json_report.render,
    "html": html.render,
}
"""Format name to reporter; in the order in which the CLI lists them."""

__all__ = ["REPORTERS", "curl", "load", "render_console"]
