"""Earlier runs: read from what they wrote, oldest first, and told with the new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.engine import history
from prove400.engine.history import read_past
from prove400.errors import SettingsError
from prove400.reporters import REPORTERS

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def folder(service: ModuleType, tmp_path: Path) -> Path:
    """Give a folder with three runs, written in another order than they ran, and something else."""
    for name, defect, day in (("c", "", 3), ("a", "coerces", 2), ("b", "no-maximum", 1)):
        run = prove400.prove(service.Service(defect), service.CONTRACT)
        document = json.loads(REPORTERS["json"](run))
        document["timing"]["started"] = f"2026-01-0{day}T00:00:00+00:00"
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def test_runs_are_told_oldest_first(folder: Path, service: ModuleType) -> None:
    """Each with its day, whether it passed, its counts, and the findings by which a new one is told."""
    run = prove400.prove(service.Service("coerces", "index"), service.CONTRACT, past=[str(folder)])
    assert [(past.started[:10], past.ok) for past in run.past] == [
        ("2026-01-01", False),
        ("2026-01-02", False),
        ("2026-01-03", True),
    ]
    coerced = run.past[1]
    assert coerced.contract == run.contract.sha256
    assert dict(coerced.counts)["silent-200"] == 1
    assert set(coerced.fingerprints) < {finding.fingerprint for finding in run.findings}


def test_a_file_may_be_named_and_is_counted_once(folder: Path) -> None:
    """Of a run that is in the folder and named as well there is one."""
    one = str(folder / "a.json")
    assert len(read_past([one])) == 1
    assert read_past([str(folder), one]) == read_past([str(folder)])


def test_of_many_runs_the_newest_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trend is of bounded length."""
    monkeypatch.setattr(history, "MOST", 2)
    assert [past.started[:10] for past in read_past([str(folder)])] == ["2026-01-02", "2026-01-03"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["package.json"], "no run to be read"),
        (["none.json"], "cannot read the run"),
        ("a.json", None),
        (5, "past has an impossible value"),
        ([5], "past is out of its range"),
    ],
)
def test_what_is_no_run_is_told(given: Any, said: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named must be a run; one path may stand alone."""
    monkeypatch.chdir(folder)
    if said is None:
        prove400.Settings.of({"past": given})
        return
    with pytest.raises(SettingsError, match=said):
        read_past(prove400.Settings.of({"past": given}).past)
