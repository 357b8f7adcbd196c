"""What a comparison of two contracts comes to, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from prove400.model import SPARSE, Case, Constraint, Part, Request, Side, Unisolable


class Kind(StrEnum):
    """What became of a part of the contract."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    REWRITTEN = "rewritten"  # the same constraints, or such as are none of the catalogue's, written in another way
    WORDING = "wording"  # descriptions, titles, examples


class Effect(StrEnum):
    """What a witness shows of a change."""

    NARROWED = "narrowed"  # a request that was admitted is refused: clients break
    WIDENED = "widened"  # a request that was refused is admitted: whoever relied on the refusal breaks
    ANSWERS_WIDENED = "answers-widened"  # an answer that was ruled out is admitted: who reads answers breaks
    ANSWERS_NARROWED = "answers-narrowed"  # an answer that was admitted is ruled out: nobody breaks
    ADDED = "added"  # a new operation: nobody breaks


BREAKING = frozenset({Effect.NARROWED, Effect.WIDENED, Effect.ANSWERS_WIDENED})


@dataclass(frozen=True, slots=True)
class Witness:
    """A request, or an answer's body, that one contract admits and the other refuses; two validators agree on both."""

    effect: Effect
    request: Request | None = None  # None: it is an answer
    answer: bytes = b""
    refused_at: str = ""  # instance location
    refused_by: str = ""  # keyword location in the contract that refuses; a slug where it is no keyword's matter
    beside: int = 0  # other constraints of that contract that it breaks too


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the contract that changed, with a witness for each effect that was found."""

    fingerprint: str
    kind: Kind
    operation: str
    place: str  # ``body/carat``, ``200 application/json/price``
    keyword: str
    old: Any = None
    new: Any = None
    old_location: str = ""  # JSON Pointer into the contract
    new_location: str = ""
    answer: str = ""  # status and media type, where it is about answers
    witnesses: tuple[Witness, ...] = ()
    gained: tuple[str, ...] = ()  # obligations, by id
    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    allowed: str | None = None  # the reason, where it was allowed

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the witnesses show, in the order of `Effect`."""
        shown = {witness.effect for witness in self.witnesses}
        return tuple(effect for effect in Effect if effect in shown)

    @property
    def is_breaking(self) -> bool:
        """Whether anybody may break, allowed or not."""
        return not BREAKING.isdisjoint(self.effects)


@dataclass(frozen=True, slots=True)
class Touched:
    """Which obligations of the new contract a change touched."""

    operations: frozenset[str] = frozenset()  # all of theirs: they are new, or nobody can tell
    changed: frozenset[str] = frozenset()  # operations of which something changed
    framed: frozenset[str] = frozenset()  # those whose media types changed
    secured: frozenset[str] = frozenset()  # those whose security changed
    answers: frozenset[tuple[str, Side]] = frozenset()  # operation, and the side whose answers changed
    constraints: frozenset[Constraint] = frozenset()

    def has(self, planned: Case | Unisolable) -> bool:
        """Tell whether what was planned is of an obligation that was touched."""
        constraint = planned.obligation.constraint if isinstance(planned, Case) else planned.constraint
        operation, side = constraint.operation, planned.side if isinstance(planned, Case) else None
        return (
            operation in self.operations
            or constraint in self.constraints
            or (operation, side) in self.answers
            or (operation in self.changed and constraint.keyword == "witness")
            or (operation in self.framed and constraint.keyword.partition(".")[0] in ("body", "content-type"))
            or (operation in self.secured and "/security/" in constraint.keyword_location)
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed between two contracts."""

    old: str  # where it came from
    new: str
    changes: tuple[Change, ...]
    operations: int = 0  # compared by requests: those whose meaning differs
    tried: int = 0  # requests and answers of both catalogues that both contracts have judged
    disputed: int = 0  # of these, what the two validators see differently, and which is no witness
    unused: tuple[str, ...] = ()  # fingerprints that were allowed, and that no change has
    touched: Touched = field(default_factory=Touched, repr=False, metadata=SPARSE)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes by which anybody may break, and that nobody has allowed."""
        return tuple(change for change in self.changes if change.is_breaking and change.allowed is None)

    @property
    def verdict(self) -> str:
        """``compatible``; else ``narrows``, ``widens``, or ``incompatible`` where it does both, or answers widen."""
        effects = {effect for change in self.breaking for effect in change.effects} & BREAKING
        words = {Effect.NARROWED: "narrows", Effect.WIDENED: "widens", Effect.ANSWERS_WIDENED: "widens answers"}
        return words[effects.pop()] if len(effects) == 1 else "incompatible" if effects else "compatible"

    def failing(self, fail_on: frozenset[Effect] = BREAKING) -> tuple[Change, ...]:
        """Give the breaking changes that have one of the effects."""
        return tuple(change for change in self.breaking if not fail_on.isdisjoint(change.effects))


def label(part: Part | None, place: str, media_type: str = "") -> str:
    """Give part and place, as people read it."""
    return f"{part or ''}{f'[{media_type}]' if media_type else ''}{place}"
