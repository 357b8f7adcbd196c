"""The command ``diff``: what changed between two contracts, and who breaks by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prove400.cli.edges import DISCHARGED, FINDINGS, guarded
from prove400.cli.given import source_of
from prove400.diff import BREAKING, Comparison, Effect, compare
from prove400.diff.rendering import FORMATS, lines
from prove400.engine.settings import configured
from prove400.errors import SettingsError

FAIL_ON = {
    "any": BREAKING,
    "narrowed": frozenset({Effect.NARROWED}),
    "widened": frozenset({Effect.WIDENED}),
    "answers": frozenset({Effect.ANSWERS_WIDENED}),
    "none": frozenset[Effect](),
}
"""What fails the comparison, by the word that asks for it."""
_TABLE = "[tool.prove400.diff]"


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-on", multiple=True, type=click.Choice(list(FAIL_ON)), help="Which breaking changes exit with 1 (any)."
)
@click.option("--allow", multiple=True, metavar="FINGERPRINT", help="A breaking change that is meant; may be repeated.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@guarded
def show_diff(old: str, new: str, fail_on: tuple[str, ...], allow: tuple[str, ...], form: str) -> int:
    """Say what changed from OLD to NEW, and show each breaking change by a request that only one of them admits.

    Each is a file, a URL, module:attr, or REV:PATH as `git show` reads it. Exits with 1 where anything breaks.
    """
    table = _table()
    words = fail_on or _words(table.get("fail_on", table.get("fail-on", "any")))
    found = compare(source_of(old), source_of(new), {**_allowed(table.get("allow", {})), **dict.fromkeys(allow, "")})
    if form == "text":
        _print(found)
    else:
        click.echo(FORMATS[form](found, 0), nl=False)
    wanted = frozenset(effect for word in words for effect in FAIL_ON[word])
    return FINDINGS if found.failing(wanted) else DISCHARGED


def _print(found: Comparison) -> None:
    """Print the text in the width and the colours of the terminal, which heeds ``NO_COLOR``."""
    console = Console(highlight=False, soft_wrap=True)
    for line, style in lines(found, console.width):
        console.print(Text(line, style=style))


def _table() -> dict[str, Any]:
    found = configured(Path.cwd()).get("diff", {})
    if not isinstance(found, dict) or (unknown := found.keys() - {"allow", "fail_on", "fail-on"}):
        named = f": {min(unknown)!r}" if isinstance(found, dict) else ""
        raise SettingsError(f"diff has an impossible value{named}", where=_TABLE, hint="it has `allow` and `fail_on`")
    return found


def _words(value: Any) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    if not words or not all(word in FAIL_ON for word in words):
        hint = f"one or more of: {', '.join(FAIL_ON)}"
        raise SettingsError(f"fail_on has an impossible value: {value!r}", where=_TABLE, hint=hint)
    return words


def _allowed(value: Any) -> dict[str, str]:
    """Give the fingerprints that are allowed, with their reasons, where there are any."""
    given = dict.fromkeys(value, "") if isinstance(value, list) and all(isinstance(v, str) for v in value) else value
    if not isinstance(given, dict) or not all(isinstance(reason, str) for reason in given.values()):
        hint = 'a list of fingerprints, or a table of them with reasons: 0123456789ab = "agreed with the shop"'
        raise SettingsError(f"allow has an impossible value: {value!r}", where=_TABLE, hint=hint)
    return given
