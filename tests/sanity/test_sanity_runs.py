"""Whole runs: what a model does wrong is found and told apart, and what only looks wrong raises no alarm."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.engine import Settings
from prove400.model import Severity, Verdict
from prove400.reporters import REPORTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from prove400 import Reply, Request, Run
    from prove400.transport import Transport
    from tests.sanity.conftest import Service

NUMBER = {"type": "number"}
LABEL = {"type": "string", "enum": ["cheap", "dear"]}
PROBA = {"type": "array", "items": NUMBER}
VERSION = {"type": "string"}


def priced(row: Any) -> float:
    """Give a price that depends on the whole row."""
    return 1000 * float(row["carat"]) + len(row["cut"])


def proven(service: Service, **settings: Any) -> Run:
    """Prove a service."""
    return prove400.prove(service, service.contract, **settings)


def told(run: Run) -> list[tuple[str, Verdict, Severity]]:
    """Give what a run found."""
    return [(f.constraint.keyword, f.verdict, f.severity) for f in run.findings]


WRONG: dict[str, tuple[dict[str, Any], Callable[[Any, int], Any], str, Verdict]] = {
    "endless": (
        {"price": NUMBER},
        lambda row, _: b'{"price": 1e400}' if row["carat"] == 5 else {"price": priced(row)},
        "model.finite",
        Verdict.IMPLAUSIBLE,
    ),
    "constant": ({"price": NUMBER}, lambda _row, _: {"price": 3000.0}, "model.constant", Verdict.IMPLAUSIBLE),
    "constant but for its clock": (
        {"price": NUMBER, "elapsed_ms": NUMBER},
        lambda _row, n: {"price": 3000.0, "elapsed_ms": n},
        "model.constant",
        Verdict.IMPLAUSIBLE,
    ),
    "constant but for an echo": (
        {"price": NUMBER, "carat": NUMBER},
        lambda row, _: {"price": 3000.0, "carat": row["carat"]},
        "model.constant",
        Verdict.IMPLAUSIBLE,
    ),
    "counts": ({"price": NUMBER}, lambda row, n: {"price": priced(row) + n}, "model.repeatable", Verdict.UNSTABLE),
    "logits": (
        {"shares": {**PROBA, "x-prove400-probabilities": True}},
        lambda row, _: {"shares": [row["carat"] / 5, 0.5]},
        "model.probabilities",
        Verdict.IMPLAUSIBLE,
    ),
    "swapped": (
        {"price": NUMBER, "model_version": VERSION},
        lambda row, n: {"price": priced(row), "model_version": "a-1" if n < 9 else "a-2"},
        "model.version",
        Verdict.UNSTABLE,
    ),
}
"""What is wrong with a model, its answers, and the one finding that it gives."""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_model_is_found(name: str, service: type[Service]) -> None:
    """One fault of a model is one finding, with the check's slug as its rule and keyword, and an id that reads well."""
    answer, predict, slug, verdict = WRONG[name]
    run = proven(service(answer, predict))
    assert told(run) == [(slug, verdict, Severity.ERROR)]
    (finding,) = run.findings
    assert (finding.rule, finding.operation) == (slug, "POST /predict")
    assert not run.ok
    broken = [outcome.obligation.id for outcome in run.outcomes if outcome.fingerprints]
    assert broken == [f"POST /predict › body › {slug.replace('.', ' › ')}"]


@pytest.mark.parametrize("name", WRONG)
def test_a_check_can_be_turned_off(name: str, service: type[Service]) -> None:
    """Without the check there is no finding, and no obligation of it."""
    answer, predict, slug, _ = WRONG[name]
    run = proven(service(answer, predict), sanity={slug: False})
    assert run.ok
    assert slug not in {obligation.operator for obligation in run.obligations}


def test_findings_are_stable(service: type[Service]) -> None:
    """The same fault has the same fingerprint in every run, and every report can show it."""
    runs = [proven(service({"price": NUMBER}, lambda _row, _n: {"price": 3000.0})) for _ in range(2)]
    assert runs[0].findings[0].fingerprint == runs[1].findings[0].fingerprint
    for render in REPORTERS.values():
        assert "model.constant" in render(runs[0])


def test_one_label_for_all_is_a_warning(service: type[Service]) -> None:
    """A label that never changes may be right, so it does not fail the run."""
    run = proven(service({"label": LABEL}, lambda _row, _n: {"label": "cheap"}))
    assert told(run) == [("model.constant", Verdict.IMPLAUSIBLE, Severity.WARNING)]
    assert run.ok


def test_probabilities_by_name_are_a_warning(service: type[Service]) -> None:
    """Where a name alone says that numbers are probabilities, a wrong sum does not fail the run."""
    run = proven(service({"proba": PROBA}, lambda row, _: {"proba": [row["carat"] / 5, 0.5]}))
    assert told(run) == [("model.probabilities", Verdict.IMPLAUSIBLE, Severity.WARNING)]
    assert run.ok


FREE = {"type": "object", "required": ["text", "carat", "tag"], "additionalProperties": False,
        "properties": {"text": {"type": "string"}, "carat": {"type": "number", "minimum": 0, "maximum": 9},
                       "tag": {"enum": list("abcdefghij")}}}  # fmt: skip
SHORT, TIMED = (
    {**FREE, "properties": {**FREE["properties"], "text": {"type": "string", **more}}}
    for more in ({"minLength": 1}, {"format": "date-time"})
)
RIGHT: dict[str, tuple[dict[str, Any], Callable[[Any, int], Any], dict[str, Any] | None]] = {
    "constants by contract": (
        {"currency": {"const": "USD"}, "kind": {"enum": ["price"]}},
        lambda _row, _n: {"currency": "USD", "kind": "price"},
        None,
    ),
    "identifiers and clocks": (
        {"price": NUMBER, "request_id": VERSION, "elapsed_ms": NUMBER, "at": {"type": "string", "format": "date-time"}},
        lambda row, n: {"price": priced(row), "request_id": str(n), "elapsed_ms": n, "at": f"2026-01-01T00:00:{n:02}Z"},
        None,
    ),
    "a counter": ({"accepted": {"type": "integer"}}, lambda _row, n: {"accepted": n}, None),
    "an acknowledgement": ({"status": VERSION}, lambda _row, _n: {"status": "queued"}, None),
    "an echo": ({"carat": NUMBER}, lambda row, _: {"carat": row["carat"]}, None),
    "what depends on a text that no request varies": ({"price": NUMBER}, lambda row, _: {"price": 7.5}, FREE),
    "what depends on a text that is only blank": ({"price": NUMBER}, lambda row, _: {"price": 7.5}, SHORT),
    "rounded probabilities": (
        {"proba": {**PROBA, "x-prove400-probabilities": True}},
        lambda row, _: {"proba": [round(row["carat"] / 15, 2)] * 2 + [round(1 - 2 * row["carat"] / 15, 2)]},
        None,
    ),
    "a model for each cut": (
        {"price": NUMBER, "model_version": VERSION},
        lambda row, _: {"price": priced(row), "model_version": f"for-{len(row['cut'])}"},
        None,
    ),
    "the last bits": ({"price": NUMBER}, lambda row, n: {"price": priced(row) * (1 + n * 1e-15)}, None),
}
"""What only looks wrong: its answers, and the schema of a row where it is another."""


@pytest.mark.parametrize("name", RIGHT)
def test_what_only_looks_wrong_raises_no_alarm(name: str, service: type[Service]) -> None:
    """Nothing is found where the contract or the requests explain what is answered."""
    answer, predict, row = RIGHT[name]
    run = proven(service(answer, predict, row), fail_on=Severity.WARNING)
    assert not run.findings, told(run)
    assert run.ok


def test_a_time_that_is_only_written_otherwise_is_no_input(service: type[Service]) -> None:
    """Other fractions of a second and offsets are nothing with which a prediction must change."""
    run = proven(service({"price": NUMBER}, lambda row, _: {"price": 7.5}, TIMED))
    assert {f.constraint.keyword for f in run.findings} == {"format"}, told(run)


def test_probabilities_of_one_class_for_each_row(service: type[Service]) -> None:
    """A list with one probability for each row of a batch need not sum to 1."""
    items = {"type": "array", "minItems": 2, "maxItems": 3, "items": {**NUMBER, "maximum": 1}}
    rows = {"type": "object", "required": ["rows"], "additionalProperties": False, "properties": {"rows": items}}
    run = proven(service({"proba": PROBA}, lambda value, _: {"proba": [0.5 for _ in value["rows"]]}, rows))
    assert "model.probabilities" not in {finding.constraint.keyword for finding in run.findings}


def test_what_is_not_judged_is_said(service: type[Service]) -> None:
    """A check that lacks evidence is no obligation; a note says which, and why."""
    run = proven(service({"price": NUMBER}, lambda _row, _: {"price": 7.5}, FREE))
    assert "model.constant" not in {obligation.operator for obligation in run.obligations}
    assert run.notes == (
        "not judged, for want of evidence: model.constant of POST /predict (the valid requests do not vary /text)",
    )


class Slow:
    """A transport that reports a slow first reply."""

    def __init__(self, inner: Transport) -> None:
        """Take the transport that sends."""
        self.name, self.concurrency, self._inner, self._sent = inner.name, inner.concurrency, inner, 0

    def send(self, request: Request) -> Reply:
        """Give the reply; the first one as if it had taken long."""
        self._sent += 1
        return replace(self._inner.send(request), seconds=9.0 if self._sent == 1 else 0.001)

    def close(self) -> None:
        """Release nothing."""


@pytest.mark.parametrize("gates", [False, True])
def test_a_slow_first_prediction_is_a_note_unless_asked(gates: bool, service: type[Service]) -> None:  # noqa: FBT001
    """A first prediction far beyond the median is told, and gates only where a setting asks."""
    target = service({"price": NUMBER}, lambda row, _: {"price": priced(row)})
    settings = Settings.of({"sanity": {"first_request_gates": gates}})
    proof = prove400.Proof(Slow(prove400.connect(target)), prove400.load(target.contract), settings)
    list(proof.events())
    run = proof.run()
    message = "the first prediction took more than 50 times the median"
    assert [finding.message for finding in run.findings] == ([message] if gates else [])
    assert run.notes == (() if gates else (f"POST /predict: {message}",))
    assert run.ok is not gates


def test_the_model_is_recorded(service: type[Service]) -> None:
    """A run holds what answers said of the model, and the JSON report too."""
    target = service(
        {"price": NUMBER, "model_version": VERSION}, lambda row, _: {"price": priced(row), "model_version": "a-1"}
    )
    run = proven(target)
    assert run.ok
    assert run.model == (("model_version", "a-1"),)
    assert '"model": [\n  ["model_version", "a-1"]\n]' in REPORTERS["json"](run)
    assert "Model: model_version a-1" in REPORTERS["text"](run)
    assert re.search(r"Model version</dt>\s*<dd><code>a-1</code>", REPORTERS["html"](run))


def test_a_model_without_a_readable_answer_is_not_judged(service: type[Service]) -> None:
    """Where every answer breaks the contract, a note says which checks had nothing to look at; off, there is none."""
    target = service({"price": NUMBER}, lambda row, _: {"price": str(priced(row))})
    run = proven(target)
    assert {finding.verdict for finding in run.findings} == {Verdict.BAD_RESPONSE}
    slugs = "model.finite, model.constant, model.repeatable"
    why = "no valid request was answered as the contract says"
    assert run.notes == (f"not judged, for want of evidence: {slugs} of POST /predict ({why})",)
    assert not proven(target, sanity=False).notes
