"""What a user can set, with what holds otherwise."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from prove400 import pointer
from prove400.contract import Contract, load
from prove400.contract.revisions import load_any
from prove400.errors import SettingsError
from prove400.model import Severity
from prove400.oracle import POLICIES, SHAPES
from prove400.sanity import PAUSE, SLUGS, Limits

LONGEST = 86_400.0
"""Seconds in a day, the most that a reply may take; the system's calls refuse about 25 days and more."""
HINTS = {
    "timeout": "a number of seconds above 0, at most a day",
    "connections": "an integer, 1 or more",
    "patience": "an integer, 1 or more",
    "strength": "1 or 2",
    "fail_on": f"one of: {', '.join(Severity)}",
    "operations": 'a list of labels such as "POST /predict"',
    "concurrent": "an integer, 0 or more",
    "rows": "the path of a file",
    "wait": "a number of seconds from 0, at most a day",
    "jobs": "an integer, 1 or more",
    "backend": "one of: loky, dask, ray",
    "cluster": "the address of a Dask scheduler or a Ray cluster, for those backends",
    "baseline": "the path of a file",
    "past": "a list of paths: reports of earlier runs in JSON, or folders of them",
    "redact": 'a list of names such as "password"',
    "changed_only": "a contract: a file, or REV:PATH",
    "changed_first": "a contract: a file, or REV:PATH; and not with changed_only",
    "sanity": 'false or "off", or a table of checks and their numbers',
    "headers": 'a list of texts "Name: value", or a table of names and values; "$NAME" is read from the environment',
    "rate": "a number of requests a second, 0 or more",
    "ca_file": "the path of a PEM file, or of a folder of them",
    "insecure": "true or false",
    "base_path": "a path such as /api/v1",
    "model": "the name of a model of the target",
    "overlay": "a list of paths: overlays, merge patches or JSON patches",
    "policy": f"a list of: {', '.join(POLICIES)}",
    "errors": f"one of: auto, {', '.join(SHAPES)}",
    "invalid_status": "a list of statuses from 400 to 499",
}
"""What each setting may be."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


_UNTOLD = frozenset({"credentials", "headers", "baseline", "past", "jobs", "backend", "cluster"})
"""Settings that are secret, or do not change what is sent and seen."""
ELSEWHERE = frozenset({"target", "contract", "report", "allow_references", "models", "diff"})
"""Settings of ``[tool.prove400]`` that say what to prove, and where reports go: the command line reads them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to prove: every field is a setting of ``[tool.prove400]`` and a flag of the command line."""

    timeout: float = 10.0  # seconds that one reply may take
    connections: int = 4  # requests under way at once, over HTTP
    fail_on: Severity = Severity.ERROR  # the least severity of a finding that fails the run
    operations: tuple[str, ...] = ()  # labels such as "POST /predict"; empty means all
    strength: int = 1  # 2 breaks any two constraints at once, too
    credentials: tuple[tuple[str, str], ...] = ()  # secrets by name of security scheme; "$NAME" is read from there
    patience: int = 5  # requests without a verdict, one after the other, before the run gives up
    concurrent: int = 0  # requests that the target is expected to answer at once; twice as many are sent; 0: none are
    rows: str = ""  # file of real rows, over which the damage of silent 200s is measured; none: on the witnesses
    wait: float = 0.0  # seconds that the target may take to start; how it says that it is ready is then judged
    jobs: int = 1  # processes that share the cases of one run
    backend: str = "loky"  # who they are: loky on this machine, dask or ray on a cluster
    cluster: str = ""  # address of the cluster
    baseline: str = ""  # file of known findings, which do not fail the run
    past: tuple[str, ...] = ()  # reports of earlier runs, or folders of them: what is new since, and a trend
    redact: tuple[str, ...] = ()  # names of fields whose values are secret: headers, parameters, cookies, JSON members
    changed_only: Contract | None = field(default=None, hash=False)  # only what changed since this one is proven
    changed_first: Contract | None = field(default=None, hash=False)  # what changed since this one is proven first
    sanity: Limits = field(default_factory=Limits)  # which checks of the model run, and their numbers
    headers: tuple[tuple[str, str], ...] = ()  # sent with every request that has none of the name; "$NAME" as above
    rate: float = 0.0  # requests a second at most; 0: as many as there are
    ca_file: str = ""  # authorities to trust beside none, in PEM: a file, or a folder of them
    insecure: bool = False  # whether any certificate will do
    base_path: str = ""  # put in the place of what the contract says of its servers
    model: str = ""  # the one meant, where the target has several
    overlay: tuple[str, ...] = ()  # files that tighten the contract
    policy: tuple[str, ...] = ()  # rules that are relaxed on purpose
    errors: str = "auto"  # the shape in which errors name their places
    invalid_status: tuple[int, ...] = (400,)  # what refuses invalid input where the contract does not say

    def __post_init__(self) -> None:
        """Refuse impossible values with `SettingsError`."""
        _check("timeout", self.timeout, (int, float), within=0 < _number(self.timeout) <= LONGEST)
        _check("wait", self.wait, (int, float), within=0 <= _number(self.wait) <= LONGEST)
        _check("concurrent", self.concurrent, (int,), within=_number(self.concurrent) >= 0)
        _check("rows", self.rows, (str,), within=True)
        _check("jobs", self.jobs, (int,), within=_number(self.jobs) >= 1)
        _check("backend", self.backend, (str,), within=self.backend in ("loky", "dask", "ray"))
        _check("cluster", self.cluster, (str,), within=bool(self.cluster) == (self.backend != "loky"))
        _check("baseline", self.baseline, (str,), within=True)
        _check("past", self.past, (tuple,), within=_texts(self.past))
        _check("connections", self.connections, (int,), within=_number(self.connections) >= 1)
        _check("patience", self.patience, (int,), within=_number(self.patience) >= 1)
        _check("strength", self.strength, (int,), within=self.strength in (1, 2))
        _check("fail_on", self.fail_on, (Severity,), within=True)
        _check("operations", self.operations, (tuple,), within=True)
        _check("sanity", self.sanity, (Limits,), within=True)
        _check("redact", self.redact, (tuple,), within=True)
        _check("changed_only", self.changed_only, (Contract, type(None)), within=True)
        either = self.changed_only is None or self.changed_first is None
        _check("changed_first", self.changed_first, (Contract, type(None)), within=either)
        _check("headers", self.headers, (tuple,), within=all(map(_is_field, self.headers)))
        _check("rate", self.rate, (int, float), within=0 <= _number(self.rate) < math.inf)
        _check("overlay", self.overlay, (tuple,), within=_texts(self.overlay))
        _check("policy", self.policy, (tuple,), within=set(self.policy) <= set(POLICIES))
        _check("errors", self.errors, (str,), within=self.errors in ("auto", *SHAPES))
        _check("invalid_status", self.invalid_status, (tuple,), within=_refusals(self.invalid_status))
        _check("base_path", self.base_path, (str,), within=self.base_path[:1] in ("", "/"))
        for name in ("ca_file", "model"):
            _check(name, getattr(self, name), (str,), within=True)
        if not isinstance(self.insecure, bool):
            raise SettingsError(f"insecure has an impossible value: {self.insecure!r}", hint=HINTS["insecure"])
        for label in self.operations:
            _check("operations", label, (str,), within=True)
        for name in self.redact:
            _check("redact", name, (str,), within=bool(name))

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """What differs from the defaults, in words; secrets are not told."""
        own = ((each.name, getattr(self, each.name)) for each in fields(self) if each.name not in _UNTOLD)
        standard = Settings()
        return tuple((name, _told(value)) for name, value in own if value != getattr(standard, name))

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """All that no report may show: credentials, and the values of header fields."""
        return (*self.credentials, *self.headers)

    @property
    def attempts(self) -> int:
        """How often a target that starts is asked."""
        return 1 + math.ceil(self.wait / PAUSE)

    @property
    def most_connections(self) -> int:
        """How many connections there are to be, over HTTP."""
        return max(self.connections, 2 * self.concurrent)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Make settings from names and values; raises `SettingsError` for a name that is none, or a bad value."""
        known = {each.name for each in fields(cls)}
        unknown = sorted(given.keys() - known)
        if unknown:
            raise SettingsError(
                f"unknown setting {unknown[0]!r}", hint=f"one of: {', '.join(sorted(known | ELSEWHERE))}"
            )
        return cls(**{name: _converted(name, value) for name, value in given.items() if value is not None})


def _converted(name: str, value: Any) -> Any:
    """Give the value of a setting as its field holds it, from how TOML and flags write it; others stay as they are."""
    if name in _CONVERTERS:
        return _CONVERTERS[name](value)
    return _listed(value) if name in _LISTS else value


def _severity(value: Any) -> Any:
    return Severity(value) if value in tuple(Severity) else value


def _limits(value: Any) -> Any:
    if isinstance(value, bool) or value == "off":
        return Limits(off=frozenset(() if value is True else SLUGS))
    return Limits.of(value) if isinstance(value, dict) else value


def _contract(value: Any) -> Any:
    if isinstance(value, str):
        return load_any(value)
    return load(value) if isinstance(value, dict) else value


def _credentials(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((scheme, _secret(scheme, secret)) for scheme, secret in value.items())
    if not isinstance(value, tuple):  # which is not shown: it may hold a secret
        raise SettingsError("credentials is no table", hint='write NAME = "SECRET", or NAME = "$VARIABLE"')
    return value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "fail_on": _severity,
    "credentials": _credentials,
    "headers": lambda value: tuple(_fields(value)),
    "sanity": _limits,
    "changed_only": _contract,
    "changed_first": _contract,
}
"""Setting → what makes its value of what TOML or a flag has."""
_LISTS = ("operations", "past", "redact", "overlay", "policy", "invalid_status")
"""Settings that are lists; one item may stand for itself."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def with_entries(table: Any, entries: Iterable[str]) -> Any:
    """Give a table with entries ``NAME=VALUE``, whose values are written as in TOML; ``off`` turns all of it off.

    Raises `SettingsError` for an entry that is none.
    """
    whole = dict(table) if isinstance(table, dict) else {}
    for entry in entries:
        if entry == "off":
            return False
        name, _, value = entry.partition("=")
        if not name or not value:
            hint = "write NAME=VALUE, such as model.constant=false or inputs=16; or off"
            raise SettingsError(f"not a setting: {entry!r}", where="sanity", hint=hint)
        whole |= _entry(name, value)
    return whole


def _entry(name: str, value: str) -> dict[str, Any]:
    """Give an entry of a table; what TOML cannot read stays a text, which is then refused as a value."""
    try:
        return tomllib.loads(f'"{name}" = {value}')
    except tomllib.TOMLDecodeError:
        return {name: value}


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Limits):
        standard = Limits()
        own = ((each.name, getattr(value, each.name)) for each in fields(value))
        return ", ".join(f"{name}={_plain(item)}" for name, item in own if item != getattr(standard, name))
    return f"sha256 {value.info.sha256[:12]}" if isinstance(value, Contract) else str(value)


def _plain(value: Any) -> str:
    return " ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def _fields(value: Any) -> Iterator[tuple[str, str]]:
    """Give header fields, from a table or from texts ``Name: value``."""
    pairs = value.items() if isinstance(value, dict) else [value] if isinstance(value, str) else value
    for pair in pairs:
        name, _, text = pair.partition(":") if isinstance(pair, str) else (pair[0], "", pair[1])
        if isinstance(pair, str) and ":" not in pair:
            raise SettingsError(f"not a header: {pair!r}", hint=HINTS["headers"])
        yield name.strip(), _expanded(name.strip(), str(text).strip())


def _expanded(name: str, text: str) -> str:
    """Give a header's value, of which any word may be read from the environment: ``Bearer $TOKEN``."""
    return " ".join(_secret(name, word, "headers") for word in text.split(" "))


def _is_field(pair: Any) -> bool:
    """Tell whether a pair is a header field (RFC 9110 section 5): a token, and a value without line breaks."""
    name, value = pair
    return bool(_TOKEN.fullmatch(name)) and not any(character in value for character in "\r\n\0")


def _refusals(value: Any) -> bool:
    return bool(value) and all(isinstance(status, int) and 400 <= status < 500 for status in value)  # noqa: PLR2004 — RFC 9110


def _secret(scheme: str, secret: Any, where: str = "credentials") -> str:
    """Give a secret, read from the environment where it is written as ``$NAME``."""
    if isinstance(secret, str) and secret.startswith("$"):
        if secret[1:] not in os.environ:
            shown = secret[1:] if secret[1:].isidentifier() else "variable of such a name"
            raise SettingsError(f"the environment has no {shown}", where=f"{where}.{scheme}", hint="set it")
        return os.environ[secret[1:]]
    return str(secret)


def _number(value: Any) -> float:
    """Give a number as it is; for anything else NaN, which is in no range."""
    return value if isinstance(value, int | float) else math.nan


def _texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value)


def _check(name: str, value: Any, kinds: tuple[type, ...], *, within: bool) -> None:
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise SettingsError(f"{name} has an impossible value: {value!r}", hint=HINTS[name])
    if not within:
        raise SettingsError(f"{name} is out of its range: {value!r}", hint=HINTS[name])


def configured(folder: Path) -> dict[str, Any]:
    """Give the table ``[tool.prove400]`` of a folder's pyproject.toml; empty where there is none.

    Raises `SettingsError` where the file cannot be read, is not TOML, or has something else than a table there.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "make it readable, or start from another folder"
        raise SettingsError(f"cannot read the settings: {error.strerror}", where=str(file), hint=hint) from error
    except ValueError as error:
        raise SettingsError(f"not TOML: {error}", where=str(file), hint="mend the file at that place") from error
    found = pointer.get(table, "/tool/prove400", {})
    if not isinstance(found, dict):
        hint = "write the table [tool.prove400], with one line for each setting"
        raise SettingsError(f"tool.prove400 is no table: {found!r}", where=str(file), hint=hint)
    return {name.replace("-", "_"): value for name, value in found.items()}
