"""What no catalogue lists is found by search: most of it in the time that CI has."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.search import ALONE, LOADED, NOTHING, by_catalogue, by_properties
from tests.zoo.searched import NAME, SEARCHED, Searched

RACE = "shared-buffer"
LEFT = frozenset({"double-comma", RACE})
"""What takes more requests than CI has time for, or several at once."""


@pytest.mark.parametrize("defect", SEARCHED, ids=str)
def test_the_catalogue_does_not_list_it(defect: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """These defects are for a search: no case of the catalogue shows one."""
    monkeypatch.setenv(NAME, defect.name)
    assert by_catalogue(**ALONE) == NOTHING


@pytest.mark.parametrize("defect", [known for known in SEARCHED if known.name not in LEFT], ids=str)
def test_properties_and_sequences_find_it(defect: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the profile `ci`, at its seed, one of them fails."""
    monkeypatch.setenv(NAME, defect.name)
    new = {"REGRESSIONS": str(tmp_path), "EXAMPLES": str(tmp_path / "examples")}
    for name, value in {"PROFILE": "ci", "SHRINK": "off", **new}.items():
        monkeypatch.setenv(f"PROVE400_{name}", value)
    monkeypatch.delenv("PROVE400_SEED", raising=False)
    assert by_properties(tmp_path) != NOTHING


def test_the_replay_under_load_finds_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes several requests at once shows when the catalogue is sent so."""
    monkeypatch.setenv(NAME, RACE)
    assert by_catalogue(**LOADED) != NOTHING
