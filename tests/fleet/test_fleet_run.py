"""A fleet of real servers: right ones, broken ones, dead ones; each is its own row, and nobody stops anybody."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from prove400.engine import Settings
from prove400.fleet import schema
from prove400.reporters import json_report, load
from tests.fleet.conftest import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FOLDER = Path("reports/fleet")
DYING = """
import os

from price_service import Service


class Dying(Service):
    def price(self, row):
        os._exit(9)


app = Dying()
"""


@pytest.fixture
def dead() -> str:
    """Give a URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def told() -> dict[str, Any]:
    """Give the document of the fleet, which fits its schema."""
    document: dict[str, Any] = json.loads(FOLDER.joinpath("fleet.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema()).validate(document)
    return document


def words(document: dict[str, Any]) -> dict[str, str]:
    """Give the word for each service."""
    return {row["name"]: row["word"] for row in document["services"]}


def test_every_service_has_its_own_verdict(
    fleet: Callable[..., Path], serve: Callable[[Any], str], service: ModuleType, project: Path, dead: str
) -> None:
    """A dead target, a broken contract and a process that dies are incomplete; right is passed, wrong is failed."""
    project.joinpath("dying.py").write_text(DYING, encoding="utf-8")
    right = serve(service.Service())
    project.joinpath("contract.json").write_text(json.dumps(service.CONTRACT), encoding="utf-8")
    fleet(
        {"name": "dead", "target": dead},
        {"name": "dying", "target": "dying:app"},
        {"name": "right", "target": right, "owner": "us"},
        {"name": "by-file", "target": right, "contract": "contract.json"},
        {"name": "by-url", "target": right, "contract": f"{right}/openapi.json"},
        {"name": "silent", "target": serve(service.Service("no-maximum"))},
        {"name": "mute", "target": serve(service.Service(document={"openapi": "2.0"}))},
        {"name": "missing", "target": right, "contract": "missing.json"},
        {"name": "gone", "target": right, "contract": f"{dead}/openapi.json"},
        {"name": "no-baseline", "target": right, "baseline": "missing.json"},
    )
    result = cli("run", "--fleet", "fleet.toml", "--jobs", "3")
    assert result.exit_code == 3, result.output
    document = told()
    assert words(document) == {
        "dead": "incomplete",
        "dying": "incomplete",
        "right": "passed",
        "by-file": "passed",
        "by-url": "passed",
        "silent": "failed",
        "mute": "incomplete",
        "missing": "incomplete",
        "gone": "incomplete",
        "no-baseline": "incomplete",
    }
    assert "INCOMPLETE: 3 of 10 services proven; 1 broken: worst moves the price by" in result.output
    assert "6 not proven" in result.output
    assert document["ok"] is False
    rows = {row["name"]: row for row in document["services"]}
    assert "no reply when asked for the contract" in rows["dead"]["text"]
    assert rows["dying"]["text"] == "Not proven: its process ended without a word"
    assert "openapi: '2.0'" in rows["mute"]["text"]
    for name, row in rows.items():
        assert row["has_page"] == (name != "dying")
        assert [FOLDER.joinpath(f"{name}.{end}").exists() for end in ("json", "html")] == [name != "dying"] * 2
    index = FOLDER.joinpath("index.html").read_text(encoding="utf-8")
    assert all(f'href="./{name}.html"' in index for name in rows if name != "dying")
    assert "dying.html" not in index


def test_pages_are_those_of_a_run(fleet: Callable[..., Path], service: ModuleType) -> None:
    """NAME.json is the document of a run, of services without one too; a settings' wish reaches the run."""
    fleet(
        {"name": "quick", "target": "price_service:app", "operations": ["POST /price"]},
        {"name": "mute", "target": "price_service:mute"},
    )
    assert cli("run", "--fleet", "fleet.toml").exit_code == 3
    for name in ("quick", "mute"):
        text = FOLDER.joinpath(f"{name}.json").read_text(encoding="utf-8")
        Draft202012Validator(json_report.schema()).validate(json.loads(text))
    quick, mute = (load(FOLDER.joinpath(f"{name}.json").read_text("utf-8")) for name in ("quick", "mute"))
    assert {obligation.constraint.operation for obligation in quick.obligations} == {"POST /price"}
    assert not mute.ok
    assert "openapi: '2.0'" in mute.notes[0]


@pytest.mark.parametrize(
    ("targets", "code"), [(["app"], 0), (["app", "silent"], 1), (["silent", "mute"], 3)], ids=["0", "1", "3"]
)
def test_exit_code_is_the_worst(fleet: Callable[..., Path], targets: list[str], code: int) -> None:
    """0 where all is proven, 1 with findings, and 3 before 1 with anything incomplete."""
    fleet(*({"name": name, "target": f"price_service:{name}"} for name in targets))
    result = cli("run", "--fleet", "fleet.toml")
    assert result.exit_code == code, result.output
    assert told()["ok"] == (code == 0)
    assert ("--resume" in result.output) == (code == 3)


def test_a_warning_fails_where_the_entry_says_so(fleet: Callable[..., Path]) -> None:
    """A setting of one entry holds for it alone."""
    fleet(
        {"name": "lax", "target": "price_service:warned"},
        {"name": "strict", "target": "price_service:warned", "fail_on": "warning"},
    )
    assert cli("run", "--fleet", "fleet.toml").exit_code == 1
    assert words(told()) == {"lax": "passed", "strict": "failed"}


def test_equal_runs_differ_in_their_timing_alone(fleet: Callable[..., Path]) -> None:
    """Whatever the order in which services end, the document and the list of services are as in the file."""
    names = ["mute", "app", "silent", "warned"]
    fleet(*({"name": name, "target": f"price_service:{name}"} for name in names))
    found = []
    for jobs in ("1", "4"):
        cli("run", "--fleet", "fleet.toml", "--jobs", jobs)
        document = told()
        assert [row["name"] for row in document["services"]] == names
        document.pop("timing")
        found.append(document)
    assert found[0] == found[1]


def test_resume_keeps_what_still_holds(fleet: Callable[..., Path]) -> None:
    """Complete runs of the same contract, target and settings are kept, the rest is proven again."""
    entries = [{"name": name, "target": f"price_service:{name}"} for name in ("app", "silent", "mute")]
    fleet(*entries)
    cli("run", "--fleet", "fleet.toml")
    first = told()
    entries[1]["operations"] = "POST /price"
    fleet(*entries)
    assert cli("run", "--fleet", "fleet.toml", "--resume").exit_code == 3
    second = told()
    assert [clock["kept"] for clock in first["timing"]["services"]] == [False, False, False]
    assert [clock["kept"] for clock in second["timing"]["services"]] == [True, False, False]
    assert first["services"][0] == second["services"][0]


def test_resume_goes_on_with_incomplete_runs(
    fleet: Callable[..., Path], service: ModuleType, serve: Callable[[Any], str]
) -> None:
    """What a run that ended early has settled is not sent again."""
    served = service.Service()
    url = serve(served)
    fleet({"name": "slow", "target": url})
    cli("run", "--fleet", "fleet.toml")
    whole = load(FOLDER.joinpath("slow.json").read_text("utf-8"))
    document = json.loads(FOLDER.joinpath("slow.json").read_text("utf-8"))
    FOLDER.joinpath("slow.json").write_text(json.dumps({**document, "complete": False}), "utf-8")
    before = served.served
    assert cli("run", "--fleet", "fleet.toml", "--resume").exit_code == 0
    again = load(FOLDER.joinpath("slow.json").read_text("utf-8"))
    assert served.served - before < whole.sent / 2
    assert len(again.outcomes) == len(whole.outcomes)


@pytest.mark.skipif("rate" not in {each.name for each in fields(Settings)}, reason="there is no setting `rate` yet")
def test_a_host_with_a_budget_is_asked_by_one_service_at_a_time(
    fleet: Callable[..., Path], service: ModuleType, serve: Callable[[Any], str]
) -> None:
    """However many jobs there are, the requests of one service all come before those of the next on that host."""
    asked: list[str] = []

    def seen(name: str) -> Callable[..., Any]:
        answer = service.Service()

        def app(environ: Any, start_response: Any) -> Any:
            asked.append(name)
            return answer(environ, start_response)

        return app

    names = ["a", "b", "c"]
    fleet(*({"name": name, "target": serve(seen(name)), "rate": 1000} for name in names))
    assert cli("run", "--fleet", "fleet.toml", "--jobs", "3").exit_code == 0
    assert [name for name, _ in groupby(asked)] == names


STOPPING = """
import os
import signal
import time

from price_service import Service


class Stopping(Service):
    def price(self, row):
        if not os.path.exists("stopped"):
            open("stopped", "w").close()
            os.kill(int(os.environ["FLEET"]), signal.SIGTERM)
            time.sleep(1)
        return super().price(row)


app = Stopping()
"""


def test_a_signal_stops_with_what_there_is(fleet: Callable[..., Path], project: Path) -> None:
    """Services under way tell what they have, others are not begun, and the overview says both; exit code 3."""
    project.joinpath("stopping.py").write_text(STOPPING, encoding="utf-8")
    fleet({"name": "first", "target": "stopping:app"}, {"name": "second", "target": "price_service:app"})
    program = "import os; os.environ['FLEET'] = str(os.getpid()); from prove400.cli import main; main()"
    command = [sys.executable, "-c", program, "run", "--fleet", "fleet.toml", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    assert done.returncode == 3, done.stderr
    rows = {row["name"]: row for row in told()["services"]}
    assert [(row["word"], row["complete"]) for row in rows.values()] == [("incomplete", False)] * 2
    assert 0 < rows["first"]["sent"] < 240
    assert rows["second"]["text"] == "Not proven: not begun, stopped by SIGTERM"
    notes = load(FOLDER.joinpath("first.json").read_text("utf-8")).notes
    assert any(note.startswith("stopped by SIGTERM") for note in notes)
    assert signal.Signals.SIGTERM.name in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_refused(fleet: Callable[..., Path], project: Path) -> None:
    """A fleet whose pages cannot be written anywhere is not proven: exit code 2."""
    fleet({"name": "a", "target": "price_service:app"}, before='output = "price_service.py"\n')
    result = cli("run", "--fleet", "fleet.toml")
    assert (result.exit_code, "cannot make the folder" in result.output) == (2, True)


def test_a_page_that_cannot_be_written_is_not_passed(fleet: Callable[..., Path], project: Path) -> None:
    """A service whose page cannot be written is incomplete, and the others are as they are."""
    FOLDER.joinpath("app.html").mkdir(parents=True)
    fleet({"name": "app", "target": "price_service:app"}, {"name": "other", "target": "price_service:app"})
    assert cli("run", "--fleet", "fleet.toml").exit_code == 3
    assert words(told()) == {"app": "incomplete", "other": "passed"}
    assert "cannot be written" in told()["services"][0]["text"]
