"""What a service says of its readiness while it starts, seen by `--wait`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import prove400
import prove400.reporters
import prove400.transport
from api.artefact import default_folder
from prove400.cli import main
from prove400.model import Reply, Request, Verdict
from tests.api.servers import GTHREAD, ROOT, starting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sanity.conftest import Service

NUMBER = {"type": "number"}
READY = {"get": {"responses": {"200": {"description": ""}, "503": {"description": ""}}}}


class Starting:
    """A transport to a service that is loading: what `/readiness` answers, and how many predictions fail."""

    def __init__(self, inner: prove400.transport.Transport, readiness: tuple[int, ...], failing: int) -> None:
        """Take the transport that sends."""
        self.name, self.concurrency = inner.name, 1
        self._inner, self._readiness, self._failing = inner, list(readiness), failing

    def send(self, request: Request) -> Reply:
        """Give the next answer."""
        if request.target == "/readiness" and request.method == "GET":
            return Reply(self._readiness.pop(0) if len(self._readiness) > 1 else self._readiness[0])
        if request.target == "/predict" and self._failing:
            self._failing -= 1
            return Reply(503)
        return self._inner.send(request)

    def close(self) -> None:
        """Release nothing."""


STARTS: dict[str, tuple[tuple[int, ...], int, bool | None, str]] = {
    "refuses, then predicts": ((503, 503, 200), 0, True, ""),
    "says it is ready too soon": ((503, 200), 1, False, "said that it is ready while a prediction got 503"),
    "is always ready": ((200,), 1, False, "said that it is ready while a prediction got 503"),
    "fails before it is ready": ((500, 200), 0, False, "answered 500 before it was ready, expected 503"),
    "was up already": ((200,), 0, None, "the target was up already"),
    "is never ready": ((503,), 0, None, "the target was never ready"),
}
"""How a service starts: what `/readiness` answers, how many predictions fail, whether that is right, and why not."""


@pytest.mark.parametrize("name", STARTS)
def test_a_start_is_judged(name: str, service: type[Service]) -> None:
    """Readiness is refused with 503 until a prediction is answered; a start that was not seen is told as such."""
    statuses, failing, holds, message = STARTS[name]
    target = service({"price": NUMBER}, lambda row, _: {"price": row["carat"] + len(row["cut"])})
    contract = copy.deepcopy(target.contract)
    contract["paths"]["/readiness"] = READY
    settings = prove400.Settings.of({"wait": 0.2, "operations": ["POST /predict"]})
    proof = prove400.Proof(Starting(prove400.connect(target), statuses, failing), prove400.load(contract), settings)
    proof.watch_start()
    list(proof.events())
    run = proof.run()
    judged = [o for o in run.outcomes if o.obligation.operator == "model.readiness"]
    assert len(judged) == (holds is not None)
    assert [(f.message, f.verdict, f.operation) for f in run.findings] == (
        [(message, Verdict.WRONG_STATUS, "GET /readiness")] if holds is False else []
    )
    assert any(message in note for note in run.notes) == (holds is None)


def test_a_start_that_nobody_waited_for_is_told(service: type[Service]) -> None:
    """Without `--wait` nothing is said of readiness but that it was not observed."""
    target = service({"price": NUMBER}, lambda row, _: {"price": row["carat"] + len(row["cut"])})
    contract = copy.deepcopy(target.contract)
    contract["paths"]["/readiness"] = READY
    run = prove400.prove(target, contract, operations=("POST /predict",))
    assert run.ok
    (note,) = run.notes
    assert "model.readiness of GET /readiness (its start was not observed: see --wait)" in note


def test_the_reference_api_starts_well(tmp_path: Path) -> None:
    """The start of a real gunicorn of the reference API is waited for and observed, on the command line."""
    with starting(GTHREAD, default_folder(), tmp_path) as served:
        command = ["run", served.url, "--wait", "60", "--contract", str(ROOT / "contracts" / "openapi.json")]
        report = tmp_path / "run.json"
        result = CliRunner().invoke(main, [*command, "--report", f"json={report}"])
    assert result.exit_code == 0, result.output
    run: Any = prove400.reporters.load(report.read_text())
    assert "GET /readiness › body › model › readiness" in {obligation.id for obligation in run.obligations}
    assert [note.partition(" as ")[0] for note in run.notes] == ["errors are told"]
