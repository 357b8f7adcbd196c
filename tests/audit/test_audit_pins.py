"""A model file is loaded only where somebody named its sha256: loading a pickle runs what it says."""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pytest

from prove400.audit import read
from prove400.errors import ModelError, SettingsError
from tests.audit.conftest import ARTEFACT

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = ARTEFACT / "model.joblib"


class Payload:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, mark: Path) -> None:
        """Take the file that is made."""
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        """Say what loading does."""
        return Path.touch, (self.mark,)


@pytest.fixture(params=["pickle", "joblib"])
def trap(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path, str]:
    """Give a hostile model file, the mark that it makes when it is loaded, and its sha256."""
    file, mark = tmp_path / "model.joblib", tmp_path / "mark"
    if request.param == "pickle":
        file.write_bytes(pickle.dumps(Payload(mark)))
    else:
        joblib.dump(Payload(mark), file, compress=3)
    return file, mark, hashlib.sha256(file.read_bytes()).hexdigest()


def unpinned(_: Path, __: str) -> dict[str, Any]:
    """Pin nothing."""
    return {}


def other(_: Path, __: str) -> dict[str, Any]:
    """Pin another file by the flag."""
    return {"sha256": "0" * 64}


def other_in_table(file: Path, _: str) -> dict[str, Any]:
    """Pin another file in pyproject.toml."""
    return {"pins": {str(file): "0" * 64}}


def elsewhere_in_table(file: Path, sha256: str) -> dict[str, Any]:
    """Pin the right hash for another path."""
    return {"pins": {str(file.parent / "old" / file.name): sha256}}


def other_in_manifest(file: Path, _: str) -> dict[str, Any]:
    """Pin another file in the manifest beside it."""
    file.with_name("manifest.json").write_text(json.dumps({"sha256": "0" * 64}), encoding="utf-8")
    return {}


def disagreeing(file: Path, sha256: str) -> dict[str, Any]:
    """Pin the file by the flag, and another in the manifest."""
    return {**other_in_manifest(file, sha256), "sha256": sha256}


def no_hash(file: Path, _: str) -> dict[str, Any]:
    """Put a manifest there that names no hash."""
    file.with_name("manifest.json").write_text("{}", encoding="utf-8")
    return {}


@pytest.mark.parametrize(
    "pin", [unpinned, other, other_in_table, elsewhere_in_table, other_in_manifest, disagreeing, no_hash]
)
def test_nothing_runs_without_the_right_pin(
    pin: Callable[[Path, str], dict[str, Any]], trap: tuple[Path, Path, str]
) -> None:
    """A hostile model does nothing where no pin names it, or where any pin names another file."""
    file, mark, sha256 = trap
    with pytest.raises(ModelError, match="loaded") as caught:
        read(file, **pin(file, sha256))
    assert not mark.exists()
    assert sha256 in str(caught.value)


def test_the_trap_works(trap: tuple[Path, Path, str]) -> None:
    """Pinned, the hostile model runs: so the tests above would see it."""
    file, mark, sha256 = trap
    with pytest.raises(ModelError, match="no model"):
        read(file, sha256)
    assert mark.exists()


@pytest.mark.parametrize("key", ["sha256", "others", "files", "named"])
def test_a_manifest_pins_in_each_of_its_forms(key: str, tmp_path: Path) -> None:
    """The hash of the served file, of another format's, or of a list or map of files is a pin."""
    raw = MODEL.read_bytes()
    sha256 = hashlib.sha256(raw).hexdigest()
    forms: dict[str, Any] = {
        "sha256": {"sha256": sha256},
        "others": {"sha256": "0" * 64, "others": [{"sha256": sha256}]},
        "files": {"files": {"model.joblib": sha256}},
        "named": {"files": [{"sha256": sha256}]},
    }
    tmp_path.joinpath("model.joblib").write_bytes(raw)
    listed = [{"name": "carat", "type": "number", "minimum": 1, "maximum": 2}]
    content = {**forms[key], "features": listed}
    tmp_path.joinpath("manifest.json").write_text(json.dumps(content), encoding="utf-8")
    facts = read(tmp_path / "model.joblib")
    assert (len(facts.features), facts.features[0].range.maximum) == (9, 2)


def test_a_manifest_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A manifest that names no hash neither pins nor completes a model, whatever it is a manifest of."""
    tmp_path.joinpath("model.joblib").write_bytes(MODEL.read_bytes())
    tmp_path.joinpath("manifest.json").write_text('{"short_name": "a web page"}', encoding="utf-8")
    facts = read(tmp_path / "model.joblib", hashlib.sha256(MODEL.read_bytes()).hexdigest())
    assert (len(facts.features), facts.features[0].range) == (9, None)


def test_a_table_pins_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path of pyproject.toml is read from where one stands, in any spelling; the hash in any case."""
    raw = MODEL.read_bytes()
    tmp_path.joinpath("m.joblib").write_bytes(raw)
    monkeypatch.chdir(tmp_path)
    pins = {"./m.joblib": hashlib.sha256(raw).hexdigest().upper()}
    assert len(read(tmp_path / "m.joblib", None, pins).features) == 9


@pytest.mark.parametrize(
    ("given", "pins"), [("abc", None), (None, {"m.joblib": "abc"}), (None, {"m.joblib": 1}), (None, ["m.joblib"])]
)
def test_an_impossible_pin_is_told(given: str | None, pins: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A pin that is no sha256, and a table that is none, are mistakes in the settings."""
    tmp_path.joinpath("m.joblib").write_bytes(MODEL.read_bytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError):
        read(Path("m.joblib"), given, pins)


def test_files_that_hold_no_model_are_told(tmp_path: Path) -> None:
    """A missing file, other formats, bytes that are no pickle, and classes that are not here: each has a message."""
    for name, raw, said in [
        ("broken.joblib", b"\x80\x04", "no model in this file"),
        ("text.pkl", b"hello", "no model in this file"),
        ("gone.pkl", b"cno_such_module\nModel\n.", "not here"),
    ]:
        tmp_path.joinpath(name).write_bytes(raw)
        with pytest.raises(ModelError, match=said):
            read(tmp_path / name, hashlib.sha256(raw).hexdigest())
    with pytest.raises(ModelError, match=r"cannot read the model.*absent\.pkl"):
        read(tmp_path / "absent.pkl")
    with pytest.raises(ModelError, match="cannot read the manifest"):
        read(tmp_path)
    with pytest.raises(ModelError, match="ONNX files are not read"):
        read(tmp_path / "model.onnx")


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without joblib, or without a library that the model is made of, the error says what to install."""
    for name in ("joblib", "sklearn.compose"):
        with monkeypatch.context() as without:
            for module in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
                without.delitem(sys.modules, module)
            without.setitem(sys.modules, name, None)
            with pytest.raises(ModelError, match=r"pip install 'prove400\[audit\]'"):
                read(MODEL)


def test_a_manifest_needs_no_library() -> None:
    """Neither the command nor a manifest imports what only model files need."""
    code = (
        "import sys; from pathlib import Path; import prove400.cli; from prove400.audit import read; "
        "read(Path(sys.argv[1])); print({'joblib', 'pandas', 'sklearn', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ARTEFACT)], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_manifest_of_another_model_is_told() -> None:
    """A pin beside a manifest must be one of its own."""
    assert read(ARTEFACT, read(ARTEFACT).sha256).features
    with pytest.raises(ModelError, match="another model"):
        read(ARTEFACT, "0" * 64)


def test_another_version_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of another scikit-learn is read, and the audit says so."""
    import sklearn.base
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(*_numbers())
    monkeypatch.setattr(sklearn.base, "__version__", "0.1.dev0")
    joblib.dump(model, tmp_path / "m.joblib")
    monkeypatch.undo()
    sha256 = hashlib.sha256((tmp_path / "m.joblib").read_bytes()).hexdigest()
    (note,) = read(tmp_path / "m.joblib", sha256).notes
    assert "0.1.dev0" in note
    assert not note.endswith(".")


def _numbers() -> tuple[Any, list[int]]:
    import pandas as pd

    return pd.DataFrame({"a": [1, 2]}), [1, 2]
