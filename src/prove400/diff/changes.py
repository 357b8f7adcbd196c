"""Drafts that have been searched → changes, and what they touch."""

from __future__ import annotations

from dataclasses import replace

from prove400 import pointer
from prove400.diff.comparison import Change, Effect, Touched, Witness, label
from prove400.diff.drafts import Draft, Key, identity
from prove400.model import Constraint, Operation, Part
from prove400.model import Side as SideOf

_ANSWERED = {Effect.NARROWED: Effect.ANSWERS_NARROWED, Effect.WIDENED: Effect.ANSWERS_WIDENED}


def change(operation: str, draft: Draft, answer: str = "") -> Change:
    """Make a change of a draft that has been searched."""
    key = draft.key
    shown = tuple(draft.witnesses[effect][1] for effect in Effect if effect in draft.witnesses)
    if answer:
        shown = tuple(_of_answer(witness) for witness in shown)
    old, new = draft.obligations if not answer else ({}, {})
    at = pointer.join(_spelled_place(draft), key.member) if key.member else _spelled_place(draft)
    return Change(
        fingerprint=identity(operation, draft, answer),
        kind=draft.kind,
        operation=operation,
        place=f"{answer}{at}" if answer else _label(key, at),
        keyword=key.keyword,
        old=draft.old,
        new=draft.new,
        old_location=draft.location(0),
        new_location=draft.location(1),
        answer=answer,
        witnesses=shown,
        gained=tuple(each for each in new if each not in old),
        lost=tuple(each for each in old if each not in new),
        changed=tuple(each for each in new if each in old),
    )


def _label(key: Key, at: str) -> str:
    """Give part and place; what is of the operation as a whole has none."""
    is_whole = key.keyword in ("security", "servers", "operation", "wording")
    return "" if is_whole else label(key.part, at, key.media_type if key.keyword == "content" else "")


def _of_answer(witness: Witness) -> Witness:
    """Give a witness whose request stands for an answer as that answer."""
    body = b"" if witness.request is None else witness.request.body
    return replace(witness, effect=_ANSWERED.get(witness.effect, witness.effect), request=None, answer=body)


def _spelled_place(draft: Draft) -> str:
    """Give the place with a parameter's name as the contract spells it, and not by its turn in the path."""
    place = draft.key.place
    if draft.key.part is Part.BODY or not place:
        return place
    spelled = next((t.constraint.instance_location for side in reversed(draft.told) for t in side), place)
    return pointer.from_tokens([pointer.tokens(spelled)[0], *pointer.tokens(place)[1:]])


class Touches:
    """Adds up what was touched in the new contract."""

    def __init__(self) -> None:
        """Nothing was."""
        self.operations: set[str] = set()
        self._changed: set[str] = set()
        self._framed: set[str] = set()
        self._secured: set[str] = set()
        self._answers: set[tuple[str, SideOf]] = set()
        self._constraints: set[Constraint] = set()

    def add(self, operation: Operation, draft: Draft) -> None:
        """Note what a change of an operation's requests touched; of what no constraint tells, all of it."""
        self._changed.add(operation.label)
        if draft.key.keyword == "security":
            self._secured.add(operation.label)
        elif draft.key.keyword in ("content", "required") and not (draft.key.place or draft.key.member):
            self._framed.add(operation.label)
        elif not any(draft.told):
            self.operations.add(operation.label)
        self._constraints.update(each.constraint for each in draft.told[1])

    def answer(self, operation: Operation, status: str) -> None:
        """Note that the answers of a status changed: valid requests get those of 2xx, invalid ones others."""
        self._answers.update((operation.label, side) for side in SideOf if (side is SideOf.VALID) == (status[0] == "2"))

    def frozen(self) -> Touched:
        """Give what was touched."""
        return Touched(
            frozenset(self.operations),
            frozenset(self._changed),
            frozenset(self._framed),
            frozenset(self._secured),
            frozenset(self._answers),
            frozenset(self._constraints),
        )
