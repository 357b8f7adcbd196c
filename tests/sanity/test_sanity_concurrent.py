"""The catalogue under load: a model that threads share wrongly is found every time, and a sound one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import prove400
from api.artefact import default_folder
from prove400.cli import main
from prove400.engine.concurrency import SLUG
from prove400.model import Reply, Verdict
from tests.api.servers import GTHREAD, ROOT, running
from tests.zoo import shared
from tests.zoo.signature import SharedBuffer, plant

if TYPE_CHECKING:
    from pathlib import Path

    from prove400 import Request, Run
    from prove400.transport import Transport
    from tests.sanity.conftest import Service

PREDICT, BATCH = "POST /predict", "POST /predict/batch"
NUMBER = {"type": "number"}


def shown(run: Run) -> set[tuple[str, str, Verdict]]:
    """Give what a run found."""
    return {(f.operation, f.constraint.keyword, f.verdict) for f in run.findings}


def test_the_catalogue_alone_does_not_find_a_shared_buffer() -> None:
    """One request after the other, the planted model is right."""
    run = prove400.prove(shared.app(), operations=(PREDICT,))
    assert run.ok
    assert not run.findings


@pytest.mark.parametrize("turn", range(3))
def test_a_shared_buffer_is_found_in_process(turn: int) -> None:
    """Threads in process show the planted model each time, with the answers alone and under load."""
    run = prove400.prove(shared.app(), operations=(PREDICT,), concurrent=8)
    assert shown(run) == {(PREDICT, SLUG, Verdict.UNSTABLE)}
    (finding,) = run.findings
    assert finding.message.startswith('200 {"price":')
    assert " alone; 200 " in finding.message
    assert " under load; " in finding.message
    assert finding.damage is not None
    assert finding.damage.difference
    assert b'"carat"' in finding.request.body


def test_a_shared_buffer_is_found_under_gunicorn(tmp_path: Path) -> None:
    """A real server with threads shows it too, on the command line."""
    folder = tmp_path / "artefact"
    folder.mkdir()
    with running(GTHREAD, plant(folder, SharedBuffer()), tmp_path, workers="1", worker_threads="16") as served:
        result = CliRunner().invoke(main, ["run", served.url, "--concurrent", "--operation", PREDICT])
    assert result.exit_code == 1
    assert "FAILED: 1 finding: 1 unstable" in result.output


def test_the_reference_api_holds_under_load(tmp_path: Path) -> None:
    """The reference API under a real gunicorn with threads answers all of the catalogue as alone."""
    with running(GTHREAD, default_folder(), tmp_path) as served:
        run = prove400.prove(served.url, str(ROOT / "contracts" / "openapi.json"), concurrent=8)
    assert run.ok, run.findings
    judged = {obligation.id for obligation in run.obligations if obligation.operator == SLUG}
    assert f"{PREDICT} › body › model › concurrent" in judged
    assert f"{BATCH} › body › model › concurrent" in judged
    assert run.sent > 2 * sum(outcome.cases for outcome in run.outcomes if outcome.obligation.operator != SLUG)


def test_another_verdict_under_load_is_found(service: type[Service]) -> None:
    """A service that fails after as many predictions as the catalogue makes alone is found by its verdict."""
    made: list[int] = []
    counting = service({"price": NUMBER}, lambda row, n: made.append(n) or {"price": row["carat"] + len(row["cut"])})
    assert prove400.prove(counting, counting.contract).ok
    target = service(
        {"price": NUMBER}, lambda row, n: 1 / 0 if n > len(made) else {"price": row["carat"] + len(row["cut"])}
    )
    run = prove400.prove(target, target.contract, concurrent=2)
    assert shown(run) == {(PREDICT, SLUG, Verdict.UNSTABLE)}
    assert "under load server-error: no reply: ZeroDivisionError" in run.findings[0].message


class Shedding:
    """A transport to a target that refuses a part of what comes after the catalogue with 503."""

    def __init__(self, inner: Transport, free: int) -> None:
        """Take the transport that sends, and how many requests are answered before any is refused."""
        self.name, self.concurrency, self._inner, self._free = inner.name, 1, inner, free

    def send(self, request: Request) -> Reply:
        """Give the reply, or a refusal."""
        self._free -= 1
        return Reply(503) if self._free < 0 and self._free % 2 else self._inner.send(request)

    def close(self) -> None:
        """Release nothing."""


def test_what_sheds_load_is_noted(service: type[Service]) -> None:
    """A target that refuses requests under load with 503 does as it should: a note counts them."""
    target = service({"price": NUMBER}, lambda row, _: {"price": row["carat"] + len(row["cut"])})
    free = prove400.prove(target, target.contract).sent
    settings = prove400.Settings.of({"concurrent": 2})
    proof = prove400.Proof(Shedding(prove400.connect(target), free), prove400.load(target.contract), settings)
    list(proof.events())
    run = proof.run()
    assert run.ok
    (note,) = run.notes
    assert note.endswith("requests were refused under load with 429 or 503")


def test_it_is_off_by_default_and_can_be_turned_off(service: type[Service]) -> None:
    """Nothing is sent again where nobody asked, or where the check is off."""
    target = service({"price": NUMBER}, lambda row, _: {"price": row["carat"] + len(row["cut"])})
    runs = [
        prove400.prove(target, target.contract),
        prove400.prove(target, target.contract, concurrent=2, sanity={SLUG: False}),
    ]
    assert runs[0].sent == runs[1].sent
    assert all(SLUG not in {obligation.operator for obligation in run.obligations} for run in runs)
