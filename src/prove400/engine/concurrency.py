"""The catalogue once more, under load: the same verdicts and equal predictions as alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from prove400.engine.findings import Judged
from prove400.engine.sanity import SHED, Sanity
from prove400.engine.sending import replies
from prove400.model import Case, Judgement, Reply, Side, Verdict
from prove400.oracle import Oracle
from prove400.sanity import differing
from prove400.transport import Transport

SLUG = "model.concurrent"
MOST = 5_000
"""Cases that are kept to be sent again."""
SEED = 400
"""Of the order in which they are sent again: the same in every run."""


@dataclass(slots=True)
class Load:
    """Keeps what was answered as it must be, one request at a time, and compares it with answers under load."""

    transport: Transport
    oracles: dict[str, Oracle]
    sanity: Sanity
    tolerance: float
    sent: int = 0
    shed: int = 0  # requests that were refused for the load, as is a server's right
    left_out: int = 0
    _alone: list[tuple[Case, Reply]] = field(default_factory=list)

    def keep(self, judged: Judged) -> None:
        """Keep a case that is discharged; what was ignored rather than answered is judged by several replies."""
        if judged.judgement.rule != "discharged":
            return
        if len(self._alone) < MOST:
            self._alone.append((judged.case, judged.reply))
        else:
            self.left_out += 1

    def judged(self, connections: int) -> Iterator[Judged]:
        """Send every kept case again, in another order and so many at once; give one obligation for each operation.

        Then the valid ones alone: refusals do not reach the model, so that beside them predictions seldom meet.
        """
        every = range(len(self._alone))
        valid = [index for index in every if self._alone[index][0].side is Side.VALID]
        shuffler = random.Random(SEED)  # noqa: S311 — an order, not a secret
        order = [*shuffler.sample(every, len(every)), *shuffler.sample(valid, len(valid))]
        again = replies(self.transport, (self._alone[index][0] for index in order), connections)
        moved: dict[str, dict[int, tuple[Reply, str]]] = {case.operation: {} for case, _ in self._alone}
        for index, (case, reply) in zip(order, again, strict=True):
            self.sent += 1
            if reply.status in SHED:
                self.shed += 1
            elif message := self._difference(case, self._alone[index][1], reply):
                moved[case.operation][index] = (reply, message)
        for operation, found in moved.items():
            yield self._outcome(operation, found)

    def _difference(self, case: Case, alone: Reply, loaded: Reply) -> str:
        """Say how the answer under load differs from the one alone; nothing where it does not."""
        judgement = self.oracles[case.operation].judge(case, loaded)
        if judgement.verdict is not Verdict.DISCHARGED:
            return f"{_shown(alone)} alone; under load {judgement.verdict}: {judgement.message}"
        before, after = (self.sanity.read(case.operation, case.request, reply) for reply in (alone, loaded))
        if case.side is Side.INVALID or before is None or after is None:
            return ""
        differs = differing(before, after, self.tolerance) is not None
        return f"{_shown(alone)} alone; {_shown(loaded)} under load" if differs else ""

    def _outcome(self, operation: str, found: dict[int, tuple[Reply, str]]) -> Judged:
        """Give the obligation of an operation: the first difference in plan order shows that it is broken."""
        index = min(found, default=next(i for i, (case, _) in enumerate(self._alone) if case.operation == operation))
        shown, alone = self._alone[index]
        case = self.sanity.case(shown, SLUG)
        if not found:
            return Judged(case, alone, Judgement(Verdict.DISCHARGED, "discharged"))
        reply, message = found[index]
        self.sent += 1
        steady = not self._difference(shown, alone, self.transport.send(shown.request))
        more = f"; {len(found)} requests of this operation differ" + (
            "" if steady else ", and this one also alone again"
        )
        moved = self.sanity.damage(operation, shown.request, alone, reply)
        return Judged(case, reply, Judgement(Verdict.UNSTABLE, SLUG, message + more), moved)


def _shown(reply: Reply) -> str:
    """Give what a message says of a reply: its status, and the start of its body."""
    return f"{reply.status or reply.failure} {reply.body[:80].decode('utf-8', 'replace')}".strip()
