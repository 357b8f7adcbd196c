"""The baseline: a committed file of known findings, each with its reason, its owner and the day on which it expires.

An entry accepts one finding, one broken constraint with one verdict, as far as the operators that it lists show it.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prove400.errors import SettingsError
from prove400.model import Known

__all__ = ["read", "table_of"]

_MEND = "mend the entry, or write it anew with `prove400 baseline add`"


def read(path: Path) -> tuple[Known, ...]:
    """Give the entries of a file, in their order; raises `SettingsError` with the place of what is wrong in it."""
    try:
        return table_of(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        hint = "`prove400 baseline add` writes one; or leave the setting out"
        raise SettingsError(f"cannot read the baseline: {error.strerror}", str(path), hint) from error
    except UnicodeDecodeError as error:
        raise SettingsError("the baseline is not UTF-8", str(path), "save it as UTF-8") from error


def table_of(text: str, where: str) -> tuple[Known, ...]:
    """Give the entries that a text holds; raises `SettingsError` with the place of what is wrong in it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the baseline is not TOML: {error}", where, "mend the file at that place") from error
    if unknown := sorted(table.keys() - {"finding"}):
        raise SettingsError(f"the baseline has no member {unknown[0]!r}", where, "each entry is a [[finding]]")
    found = table.get("finding", [])
    if not (isinstance(found, list) and all(isinstance(entry, dict) for entry in found)):
        raise SettingsError("`finding` is no array of tables", where, "start each entry with [[finding]]")
    entries = tuple(_known(entry, f"{where}, entry {place}") for place, entry in enumerate(found, 1))
    seen: set[str] = set()
    for entry in entries:
        if entry.fingerprint in seen:
            raise SettingsError(f"two entries for {entry.fingerprint}", where, "keep one of them")
        seen.add(entry.fingerprint)
    return entries


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_text, value))


def _day(value: Any) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


_MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "fingerprint": (_text, "the digits that a report gives for the finding"),
    "operation": (_text, 'a label such as "POST /predict"'),
    "operators": (_texts, 'a list such as ["enum.case"]'),
    "reason": (_text, "why it is accepted"),
    "owner": (_text, "who sees to it"),
    "expires": (_day, "a date without quotes, such as 2027-01-31"),
    "about": (_text, "what the finding is, in words"),
}
"""Member of an entry → whether a value will do, and what it is to be."""


def _known(entry: dict[str, Any], where: str) -> Known:
    if unknown := sorted(entry.keys() - _MEMBERS.keys()):
        raise SettingsError(f"an entry has no member {unknown[0]!r}", where, f"one of: {', '.join(_MEMBERS)}")
    for name, (will_do, wanted) in _MEMBERS.items():
        if name not in entry and name != "about":
            raise SettingsError(f"the entry has no `{name}`", where, f"it is {wanted}; {_MEND}")
        if name in entry and not will_do(entry[name]):
            raise SettingsError(f"{name} has an impossible value: {entry[name]!r}", where, f"it is {wanted}; {_MEND}")
    given = entry | {"operators": tuple(entry["operators"]), "expires": entry["expires"].isoformat()}
    return Known(**given)
