"""Security Requirement Objects → what an operation asks of its callers (OpenAPI 3.1 sections 4.8.27 and 4.8.30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prove400 import pointer
from prove400.contract.references import Document
from prove400.errors import ContractError
from prove400.model import Part, Security


def security(document: Document, content: Mapping[str, Any], location: str) -> tuple[tuple[Security, ...], ...]:
    """Give an operation's alternatives, its own before the document's; raises `ContractError` for a malformed one."""
    holder, place = (content, location) if "security" in content else (document.content, "")
    listed = holder.get("security") or []
    if not isinstance(listed, list):
        raise ContractError("`security` is not an array", where=f"{place}/security")
    return tuple(tuple(_required(document, entry, f"{place}/security/{index}")) for index, entry in enumerate(listed))


def _required(document: Document, entry: Any, location: str) -> Iterator[Security]:
    if not isinstance(entry, Mapping):
        raise ContractError("a security requirement is not an object", where=location)
    for name in entry:
        declared = pointer.join("/components/securitySchemes", str(name))
        scheme, _ = document.follow({"$ref": f"#{declared}"}, pointer.join(location, str(name)))
        if not isinstance(scheme, Mapping):
            raise ContractError("a security scheme is not an object", where=declared)
        yield _security(str(name), scheme, declared, pointer.join(location, str(name)))


def _security(name: str, scheme: Mapping[str, Any], declared: str, location: str) -> Security:
    kind = str(scheme.get("type", ""))
    if kind == "apiKey":
        try:
            part = {"query": Part.QUERY, "header": Part.HEADER, "cookie": Part.COOKIE}[str(scheme["in"])]
            return Security(name, kind, part, str(scheme["name"]), location)
        except KeyError as error:
            hint = "an apiKey scheme has a `name`, and `in` is query, header or cookie"
            raise ContractError("a security scheme is malformed", where=declared, hint=hint) from error
    if kind == "http":
        kind = str(scheme.get("scheme", "")).lower()
    elif kind in ("oauth2", "openIdConnect"):
        kind = "bearer"  # RFC 6750 section 2.1
    return Security(name, kind, Part.HEADER, "Authorization", location)
