"""`$ref` inside one document: where it leads, and what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from prove400 import pointer
from prove400.errors import PointerError, UnresolvableReferenceError


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed contract document."""

    content: dict[str, Any]

    def at(self, location: str) -> Any:
        """Give what stands at a JSON Pointer; raises `PointerError` where nothing does."""
        return pointer.get(self.content, location)

    def follow(self, value: Any, location: str) -> tuple[Any, str]:
        """Follow a Reference Object until it ends; give what stands there and where (OpenAPI 3.1 section 4.8.23).

        Raises `UnresolvableReferenceError` where it leads nowhere, in a circle, or out of the document.
        """
        seen = {location}
        while isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            value, target = self._resolve(reference, location)
            if target in seen:
                raise UnresolvableReferenceError(f"{reference!r} leads in a circle", where=location)
            seen.add(target)
            location = target
        return value, location

    def _resolve(self, reference: str, location: str) -> tuple[Any, str]:
        if not reference.startswith("#"):
            hint = "bundle the contract into one document"
            raise UnresolvableReferenceError(f"{reference!r} leads out of the document", where=location, hint=hint)
        target = unquote(reference[1:])
        try:
            return self.at(target), target
        except PointerError as error:
            raise leading_nowhere(reference, location, error) from error


def leading_nowhere(reference: str, location: str, error: PointerError) -> UnresolvableReferenceError:
    """Say where a reference stands that leads nowhere, and why: nothing is there, or it is malformed (RFC 6901)."""
    reason = f": {error.what}" if error.hint else ""
    hint = error.hint or "check the spelling, and that the component exists"
    return UnresolvableReferenceError(f"{reference!r} leads nowhere{reason}", where=location, hint=hint)
