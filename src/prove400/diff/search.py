"""Drafts → witnesses: each request of both catalogues is judged by both contracts, and those on which they differ kept.

Of a change's witnesses the plainest counts: it breaks least beside the change, and it is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from prove400 import pointer
from prove400.assembly import with_body, with_secrets
from prove400.cases import plan
from prove400.cases.trials import is_instance
from prove400.diff.comparison import Effect, Kind, Witness
from prove400.diff.drafts import Draft, Key, Told
from prove400.diff.sides import Side
from prove400.media_types import is_json, matching
from prove400.model import Case, Constraint, Operation, Part, Request
from prove400.model import Side as SideOf
from prove400.obligations import ASSERTIONS
from prove400.pointer import ABSENT
from prove400.validation import ANNOTATIONS, Fault

MOST_TRANSPLANTED = 8
"""Values of one change's cases that are put into the other contract's request."""
EFFECTS = (Effect.WIDENED, Effect.NARROWED)
"""What it shows that the old contract refuses a request and the new admits it (0), or the other way round (1)."""
_SECRET = "secret"  # noqa: S105 — stands for one
Plainness = tuple[int, bool, int, str]


@dataclass
class Search:
    """Looks for the witnesses of one operation's drafts."""

    sides: tuple[Side, Side]
    operations: tuple[Operation, Operation]
    drafts: list[Draft]
    tried: int = 0
    disputed: int = 0
    _owners: tuple[dict[Constraint, Draft], dict[Constraint, Draft]] = field(init=False)
    _located: tuple[dict[str, list[tuple[Told, Draft]]], ...] = field(init=False)
    _spare: dict[int, list[tuple[Case, int]]] = field(default_factory=dict)
    _plain: dict[int, Case] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the drafts by their constraints, and by where these stand."""
        self._owners = ({}, {})
        self._located = ({}, {})
        for draft in self.drafts:
            for turn in (0, 1):
                for told in draft.told[turn]:
                    self._owners[turn][told.constraint] = draft
                    self._located[turn].setdefault(told.constraint.keyword_location, []).append((told, draft))

    def run(self) -> None:
        """Judge every case of both plans by both contracts."""
        for turn in (0, 1):
            for case in self._planned(turn):
                self._consider(case, turn)
        for draft in self.drafts:
            if not draft.witnesses:
                self._transplant(draft)
            if draft.key.keyword == "security":
                self._secure(draft)

    def _planned(self, turn: int) -> Iterator[Case]:
        label = self.operations[turn].label
        yield from (case for case in plan(self.sides[turn].contract, [label]) if isinstance(case, Case))

    def _consider(self, case: Case, turn: int) -> None:
        self.tried += 1
        own = self._owners[turn].get(case.obligation.constraint)
        if own is not None:
            own.obligations[turn][case.obligation.id] = None
            spare = self._spare.setdefault(id(own), [])
            if case.side is SideOf.INVALID and len(spare) < MOST_TRANSPLANTED:
                spare.append((case, turn))
        elif case.operator == "witness.itself":
            self._plain[turn] = case
        if _is_certain(case) and bool(self.sides[1 - turn].faults(case.request)) == (case.side is SideOf.INVALID):
            return  # the contract that planned it sees it so, too
        refusing, faults = self._difference(case.request)
        if faults:
            is_own = own is not None and refusing == turn and case.side is SideOf.INVALID
            self._witness([own] if is_own and own else self._blamed(refusing, faults, case.request), refusing,
                          case.request, faults)  # fmt: skip

    def _difference(self, request: Request) -> tuple[int, tuple[Fault, ...]]:
        """Give which contract refuses a request that the other admits, and why; no faults where neither does."""
        old, new = (side.faults(request) for side in self.sides)
        if bool(old) == bool(new) or not all(side.is_settled(request) for side in self.sides):
            return 0, ()
        return (0, old) if old else (1, new)

    def _witness(self, blamed: Iterable[Draft], refusing: int, request: Request, faults: tuple[Fault, ...]) -> None:
        effect, rank = EFFECTS[refusing], _plainness(request, faults)
        better = [d for d in blamed if effect not in d.witnesses or rank < d.witnesses[effect][0]]
        if not better:
            return
        if not all(side.is_seconded(request) for side in self.sides):
            self.disputed += 1
            return
        for draft in better:
            fault = self._fault_of(draft, refusing, faults)
            by = fault.rule or fault.keyword_location
            draft.witnesses[effect] = rank, Witness(effect, request, b"", fault.place, by, len(faults) - 1)

    def _fault_of(self, draft: Draft, refusing: int, faults: tuple[Fault, ...]) -> Fault:
        own = (fault for fault in faults if draft in self._known(refusing, fault))
        return next(own, faults[0])

    def _blamed(self, refusing: int, faults: tuple[Fault, ...], request: Request) -> list[Draft]:
        """Give the drafts that faults are of; where none is, the nearest to the first fault, or a new one."""
        known = [draft for fault in faults for draft in self._known(refusing, fault)]
        return list({id(draft): draft for draft in known}.values()) or [self._nearest(faults[0], request)]

    def _known(self, refusing: int, fault: Fault) -> list[Draft]:
        return [
            draft
            for told, draft in self._located[refusing].get(fault.keyword_location, ())
            if told.constraint.part is fault.part
            and told.constraint.member in ("", fault.member)
            and is_instance(fault.instance_location, told.constraint.instance_location)
        ]

    def _nearest(self, fault: Fault, request: Request) -> Draft:
        framed = self._framed(fault, request)
        if framed is not None:
            return framed
        near = [(len(pointer.tokens(at)), index) for index, draft in enumerate(self.drafts)
                if draft.key.part is fault.part for at in draft.places() if _is_near(fault.place, at)]  # fmt: skip
        if near:
            deepest = max(depth for depth, _ in near)
            return self.drafts[min(index for depth, index in near if depth == deepest)]
        keyword = fault.rule or fault.keyword_location.rpartition("/")[2]
        found = Draft(Key(fault.part, pointer.template(fault.instance_location), keyword), Kind.CHANGED)
        self.drafts.append(found)
        return found

    def _framed(self, fault: Fault, request: Request) -> Draft | None:
        """Give the draft of what stands before any schema: the path, the media type, or that there is a body."""
        keyword = {"path.unknown": "servers", "content-type": "content", "body.missing": "required"}.get(fault.rule)
        sent = request.header("Content-Type") or ""
        for draft in self.drafts if keyword else ():
            key = draft.key
            is_meant = key.keyword == keyword and not (key.member or key.place)
            if is_meant and (keyword != "content" or matching([key.media_type], sent) is not None):
                return draft
        return None

    def _transplant(self, draft: Draft) -> None:
        """Put values that break a draft's constraint in one contract into the other's plainest request."""
        for case, turn in self._spare.get(id(draft), ()):
            base, side = self._plain.get(1 - turn), self.sides[turn]
            media = next(iter(self.operations[1 - turn].body), None)
            if base is None or media is None or case.part is not Part.BODY or not is_json(media.media_type):
                return
            values = [s.value(r) for s, r in ((side, case.request), (self.sides[1 - turn], base.request))]
            if any(value is ABSENT for value in values):
                continue
            sent, around = (pointer.get(value, case.instance_location, ABSENT) for value in values)
            if sent is ABSENT or around is ABSENT:
                continue
            request = with_body(base.request, media, pointer.replace(values[1], case.instance_location, sent))
            self.tried += 1
            refusing, faults = self._difference(request)
            if faults and draft in self._blamed(refusing, faults, request):
                self._witness([draft], refusing, request, faults)

    def _secure(self, draft: Draft) -> None:
        """Show which credentials one contract accepts and the other does not: those of one of its alternatives."""
        draft.witnesses.clear()
        for refusing in (0, 1):
            admitting = 1 - refusing
            case, names = self._plain.get(admitting), draft.old if admitting == 0 else draft.new
            others = draft.new if admitting == 0 else draft.old
            if case is None or self.sides[admitting].faults(case.request):
                continue
            for every in self.operations[admitting].security or ((),):
                carried = {f"{s.kind} {s.part} {s.field}" for s in every}
                is_sendable = all(s.kind in ("apiKey", "basic", "bearer") for s in every)
                if is_sendable and not _satisfies(carried, others) and (_satisfies(carried, names)):
                    request = with_secrets(case.request, every, {s.name: _SECRET for s in every})
                    effect = EFFECTS[refusing]
                    place = f"{self.operations[refusing].location}/security"
                    draft.witnesses[effect] = (), Witness(effect, request, b"", "", place)
                    break


def _is_certain(case: Case) -> bool:
    """Tell whether a case shows by itself what the contract that planned it says of the request."""
    keyword = case.obligation.constraint.keyword
    return case.side is SideOf.VALID or (keyword in ASSERTIONS and keyword not in (*ANNOTATIONS, "discriminator"))


def _satisfies(carried: set[str], alternatives: list[list[str]]) -> bool:
    return not alternatives or any(carried.issuperset(every) for every in alternatives)


def _is_near(place: str, template: str) -> bool:
    """Tell whether a place is a template's, above it or below it."""
    names, wanted = pointer.tokens(place), pointer.tokens(template)
    return all(want in ("*", name) for name, want in zip(names, wanted, strict=False))


def _plainness(request: Request, faults: tuple[Fault, ...]) -> Plainness:
    """Give what sorts witnesses: those that break least beside come first, then such as people can read, then short."""
    text = request.target.encode() + request.body
    is_odd = not (text.isascii() and text.decode("ascii").isprintable())
    return len(faults), is_odd, len(text), repr(request.headers)


def first_request(side: Side, operation: Operation) -> Request | None:
    """Give the plainest valid request of an operation; None where none is found."""
    cases = (case for case in plan(side.contract, [operation.label]) if isinstance(case, Case))
    return next((case.request for case in cases if case.operator == "witness.itself"), None)
