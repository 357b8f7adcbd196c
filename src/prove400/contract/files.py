"""Contract files: JSON or YAML, and what they refer to in other files, put into one document.

A reference to another file is followed inside the folder of the contract, and inside the folders that the user allows;
nothing is ever fetched from the network. What another file holds stands in the document under `FILES`, by its path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from prove400 import pointer
from prove400.errors import ContractError, UnresolvableReferenceError

FILES = "x-prove400-files"
"""Member of the document under which other files stand."""


class Files(Protocol):
    """Where files are read from: the file system, or a revision that keeps others at the same paths."""

    def read_bytes(self, path: Path) -> bytes:
        """Give the content of a file; raises `OSError` or `ContractError` where it cannot be read."""
        ...

    def is_file(self, path: Path) -> bool:
        """Tell whether a file stands there."""
        ...


class _Disk:
    """The file system."""

    def read_bytes(self, path: Path) -> bytes:
        """Give the content of a file."""
        return path.read_bytes()

    def is_file(self, path: Path) -> bool:
        """Tell whether a file stands there."""
        return path.is_file()


DISK = _Disk()


def parse_text(text: str | bytes, source: str) -> Any:
    """Give the value of a JSON or YAML text; raises `ContractError` with the place where it is neither."""
    if not text.strip():
        raise ContractError("the contract is empty", source, "a contract is an OpenAPI document")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        refusal = error
    from prove400.contract.yaml_text import value_of  # noqa: PLC0415 — slow to import, and seldom needed

    try:
        value = value_of(text)
    except (RecursionError, ValueError) as error:
        hint = "a contract is an OpenAPI document"
        looks_like_json = text.lstrip()[:1] in ("{", b"{")
        raise ContractError(
            f"not JSON: {refusal}" if looks_like_json else f"not YAML: {error}", source, hint
        ) from error
    return _named_by_text(value)


def _named_by_text(value: Any) -> Any:
    """Give the value with every name as a text: YAML reads ``200:`` as a number."""
    if isinstance(value, dict):
        return {name_of(name): _named_by_text(item) for name, item in value.items()}
    return [_named_by_text(item) for item in value] if isinstance(value, list) else value


def name_of(name: Any) -> str:
    """Give the name that the document has for a key of YAML."""
    return name if isinstance(name, str) else json.dumps(name, default=str)


def read(path: Path, files: Files = DISK) -> Any:
    """Give the value of a file; raises `ContractError` where it cannot be read."""
    try:
        text = files.read_bytes(path)
    except OSError as error:
        hint = "give the path of an OpenAPI document"
        raise ContractError(f"cannot read the contract: {error.strerror}", str(path), hint) from error
    return parse_text(text, str(path))


def bundle(path: Path, allowed: Iterable[Path] = (), files: Files = DISK) -> Any:
    """Give a contract file as one document, with the files that it refers to under `FILES`.

    Raises `UnresolvableReferenceError` for a reference that leaves the contract's folder, or goes to the network.
    """
    return _Bundle(path, tuple(folder.resolve() for folder in (path.parent, *allowed)), files).document()


class _Bundle:
    def __init__(self, path: Path, folders: tuple[Path, ...], source: Files) -> None:
        self._path = path.resolve()
        self._folders = folders
        self._source = source
        self._files: dict[str, Any] = {}

    def document(self) -> Any:
        content = self._rewritten(read(self._path, self._source), self._path, "")
        return {**content, FILES: self._files} if self._files and isinstance(content, dict) else content

    def _rewritten(self, value: Any, file: Path, at: str) -> Any:
        if isinstance(value, list):
            return [self._rewritten(item, file, f"{at}/{index}") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        changed = {name: self._rewritten(item, file, pointer.join(at, name)) for name, item in value.items()}
        if isinstance(reference := value.get("$ref"), str):
            changed["$ref"] = self._reference(reference, file, at)
        return changed

    def _reference(self, reference: str, file: Path, at: str) -> str:
        """Give a reference as it reads inside the one document; what names no file stays as it is."""
        parts = urlsplit(reference)
        if parts.scheme in ("http", "https", "file"):
            hint = "bundle the contract into one document; nothing is fetched"
            raise UnresolvableReferenceError(f"{reference!r} leads out of the contract's folder", at, hint)
        if not parts.path:
            inside = file == self._path or not parts.fragment.startswith("/")
            return reference if inside else f"#{self._place(file)}{parts.fragment}"
        target = (file.parent / unquote(parts.path)).resolve()
        if parts.scheme or not (target.suffix in (".json", ".yaml", ".yml") or self._source.is_file(target)):
            return reference  # an identifier, such as `$id` gives
        self._include(target, reference, at)
        return f"#{self._place(target)}{parts.fragment}"

    def _include(self, target: Path, reference: str, at: str) -> None:
        if not any(target.is_relative_to(folder) for folder in self._folders):
            hint = "allow its folder, or bundle the contract into one document"
            raise UnresolvableReferenceError(f"{reference!r} leads out of the contract's folder", at, hint)
        name = self._name(target)
        if target != self._path and name not in self._files:
            self._files[name] = None  # files may refer to one another
            self._files[name] = self._rewritten(read(target, self._source), target, pointer.join(f"/{FILES}", name))

    def _name(self, target: Path) -> str:
        root = self._folders[0]
        return str(target.relative_to(root)) if target.is_relative_to(root) else str(target)

    def _place(self, target: Path) -> str:
        """Give the place of a file in the document, as it stands in the fragment of a reference."""
        return "" if target == self._path else quote(pointer.join(f"/{FILES}", self._name(target)), safe="/~")
