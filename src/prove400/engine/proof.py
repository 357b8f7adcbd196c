"""One execution: plan, send, judge, fold into a `Run`."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prove400.baseline import read
from prove400.cases import plan
from prove400.contract import Contract
from prove400.engine.asking import CONTRACT_PATH, answering
from prove400.engine.concurrency import MOST, SLUG, Load
from prove400.engine.findings import KEPT, MOST_SAID, Judged, Ledger
from prove400.engine.history import read_past
from prove400.engine.judging import Judge, oracles_of
from prove400.engine.masking import MASK
from prove400.engine.redaction import Redaction, redacted
from prove400.engine.resuming import by_obligation, is_settled, settled
from prove400.engine.rows import Measure, read_rows
from prove400.engine.sanity import Sanity
from prove400.engine.selection import Selection
from prove400.engine.sending import replies
from prove400.engine.settings import Settings
from prove400.engine.sharing import Recipe, Team
from prove400.engine.taking import reached_notes, shape_of
from prove400.engine.usable import unusable
from prove400.errors import SettingsError
from prove400.model import (
    Case,
    Finding,
    Known,
    Obligation,
    Operation,
    Outcome,
    Reply,
    Request,
    Run,
    Severity,
    Side,
    Unisolable,
    Verdict,
    fingerprint,
)
from prove400.oracle import Tally, policy_notes
from prove400.sanity import watched
from prove400.transport import Transport, at_once
from prove400.validation import SchemaValidators


@dataclass
class Proof:
    """One execution: `events` sends and judges case by case, `run` then tells what was seen."""

    transport: Transport
    contract: Contract
    settings: Settings

    def __post_init__(self) -> None:
        """Prepare empty books."""
        self.redaction = Redaction.of(self.contract, self.settings.secrets, self.settings.redact)
        self._validators = SchemaValidators(self.contract.document)
        self.lost = unusable(self.contract, self._validators)
        proven = self._proven_operations()
        shape, policy = shape_of(self.contract, self.settings), self.settings.policy
        oracles = oracles_of(self.contract, self._validators, policy, shape)
        self._told = Tally(shape)
        self._sanity = Sanity(proven, self._validators, self.settings.sanity)
        self._judge = Judge(self.transport, oracles, self._validators, self._sanity, self.redaction)
        self._baseline = read(Path(self.settings.baseline)) if self.settings.baseline else ()
        self._past = read_past(self.settings.past)
        self._selection = Selection(self.contract, self.settings)
        self._rows = read_rows(self.settings.rows) if self.settings.rows else ()
        self._load = Load(at_once(self.transport), oracles, self._sanity, self.settings.sanity.tolerance)
        self._ledger = Ledger()
        self._unisolable: list[Unisolable] = []
        self._notes = [*self.contract.notes, *policy_notes(policy)]
        self._sent = 0
        self._silence = 0
        self._whole = True
        self._settled: dict[Obligation, Outcome] = {}
        for label, error in self.lost.items():
            self.note(f"{label} is not proven: {error.what} (at {error.where}); {error.hint}", incomplete=True)
        self._began = time.perf_counter()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")

    def _proven_operations(self) -> tuple[Operation, ...]:
        """Give the operations whose schemas can be used, and plan those of them that are wanted.

        Raises `ContractError` where each that is wanted is lost.
        """
        wanted = self.settings.operations or tuple(operation.label for operation in self.contract.operations)
        usable = tuple(operation for operation in self.contract.operations if operation.label not in self.lost)
        self._labels = tuple(label for label in wanted if label not in self.lost) if self.lost else wanted
        self.lost = {label: error for label, error in self.lost.items() if label in wanted}
        if self.lost and not self._labels:
            raise next(iter(self.lost.values()))
        return usable

    def events(self) -> Iterator[Judged]:
        """Send every case and give it judged, in plan order; then say what the answers show of the model."""
        self._ledger.is_stream = True
        alone = bool(self.settings.concurrent)  # what load is compared with had better be answered without any
        for judged in (
            self._shared() if self.settings.jobs > 1 else self._own(1 if alone else self.transport.concurrency)
        ):
            self._observed(judged)
            self._ledger.add(judged)
            if alone:
                self._load.keep(judged)
            yield judged
            if self._gave_up(judged):
                return
        if not self._selection.is_partial:
            yield from self.judge_model()
        if alone:
            yield from self.judge_under_load()
        self.measure_damage()

    def _own(self, concurrency: int) -> Iterator[Judged]:
        """Prove every case in this process."""
        for case, reply in replies(self.transport, self._unsettled(), concurrency):
            self._sent += 1
            yield self._judge.judged(case, reply)

    def _shared(self) -> Iterator[Judged]:
        """Let other processes prove the shards of the plan."""
        if ":" not in self.transport.name:
            hint = "name the target as module:attr, or give a URL"
            raise SettingsError("several jobs cannot share an application object", where="jobs", hint=hint)
        team = Team(
            Recipe.of(self.transport.name, self.contract, replace(self.settings, operations=self._labels)),
            self.settings,
        )
        for proven in team.proven(self._unsettled()):
            self._sent += proven.sent
            yield from proven.judged
        if team.lost:
            self.note(f"{team.lost} cases were lost with the processes that sent them", incomplete=True)

    @property
    def sent(self) -> int:
        """How many requests have been sent."""
        return self._sent + self._judge.sent

    @property
    def left_out(self) -> int:
        """How many planned obligations have not been tried."""
        planned = {case.obligation for case in self.planned()}
        return len(planned - {outcome.obligation for outcome in self._ledger.outcomes})

    def gates(self, judged: Judged) -> bool:
        """Tell whether a judged case fails the run under the settings."""
        severe = judged.case.obligation.severity is Severity.ERROR or self.settings.fail_on is Severity.WARNING
        crashed = judged.judgement.verdict in (Verdict.SERVER_ERROR, Verdict.LEAKY, Verdict.UNREACHABLE)
        if self.known(judged) is not None:
            return False
        return judged.judgement.verdict is not Verdict.DISCHARGED and not judged.disputed and (severe or crashed)

    def known(self, judged: Judged) -> Known | None:
        """Give the entry of the baseline that accepts what a judged case shows, if one does."""
        shown = fingerprint(judged.case.obligation.constraint, judged.judgement.verdict)
        for known in self._baseline:
            if known.fingerprint == shown and known.accepts((judged.case.operator,), self._started):
                return known
        return None

    def planned(self) -> Iterator[Case]:
        """Plan the cases without sending any; what cannot be isolated is noted on the way."""
        self._unisolable.clear()
        chosen = self.settings
        secrets, refusals = dict(chosen.credentials), chosen.invalid_status
        every = partial(plan, self.contract, self._labels, chosen.strength, secrets, refusals, self._validators)
        for planned in self._selection.chosen(every):
            if isinstance(planned, Unisolable):
                self._unisolable.append(planned)
            else:
                yield planned

    def resume(self, run: Run) -> None:
        """Take over what an earlier run has settled, which is then not sent again.

        Raises `SettingsError` where that run is complete, or was of another contract or target, or with other settings.
        """
        self._settled = settled(run, self.contract, self.settings, self.transport.name)
        if self.settings.concurrent:
            self._settled.clear()  # what is compared under load must have been answered without it
        self.note(f"{len(self._settled)} obligations were shown before, in the run of {run.started}")

    def _unsettled(self) -> Iterator[Case]:
        if not self._settled:
            yield from self.planned()
            return
        for obligation, cases in by_obligation(self.planned()):
            if is_settled(self._settled, obligation, cases):
                self._ledger.adopt(self._settled[obligation])
            else:
                self._ledger.expect(obligation)
                yield from cases

    def stop(self, why: str) -> None:
        """End the run before its end: it counts as incomplete, and says what was not begun."""
        begun = list(dict.fromkeys(outcome.obligation.constraint.operation for outcome in self._ledger.outcomes))
        chosen = self.settings.operations or tuple(operation.label for operation in self.contract.operations)
        missing = ", ".join(label for label in chosen if label not in begun)
        parts = [f"in part: {begun[-1]}"] if begun else []
        parts += [f"not begun: {missing}"] if missing else []
        parts.append("the model was not judged")
        self.note(f"{why} after {self.sent:,} requests; {'; '.join(parts)}", incomplete=True)

    def judge(self, case: Case) -> Judged:
        """Send one case and judge it; what it shows is counted."""
        self._sent += 1
        judged = self._judged(case, self.transport.send(case.request))
        self._ledger.add(judged)
        return judged

    def absorb(self, seen: Collection[Judged], sent: int) -> None:
        """Count what other processes have judged, in plan order, and the requests that they sent.

        The model is judged anew, by the answers that all of them got; what one of them found to be wrong stays wrong.
        """
        places = {obligation: place for place, (obligation, _) in enumerate(by_obligation(self.planned()))}
        own = [each for each in seen if each.case.obligation in places]
        of_model = [each for each in seen if each.case.obligation not in places]
        for judged in sorted(own, key=lambda each: places[each.case.obligation]):
            self._observed(judged)
            self._ledger.add(judged)
        for _ in self.judge_model() if of_model else ():
            pass
        for judged in of_model:
            if judged.judgement.verdict is not Verdict.DISCHARGED and not self._ledger.is_known(judged):
                self._ledger.add(judged)
        self._sent += sent

    def judge_model(self) -> Iterator[Judged]:
        """Ask some valid requests once more, and judge the model by all answers so far; what they show is counted."""
        for operation, request in list(self._sanity.again()):
            self._sent += 1
            self._sanity.observe(operation, request, self.transport.send(request))
        for judged in self._sanity.judged():
            self._ledger.add(judged)
            yield judged

    @property
    def model_obligations(self) -> tuple[Obligation, ...]:
        """The obligations of the model that the answers to valid requests may decide."""
        return self._sanity.planned

    def observe(self, cases: Iterable[Case]) -> None:
        """Send the valid cases among these whose answers have not been seen, so that the model can be judged."""
        for case in filter(self._sanity.lacks, cases):
            self._sent += 1
            self._judged(case, self.transport.send(case.request))

    def watch_start(self) -> None:
        """Wait until the target says that it is ready, or answers, where the contract has no operation for that."""
        witnesses = (case for case in self.planned() if case.operator == "witness.itself")
        predicting = next((case.request for case in witnesses if self._sanity.predicts(case.operation)), None)
        asked = self._sanity.readiness_request
        if asked is None or predicting is None:
            answering(self.transport, Request("GET", CONTRACT_PATH), self.settings.attempts)
            return
        send = at_once(self.transport).send
        self._sanity.start = watched(lambda: send(asked), lambda: send(predicting), self.settings.attempts)

    def judge_under_load(self) -> Iterator[Judged]:
        """Send what was answered as it must be once more, many at once, and judge that nothing changes."""
        if SLUG in self.settings.sanity.off:
            return
        for judged in self._load.judged(2 * self.settings.concurrent):
            self._ledger.add(judged)
            yield judged
        self._sent += self._load.sent
        if self._load.shed:
            self.note(f"{self._load.shed} requests were refused under load with 429 or 503")
        if self._load.left_out:
            self.note(f"{self._load.left_out} cases were not sent again under load, beyond the first {MOST}")

    def measure_damage(self) -> None:
        """Measure the damage of what was found over the real rows that the settings name, in the contract's unit."""
        operations = {operation.label: operation for operation in self.contract.operations}
        measure = Measure(self.transport, self._validators, operations, self._rows)
        self._ledger.revise(lambda finding: measure.measured(finding, self._ledger.shown.get(finding.fingerprint, {})))
        self._sent += measure.sent
        if self._ledger.shown and self._rows:
            for text in measure.notes:
                self.note(text)
        elif self._ledger.shown:
            self.note("damage is measured on the witnesses alone: --rows FILE measures it on real rows")

    def replay(self, wanted: str) -> bool:
        """Send again what the finding with a fingerprint is about; tell whether the contract has anything such.

        Raises `SettingsError` for a finding under load where the settings ask for none.
        """
        usable = tuple(o.label for o in self.contract.operations if o.label not in self.lost)
        secrets = dict(self.settings.credentials)
        planned = plan(self.contract, usable, self.settings.strength, secrets, validators=self._validators)
        every = [item for item in planned if isinstance(item, Case)]
        about = next((case.obligation for case in self._sanity.cases() if _shows(case, wanted)), None)
        if about is None:
            cases = [case for case in every if _shows(case, wanted)]
            for case in cases:
                self.judge(case)
            return bool(cases)
        loaded = about.operator == SLUG
        if loaded and not self.settings.concurrent:
            raise SettingsError("this finding shows under load only", hint="say how much: --concurrent 8")
        own = (case for case in every if case.operation == about.constraint.operation)
        for case in own:
            if loaded or case.side is Side.VALID:
                self._load.keep(self.judge(case))
        for _ in self.judge_model():
            pass
        for _ in self.judge_under_load() if loaded else ():
            pass
        return True

    def _judged(self, case: Case, reply: Reply) -> Judged:
        judged = self._judge.judged(case, reply)
        self._observed(judged)
        return judged

    def _observed(self, judged: Judged) -> None:
        """Keep the answer to a valid request, which tells of the model, and how an invalid one was refused."""
        case, judgement = judged.case, judged.judgement
        if case.side is not Side.VALID:
            self._told.see(judged.reply)
            return
        self._sanity.tried(case.operation)
        if judgement.verdict is Verdict.DISCHARGED and self._sanity.concerns(case):
            self._sanity.observe(case.operation, case.request, judged.reply)

    def _gave_up(self, judged: Judged) -> bool:
        is_silent = judged.judgement.verdict is Verdict.UNREACHABLE and judged.reply.failure is not None
        self._silence = self._silence + 1 if is_silent else 0
        if self._silence < self.settings.patience:
            return False
        self.stop(f"gave up when {self._silence} requests in a row had no verdict ({judged.judgement.message}),")
        return True

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What has been found so far, worst first."""
        return self._ledger.findings

    def note(self, text: str, *, incomplete: bool = False) -> None:
        """Tell readers of the run something that they must know; `incomplete` keeps it from being passed."""
        self._notes.append(text)
        self._whole &= not incomplete

    def run(self) -> Run:
        """Give what was seen, without secrets; anything without a verdict makes it incomplete."""
        unreachable = self._ledger.unanswered.total()
        for text in self._unanswered():
            self.note(text)
        if self._ledger.counted > KEPT:
            self.note(f"all {self._ledger.counted:,} cases are counted; the first {KEPT:,} are kept one by one")
        if self._ledger.findings and (self.settings.secrets or self.settings.redact):
            self.note(f"{MASK} stands for a secret; `prove400 replay FINGERPRINT` takes it from your settings")
        told = (*self._told.notes, *reached_notes(self.transport, self.settings))
        seen = Run(
            target=self.transport.name,
            contract=self.contract.info,
            outcomes=self._ledger.outcomes,
            findings=tuple(map(self._with_source, self._ledger.findings)),
            unisolable=tuple(self._unisolable),
            sent=self.sent,
            started=self._started,
            seconds=time.perf_counter() - self._began,
            complete=self._whole and not unreachable,
            notes=tuple(dict.fromkeys((*self._notes, *self._selection.notes, *self._sanity.notes, *told))),
            settings=self.settings.chosen,
            model=self._sanity.model,
            predictions=self._sanity.predictions,
            baseline=self._baseline,
            past=self._past,
            headers=tuple(name for name, _ in self.settings.headers),
            fail_on=self.settings.fail_on,
            disputed=tuple(self._ledger.disputed),
            unreachable=unreachable,
            untouched=self._selection.untouched,
        )
        return redacted(seen, self.redaction)

    def _unanswered(self) -> Iterator[str]:
        """Say how many requests have no verdict and why, of the most frequent kinds."""
        kinds = self._ledger.unanswered.most_common()
        for (operation, why), count in kinds[:MOST_SAID]:
            have = f"{count} requests of {operation} have" if count > 1 else f"one request of {operation} has"
            yield f"{have} no verdict: {why.removeprefix('no reply: ')}"
        if rest := sum(count for _, count in kinds[MOST_SAID:]):
            yield f"{rest} more requests have no verdict, for other reasons or of other operations"

    def _with_source(self, finding: Finding) -> Finding:
        sources = self.contract.sources
        return replace(finding, source=sources.at(finding.keyword_location)) if sources else finding


def _shows(case: Case, wanted: str) -> bool:
    """Tell whether a finding with this fingerprint may be of a case."""
    return any(fingerprint(case.obligation.constraint, verdict) == wanted for verdict in Verdict)
