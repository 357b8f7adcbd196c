"""Where commands meet the world: exit codes, errors as one readable message, files that are written."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from prove400.errors import Prove400Error, SettingsError, TargetError

DISCHARGED, FINDINGS, UNUSABLE, INCOMPLETE = 0, 1, 2, 3


def guarded(command: Callable[..., int]) -> Callable[..., None]:
    """Turn the command's result into the exit code, and our errors into one readable message."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except TargetError as error:
            complain(error)
            code = INCOMPLETE
        except Prove400Error as error:
            complain(error)
            code = UNUSABLE
        except BrokenPipeError:  # whoever read what was printed has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = INCOMPLETE
        except click.ClickException:
            raise
        except Exception:  # noqa: BLE001 — an exit code of 1 would read as findings
            traceback.print_exc()
            complain(Prove400Error("an error of prove400 itself", hint="please report it with the lines above"))
            code = INCOMPLETE
        sys.exit(code)

    return run


def complain(error: Prove400Error) -> None:
    """Write an error at the width of the terminal; no word is broken, so that paths and URLs can be copied."""
    width = shutil.get_terminal_size().columns
    for line in f"Error: {error}".splitlines():
        click.echo(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False), err=True)


def write(path: Path, text: str) -> None:
    """Write a file, making its folder; raises `SettingsError` where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        hint = "give a path whose folders are folders, and where you may write"
        raise SettingsError(f"cannot write the file: {error.strerror}", where=str(path), hint=hint) from error
