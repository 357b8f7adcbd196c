"""What can go wrong on our side, as one tree.

Faults of the API under test are findings, never exceptions. What follows is for everything else::

    Prove400Error
    ├── ContractError
    │   └── UnresolvableReferenceError
    ├── ModelError
    ├── PointerError
    ├── ReportError
    ├── SettingsError
    ├── StrictJSONError
    ├── TargetError
    └── WitnessError
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Prove400Error(Exception):
    """Root of every exception that prove400 raises; ``str()`` says what, where, and what to try."""

    what: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Join the three fields into one readable message."""
        place = f" (at {self.where})" if self.where else ""
        advice = f"\nHint: {self.hint}" if self.hint else ""
        return f"{self.what}{place}{advice}"


@dataclass(eq=False)
class ContractError(Prove400Error):
    """A contract that cannot be used: unreadable, not OpenAPI 3.0 or 3.1, or broken inside."""


@dataclass(eq=False)
class UnresolvableReferenceError(ContractError):
    """A ``$ref`` that points nowhere, or to a place that may not be followed."""


@dataclass(eq=False)
class ModelError(Prove400Error):
    """A trained model, or its manifest, that cannot be read, or that nobody pinned by its sha256."""


@dataclass(eq=False)
class PointerError(Prove400Error):
    """A JSON Pointer (RFC 6901) that is malformed or leads to nothing in the value."""


@dataclass(eq=False)
class ReportError(Prove400Error):
    """A report that cannot be written, or one that cannot be read back."""


@dataclass(eq=False)
class SettingsError(Prove400Error):
    """A setting with an unknown name or an impossible value."""


@dataclass(eq=False)
class StrictJSONError(Prove400Error):
    """Bytes that are not strict JSON (RFC 8259 with unique names, I-JSON strings and finite numbers)."""

    rule: str = "json.syntax"


@dataclass(eq=False)
class TargetError(Prove400Error):
    """A target that cannot be loaded or reached."""


@dataclass(eq=False)
class WitnessError(Prove400Error):
    """No valid request could be found for an operation, so nothing can be broken in isolation."""
