"""All formats: on sample runs, on runs of the reference API and of a planted defect, and against official schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import xmlschema
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

import prove400
from api import create_app
from prove400.errors import ReportError
from prove400.model import Run
from prove400.reporters import REPORTERS, SUFFIXES, formats, reporter
from prove400.reporters.json_report import schema
from tests.zoo.diamonds import DEFECTS
from tests.zoo.signature import plant

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = ("passing", "failing", "governed", "incomplete", "hostile", "small")
RUNS = (*SAMPLES, "reference", "planted")


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the run of one operation of the reference API, with the committed contract."""
    return prove400.prove(
        create_app(plant(tmp_path_factory.mktemp("model"))), "contracts/openapi.json", operations="POST /predict"
    )


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the run of the reference API with one defect."""
    defect = next(defect for defect in DEFECTS if not defect.real)
    app = defect.build(create_app(plant(tmp_path_factory.mktemp("model"))))
    return prove400.prove(app, "contracts/openapi.json", operations=defect.operations)


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest) -> Run:
    """Give each run."""
    found: Run = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("name", REPORTERS)
def test_every_format_tells_every_run(name: str, run: Run) -> None:
    """Each format renders each run, to the same text each time, in UTF-8, without a control character."""
    text = REPORTERS[name](run)
    assert text == REPORTERS[name](run)
    assert text.endswith("\n")
    text.encode("utf-8")
    assert not {c for c in text if not c.isprintable()} - {"\n", "\t" if name == "html" else "\n"}


def test_real_runs(reference: Run, planted: Run) -> None:
    """The reference API passes; the defect is found, at a line of the contract's file."""
    assert reference.ok
    assert planted.gating
    for finding in planted.findings:
        assert finding.source is not None
        assert finding.source.file == "contracts/openapi.json"


@pytest.mark.parametrize(
    ("name", "file"), [("sarif", "sarif-schema-2.1.0.json"), ("ctrf", "ctrf.schema.json"), ("json", "")]
)
def test_official_json_schemas(name: str, file: str, run: Run, report_schema: Callable[[str], Any]) -> None:
    """SARIF and CTRF fit the schemas of their makers, our own format fits ours."""
    official = report_schema(file) if file else schema()
    kind = validator_for(official, default=Draft202012Validator)
    errors = list(kind(official, format_checker=kind.FORMAT_CHECKER).iter_errors(json.loads(REPORTERS[name](run))))
    assert not errors, errors[0]


def test_har_schema(run: Run, report_schema: Callable[[str], Any]) -> None:
    """An archive fits the schema that HAR readers validate with."""
    files = {path.name: json.loads(path.read_text()) for path in report_schema("har").iterdir()}
    resources = [
        (f"{name}", Resource.from_contents(content, default_specification=DRAFT6)) for name, content in files.items()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    validator = validator_for(files["har.json"])({"$ref": "har.json"}, registry=registry)
    errors = list(validator.iter_errors(json.loads(REPORTERS["har"](run))))
    assert not errors, errors[0]


def test_junit_schema(run: Run, report_schema: Callable[[str], Any]) -> None:
    """JUnit XML fits the schema of Jenkins' xUnit plugin."""
    xmlschema.XMLSchema(report_schema("junit-10.xsd")).validate(REPORTERS["junit"](run))


def test_names() -> None:
    """Each format has a file of its own, and can be asked for by its name; another name is refused with all of them."""
    files = [SUFFIXES.get(name, name) for name in REPORTERS]
    assert len(set(files)) == len(files)
    assert set(SUFFIXES) <= set(REPORTERS)
    assert formats()[: len(REPORTERS)] == list(REPORTERS)
    assert reporter("sarif") is REPORTERS["sarif"]
    with pytest.raises(ReportError, match="'pdf'") as refused:
        reporter("pdf")
    assert "sarif" in refused.value.hint
