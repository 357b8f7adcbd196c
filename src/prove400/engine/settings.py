"""What a user can set, with what holds otherwise."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from prove400.errors import SettingsError
from prove400.model import Severity


@dataclass(frozen=True, slots=True)
class Settings:
    """How to prove: every field is a setting of ``[tool.prove400]`` and a flag of the command line."""

    timeout: float = 10.0  # seconds that one reply may take
    connections: int = 4  # requests under way at once, over HTTP
    fail_on: Severity = Severity.ERROR  # the least severity of a finding that fails the run
    operations: tuple[str, ...] = ()  # labels such as "POST /predict"; empty means all
    patience: int = 5  # requests without a verdict, one after the other, before the run gives up

    def __post_init__(self) -> None:
        """Refuse impossible values with `SettingsError`."""
        if self.timeout <= 0 or self.connections < 1 or self.patience < 1:
            hint = "timeout is above 0; connections and patience are 1 or more"
            raise SettingsError("a setting is out of its range", where=repr(self), hint=hint)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Make settings from names and values; raises `SettingsError` for a name that is none, or a bad value."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(given.keys() - known)
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]!r}", hint=f"one of: {', '.join(sorted(known))}")
        values = {name: value for name, value in given.items() if value is not None}
        try:
            if "fail_on" in values:
                values["fail_on"] = Severity(values["fail_on"])
            if "operations" in values:
                values["operations"] = tuple(values["operations"])
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise SettingsError(f"a setting has an impossible value: {error}", where=repr(dict(given))) from error


def configured(folder: Path) -> dict[str, Any]:
    """Give the table ``[tool.prove400]`` of a folder's pyproject.toml; empty where there is none.

    Raises `SettingsError` where the file is not TOML.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsError(f"not TOML: {error}", where=str(file)) from error
    found = table.get("tool", {}).get("prove400", {})
    return {name.replace("-", "_"): value for name, value in found.items()}
