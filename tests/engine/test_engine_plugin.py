"""The pytest plugin, in projects of its own: names, selection, failures that read well, and reports."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from prove400.baseline.edit import Grounds, added
from prove400.model import Status
from prove400.reporters import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

CATALOGUE = """
import prove400_pytest

catalogue = prove400_pytest.Catalogue(target="price_service:{app}"{more})
"""


@pytest.fixture
def suite(project: Path) -> Callable[..., Path]:
    """Give a function that writes a test module with a catalogue of one of the sample's applications."""

    def write(app: str = "app", more: str = "") -> Path:
        module = project / "test_prices.py"
        module.write_text(CATALOGUE.format(app=app, more=more), encoding="utf-8")
        project.joinpath("pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
        return project

    return write


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with our plugin and no other."""
    variables = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "prove400_pytest", "-p", "no:cacheprovider", "--color=no", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=variables)


def report(folder: Path) -> Any:
    """Read the report back that a session wrote."""
    return load(folder.joinpath("reports", "prove400.json").read_text(encoding="utf-8"))


def test_one_item_for_each_obligation(suite: Callable[..., Path]) -> None:
    """Each obligation is an item whose name is its id, under the catalogue and its module; collecting sends nothing."""
    folder = suite()
    lines = run(folder, "--collect-only", "-q").stdout.splitlines()
    ids = [line for line in lines if "›" in line]
    assert "test_prices.py::catalogue::POST /price › body/carat › maximum › ulp" in ids
    assert len(ids) == len(set(ids)) > 100
    assert not folder.joinpath("reports").exists()


def test_a_right_service_passes(suite: Callable[..., Path]) -> None:
    """All items pass, both reports are written and named, and the run that they tell of is ok."""
    folder = suite()
    result = run(folder, "-q")
    assert result.returncode == 0, result.stdout[-2000:]
    passed = re.search(r"(\d+) passed", result.stdout)
    seen = report(folder)
    assert seen.ok
    assert seen.complete
    assert passed is not None
    assert int(passed[1]) == len(seen.outcomes)
    for name in ("prove400.html", "prove400.json"):
        assert folder.joinpath("reports", name).is_file()
        assert f"prove400 report: reports/{name}" in result.stdout


def test_a_broken_obligation_reads_well(suite: Callable[..., Path]) -> None:
    """A failure shows verdict, sentence, keyword location and a curl line, and no traceback of ours."""
    folder = suite("silent")
    result = run(folder, "-k", "maximum and ulp")
    assert result.returncode == 1
    assert "FAILED test_prices.py::catalogue::POST /price › body/carat › maximum › ulp" in result.stdout
    assert "silent-200: answered 200 to an invalid request" in result.stdout
    assert "/components/schemas/Row/properties/carat/maximum" in result.stdout
    assert re.search(r"^\s*curl -i -X POST .*5\.01", result.stdout, re.MULTILINE)
    for inner in ("Traceback", "prove400_pytest.py", "ObligationBrokenError", "runtest", "def "):
        assert inner not in result.stdout, inner
    assert [f.verdict for f in report(folder).findings] == ["silent-200"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("maximum and ulp", {"maximum.ulp"}),
        ("enum and case", {"enum.case"}),
        ("witness", {"witness.itself"}),
        ("json and truncated", {"json.truncated"}),
    ],
)
def test_selection(expression: str, expected: set[str], suite: Callable[..., Path]) -> None:
    """``-k`` selects by what the id says; a partial selection is reported as incomplete, never as passed."""
    folder = suite()
    result = run(folder, "-q", "-k", expression)
    assert result.returncode == 0, result.stdout
    seen = report(folder)
    tried = {outcome.obligation.operator for outcome in seen.outcomes if outcome.cases}
    assert tried == expected
    assert not seen.complete
    assert not seen.ok
    assert any(re.fullmatch(r"\d+ obligations were not selected or not reached", note) for note in seen.notes)


def test_one_item_by_its_id(suite: Callable[..., Path]) -> None:
    """An item can be run by the id that a failure shows."""
    result = run(suite("silent"), "-q", "test_prices.py::catalogue::POST /price › body/carat › maximum › step")
    assert result.returncode == 1
    assert "1 failed" in result.stdout


def test_stopping_early_is_incomplete(suite: Callable[..., Path]) -> None:
    """A session that stops at its first failure is reported as incomplete."""
    folder = suite("silent")
    assert run(folder, "-q", "-x").returncode == 1
    seen = report(folder)
    assert not seen.complete
    assert [o.status for o in seen.outcomes].count(Status.BROKEN) == 1


def test_another_target(suite: Callable[..., Path], service: ModuleType, serve: Callable[[Any], str]) -> None:
    """``--prove400-target`` points every catalogue at another target, a running server say."""
    folder = suite("silent")
    url = serve(service.Service())
    result = run(folder, "-q", "-k", "maximum", "--prove400-target", url)
    assert result.returncode == 0, result.stdout[-2000:]
    assert report(folder).target == url


def test_reports_folder(suite: Callable[..., Path]) -> None:
    """``--prove400-reports`` names the folder of the reports."""
    folder = suite()
    run(folder, "-q", "-k", "witness", "--prove400-reports", "out/here")
    assert folder.joinpath("out/here/prove400.json").is_file()
    assert not folder.joinpath("reports").exists()


@pytest.mark.parametrize(("more", "code"), [("", 0), (', fail_on="warning"', 1)])
def test_settings_of_a_catalogue(more: str, code: int, suite: Callable[..., Path]) -> None:
    """A catalogue takes the settings that `prove` takes: warnings fail only where they are asked to."""
    assert run(suite("warned", more), "-q").returncode == code


@pytest.mark.parametrize(
    ("more", "words", "settings"),
    [
        ("", ["ignore-extra-properties"], "ignore-extra-properties"),
        (', policy="accept-text-plain"', ["ignore-extra-properties"], "accept-text-plain, ignore-extra-properties"),
        ("", ["accept-text-plain", "ignore-content-type"], "accept-text-plain, ignore-content-type"),
    ],
)
def test_policies(more: str, words: list[str], settings: str, suite: Callable[..., Path]) -> None:
    """``--prove400-policy`` relaxes a rule beside those that the catalogue does; the run says which."""
    folder = suite("app", more)
    options = [word for name in words for word in ("--prove400-policy", name)]
    assert run(folder, "-q", "-k", "witness", *options).returncode == 0
    assert dict(report(folder).settings)["policy"] == settings
    assert run(folder, "-q", "--prove400-policy", "be-kind").returncode == 2


def test_headers_are_told_by_their_names(suite: Callable[..., Path]) -> None:
    """The line that sends a request again has the headers sent beside its own, with a variable for their values."""
    folder = suite("silent", ', headers={"X-Api-Key": "s3cret-key"}')
    said = run(folder, "-q", "-k", "maximum").stdout
    assert "-H 'X-Api-Key: '\"$X_API_KEY\"" in said
    assert "s3cret" not in said


def test_a_lost_operation_fails(suite: Callable[..., Path], service: ModuleType) -> None:
    """What has a schema that cannot be used is an item that fails and says why; the others are proven."""
    folder = suite("app", ', contract="contract.json"')
    document = json.loads(json.dumps(service.CONTRACT))
    document["paths"]["/health"]["get"]["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "bytes"}}
    }
    folder.joinpath("contract.json").write_text(json.dumps(document), encoding="utf-8")
    result = run(folder, "-q")
    assert result.returncode == 1
    assert "1 failed" in result.stdout
    assert "test_prices.py::catalogue::GET /health › not proven" in result.stdout
    assert '"bytes" is not valid' in result.stdout
    assert "prove400_pytest.py" not in result.stdout
    assert not report(folder).complete


@pytest.mark.parametrize(
    ("app", "more", "said"),
    [
        ("app", ', contract="missing.json"', "missing.json"),
        ("nothing", "", "no attribute 'nothing'"),
        ("mute", "", "not an OpenAPI"),
        ("app", ", speed=3", "unknown setting 'speed'"),
    ],
)
def test_what_cannot_be_collected(app: str, more: str, said: str, suite: Callable[..., Path]) -> None:
    """A catalogue that cannot be planned is one readable collection error, without a traceback of ours."""
    result = run(suite(app, more), "-q")
    assert result.returncode == 2
    assert said in result.stdout
    assert "prove400_pytest.py" not in result.stdout


def test_two_catalogues_keep_both_reports(suite: Callable[..., Path]) -> None:
    """The report of one catalogue is not lost where a session has two."""
    folder = suite("silent")
    folder.joinpath("test_more.py").write_text(CATALOGUE.format(app="app", more=""), encoding="utf-8")
    run(folder, "-q", "-k", "maximum")
    documents = [load(file.read_text(encoding="utf-8")) for file in sorted(folder.joinpath("reports").rglob("*.json"))]
    assert {document.target for document in documents} == {"price_service:silent", "price_service:app"}


def test_the_first_catalogue_keeps_the_short_names(suite: Callable[..., Path]) -> None:
    """Reports of further catalogues have their catalogue's name, and a number where that is taken; HTML comes last."""
    folder = suite()
    folder.joinpath("test_more.py").write_text(CATALOGUE.format(app="app", more=""), encoding="utf-8")
    more = CATALOGUE.format(app="app", more="")
    folder.joinpath("test_prices.py").write_text(more + more.replace("catalogue =", "other ="), encoding="utf-8")
    folder.joinpath("test_rest.py").write_text(more, encoding="utf-8")
    result = run(folder, "-q", "-k", "witness")
    stems = ["prove400", "prove400-catalogue", "prove400-other", "prove400-catalogue-2"]
    assert [line.rpartition("/")[2] for line in result.stdout.splitlines() if line.startswith("prove400 report: ")] == [
        f"{stem}.{ending}" for stem in stems for ending in ("json", "html")
    ]
    assert {path.name for path in folder.joinpath("reports").iterdir()} == {
        f"{stem}.{ending}" for stem in stems for ending in ("json", "html")
    }


def test_projects_without_a_catalogue_pay_nothing(project: Path) -> None:
    """The engine is imported when a catalogue is collected, not before."""
    project.joinpath("test_plain.py").write_text(
        'import sys\n\n\ndef test_plain():\n    assert not [m for m in sys.modules if m.split(".")[0] == "prove400"]\n',
        encoding="utf-8",
    )
    result = run(project, "-q")
    assert result.returncode == 0, result.stdout
    assert not project.joinpath("reports").exists()


def test_the_model_is_judged(suite: Callable[..., Path]) -> None:
    """The obligations of the model are items, too, and can be selected alone: their requests are then sent for them."""
    folder = suite()
    result = run(folder, "-q", "-k", "constant or repeatable", "-rA")
    assert result.returncode == 0, result.stdout[-2000:]
    assert "POST /price › body › model › constant" in result.stdout
    assert {o.obligation.id for o in report(folder).outcomes} >= {"POST /price › body › model › repeatable"}


def test_a_wrong_model_fails(suite: Callable[..., Path]) -> None:
    """A model that is not repeatable fails its item, with a sentence, and no other."""
    result = run(suite("moody"), "-q")
    assert result.returncode == 1
    assert "1 failed" in result.stdout
    assert "unstable: the same request got two predictions: /price" in result.stdout


def test_what_is_known_is_an_expected_failure(suite: Callable[..., Path]) -> None:
    """With a baseline the session passes, and says of each test that would fail who knows of it; the rest must pass."""
    folder = suite("silent")
    assert run(folder, "-q").returncode == 1
    accepted = added("", report(folder).findings, Grounds("till spring", "@anna", dt.date(2999, 1, 1)))
    folder.joinpath("known.toml").write_text(accepted)
    suite("silent", ', baseline="known.toml"')
    result = run(folder, "-q", "-rx")
    assert result.returncode == 0, result.stdout[-2000:]
    assert re.search(r"[1-9]\d* xfailed", result.stdout)
    assert "known until 2999-01-01, @anna: till spring" in result.stdout
    assert report(folder).ok


@pytest.mark.parametrize("app", ["app", "silent"])
def test_workers_of_xdist_write_one_report(app: str, suite: Callable[..., Path]) -> None:
    """Run in parallel, the session ends with the report that it would have written alone, but for requests and time."""
    folder = suite(app)

    def seen(*words: str) -> dict[str, Any]:
        result = run(folder, "-q", *words)
        assert result.returncode == (1 if app == "silent" else 0), result.stdout[-2000:] + result.stderr[-2000:]
        document: dict[str, Any] = json.loads(folder.joinpath("reports", "prove400.json").read_text(encoding="utf-8"))
        return {name: value for name, value in document.items() if name not in ("timing", "sent", "target")}

    alone = seen()
    folder.joinpath("reports", "prove400.json").unlink()
    assert seen("-p", "xdist.plugin", "-n", "2", "--dist", "load") == alone


def test_an_object_proven_by_workers_of_xdist_has_no_report_and_that_is_told(
    suite: Callable[..., Path], service: ModuleType
) -> None:
    """The tests run all the same; that there is no report is not passed over."""
    folder = suite()
    module = folder / "test_prices.py"
    made = "from price_service import app\nfrom prove400_pytest import Catalogue\n\n"
    module.write_text(f'{made}catalogue = Catalogue(app, "contract.json")\n', encoding="utf-8")
    folder.joinpath("contract.json").write_text(json.dumps(service.CONTRACT), encoding="utf-8")
    result = run(folder, "-q", "-p", "xdist.plugin", "-n", "2")
    assert result.returncode == 0, result.stdout[-2000:]
    assert "prove400 writes no report prove400: its target is an object" in result.stdout
    assert not folder.joinpath("reports").exists()
