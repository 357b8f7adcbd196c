"""The artefact in every format: what is served, and what is refused before a loader sees it."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnx
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from api import artefact, create_app, diamonds, train
from api.errors import (
    ArtefactClassError,
    ArtefactError,
    ArtefactMismatchError,
    ArtefactMissingError,
    ArtefactUnreadableError,
    ArtefactUntrustedError,
    ArtefactVersionError,
    ConversionError,
    SettingsError,
)
from api.formats import DEFAULT, FORMATS
from api.settings import Settings

Json = dict[str, Any]
VERSIONED = [(form.name, library) for form in FORMATS.values() for library in form.libraries]


@pytest.fixture
def copy(every_format: Path, tmp_path: Path) -> Path:
    """Folder of every format, which a test may break."""
    return Path(shutil.copytree(every_format, tmp_path / "copy"))


@pytest.fixture
def unopened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Modules of formats that were asked for; no loader can run where there are none."""
    asked: list[str] = []
    monkeypatch.setattr("api.formats.import_module", asked.append)
    return asked


def entry(manifest: Json, name: str) -> Json:
    """Give the part of a manifest that is about the file in format `name`."""
    found: Json = next(part for part in (manifest, *manifest["others"]) if part["format"] == name)
    return found


def edit(folder: Path, name: str, **changes: Any) -> None:
    """Change what the manifest says of the file in format `name`."""
    manifest = json.loads((folder / "manifest.json").read_text())
    entry(manifest, name).update(changes)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def pin(folder: Path, name: str, raw: bytes) -> None:
    """Put `raw` in the place of a file, and let the manifest name its hash."""
    (folder / FORMATS[name].file).write_bytes(raw)
    edit(folder, name, sha256=hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize("name", FORMATS)
def test_format_predicts_what_scikit_learn_does(
    every_format: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On 1,000 real rows each format is inside its tolerance of the pipeline, which is none but for ONNX."""
    rows = diamonds.load().rows.sample(1000, random_state=4).drop(columns=diamonds.TARGET)
    expected = artefact.load(folder).model.model.predict(rows)
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    predicted = np.array(artefact.load(every_format).model.predict(rows.to_dict("records")))
    assert FORMATS[name].tolerance == (1e-5 if name == "onnx" else 0)
    assert np.max(np.abs(predicted / expected - 1)) <= FORMATS[name].tolerance
    assert len(set(expected)) > 900


@pytest.mark.parametrize("name", FORMATS)
def test_model_travels_to_another_process(every_format: Path, name: str) -> None:
    """Where predictions are made in processes, each gets the model as it was loaded, in any format."""
    found = artefact.load(every_format, name)
    travelled = pickle.loads(pickle.dumps(found))  # noqa: S301 - what was just written
    rows = found.manifest.samples
    assert list(travelled.model.predict(rows)) == list(found.model.predict(rows))


def test_settings_choose_the_format_and_the_hash(every_format: Path) -> None:
    """What settings say counts without the environment, as for an application that is made with them."""
    told = create_app(every_format, Settings(format="onnx")).test_client().get("/model-info").get_json()
    assert told["sha256"] == artefact.read_manifest(every_format, "onnx").sha256
    with pytest.raises(ArtefactMismatchError):
        create_app(every_format, Settings(sha256="0" * 64))


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_loaded_once_and_warm_before_the_first_request(
    every_format: Path, monkeypatch: pytest.MonkeyPatch, name: str, diamond: Json
) -> None:
    """The application that serves a format is made with one load and one prediction, and no request loads again."""
    seen: list[str] = []
    load = artefact.load

    def loaded(path: Path, *_: object) -> artefact.Artefact:
        found = load(path)
        predict = found.model.predict
        seen.append("load")
        monkeypatch.setattr(found.model, "predict", lambda rows: (seen.append("predict"), predict(rows))[1])
        return found

    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    monkeypatch.setattr("api.service.artefacts.load", loaded)
    client = create_app(every_format).test_client()
    assert seen == ["load", "predict"]
    reply = client.post("/predict", json=diamond)
    assert seen == ["load", "predict", "predict"]
    told = entry(json.loads((every_format / "manifest.json").read_text()), name)
    assert json.loads(reply.data)["price"] == round(told["predictions"][0], 2)
    assert json.loads(reply.data)["model_version"] == f"diamonds-{told['sha256'][:12]}"


def test_first_format_is_served_unless_told_otherwise(every_format: Path) -> None:
    """A folder of several formats serves the one that the manifest names at its top."""
    assert artefact.load(every_format).manifest.format == DEFAULT == next(iter(FORMATS))


def test_format_that_is_not_there_says_how_to_make_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DIAMONDS_FORMAT with a format that the folder lacks, or that nobody knows, ends the start."""
    for name, error, said in (("onnx", ArtefactMissingError, "--format onnx"), ("pickle", SettingsError, "'joblib'")):
        monkeypatch.setenv("DIAMONDS_FORMAT", name)
        with pytest.raises(error, match=said):
            create_app(folder)


def test_training_writes_the_formats_it_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--format` names the files, the first is served, and files of an earlier training go."""
    monkeypatch.setattr(train, "build", lambda: Refitted(artefact.load(folder).model.model))
    (tmp_path / "model.skops").write_bytes(b"old")
    assert train.main(["--output", str(tmp_path), "--format", "onnx", "--format", "joblib"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "model.joblib", "model.onnx"]
    assert artefact.load(tmp_path).manifest.format == "onnx"
    assert "as onnx, joblib in" in capsys.readouterr().out


class Refitted:
    """A model whose training gives one that was trained before."""

    def __init__(self, model: Any) -> None:
        """Take the trained model."""
        self.model = model

    def fit(self, *_: object) -> Any:
        """Give the trained model."""
        return self.model


def test_file_that_predicts_something_else_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training proves the written file on the held-out rows, and refuses it past the format's tolerance."""
    monkeypatch.setattr("api.train.FORMATS", {"onnx": artefact.Format("onnx", "model.onnx", (), 1e-9)})
    with pytest.raises(ConversionError, match="its predictions are off by"):
        train.serialise("onnx", artefact.load(folder).model.model, diamonds.load().rows[:100])


def test_model_that_onnx_cannot_hold_is_refused(folder: Path) -> None:
    """A model with a part that no converter knows gives our error, with a way out."""
    rows = diamonds.load().rows[:50]
    inner = artefact.load(folder).model.model.regressor_
    with pytest.raises(ConversionError, match="--format joblib"):
        FORMATS["onnx"].codec().dump(make_pipeline(inner[0], DummyRegressor()).fit(rows, rows["price"]))
    with pytest.raises(ConversionError, match="takes a pipeline"):
        FORMATS["onnx"].codec().dump(DummyRegressor())


DAMAGES = {
    "corrupt": lambda raw: raw[:1000] + bytes([raw[1000] ^ 1]) + raw[1001:],
    "truncated": lambda raw: raw[: len(raw) // 2],
    "empty": lambda _: b"",
    "longer": lambda raw: raw + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_file_reaches_no_loader(
    copy: Path, unopened: list[str], monkeypatch: pytest.MonkeyPatch, name: str, damage: str
) -> None:
    """A file with other bytes than its manifest pins is refused, and no loader is even imported."""
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    path = copy / FORMATS[name].file
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(ArtefactMismatchError, match="sha256"):
        create_app(copy)
    assert unopened == []


@pytest.mark.parametrize("name", FORMATS)
def test_swapped_file_reaches_no_loader(
    copy: Path, unopened: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A sound file in the place of another is refused."""
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    other = next(form for form in FORMATS.values() if form.name != name)
    shutil.copy(copy / other.file, copy / FORMATS[name].file)
    with pytest.raises(ArtefactMismatchError, match="sha256"):
        create_app(copy)
    assert unopened == []


class Malicious:
    """An object whose unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        """Take where the file goes."""
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Have `Path.touch` called."""
        return Path.touch, (self.path,)


COMPRESSIONS = [None, "zlib", "gzip", "bz2", "lzma", "xz", "lz4"]


@pytest.mark.parametrize("pinned", [False, True], ids=["swapped", "manifest-forged"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_malicious_pickle_does_nothing(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, compression: str | None, *, pinned: bool
) -> None:
    """A pickle that nobody pinned is not opened, not even where the manifest beside it was forged too."""
    if compression == "lz4":
        pytest.importorskip("lz4", reason="joblib compresses with lz4 only where it is installed")
    mark, path = tmp_path / "owned", copy / "model.joblib"
    joblib.dump(Malicious(mark), path, compress=(compression, 3) if compression else 0)
    if pinned:
        released = json.loads((copy / "manifest.json").read_text())["sha256"]
        monkeypatch.setenv("DIAMONDS_SHA256", released)
        pin(copy, "joblib", path.read_bytes())
    with pytest.raises(ArtefactMismatchError, match="sha256"):
        create_app(copy)
    assert not mark.exists()
    joblib.load(path)
    assert mark.exists(), "the pickle is harmless, so the test proves nothing"


def test_pinned_hash_admits_the_file_it_names(every_format: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DIAMONDS_SHA256 is about the file that is served, in whichever format."""
    monkeypatch.setenv("DIAMONDS_FORMAT", "onnx")
    monkeypatch.setenv("DIAMONDS_SHA256", hashlib.sha256((every_format / "model.onnx").read_bytes()).hexdigest())
    assert artefact.load(every_format).manifest.format == "onnx"


class Sleeper:
    """An object whose state, once it is set, makes a file."""

    def __init__(self, path: str) -> None:
        """Take where the file goes."""
        self.path = path

    def __setstate__(self, state: Json) -> None:
        """Make the file."""
        Path(state["path"]).touch()


def test_malicious_skops_file_does_nothing(copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A skops file with a type that nobody trusts is refused by the type's name, even where its hash is pinned."""
    monkeypatch.setenv("DIAMONDS_FORMAT", "skops")
    mark = tmp_path / "owned"
    raw = skops.io.dumps(Sleeper(str(mark)))
    pin(copy, "skops", raw)
    with pytest.raises(ArtefactUntrustedError, match="Sleeper"):
        create_app(copy)
    assert not mark.exists()
    skops.io.loads(raw, trusted=skops.io.get_untrusted_types(data=raw))
    assert mark.exists(), "the file is harmless, so the test proves nothing"


@pytest.mark.parametrize("raw", [b"", b"\x08\x07garbage", b"PK\x03\x04", b"\x80\x04."], ids=repr)
@pytest.mark.parametrize("name", FORMATS)
def test_pinned_nonsense_is_our_error(copy: Path, monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes) -> None:
    """Bytes that the manifest names, and that are no model, end the start with our error."""
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    pin(copy, name, raw)
    with pytest.raises(ArtefactUnreadableError, match=f"{FORMATS[name].file} does not load"):
        create_app(copy)


def test_broken_graph_is_our_error(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX file that is cut, or whose inputs are not the features, ends the start with our error."""
    monkeypatch.setenv("DIAMONDS_FORMAT", "onnx")
    raw = (copy / "model.onnx").read_bytes()
    for broken in (raw[: len(raw) // 2], raw[:-100], raw.replace(b"clarity", b"clarify")):
        pin(copy, "onnx", broken)
        with pytest.raises(ArtefactUnreadableError, match=r"model\.onnx does not load"):
            create_app(copy)


@pytest.mark.parametrize("columns", [["a", "b"], ["n", "m"], ["n", "a", "m", "b"]])
def test_features_of_one_type_are_one_input(columns: list[str]) -> None:
    """A graph of texts, of numbers or of both has an input for each type, whatever order its features are in."""
    rows = pd.DataFrame({"n": range(60), "m": range(60), "a": list("xyz") * 20, "b": list("pq") * 30})
    texts, numbers = ([name for name in columns if name in kind] for kind in ("ab", "nm"))
    parts = ColumnTransformer(
        [
            *([("texts", OrdinalEncoder(), texts)] if texts else []),
            *([("numbers", StandardScaler(), numbers)] if numbers else []),
        ]
    )
    model = make_pipeline(parts, HistGradientBoostingRegressor()).fit(rows[columns], rows["n"])
    codec = FORMATS["onnx"].codec()
    raw = codec.dump(model)
    graph = onnx.load_from_string(raw).graph
    assert [entry.name for entry in graph.input] == ["numbers"] * bool(numbers) + ["texts"] * bool(texts)
    predicted = codec.load(raw, sorted(columns)).predict(rows.to_dict("records"))
    assert list(predicted) == pytest.approx(model.predict(rows[columns]), rel=1e-5)


def test_features_may_be_called_as_the_graph_calls_its_own() -> None:
    """Names that the inputs and the output would have are free for features."""
    values = {"numbers": range(60), "numbers_": range(60, 0, -1), "texts": list("xyz") * 20, "prediction": [1, 2] * 30}
    rows = pd.DataFrame(values)
    parts = ColumnTransformer(
        [("texts", OrdinalEncoder(), ["texts"]), ("rest", StandardScaler(), ["numbers", "numbers_", "prediction"])]
    )
    model = make_pipeline(parts, HistGradientBoostingRegressor()).fit(rows, rows["numbers"])
    codec = FORMATS["onnx"].codec()
    predicted = codec.load(codec.dump(model), list(values)).predict(rows.to_dict("records"))
    assert list(predicted) == pytest.approx(model.predict(rows), rel=1e-5)


@pytest.mark.parametrize(("name", "library"), VERSIONED)
def test_other_library_is_refused_before_loading(
    copy: Path, unopened: list[str], monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    """A library in another version than at training ends the start: what differs, and what to do."""
    monkeypatch.setenv("DIAMONDS_FORMAT", name)
    versions = entry(json.loads((copy / "manifest.json").read_text()), name)["versions"]
    edit(copy, name, versions=versions | {library: "0.1"})
    with pytest.raises(ArtefactVersionError) as caught:
        create_app(copy)
    assert f"{library} 0.1, this is {versions[library]}" in str(caught.value)
    assert f"{library}==0.1" in str(caught.value)
    assert "python -m api.train" in str(caught.value)
    assert unopened == []


@pytest.mark.parametrize("python", ["3.9.1", "4.0.0", ""])
def test_other_python_is_refused_before_loading(copy: Path, unopened: list[str], python: str) -> None:
    """A pickle of another Python ends the start."""
    versions = json.loads((copy / "manifest.json").read_text())["versions"]
    edit(copy, "joblib", versions=versions | {"python": python})
    with pytest.raises(ArtefactVersionError, match=f"python {python}, this is {versions['python']}"):
        create_app(copy)
    assert unopened == []


def test_python_that_makes_no_difference_is_accepted(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another patch of Python does not matter, and for ONNX no version does."""
    major, minor = sys.version_info[:2]
    versions = json.loads((copy / "manifest.json").read_text())["versions"]
    edit(copy, "joblib", versions=versions | {"python": f"{major}.{minor}.99"})
    assert artefact.load(copy).manifest.format == "joblib"
    monkeypatch.setenv("DIAMONDS_FORMAT", "onnx")
    onnx = entry(json.loads((copy / "manifest.json").read_text()), "onnx")["versions"]
    edit(copy, "onnx", versions=onnx | {"python": "3.9.1"})
    assert artefact.load(copy).manifest.format == "onnx"


def test_library_that_is_not_installed_is_named(every_format: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries of a format the start ends before they are imported."""
    forms = {"onnx": artefact.Format("onnx", "model.onnx", ("no-such-library",), 0.0)}
    monkeypatch.setenv("DIAMONDS_FORMAT", "onnx")
    monkeypatch.setattr("api.artefact._installed", lambda _: "none")
    with pytest.raises(ArtefactVersionError, match=r"onnxruntime [\d.]+, this is none"):
        artefact.load(every_format)
    monkeypatch.undo()
    assert artefact.versions(forms["onnx"])["no-such-library"] == "none"


@pytest.mark.parametrize("left", [None, "class Other: ...\n"], ids=["no-module", "no-class"])
def test_missing_class_is_named_at_start(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: str | None
) -> None:
    """A pickle of a class that cannot be imported here ends the start, and names it."""
    module = tmp_path / "vanishing_steps.py"
    module.write_text("class Grader: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    import vanishing_steps  # type: ignore[import-not-found]

    raw = FORMATS["joblib"].codec().dump(vanishing_steps.Grader())
    pin(copy, "joblib", raw)
    monkeypatch.delitem(sys.modules, "vanishing_steps")
    module.unlink()
    shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
    if left:
        module.write_text(left)
    with pytest.raises(ArtefactClassError, match="vanishing_steps") as caught:
        create_app(copy)
    assert left is None or "Grader" in str(caught.value)
    sys.modules.pop("vanishing_steps", None)


def test_every_artefact_error_says_what_to_do(tmp_path: Path) -> None:
    """The text of each names the place, the reason and a command."""
    for kind in ArtefactError.__subclasses__():
        assert str(kind(tmp_path, "why")) == f"{tmp_path}: why; run `python -m api.train` to make it"


def test_manifest_says_what_every_format_needs(every_format: Path, folder: Path) -> None:
    """Hash, versions and predictions stand for each file; signature, output, metrics and data once."""
    manifest = json.loads((every_format / "manifest.json").read_text())
    frame = pd.DataFrame(manifest["samples"])
    expected = artefact.load(folder).model.model.predict(frame)
    for name, form in FORMATS.items():
        told = entry(manifest, name)
        assert told["sha256"] == hashlib.sha256((every_format / form.file).read_bytes()).hexdigest()
        assert list(told["versions"]) == ["python", *form.libraries]
        assert told["predictions"] == pytest.approx(list(expected), rel=form.tolerance or 1e-15)
    assert manifest["output_schema"] == {"type": "number", "exclusiveMinimum": 0}
    assert manifest["training_data_sha256"] == diamonds.SHA256
