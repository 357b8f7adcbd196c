"""What every page of ours is made with: its files, its policy, and an environment in which nothing is trusted."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from prove400.reporters import summary
from prove400.reporters.visible import one_line, visible

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def asset(name: str, package: str = __package__) -> str:
    """Give a file of a package's folder `page`."""
    return resources.files(package).joinpath("page", name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """Give the Content Security Policy of a page that has this style and this script, and admits nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def script(*texts: str) -> str:
    """Give one strict script of several, each with names of its own."""
    return '"use strict";\n' + "".join(f"{{\n{text}}}\n" for text in texts)


@cache
def environment(package: str = __package__) -> Environment:
    """Give the environment of the templates in a package's folder `page`: every text is escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 — slow to import, and seldom needed

    made = Environment(
        loader=FunctionLoader(lambda name: asset(name, package)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        v=lambda text: visible(str(text), ()),
        block=visible,
        short=one_line,
        count=summary.count,
    )
    return made


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
