"""A case and its reply → judged: with the second opinion, the confirmation and the damage that a finding has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from prove400.contract import Contract
from prove400.engine.findings import Judged
from prove400.engine.redaction import Redaction
from prove400.engine.sanity import Sanity
from prove400.model import Case, Judgement, Obligation, Part, Reply, Verdict, fingerprint
from prove400.oracle import Oracle, is_used
from prove400.pointer import ABSENT
from prove400.transport import Transport
from prove400.validation import RequestJudge, SchemaValidators, media_of

SHARD = 200
"""Cases from which on a new shard begins, with the next obligation."""


class Shards:
    """Tells where shards begin: after so many cases, and never inside an obligation, whoever proves them."""

    def __init__(self) -> None:
        """Stand before the first case."""
        self._cases = SHARD
        self._obligation: Obligation | None = None

    def begins_with(self, case: Case) -> bool:
        """Tell whether the next case of the plan is the first of a shard."""
        begins = self._cases >= SHARD and case.obligation != self._obligation
        self._cases = 1 if begins else self._cases + 1
        self._obligation = case.obligation
        return begins


def oracles_of(
    contract: Contract, validators: SchemaValidators, policy: tuple[str, ...], shape: str
) -> dict[str, Oracle]:
    """Give what judges the replies of each operation, by its label."""
    answers = validators.of_responses()
    return {operation.label: Oracle(operation, answers, policy, shape) for operation in contract.operations}


class Judge:
    """Judges replies. What it remembers it forgets with each shard, so that it does not matter who proves which."""

    def __init__(
        self,
        transport: Transport,
        oracles: Mapping[str, Oracle],
        validators: SchemaValidators,
        sanity: Sanity,
        redaction: Redaction,
    ) -> None:
        """Take where requests are sent again, and what replies are judged by."""
        self.oracles = oracles
        self.sent = 0
        self._transport, self._validators = transport, validators
        self._sanity, self._redaction = sanity, redaction
        self._shards = Shards()
        self._confirmed: set[str] = set()
        self._witness_replies: dict[tuple[str, str], Reply] = {}

    def judged(self, case: Case, reply: Reply) -> Judged:
        """Judge a reply; what is broken is sent once more, the first time that it shows in a shard."""
        if self._shards.begins_with(case):
            self._confirmed.clear()
            self._witness_replies.clear()
        if case.request == case.witness:
            self._witness_replies.setdefault(_body_of(case), reply)
        judged = Judged(case, reply, self._judgement(case, reply))
        verdict = judged.judgement.verdict
        if verdict not in (Verdict.DISCHARGED, Verdict.UNREACHABLE) and not self._is_known(case, verdict):
            confirmed = self._confirmation(case, judged.judgement)
            judged = replace(judged, disputed=self._is_disputed(case), judgement=confirmed)
            if not judged.disputed:
                self._confirmed.add(fingerprint(case.obligation.constraint, confirmed.verdict))
        return self._with_damage(judged)

    def _is_known(self, case: Case, verdict: Verdict) -> bool:
        return fingerprint(case.obligation.constraint, verdict) in self._confirmed

    def _judgement(self, case: Case, reply: Reply) -> Judgement:
        judgement = self._tolerated(case, self.oracles[case.operation].judge(case, reply))
        return replace(judgement, message=self._redaction.text(judgement.message)) if judgement.message else judgement

    def _tolerated(self, case: Case, judgement: Judgement) -> Judgement:
        """Let a server ignore a read-only name: sent again, between two requests without it, it changes no answer."""
        if case.obligation.constraint.keyword != "readOnly" or judgement.verdict is not Verdict.SILENT_200:
            return judgement
        self.sent += 3
        before, reply, after = map(self._transport.send, (case.witness, case.request, case.witness))
        if is_used(case, reply, before, after):
            message = f"the read-only {case.obligation.constraint.member} changed the answer"
            return Judgement(judgement.verdict, judgement.rule, message)
        return Judgement(Verdict.DISCHARGED, "ignored", "answered as without the read-only name")

    def _confirmation(self, case: Case, judgement: Judgement) -> Judgement:
        """Send the same bytes again: a finding that does not repeat is another one."""
        self.sent += 1
        again = self._judgement(case, self._transport.send(case.request))
        if again.verdict in (judgement.verdict, Verdict.UNREACHABLE):
            return judgement
        message = f"the same bytes got {judgement.verdict} ({judgement.message}), then {again.verdict}"
        return Judgement(Verdict.UNSTABLE, "unstable", message)

    def _is_disputed(self, case: Case) -> bool:
        """Ask python-jsonschema whether it sees the body as the other validator does."""
        operation = self.oracles[case.operation].operation
        media = media_of(operation, case.request)
        value = RequestJudge(operation, self._validators).value(case.request, Part.BODY)
        if case.part is not Part.BODY or media is None or value is ABSENT:
            return False
        return self._validators.at(media.location).is_valid(value) != self._validators.second_opinion(
            media.location, value
        )

    def _with_damage(self, judged: Judged) -> Judged:
        if judged.judgement.verdict is not Verdict.SILENT_200:
            return judged
        case = judged.case
        moved = self._sanity.damage(case.operation, case.witness, self._witness_reply(case), judged.reply)
        return replace(judged, damage=moved)

    def _witness_reply(self, case: Case) -> Reply:
        body = _body_of(case)
        if body not in self._witness_replies:
            self.sent += 1
            self._witness_replies[body] = self._transport.send(case.witness)
        return self._witness_replies[body]


def _body_of(case: Case) -> tuple[str, str]:
    """Give what witnesses are told apart by: the operation, and the media type of the body."""
    return case.operation, case.obligation.constraint.media_type
