"""The file of a fleet (TOML) → its services, each with all its settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove400.engine import Settings
from prove400.errors import SettingsError

_OWN = ("name", "target", "contract", "owner")
"""Keys of an entry that say what it is; every other key is a setting."""
_LATER = ("changed_only", "changed_first")
"""Settings that are contracts: one that is broken is its own service's trouble."""
_FOLDER = "reports/fleet"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TAKEN = frozenset({"index", "fleet"})
"""Names of the files that tell of all services."""


@dataclass(frozen=True, slots=True)
class Service:
    """One entry: what is proven, who sees to it, and how it is proven."""

    name: str  # unique, whatever the case, and the name of its files
    target: str
    contract: str  # a file or URL; empty: the target is asked
    owner: str  # empty where nobody is named
    settings: Mapping[str, Any]  # as TOML has them


@dataclass(frozen=True, slots=True)
class Fleet:
    """All entries, in the order of the file, and the folder that their pages go to."""

    source: str
    folder: Path
    services: tuple[Service, ...]


def read_fleet(path: Path) -> Fleet:
    """Read the file of a fleet; raises `SettingsError` with the entry and the place of what cannot be used."""
    table = _table(path)
    where = str(path)
    _known(table, ("output", "defaults", "service"), where)
    defaults = _keyed(table.get("defaults", {}), f"{where} [defaults]")
    entries = table.get("service", [])
    if not isinstance(entries, list):
        raise SettingsError("service is no list of tables", where, "write [[service]], twice in brackets")
    if not entries:
        raise SettingsError("the fleet has no service", where, 'write [[service]], with `name = "…"`, `target = "…"`')
    services = tuple(_service(entry, defaults, f"{where} [[service]] {at}") for at, entry in enumerate(entries, 1))
    _distinct(services, where)
    return Fleet(where, Path(_text(table, "output", where, _FOLDER)), services)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "give the file that lists the services"
        raise SettingsError(f"cannot read the fleet: {error.strerror}", str(path), hint) from error
    except ValueError as error:
        raise SettingsError(f"not TOML: {error}", str(path), "mend the file at that place") from error


def _keyed(table: Any, where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise SettingsError(f"not a table: {table!r}", where, "write one line for each setting")
    return {key.replace("-", "_"): value for key, value in table.items()}


def _service(entry: Any, defaults: Mapping[str, Any], where: str) -> Service:
    own = _keyed(entry, where)
    name = _text(own, "name", where)
    where = f'{where} "{name}"'
    if not _NAME.fullmatch(name) or name.lower() in _TAKEN or name.endswith("."):
        hint = (
            f"its files are named by it: ASCII letters, digits, . _ -, at most 100; not {' or '.join(sorted(_TAKEN))}"
        )
        raise SettingsError("the name of the service is no name of a file", where, hint)
    whole = {**defaults, **own}
    settings = {key: value for key, value in whole.items() if key not in _OWN}
    _check(settings, where)
    contract, owner = (_text(whole, key, where, "") for key in ("contract", "owner"))
    return Service(name, _text(whole, "target", where), contract, owner, settings)


def _check(settings: Mapping[str, Any], where: str) -> None:
    """Raise `SettingsError` for a setting that is none, or has a bad value, before anything is sent."""
    try:
        Settings.of({key: value for key, value in settings.items() if key not in _LATER})
    except SettingsError as error:
        raise SettingsError(error.what, f"{where} {error.where}".strip(), error.hint) from error


def _text(table: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        what = f"no {key}" if value in (None, "") else f"{key} has an impossible value: {value!r}"
        raise SettingsError(what, where, f'write {key} = "…"')
    return value


def _known(table: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    unknown = sorted(table.keys() - set(names))
    if unknown:
        hint = f"one of: {', '.join(names)}; what holds for all services goes under [defaults]"
        raise SettingsError(f"unknown key {unknown[0]!r}", where, hint)


def _distinct(services: tuple[Service, ...], where: str) -> None:
    """Raise `SettingsError` for two names that are one where the case of files does not count."""
    seen: dict[str, int] = {}
    for at, service in enumerate(services, 1):
        first = seen.setdefault(service.name.lower(), at)
        if first != at:
            what = f'the services {first} and {at} have the same name, "{service.name}"'
            raise SettingsError(what, where, "their files would be the same: name them apart")
