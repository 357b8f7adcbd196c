"""`prove400 audit` and `prove400 init`: exit codes, output, and contracts that hold what they promise."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import joblib
import pytest
from click.testing import CliRunner, Result
from openapi_spec_validator import validate

from prove400 import Case, Unisolable, load, plan
from prove400.audit import Rule, audit, draft, drafted, read
from prove400.cli import main
from tests.audit.conftest import ARTEFACT, CONTRACT, MODELS, NUMBERS, told

if TYPE_CHECKING:
    from pathlib import Path

MODEL = str(ARTEFACT / "model.joblib")


def cli(*words: str) -> Result:
    """Run a command as a user would."""
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def weak(tmp_path: Path, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a contract with a weakness of every kind, in an empty folder, and stand there in 80 columns."""
    diamond = document["components"]["schemas"]["Diamond"]
    properties = diamond["properties"]
    properties["cut"] = {"type": "string"}
    properties["color"]["enum"] = [*properties["color"]["enum"][1:], "Z\u202e\x1b[31m"]
    properties["clarity"] = {"enum": [*properties["clarity"]["enum"], 3, None]}
    properties["carat"] = {"type": "number", "minimum": 0, "maximum": 500}
    properties["depth"] = {"type": "number"}
    properties["sel\x1bler"] = {"type": "string"}
    del properties["z"]
    del diamond["additionalProperties"]
    diamond["required"] = ["carat"]
    file = tmp_path / "weak.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return file


def test_the_reference_contract_is_as_strict_as_its_model() -> None:
    """The committed contract audits to nothing, by the model's file and by its manifest."""
    for model in (MODEL, str(ARTEFACT), str(ARTEFACT / "manifest.json")):
        result = cli("audit", "--model", model, str(CONTRACT))
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.splitlines()[-1] == "nothing weaker than the model"
        assert "error" not in result.stdout


def test_text_is_whole_and_fits(weak: Path) -> None:
    """Every rule of the requests is told once for both operations, in 80 columns, and nothing moves the cursor."""
    result = cli("audit", "--model", MODEL, weak.name)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line for line in lines if len(line) > 80 and str(ARTEFACT) not in line] == []
    told_once = re.findall(r"^(?:error|warning|note) +(audit\.[a-z-]+)  (\S+)$", result.stdout, re.MULTILINE)
    assert {rule for rule, _ in told_once} == set(Rule) - {Rule.LABEL}
    assert len(told_once) == len(set(told_once))
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    levels = [line.split()[0] for line in lines if re.match(r"(error|warning|note) +audit", line)]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    counted = {level: levels.count(level) for level in ("error", "warning", "note")}
    said = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in counted.items())
    assert lines[-1] == f"weaker than the model: {said}"


def test_json_has_every_finding_with_its_proof(weak: Path) -> None:
    """The findings are those of the audit; the evidence of what is missing is absent, and not null."""
    result = cli("audit", "--model", MODEL, weak.name, "--format", "json")
    content = json.loads(result.stdout)
    found = audit(load(weak), read(ARTEFACT / "model.joblib")).found
    assert [(f["rule"], f["operation"], f["instance_location"]) for f in content["findings"]] == [
        (w.rule, w.operation, w.instance_location) for w in found
    ]
    assert sum(content["counts"].values()) == len(found)
    for finding in content["findings"]:
        assert ("evidence" in finding) is (finding["rule"] != Rule.MISSING)
    carat = content["model"]["features"][0]
    assert (carat["range"]["maximum"], carat["null"]) == (5.01, "nan")
    assert content["model"]["features"][1]["categories"]["unknown"] == "refused"
    assert result.stdout == cli("audit", "--model", MODEL, weak.name, "--format", "json").stdout


def test_notes_fail_nothing(weak: Path, document: dict[str, Any]) -> None:
    """A contract that is stronger than the model, or wider than its data, is no finding."""
    content = json.loads(CONTRACT.read_text(encoding="utf-8"))
    content["components"]["schemas"]["Diamond"]["properties"]["carat"]["maximum"] = 500
    weak.write_text(json.dumps(content), encoding="utf-8")
    result = cli("audit", "--model", MODEL, weak.name)
    assert result.exit_code == 0
    assert result.stdout.endswith("nothing weaker than the model: 1 note\n")


def test_what_is_unusable_has_code_2(weak: Path) -> None:
    """A model that is not pinned, a pin, a model or a contract that is none: one message each, and nothing more."""
    raw = (ARTEFACT / "model.joblib").read_bytes()
    weak.with_name("model.joblib").write_bytes(raw)
    sha256 = hashlib.sha256(raw).hexdigest()
    for words, said in [
        (("audit", "--model", "model.joblib", weak.name), f"--sha256 {sha256}\n"),
        (("audit", "--model", "model.joblib", "--sha256", "0" * 64, weak.name), "not loaded"),
        (("audit", "--model", "model.joblib", "--sha256", "abc", weak.name), "sha256sum"),
        (("audit", "--model", MODEL, "absent.json"), "absent.json"),
        (("audit", "--model", ".", weak.name), "manifest.json"),
        (("init", "--model", "model.joblib"), "not pinned"),
        (("init", "--model", MODEL, "--output", "weak.json/openapi.json"), "cannot write"),
    ]:
        result = cli(*words)
        assert (result.exit_code, result.stdout) == (2, ""), words
        assert said in result.stderr
        assert "Hint: " in result.stderr
        assert "Traceback" not in result.stderr


def test_pyproject_pins_for_good(weak: Path) -> None:
    """A line under [tool.prove400.models] pins a file, and is no unknown setting to the other commands."""
    raw = (ARTEFACT / "model.joblib").read_bytes()
    weak.with_name("model.joblib").write_bytes(raw)
    pin = f'"model.joblib" = "{hashlib.sha256(raw).hexdigest()}"'
    weak.with_name("pyproject.toml").write_text(f"[tool.prove400.models]\n{pin}\n", encoding="utf-8")
    result = cli("audit", "--model", "model.joblib", str(CONTRACT))
    assert result.exit_code == 0
    assert "no range is known of carat, depth, table, x, y, z" in re.sub(r"\s+", " ", result.stdout)
    assert "unknown setting" not in cli("run", "no_such_module:app").stderr


@pytest.mark.parametrize("name", [*MODELS, "classifier"])
def test_a_drafted_contract_is_as_strict_as_its_model(name: str, fitted: dict[str, Any], classifier: Any) -> None:
    """A first contract of any model is OpenAPI, audits to nothing, and every constraint of it can be broken alone."""
    facts = told({**fitted, "classifier": classifier}[name])
    document = draft(facts)
    validate(document)
    assert audit(load(document), facts).found == ()
    planned = list(plan(document))
    cases = [item for item in planned if isinstance(item, Case)]
    assert any(case.obligation.operator == "witness.itself" for case in cases)
    broken = {case.obligation.constraint.keyword for case in cases if case.isolated}
    assert {"required", "additionalProperties"} <= broken
    unisolable = {item.constraint.keyword for item in planned if isinstance(item, Unisolable)}
    assert unisolable <= {"type"}  # an enum implies it


def test_init_writes_once(weak: Path) -> None:
    """The contract is where it is asked for, the same each time, and no file is written over without --force."""
    words = ("init", "--model", MODEL, "--output", "contracts/openapi.json")
    result = cli(*words)
    assert (result.exit_code, result.stdout) == (0, "contracts/openapi.json\n")
    file = weak.parent / "contracts" / "openapi.json"
    assert file.read_text(encoding="utf-8") == drafted(read(ARTEFACT / "model.joblib"))
    assert cli("audit", "--model", MODEL, str(file)).exit_code == 0
    file.write_text("{}", encoding="utf-8")
    refused = cli(*words)
    assert (refused.exit_code, file.read_text(encoding="utf-8")) == (2, "{}")
    assert "--force" in refused.stderr
    assert cli(*words, "--force").exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["openapi"] == "3.1.0"


def test_a_draft_says_what_it_knows(fitted: dict[str, Any], classifier: Any) -> None:
    """Estimated bounds say so, the answer of a classifier is one of its classes, and a refusal is a problem."""
    schemas = draft(told(fitted["refusing"]))["components"]["schemas"]
    assert schemas["Features"]["properties"]["carat"]["description"].startswith("Bounds are estimated from StandardS")
    schemas = draft(told(classifier))["components"]["schemas"]
    assert schemas["Features"]["required"] == NUMBERS
    assert schemas["Prediction"]["properties"]["prediction"]["enum"] == list(classifier.classes_)
    manifest = draft(read(ARTEFACT))
    assert manifest["components"]["schemas"]["Prediction"]["properties"]["prediction"]["exclusiveMinimum"] == 0
    assert read(ARTEFACT).sha256 in manifest["info"]["description"]
    refusal = manifest["paths"]["/predict"]["post"]["responses"]["400"]
    assert list(refusal["content"]) == ["application/problem+json"]


def test_a_model_trained_here_is_audited_by_its_pin(weak: Path, fitted: dict[str, Any]) -> None:
    """A pipeline on disk, pinned by the flag, is audited without any manifest."""
    joblib.dump(fitted["imputing"], "mine.joblib")
    sha256 = hashlib.sha256(weak.with_name("mine.joblib").read_bytes()).hexdigest()
    result = cli("audit", "--model", "mine.joblib", "--sha256", sha256, weak.name, "--format", "json")
    rules = {(f["rule"], f["instance_location"]) for f in json.loads(result.stdout)["findings"]}
    assert ("audit.null", "/clarity") in rules
    assert ("audit.missing", "/cut") not in rules
