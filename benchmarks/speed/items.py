"""What pytest adds to a proof: CPU seconds of a session with an item for each obligation, beside the proof alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import prove400

REFERENCE = "contracts/openapi.json"
ROUNDS = 3
TARGET = """
import os
from pathlib import Path
from api import create_app
from tests.zoo.signature import plant
app = create_app(plant(Path(os.environ["STAND_IN"])))
"""
SESSIONS = {
    "catalogue": """
import prove400_pytest
catalogue = prove400_pytest.Catalogue(target="target:app", contract=CONTRACT)
""",
    "empty tests": """
import prove400, pytest, target
@pytest.mark.parametrize("number", range(ITEMS))
def test_nothing(number): pass
""",
    "no test": "def test_nothing(): import prove400, target",
    "proof": """
import prove400
def test_whole(): assert prove400.prove("target:app", CONTRACT).ok
""",
}
"""What stands in the one module of each session."""


def items() -> dict[str, float]:
    """Give milliseconds per item: of a catalogue beyond the same proof in one test, and of tests that do nothing."""
    contract = Path(REFERENCE).resolve()
    count = len({case.obligation for case in prove400.plan(contract) if isinstance(case, prove400.Case)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "target.py").write_text(TARGET, "utf-8")
        head = f"CONTRACT, ITEMS = {str(contract)!r}, {count}\n"
        took = {session: _least(folder, head + text) for session, text in SESSIONS.items()}
    return {
        "items": count,
        "of a catalogue": (took["catalogue"] - took["proof"]) / count * 1000,
        "of tests that do nothing": (took["empty tests"] - took["no test"]) / count * 1000,
    }


def _least(folder: Path, text: str) -> float:
    (folder / "test_session.py").write_text(text, "utf-8")
    return min(_session(folder) for _ in range(ROUNDS))


def _session(folder: Path) -> float:
    paths = os.pathsep.join((str(folder), *sys.path))
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--rootdir", folder, folder]
    before = os.times()
    subprocess.run(  # noqa: S603 — our own
        [*command, f"--prove400-reports={folder}", "--prove400-report=json", "-o", "addopts="],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths, "STAND_IN": str(folder)},
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
