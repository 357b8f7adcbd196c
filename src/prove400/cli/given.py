"""What a user gave: flags first, then ``[tool.prove400]`` of the folder's pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prove400.contract import Contract
from prove400.contract.revisions import is_revision, load_any
from prove400.engine import Proof, Settings, found, published, reached, taken
from prove400.engine.settings import ELSEWHERE, configured, with_entries
from prove400.errors import ContractError, SettingsError, TargetError
from prove400.readers import Site, named
from prove400.transport import Transport


def text_setting(name: str) -> str | None:
    """Give a setting of pyproject.toml that is a text, or None."""
    value = configured(Path.cwd()).get(name)
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"{name} has an impossible value: {value!r}", hint="write a text in quotes")
    return value


def target_of(given: str | None) -> str:
    """Give the target: a URL, or ``module:attr``; raises `SettingsError` where none is given."""
    target = given or text_setting("target")
    if not target:
        raise SettingsError("no target", hint="give a URL or module:attr, or set `target` in [tool.prove400]")
    return target


def settings_of(**flags: Any) -> Settings:
    """Give the settings: flags before those of pyproject.toml; raises `SettingsError` for one that is none."""
    own = {name: value for name, value in configured(Path.cwd()).items() if name not in ELSEWHERE}
    if sanity := flags.pop("sanity", ()):
        flags["sanity"] = with_entries(own.get("sanity"), sanity)
    return Settings.of({**own, **{name: value for name, value in flags.items() if value not in (None, ())}})


@contextmanager
def proof_of(target: str | None, contract: str | None, settings: Settings) -> Iterator[Proof]:
    """Connect to the target, take the contract, and close the connections in the end."""
    transport = reached(target_of(target), settings)
    try:
        document = contract_of(contract, transport, settings)
        if not document.operations:
            hint = "describe what the API takes under `paths`, or give another contract: --contract FILE"
            raise ContractError("the contract has no operation", document.source, hint)
        proof = Proof(transport, document, settings)
        if settings.wait:
            proof.watch_start()
        yield proof
    finally:
        transport.close()


def contract_of(given: str | None, transport: Transport, settings: Settings) -> Contract:
    """Give the contract of a file or URL, or the target's own; as the settings tighten it."""
    source: Any = given or text_setting("contract")
    if source and "://" in source:
        try:
            source = named(_fetched(source, settings), Site(transport, settings.model))
        except TargetError as error:
            raise ContractError(error.what, error.where, "check the address of the contract") from error
    pins = configured(Path.cwd()).get("models")
    return taken(source, transport, settings, pins=pins, allow=reference_folders())


def source_of(given: str) -> Contract:
    """Give a contract to compare: a URL of one or of a target, ``module:attr``, a file, or ``REV:PATH``.

    Raises `ContractError` where there is none.
    """
    is_target = ":" in given and not Path(given).exists() and not is_revision(given)
    is_document = "://" in given and given.partition("://")[2].partition("/")[2] != ""
    try:
        if is_target:
            return _fetched(given, settings_of()) if is_document else publication_of(given)
        return load_any(given, allow=reference_folders())
    except TargetError as error:
        hint = error.hint or "give a file, a URL, module:attr, or REV:PATH"
        raise ContractError(error.what, error.where, hint) from error


def reference_folders() -> list[str]:
    """Give the folders whose files a contract may refer to, beside its own."""
    found = configured(Path.cwd()).get("allow_references", [])
    if not (isinstance(found, list) and all(isinstance(folder, str) for folder in found)):
        raise SettingsError("allow_references is no list of folders", where="[tool.prove400]", hint="a list of paths")
    return found


def _fetched(url: str, settings: Settings) -> Contract:
    scheme, _, rest = url.partition("://")
    base, slash, path = rest.partition("/")
    transport = reached(f"{scheme}://{base}", settings, connections=1)
    try:
        return published(transport, slash + path)
    finally:
        transport.close()


def publication_of(target: str | None, **flags: Any) -> Contract:
    """Give what a target publishes, or what a reader makes of it."""
    settings = settings_of(**flags)
    transport = reached(target_of(target), settings, connections=1)
    try:
        return found(transport, settings.attempts, settings.model)
    finally:
        transport.close()
