"""Answers of a run → the obligations of the model: what the catalogue's valid side shows, judged at its end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from prove400 import pointer
from prove400.engine.findings import Judged
from prove400.model import (
    Case,
    Constraint,
    Damage,
    Judgement,
    Obligation,
    Operation,
    Part,
    Predictions,
    Reply,
    Request,
    Severity,
    Side,
    Verdict,
)
from prove400.oracle import damage, numbers
from prove400.sanity import (
    CHECKS,
    SLUGS,
    Answer,
    Check,
    Limits,
    Outputs,
    Reader,
    Sighting,
    Word,
    identity,
    judged_start,
    outputs_of,
    readiness_of,
)
from prove400.validation import RequestJudge, SchemaValidators

MOST = 1_000
"""Answers of one operation that are kept: the first that came."""
SHOWN = 256
"""Predictions of one place that a run tells, spread evenly over all."""
SHED = (429, 503)
"""Statuses by which a server that is well sheds load (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
RESPELLED = frozenset({"format.rare-variant", "format.variant", "minLength.blank", "type.control-characters"})
"""Operators whose texts say nothing, or nothing new, so that they are no inputs with which a prediction must change."""


@dataclass(slots=True)
class _Watched:
    """One operation, and what it has answered."""

    operation: Operation
    reader: Reader
    answers: list[Answer] = field(default_factory=list)
    tried: bool = False  # whether a valid request was sent

    @property
    def outputs(self) -> Outputs:
        return self.reader.outputs

    @property
    def numbers(self) -> dict[str, list[float]]:
        """The numbers that were predicted for different inputs, by the template of their place."""
        found: dict[str, list[float]] = {}
        distinct = {identity(answer.inputs): answer.predictions for answer in self.answers}
        for at, value in (item for predictions in distinct.values() for item in predictions.items()):
            for _, number in numbers(value):
                if math.isfinite(number):
                    found.setdefault(pointer.template(at), []).append(number)
        return found


class Sanity:
    """Keeps the valid answers of each operation, and says at the end what they show of the model."""

    def __init__(self, operations: tuple[Operation, ...], validators: SchemaValidators, limits: Limits) -> None:
        """Find where the answers of each operation hold predictions, and what names the model."""
        self._limits = limits
        self._operations = {operation.label: operation for operation in operations}
        answers = validators.of_responses()
        self._readers = {
            label: Reader(operation, RequestJudge(operation, validators), outputs_of(answers.schemas, operation))
            for label, operation in self._operations.items()
        }
        self._watched = {
            label: _Watched(self._operations[label], reader)
            for label, reader in self._readers.items()
            if any(check.concerns(reader.outputs) for check in self._checks())
        }
        readiness = readiness_of(operations)
        self.readiness = None if readiness is None or "model.readiness" in limits.off else readiness
        self.start: tuple[Sighting, ...] = ()
        self.notes: list[str] = []

    def _checks(self) -> Iterator[Check]:
        return (check for check in CHECKS if check.slug not in self._limits.off)

    def predicts(self, operation: str) -> bool:
        """Tell whether an operation answers with predictions."""
        return operation in self._watched and bool(self._watched[operation].outputs.predictions)

    def read(self, operation: str, request: Request, reply: Reply) -> Answer | None:
        """Give what a reply predicts, or None."""
        return self._watched[operation].reader.read(request, reply) if operation in self._watched else None

    def damage(self, operation: str, request: Request, before: Reply, after: Reply) -> Damage | None:
        """Compare what two replies predict, the first of them to the request."""
        return damage(before, after, self._readers[operation].counts(request, before))

    def tried(self, operation: str) -> None:
        """Take note that a valid request was sent, whatever its answer."""
        if operation in self._watched:
            self._watched[operation].tried = True

    def observe(self, operation: str, request: Request, reply: Reply) -> None:
        """Keep the answer to a valid request; a request that was answered before may be refused this time."""
        watched = self._watched.get(operation)
        if watched is None or len(watched.answers) >= MOST or reply.failure or reply.status in SHED:
            return
        if answer := watched.reader.read(request, reply):
            watched.answers.append(answer)

    @property
    def planned(self) -> tuple[Obligation, ...]:
        """The obligations that answers may decide, in the order in which they are judged."""
        each = ((w, check) for w in self._watched.values() for check in self._checks() if check.concerns(w.outputs))
        return tuple(
            _case(w.operation, w.outputs, check.slug, Request("", "")).obligation
            for w, check in each
            if self._gates(check)
        )

    def _gates(self, check: Check) -> bool:
        return check.slug != "model.first-request" or self._limits.first_request_gates

    def concerns(self, case: Case) -> bool:
        """Tell whether the answer to a case says something of the model."""
        return case.side is Side.VALID and case.operator not in RESPELLED

    def lacks(self, case: Case) -> bool:
        """Tell whether the answer to a case that says something of the model is still to be seen."""
        watched = self._watched.get(case.operation)
        seen = watched is not None and any(answer.request == case.request for answer in watched.answers)
        return self.concerns(case) and watched is not None and not seen

    def again(self) -> Iterator[tuple[str, Request]]:
        """Give the requests that are sent once more at the end: the first of each operation twice, and others."""
        for label, watched in self._watched.items():
            distinct = list(dict.fromkeys(answer.request for answer in watched.answers))
            turns = range(self._limits.repeats if distinct else 0)
            spread = [distinct[turn * len(distinct) // self._limits.repeats] for turn in turns]
            yield from ((label, request) for request in (*spread, *spread[:1]))

    def judged(self) -> Iterator[Judged]:
        """Give every obligation of the model that the answers decide; what they do not is noted."""
        undecided = []
        for label, watched in self._watched.items():
            concerned = [check for check in self._checks() if check.concerns(watched.outputs)]
            slugs = ", ".join(check.slug for check in concerned if self._gates(check))
            if slugs and watched.tried and not watched.answers:
                undecided.append(f"{slugs} of {label} (no valid request was answered as the contract says)")
            for check in concerned if watched.answers else ():
                word = check.look(watched.answers, watched.outputs, self._limits)
                gated = self._gates(check)
                if word.holds is None and gated:
                    undecided.append(f"{check.slug} of {label} ({word.message})")
                elif gated:
                    yield _judged(watched, check.slug, check.verdict, word)
                elif word.holds is False:
                    self.notes.append(f"{label}: {word.message}")
        if self.readiness is not None:
            word = judged_start(self.start)
            if word.holds is None:
                undecided.append(f"model.readiness of {self.readiness.label} ({word.message})")
            else:
                yield self._judged_start(self.readiness, word)
        if undecided:
            self.notes.append(f"not judged, for want of evidence: {'; '.join(undecided)}")

    @property
    def readiness_request(self) -> Request | None:
        """The request that asks whether the target is ready, where the contract has one and the check is on."""
        return Request("GET", self.readiness.base_path + self.readiness.path) if self.readiness else None

    def _judged_start(self, operation: Operation, word: Word) -> Judged:
        case = _case(operation, Outputs(), "model.readiness", self.readiness_request or Request("", ""))
        verdict = Verdict.DISCHARGED if word.holds else Verdict.WRONG_STATUS
        rule = "discharged" if word.holds else "model.readiness"
        return Judged(case, self.start[-1].readiness, Judgement(verdict, rule, word.message))

    @property
    def model(self) -> tuple[tuple[str, str], ...]:
        """What answers say of the model: the place's name and its value, each once."""
        told = (
            (at.rpartition("/")[2], str(value))
            for watched in self._watched.values()
            for answer in watched.answers
            for at, value in answer.versions.items()
        )
        return tuple(sorted(set(told)))

    @property
    def predictions(self) -> tuple[Predictions, ...]:
        """What valid requests were answered, at each number that is predicted."""
        return tuple(
            Predictions(label, place, _spread(sorted(values)), watched.outputs.unit_at(place))
            for label, watched in self._watched.items()
            for place, values in watched.numbers.items()
        )

    def case(self, shown: Case, slug: str) -> Case:
        """Give the case of an obligation of the model, or of what surrounds it, that another case shows."""
        operation = self._operations[shown.operation]
        watched = self._watched.get(shown.operation)
        return _case(operation, watched.outputs if watched else Outputs(), slug, shown.request)

    def cases(self) -> Iterator[Case]:
        """Give a case of every obligation of the model that there may be, without the request that would show it."""
        nothing = Request("", "")
        for operation in self._operations.values():
            watched = self._watched.get(operation.label)
            outputs = watched.outputs if watched else Outputs()
            yield from (_case(operation, outputs, slug, nothing) for slug in SLUGS)


def _spread(values: list[float]) -> tuple[float, ...]:
    """Give at most `SHOWN` values: all quantiles, the least and the greatest among them."""
    if len(values) <= SHOWN:
        return tuple(values)
    return tuple(values[place * (len(values) - 1) // (SHOWN - 1)] for place in range(SHOWN))


def _judged(watched: _Watched, slug: str, verdict: Verdict, word: Word) -> Judged:
    answer = word.answer or watched.answers[-1]
    beside = word.beside.request if word.beside else None
    case = _case(watched.operation, watched.outputs, slug, answer.request, beside)
    if word.holds:
        return Judged(case, answer.reply, Judgement(Verdict.DISCHARGED, "discharged"))
    return Judged(case, answer.reply, Judgement(verdict, slug, word.message), _moved(word))


def _moved(word: Word) -> Damage | None:
    if word.answer is None or word.beside is None or word.at is None:
        return None
    return damage(word.beside.reply, word.answer.reply, lambda at: at == word.at)


def _case(operation: Operation, outputs: Outputs, slug: str, request: Request, beside: Request | None = None) -> Case:
    constraint = Constraint(operation.label, Part.BODY, "", outputs.location or operation.location, slug)
    return Case(
        obligation=Obligation(constraint, slug, Side.VALID, _severity(outputs, slug)),
        request=request,
        witness=beside or request,
        instance_location="",
        fault_locations=(),
        violates=frozenset(),
        expected_status=(),
    )


def _severity(outputs: Outputs, slug: str) -> Severity:
    """Give how sure a check is: one label may be right for all, and a name alone is no word of the contract."""
    coarse = slug == "model.constant" and not outputs.numbers
    guessed = slug == "model.probabilities" and not outputs.declared
    return Severity.WARNING if coarse or guessed else Severity.ERROR
