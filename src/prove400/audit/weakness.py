"""What an audit finds: one value for each place where the contract and the model differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prove400.audit.facts import Facts
from prove400.pointer import ABSENT


class Rule(StrEnum):
    """What is weaker than the model, or stronger; docs/audit.md has a heading for each."""

    UNKNOWN_CATEGORY = "audit.unknown-category"  # a category is admitted that the encoder never saw
    FREE_STRING = "audit.free-string"  # any text is admitted where the encoder knows a few
    UNBOUNDED_NUMBER = "audit.unbounded-number"  # no minimum or maximum, and training's range is known
    WIDE_BOUNDS = "audit.wide-bounds"  # bounds far outside what training saw
    TYPE = "audit.type"  # another JSON type is admitted than training's
    EXTRA_PROPERTIES = "audit.extra-properties"  # properties are admitted that nobody declared
    NULL = "audit.null"  # null is admitted, and nothing fills it in
    MISSING = "audit.missing"  # a feature may be left out, and nothing fills it in
    ABSENT_FEATURE = "audit.absent-feature"  # the contract does not declare a feature
    UNKNOWN_PROPERTY = "audit.unknown-property"  # the contract declares what the model does not know
    NARROW_CATEGORY = "audit.narrow-category"  # a learned category is refused
    LABEL = "audit.label"  # the response's labels lack a class


class Level(StrEnum):
    """How much it matters."""

    ERROR = "error"  # admitted, and predicted from without a word although nothing was learned for it
    WARNING = "warning"  # admitted, and the model raises, extrapolates or ignores it
    NOTE = "note"  # the contract is not weaker, but differs


@dataclass(frozen=True, slots=True)
class Weakness:
    """One difference; `evidence` is a value that the contract admits (of a note, refuses), as the validator showed."""

    rule: Rule
    level: Level
    operation: str
    part: str  # a `Part` of the request, or "response"
    instance_location: str  # a template: ``*`` stands for any item
    keyword_location: str  # JSON Pointer into the contract: the keyword, else the schema that lacks one
    message: str
    evidence: Any = ABSENT
    suggestion: Any = None  # the fragment of a schema that would close it
    schema_location: str = ""  # JSON Pointer of the schema that the fragment is for
    replaced: tuple[str, ...] = ()  # keywords of that schema in whose place those of the fragment are to stand


@dataclass(frozen=True, slots=True)
class Audit:
    """All that one audit found, and what it was measured by."""

    contract: str
    facts: Facts
    places: tuple[str, ...]  # where the features were found: "POST /predict body/instances/*"
    found: tuple[Weakness, ...]

    @property
    def is_weaker(self) -> bool:
        """Whether anything but notes was found."""
        return any(weakness.level is not Level.NOTE for weakness in self.found)
