"""Two contracts → their operations in pairs, and what changed in each: requests first, then answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from prove400.assembly import assemble
from prove400.cases import plan
from prove400.contract import Contract
from prove400.diff.changes import Touches, change
from prove400.diff.classes import Classes
from prove400.diff.comparison import Change, Comparison, Effect, Kind, Witness
from prove400.diff.drafts import Draft, Key, Reader, drafts
from prove400.diff.meaning import Meaning, Wording
from prove400.diff.search import EFFECTS, Search, first_request
from prove400.diff.sides import Side, View, aligned, answering, first_of
from prove400.errors import ContractError
from prove400.model import Case, Operation, Part, Response
from prove400.oracle.responses import documented
from prove400.validation.routes import PathTemplate


def _key(operation: Operation) -> str:
    """Give what operations of two contracts are paired by: the names in a path are nobody's but the contract's."""
    return f"{operation.method} {PathTemplate(operation.path).form}"


@dataclass
class _Half:
    """What one direction of an operation's traffic is compared with: requests, or answers as if they were sent."""

    sides: tuple[Side, Side]
    classes: Classes
    readers: tuple[Reader, Reader]
    operations: tuple[dict[str, Operation], dict[str, Operation]]

    @classmethod
    def of(cls, old: View, new: View) -> _Half:
        sides = Side(old), Side(new)
        meanings = Meaning(sides[0].validators.schemas, 0), Meaning(sides[1].validators.schemas, 1)
        classes = Classes(lambda key: meanings[key[0]].unit(key[1]))
        classes.add(m.operation(o) for m, side in zip(meanings, sides, strict=True) for o in side.contract.operations)
        readers = Reader(meanings[0], classes), Reader(meanings[1], classes)
        by_key = first_of(old.operations, _key), first_of(new.operations, _key)
        return cls(sides, classes, readers, by_key)

    def is_same(self, old: Operation, new: Operation) -> bool:
        """Tell whether two operations mean the same."""
        pair = zip(self.readers, (old, new), strict=True)
        return len({self.classes.of(reader.meaning.operation(operation)) for reader, operation in pair}) == 1

    def searched(self, old: Operation, new: Operation) -> Search:
        """Give what changed between two operations, with the witnesses that were found."""
        search = Search(self.sides, (old, new), drafts(old, new, self.readers))
        search.run()
        search.drafts = [draft for draft in search.drafts if not _is_implied(draft, search.drafts)]
        if not search.drafts:
            search.drafts.append(Draft(Key(Part.BODY, "", "schema"), Kind.REWRITTEN))
        return search


def _is_implied(draft: Draft, every: list[Draft]) -> bool:
    """Tell whether what a combinator's change does is what changes inside its branches do, which are as many as before.

    A branch that came or went is a change of the combinator itself.
    """
    if not draft.is_combined or draft.kind is not Kind.CHANGED or _size(draft.old) != _size(draft.new):
        return False
    own = draft.key
    inner = [
        other
        for other in every
        if other is not draft
        and other.key.part is own.part
        and (other.key.place == own.place or other.key.place.startswith(f"{own.place}/"))
        and (len(other.key.branches) > len(own.branches) or not other.is_combined)
    ]
    shown = {effect for other in inner for effect in other.witnesses}
    return bool(inner) and shown.issuperset(draft.witnesses)


def _size(value: Any) -> int:
    """Give how many schemas a keyword holds."""
    return len(value) if isinstance(value, list) else 1


class Pair:
    """Two contracts, their operations paired."""

    def __init__(self, old: Contract, new: Contract) -> None:
        """Read both contracts; nothing is searched yet."""
        self.contracts = old, new
        self.operations = tuple(first_of(contract.operations, _key) for contract in self.contracts)
        turns: dict[tuple[str, str, str], int] = {}
        bases = {now.label: was.base_path for was, now in self._paired()}
        self.asked = _Half.of(aligned(old, {}), aligned(new, bases))
        self.answered = _Half.of(*(answering(contract, turns, _key) for contract in self.contracts))
        self.turns = turns
        wordings = Wording(old.document, 0), Wording(new.document, 1)
        self.wordings = wordings
        self.words = Classes(lambda key: wordings[key[0]].unit(key[1]))
        self.words.add(w.operation(o) for w, c in zip(wordings, self.contracts, strict=True) for o in c.operations)
        self.changes: list[Change] = []
        self.tried = self.disputed = self.compared_operations = 0
        self.touched = Touches()

    @cached_property
    def unaligned(self) -> tuple[Side, Side]:
        """The two contracts, each with its own server paths."""
        return Side(self.contracts[0]), Side(self.contracts[1])

    def _paired(self) -> list[tuple[Operation, Operation]]:
        old, new = self.operations
        return [(old[key], new[key]) for key in new if key in old]

    def compared(self) -> Comparison:
        """Compare operation by operation, in the order of the new contract; then what the old one had beside."""
        old, new = self.operations
        for key, operation in new.items():
            if key in old:
                self._compare(key, old[key], operation)
            else:
                self._lone(operation, 1)
        for key, operation in old.items():
            if key not in new:
                self._lone(operation, 0)
        was, now = (contract.source for contract in self.contracts)
        return Comparison(was, now, tuple(self.changes), self.compared_operations, self.tried, self.disputed,
                          touched=self.touched.frozen())  # fmt: skip

    def _compare(self, key: str, was: Operation, now: Operation) -> None:
        before = len(self.changes)
        asked = (self.asked.operations[0][key], self.asked.operations[1][key])
        found = [self._moved(was, now)] if was.base_path != now.base_path else []
        if not self.asked.is_same(*asked):
            self.compared_operations += 1
            found += self._searched(self.asked, *asked).drafts
        for draft in found:
            self.touched.add(now, draft)
            self.changes.append(change(now.label, draft))
        self._answers(key, was, now)
        pair = zip(self.wordings, (was, now), strict=True)
        if len(self.changes) == before and len({self.words.of(w.operation(o)) for w, o in pair}) > 1:
            draft = Draft(Key(Part.BODY, "", "wording"), Kind.WORDING)
            self.changes.append(change(now.label, draft))

    def _searched(self, half: _Half, old: Operation, new: Operation) -> Search:
        search = half.searched(old, new)
        self.tried += search.tried
        self.disputed += search.disputed
        return search

    def _moved(self, was: Operation, now: Operation) -> Draft:
        """Show that the requests of an operation go elsewhere now: its servers have another path."""
        draft = Draft(Key(Part.PATH, "", "servers"), Kind.CHANGED, was.base_path, now.base_path)
        sides = self.unaligned
        for admitting, operation in enumerate((was, now)):
            request = first_request(sides[admitting], operation) or assemble(operation, ())
            faults = sides[1 - admitting].faults(request)
            if faults:
                effect = EFFECTS[1 - admitting]
                draft.witnesses[effect] = (), Witness(effect, request, refused_by=faults[0].rule)
        return draft

    def _lone(self, operation: Operation, turn: int) -> None:
        """Tell of an operation that only one contract has: that of turn 0 is lost, that of turn 1 is gained."""
        side, other = self.asked.sides[turn], self.asked.sides[1 - turn]
        own = self.asked.operations[turn][_key(operation)]
        ids: dict[str, None] = {}
        request = None
        for case in plan(side.contract, [own.label]):
            if isinstance(case, Case):
                ids[case.obligation.id] = None
                request = request or (case.request if case.operator == "witness.itself" else None)
        request = request or assemble(own, ())
        draft = Draft(Key(Part.PATH, "", "operation"), (Kind.LOST, Kind.GAINED)[turn])
        draft.obligations[turn].update(ids)
        effect = (Effect.NARROWED, Effect.ADDED)[turn]
        faults = other.faults(request)
        if faults:
            by = faults[0].rule or faults[0].keyword_location
            draft.witnesses[effect] = (), Witness(effect, request, b"", faults[0].place, by, len(faults) - 1)
        if turn:
            self.touched.operations.add(operation.label)
        found = change(operation.label, draft)
        is_new = bool(turn)
        self.changes.append(
            replace(found, new_location=operation.location)
            if is_new
            else replace(found, old_location=operation.location)
        )

    def _answers(self, key: str, was: Operation, now: Operation) -> None:
        old, new = ({response.status: response for response in o.responses} for o in (was, now))
        for status in dict.fromkeys((*new, *old)):
            before = len(self.changes)
            if status in old and status in new:
                self._response(key, now.label, old[status], new[status])
            else:
                self._status(was, now, status, is_gained=status in new)
            if len(self.changes) > before:
                self.touched.answer(now, status)

    def _response(self, key: str, operation: str, old: Response, new: Response) -> None:
        types = [[media.media_type for media in response.media] for response in (old, new)]
        for name in dict.fromkeys((*types[1], *types[0])):
            answer = f"{old.status} {name}"
            if name not in types[0] or name not in types[1]:
                self._told(operation, answer, "content", name, is_gained=name in types[1])
                continue
            turn = self.turns[key, old.status, name]
            pair = tuple(half[f"POST /{turn}"] for half in self.answered.operations)
            if not self.answered.is_same(*pair):
                try:
                    found = self._searched(self.answered, *pair).drafts
                except ContractError:  # a schema of answers that is none keeps nobody from proving requests
                    found = [Draft(Key(Part.BODY, "", "schema"), Kind.REWRITTEN)]
                self.changes += [change(operation, draft, answer) for draft in found]
        headers = [set(response.required_headers) for response in (old, new)]
        for name in sorted(headers[0] ^ headers[1]):  # what is asked for no more, an answer may lack
            self._told(operation, old.status, "header", name, is_gained=name in headers[1], widens=name in headers[0])

    def _status(self, was: Operation, now: Operation, status: str, *, is_gained: bool) -> None:
        """Tell of a status that only one contract documents; an error is known by its class (RFC 9110 section 15)."""
        others = was if is_gained else now
        is_covered = status.isdecimal() and documented(others, int(status)) is not None
        is_known = is_covered or (is_gained and status[:1] in "45D")
        self._told(now.label, status, "status", status, is_gained=is_gained, is_known=is_known)

    def _told(  # noqa: PLR0913 — a change that needs no search has this many sides
        self, operation: str, answer: str, keyword: str, value: str, *,
        is_gained: bool, is_known: bool = False, widens: bool | None = None,
    ) -> None:  # fmt: skip
        """Note a change of the answers that is its own witness."""
        kind = Kind.GAINED if is_gained else Kind.LOST
        draft = Draft(Key(Part.BODY, "", keyword, value), kind, *((None, value) if is_gained else (value, None)))
        is_wide = is_gained if widens is None else widens
        if not is_known:
            effect = Effect.ANSWERS_WIDENED if is_wide else Effect.ANSWERS_NARROWED
            draft.witnesses[effect] = (), Witness(effect, refused_by=keyword)
        self.changes.append(replace(change(operation, draft, answer), place=answer))
