"""`python -m api.verify`: the samples again, here and in a clean environment."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import api
from api import artefact, verify
from api.formats import FORMATS

ROOT = Path(api.__file__).parents[1]


@pytest.fixture
def copy(every_format: Path, tmp_path: Path) -> Path:
    """Folder of every format, which a test may break."""
    return Path(shutil.copytree(every_format, tmp_path / "copy"))


def change(folder: Path, **values: Any) -> None:
    """Change the manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("name", FORMATS)
def test_sound_artefact_is_verified_here(
    every_format: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Each format predicts its samples, and the command says so and ends with 0."""
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    assert verify.main([str(every_format), "--here"]) == 0
    assert f"({name}) predicts its 5 samples" in capsys.readouterr().out


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0])
def test_other_prediction_is_told(copy: Path, capsys: pytest.CaptureFixture[str], factor: float) -> None:
    """A sample that predicts something else than the manifest says ends the command with 1, and is named."""
    told = artefact.read_manifest(copy).predictions
    change(copy, predictions=[*told[:2], told[2] * factor, *told[3:]])
    assert verify.main([str(copy), "--here"]) == 1
    assert "sample 3: predicted" in capsys.readouterr().err


def test_other_number_of_predictions_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A manifest without a prediction for each sample proves nothing."""
    change(copy, predictions=[])
    assert verify.main([str(copy), "--here"]) == 1
    assert "5 samples, 0 told, 5 predicted" in capsys.readouterr().err


def test_prediction_outside_the_output_schema_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A prediction that its schema does not admit is a fault, though the manifest tells it."""
    change(copy, output_schema={"type": "number", "exclusiveMinimum": 1e9})
    assert verify.main([str(copy), "--here"]) == 1
    assert "sample 1: predicted" in capsys.readouterr().err


def test_artefact_that_does_not_load_is_told(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged or missing artefact ends the command with 1 and the reason."""
    (copy / "model.joblib").write_bytes(b"")
    assert verify.main([str(copy), "--here"]) == 1
    assert "sha256" in capsys.readouterr().err
    assert verify.main([str(tmp_path / "nowhere")]) == 1
    assert "python -m api.train" in capsys.readouterr().err


def test_python_that_is_not_there_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the Python of the manifest there is no clean environment: exit code 2."""
    change(copy, versions=artefact.read_manifest(copy).versions | {"python": "2.4.0"})
    assert verify.main([str(copy)]) == 2
    assert "python2.4" in capsys.readouterr().err


def test_pins_are_the_manifest_s(copy: Path) -> None:
    """The clean environment gets the versions of training, and what reads the manifest."""
    change(copy, versions=artefact.read_manifest(copy).versions | {"numpy": "1.0"})
    pins = verify.requirements(artefact.read_manifest(copy))
    assert "numpy==1.0" in pins
    assert [pin.partition("==")[0] for pin in pins] == [*FORMATS["joblib"].libraries, "pydantic"]


def test_clean_environment_predicts_the_same(every_format: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with nothing but the manifest's versions loads ONNX and predicts the samples."""
    monkeypatch.setenv("DIAMONDS_FORMAT", "onnx")
    command = [sys.executable, "-m", "api.verify", str(every_format)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "(onnx) predicts its 5 samples" in done.stdout
