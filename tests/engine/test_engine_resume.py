"""Runs that end early: they exit with 3, tell what is missing, keep what they have, and can be gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from prove400.cli import main
from prove400.model import Run
from prove400.reporters import load

TARGETS = '''
import os
import signal

from price_service import Service


class Ends(Service):
    """Does something to the run when it has answered a number of requests to price."""

    def __init__(self, *defects, after=0, does=None):
        super().__init__(*defects)
        self.after, self.does, self.priced = after, does, 0

    def price(self, row):
        self.priced += 1
        if self.priced == self.after:
            self.does()
        return super().price(row)


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def twice():
    interrupt()
    interrupt()


def target():
    return Ends(*os.environ["DEFECTS"].split(), after=int(os.environ["AFTER"]), does=globals()[os.environ["DOES"]])
'''
SAVED = Path("run.json")


@pytest.fixture(autouse=True)
def targets(project: Path) -> Path:
    """Stand in a folder with a service that ends runs."""
    project.joinpath("targets.py").write_text(TARGETS)
    return project


def run(*words: str, after: int = 0, does: str = "interrupt", defects: str = "") -> subprocess.CompletedProcess[str]:
    """Prove the service in a process of its own."""
    command = [sys.executable, "-c", "from prove400.cli import main; main(prog_name='prove400')", "run", *words]
    own = {"AFTER": str(after), "DOES": does, "DEFECTS": defects}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | own)


def prove(*words: str, **environment: Any) -> tuple[int, str, Run]:
    """Prove, and give the exit code, what was said, and the run."""
    done = run("targets:target", "--report", f"json={SAVED}", *words, **environment)
    return done.returncode, done.stdout + done.stderr, load(SAVED.read_text())


def shown(run: Run) -> dict[str, Any]:
    """Give what a run has shown, without what tells how it came about."""
    document: dict[str, Any] = json.loads(SAVED.read_text())
    return {name: value for name, value in document.items() if name not in ("timing", "sent", "notes")}


@pytest.mark.parametrize(("does", "name"), [("interrupt", "SIGINT"), ("terminate", "SIGTERM")])
def test_a_signal_ends_the_run_and_leaves_what_it_has(does: str, name: str) -> None:
    """Exit code 3, a report of what was seen, what is missing, and how to go on."""
    code, said, part = prove(after=20, does=does)
    assert code == 3
    assert "INCOMPLETE" in said
    assert f"and --resume {SAVED}" in said
    assert not part.complete
    assert 0 < len(part.outcomes) < 60
    (note,) = [note for note in part.notes if name in note]
    assert "in part: POST /price" in note
    assert "not begun: GET /health" in note
    assert note in " ".join(said.split())


def test_a_second_signal_ends_it_at_once() -> None:
    """Who asks twice does not wait for the target, and keeps the report all the same."""
    code, said, part = prove(after=20, does="twice")
    assert code == 3
    assert "stopped at once by a second signal" in " ".join(said.split())
    assert part.outcomes


@pytest.mark.parametrize("defects", ["", "coerces no-maximum", "moody"])
def test_what_is_gone_on_with_is_the_whole_run(defects: str) -> None:
    """Interrupted and resumed, a run shows what it would have shown in one go, and sends less than all again."""
    code, _, whole = prove(defects=defects)
    expected = shown(whole)
    assert prove(after=60, defects=defects)[0] == 3
    again, _, resumed = prove("--resume", defects=defects)
    assert again == code
    if defects != "moody":  # whose answers depend on how many there were
        assert shown(resumed) == expected
    assert [outcome.obligation for outcome in resumed.outcomes] == [outcome.obligation for outcome in whole.outcomes]
    assert resumed.sent < whole.sent
    assert any("were shown before" in note for note in resumed.notes)


def test_what_was_tried_in_part_is_tried_again() -> None:
    """An obligation of which a signal left some cases unsent is not taken for shown."""
    whole = shown(prove()[2])
    prove(after=60)
    document = json.loads(SAVED.read_text())
    several = [o for o in document["outcomes"] if o["cases"] > 1 and o["obligation"]["side"] == "invalid"]
    for outcome in several:
        outcome["cases"] -= 1
        outcome["tried"].pop()
    SAVED.write_text(json.dumps(document))
    assert several
    assert shown(prove("--resume")[2]) == whole


def test_without_a_report_the_run_is_saved_all_the_same() -> None:
    """Nothing that was seen is lost, and `--resume` finds it by itself."""
    done = run("targets:target", after=20)
    assert done.returncode == 3
    assert "json report: reports/prove400-incomplete.json" in done.stdout
    assert run("targets:target", "--resume").returncode == 0


def test_a_lost_target_leaves_what_was_seen(targets: Path) -> None:
    """A server that goes away ends the run with 3; once it is back, the run is gone on with."""
    server = targets / "server.py"
    server.write_text(
        "import os, sys\nfrom wsgiref.simple_server import WSGIRequestHandler, make_server\nfrom targets import Ends\n"
        "class Quiet(WSGIRequestHandler):\n    def log_message(self, *_): pass\n"
        "port, after = map(int, sys.argv[1:])\n"
        "server = make_server('127.0.0.1', port, Ends(after=after, does=lambda: os._exit(0)), handler_class=Quiet)\n"
        "print(server.server_port, flush=True)\nserver.serve_forever()\n"
    )

    def start(port: int, after: int) -> subprocess.Popen[str]:
        command = [sys.executable, str(server), str(port), str(after)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    with start(0, 30) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        url = f"http://127.0.0.1:{port}"
        lost = run(url, "--report", f"json={SAVED}")
    assert lost.returncode == 3
    assert "gave up when 5 requests in a row had no verdict" in " ".join(lost.stdout.split())
    with start(port, 0) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == port
        assert run(url, "--report", f"json={SAVED}", "--resume").returncode == 0
        process.send_signal(signal.SIGTERM)
    assert load(SAVED.read_text()).ok


def test_an_error_of_our_own_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """It exits with 3 and not with 1, which means findings; what was seen before is written, the traceback shown."""
    calls = iter(range(50))

    def broken(*_: object) -> object:
        if next(calls) == 40:
            raise ZeroDivisionError("planted")
        return original(*_)

    from prove400.engine.findings import Ledger

    original = Ledger.add
    monkeypatch.setattr(Ledger, "add", broken)
    result = CliRunner().invoke(main, ["run", "price_service:app", "--report", f"json={SAVED}"])
    assert result.exit_code == 3
    told = " ".join(result.output.split())
    assert "ended by an error of its own, ZeroDivisionError: planted at test_engine_resume.py:" in told
    assert "an error of prove400 itself" in told
    assert not load(SAVED.read_text()).complete


def test_an_error_in_a_report_does_not_lose_the_others() -> None:
    """All that can be written is written."""
    words = ["run", "price_service:app", "--report", "text=price_service.py/x", "--report", f"json={SAVED}"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "cannot write" in result.output
    assert load(SAVED.read_text()).ok


def refused(*words: str) -> Result:
    """Go on with a run where that cannot be."""
    return CliRunner().invoke(main, ["run", "price_service:app", "--report", f"json={SAVED}", *words, "--resume"])


@pytest.mark.parametrize(
    ("old", "new", "words", "said"),
    [
        ('"complete": false', '"complete": true', (), "complete"),
        ('"sha256": "', '"sha256": "0', (), "contract of the run to resume"),
        ('"target": "', '"target": "http://', (), "target of the run to resume"),
        ("", "", ("--strength", "2"), "settings of the run to resume was the defaults, and is strength=2"),
        ('"format": "prove400/run"', '"format": "other"', (), "no run to be read"),
    ],
)
def test_another_run_is_not_gone_on_with(old: str, new: str, words: tuple[str, ...], said: str) -> None:
    """What would mix two runs is refused, with exit code 2."""
    CliRunner().invoke(main, ["run", "price_service:app", "--report", f"json={SAVED}"])
    text = SAVED.read_text().replace('"complete": true', '"complete": false')
    SAVED.write_text(text.replace(old, new, 1))
    result = refused(*words)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.output.split())


def test_a_run_that_is_not_there_cannot_be_gone_on_with() -> None:
    """The file is named."""
    result = refused()
    assert result.exit_code == 2
    assert str(SAVED) in result.output
