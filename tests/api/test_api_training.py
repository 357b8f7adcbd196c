"""Training: the data that is used, and the artefact that is written."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from api import artefact, create_app, diamonds, errors, train
from api.errors import (
    ArtefactMissingError,
    ArtefactUnreadableError,
    DiamondsApiError,
    TrainingDataError,
)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Give a copy of the artefact, which a test may break."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_errors_are_drawn_as_they_are() -> None:
    """The tree in the docstring of `errors` names every class at its depth."""
    drawn = [
        (len(line) - len(line.lstrip("│├└─ ")), line.lstrip("│├└─ "))
        for line in str(errors.__doc__).splitlines()
        if line.endswith("Error")
    ]

    def walk(kind: type[Exception], depth: int) -> list[tuple[int, str]]:
        below = [walk(child, depth + 4) for child in kind.__subclasses__()]
        return [(depth, kind.__name__), *(row for rows in below for row in rows)]

    assert sorted(drawn) == sorted(walk(DiamondsApiError, 0))


def test_readme_names_the_very_files() -> None:
    """The hashes in the data's README are those of the committed file."""
    packed = diamonds.DATA.read_bytes()
    readme = (diamonds.DATA.parent / "README.md").read_text(encoding="utf-8")
    for raw in (packed, gzip.decompress(packed)):
        assert hashlib.sha256(raw).hexdigest() in readme


def test_other_data_is_refused(tmp_path: Path) -> None:
    """A data file with other content is refused, and both hashes are named."""
    path = tmp_path / "other.csv.gz"
    path.write_bytes(gzip.compress(b"carat\n1\n"))
    with pytest.raises(TrainingDataError, match=diamonds.SHA256):
        diamonds.load(path)


GOOD = {"carat": 1.0, "depth": 61.5, "x": 6.4, "y": 6.4, "z": 3.94}
IMPOSSIBLE: dict[str, list[dict[str, float]]] = {
    "no-extent": [{"x": 0.0}, {"y": 0.0}, {"z": 0.0}],
    "depth-contradicts-extents": [{"y": 58.9}, {"z": 31.8}, {"depth": 43.0}],
    "weight-contradicts-extents": [{"carat": 0.5}, {"carat": 2.0}],
    "duplicate": [{}, {}],
}


def test_impossible_rows_are_dropped_by_reason() -> None:
    """Every reason drops its own rows and no sound one."""
    changes = [change for rows in IMPOSSIBLE.values() for change in rows]
    cleaned = diamonds.clean(pd.DataFrame([GOOD, *(GOOD | c for c in changes)]))
    assert cleaned.dropped == {name: len(rows) for name, rows in IMPOSSIBLE.items()}
    assert cleaned.rows.to_dict("records") == [GOOD]


def test_manifest_describes_the_artefact(folder: Path, manifest: dict[str, Any]) -> None:
    """The manifest's hash, counts and ranges are those of what was trained."""
    raw = (folder / "model.joblib").read_bytes()
    rows = manifest["rows"]
    assert manifest["sha256"] == hashlib.sha256(raw).hexdigest()
    assert rows["read"] == 53_940
    assert rows["used"] == rows["read"] - sum(rows["dropped"].values())
    assert rows["used"] == rows["trained"] + rows["held_out"]
    frame = diamonds.load().rows
    for feature in manifest["features"]:
        values = frame[feature["name"]]
        if feature["type"] == "number":
            observed = [values.min(), values.max()]
            assert [feature["minimum"], feature["maximum"]] == observed
        else:
            assert sorted(feature["categories"]) == sorted(set(values))


def test_model_beats_a_plain_bound_on_held_out_rows(manifest: dict[str, Any]) -> None:
    """The held-out error stays below $300 on average and $110 in the median."""
    assert 100 < manifest["metrics"]["mean_absolute_error"] < 300
    assert 30 < manifest["metrics"]["median_absolute_error"] < 110
    assert 0.97 < manifest["metrics"]["r2"] < 1


def test_training_again_gives_the_same_bytes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same data and seed give the same model, and the report says what it is."""
    assert train.main(["--output", str(tmp_path)]) == 0
    again = (tmp_path / "model.joblib").read_bytes()
    assert again == (folder / "model.joblib").read_bytes()
    printed = capsys.readouterr().out
    assert "dropped 192 (20 no-extent" in printed
    assert "mean absolute error $" in printed


def test_threads_do_not_change_the_bytes(tmp_path: Path) -> None:
    """A machine with more cores adds in no other order."""
    for threads in ("1", "2"):
        command = [sys.executable, "-m", "api.train", "--output", str(tmp_path / threads)]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"OMP_NUM_THREADS": threads})
    one, two = ((tmp_path / threads / "model.joblib").read_bytes() for threads in ("1", "2"))
    assert one == two


@pytest.mark.parametrize("name", ["model.joblib", "manifest.json"])
def test_missing_artefact_says_how_to_make_it(copy: Path, name: str) -> None:
    """Without model or manifest the application does not start, and says why."""
    (copy / name).unlink()
    with pytest.raises(ArtefactMissingError, match=r"python -m api\.train"):
        create_app(copy)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sha256": 1}'])
def test_broken_manifest_is_refused(copy: Path, text: str) -> None:
    """A manifest that training did not write is refused."""
    (copy / "manifest.json").write_text(text)
    with pytest.raises(ArtefactUnreadableError):
        create_app(copy)


def test_variable_names_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DIAMONDS_ARTEFACT names the folder where `create_app` is given none."""
    monkeypatch.setenv("DIAMONDS_ARTEFACT", str(folder))
    assert create_app().test_client().get("/readiness").status_code == 200
    monkeypatch.delenv("DIAMONDS_ARTEFACT")
    assert artefact.default_folder() == Path(artefact.__file__).parent / "artefact"
