"""A contract: an OpenAPI document from a file, a URL or an application, as operations."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from prove400.contract.files import bundle, parse_text
from prove400.contract.operations import operations
from prove400.contract.references import Document
from prove400.contract.sources import Sources
from prove400.errors import ContractError
from prove400.model import ContractInfo, Operation

__all__ = ["Contract", "Document", "from_document", "load", "parse"]

_VERSION = re.compile(r"3\.[01]\.[0-9]+(?:-.+)?")  # the pattern of the official OpenAPI schemas, for both versions


@dataclass(frozen=True)
class Contract:
    """A usable contract: the document and its operations."""

    document: Document
    source: str = "<document>"
    notes: tuple[str, ...] = ()  # what a reader must know of how it came about
    file: Path | None = None  # that it was read from, as it was given

    @cached_property
    def sources(self) -> Sources | None:
        """What finds keyword locations in the file; None where the contract is from none."""
        return Sources(self.file) if self.file else None

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        return tuple(operations(self.document))

    @cached_property
    def info(self) -> ContractInfo:
        """Title, version, and the sha256 of the document as canonical JSON."""
        about = _about(self.document.content)
        canonical = json.dumps(self.document.content, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
        return ContractInfo(str(about.get("title", "")), str(about.get("version", "")), digest, self.source)


def _about(content: dict[str, Any]) -> dict[str, Any]:
    about = content.get("info", {})
    if not isinstance(about, dict):
        hint = "an Info Object has a `title` and a `version`"
        raise ContractError("`info` is not an object", where="/info", hint=hint)
    return about


def from_document(content: Any, source: str = "<document>", notes: tuple[str, ...] = ()) -> Contract:
    """Make a contract from a parsed document; raises `ContractError` where it is not OpenAPI 3.0 or 3.1."""
    if not isinstance(content, dict):
        raise ContractError("a contract is an object", where=source, hint="give an OpenAPI document")
    version = str(content.get("openapi", ""))
    if "swagger" in content:
        hint = "convert it to OpenAPI 3: `npx swagger2openapi FILE --outfile openapi.json`"
        raise ContractError("Swagger 2.0 is not supported", where=source, hint=hint)
    if not _VERSION.fullmatch(version):
        hint = "the document needs `openapi: 3.1.x` or `3.0.x`"
        raise ContractError(f"not an OpenAPI 3.0 or 3.1 document (openapi: {version!r})", where=source, hint=hint)
    _about(content)
    contract = Contract(Document(content), source, notes)
    _ = contract.operations
    return contract


def parse(text: str | bytes, source: str) -> Contract:
    """Make a contract from JSON or YAML text; raises `ContractError` with the place where it is broken."""
    return from_document(parse_text(text, source), source)


def load(source: str | Path | dict[str, Any] | Contract, *, allow: Iterable[str | Path] = ()) -> Contract:
    """Make a contract from a JSON or YAML file, a parsed document, or one that is already there.

    A file may refer to others in its own folder, and in the folders of `allow`; nothing is fetched from a network.
    Raises `ContractError` for a file that cannot be read or is no OpenAPI 3.0 or 3.1 document, and
    `UnresolvableReferenceError` for a reference that leads out of those folders.
    """
    if isinstance(source, Contract):
        return source
    if isinstance(source, dict):
        return from_document(source)
    path = Path(source)
    return replace(from_document(bundle(path, map(Path, allow)), str(source)), file=path)
