"""The command line: exit codes, reports, and messages that a person can act on."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from prove400.cli import main
from prove400.reporters import REPORTERS, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

COMMANDS = ("run", "plan", "check", "diff", "export", "replay", "report", "audit", "init", "baseline")


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    variables = {**os.environ, **environment}
    command = [sys.executable, "-c", "from prove400.cli import main; main(prog_name='prove400')", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=variables)


@pytest.fixture
def dead() -> str:
    """Give a URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


CODES: list[tuple[int, tuple[str, ...], str]] = [
    (0, ("run", "price_service:app"), "PASSED"),
    (0, ("run", "price_service:Service()"), "PASSED"),
    (0, ("run", "price_service:app", "--operation", "GET /health"), "PASSED"),
    (0, ("run", "price_service:warned"), "PASSED"),
    (0, ("plan", "contract.json"), "cases"),
    (0, ("check", "price_service:app", "--contract", "contract.json"), "as published"),
    (0, ("export", "price_service:app"), "openapi.json"),
    (1, ("run", "price_service:silent"), "silent-200"),
    (1, ("run", "price_service:warned", "--fail-on", "warning"), "FAILED"),
    (1, ("check", "price_service:drifted", "--contract", "contract.json"), "1 difference"),
    (2, ("run",), "no target"),
    (2, ("run", "price_service:app", "--contract", "missing.json"), "missing.json"),
    (2, ("run", "price_service:app", "--contract", "price_service.py"), "not YAML"),
    (2, ("run", "price_service:mute"), "not an OpenAPI"),
    (2, ("run", "price_service:app", "--report", "pdf=x.pdf"), "pdf=x.pdf"),
    (2, ("run", "price_service:app", "--report", "html"), "FORMAT=PATH"),
    (2, ("run", "price_service:app", "--report", "html="), "FORMAT=PATH"),
    (2, ("run", "price_service:app", "--report", "json=price_service.py/x.json"), "cannot write"),
    (2, ("run", "price_service:app", "--operation", "POST /nope"), "POST /nope"),
    (2, ("run", "price_service:app", "--timeout", "0"), "range"),
    (2, ("run", "price_service:app", "--timeout", "soon"), "soon"),
    (2, ("run", "price_service:app", "--fail-on", "fatal"), "fatal"),
    (2, ("run", "price_service:app", "--speed"), "--speed"),
    (2, ("plan", "missing.json"), "missing.json"),
    (2, ("plan",), "CONTRACT"),
    (2, ("plan", "contract.json", "--operation", "POST /nope"), "POST /nope"),
    (2, ("check", "price_service:app", "--contract", "missing.json"), "missing.json"),
    (2, ("check", "price_service:app"), "contracts/openapi.json"),
    (2, ("export", "price_service:mute"), "not an OpenAPI"),
    (2, ("export", "price_service:app", "--output", "price_service.py"), "price_service.py"),
    (2, ("replay", "0123456789ab", "price_service:app"), "0123456789ab"),
    (2, ("nonsense",), "nonsense"),
    (3, ("run", "no_such_module:app"), "no_such_module"),
    (3, ("run", "price_service:nothing"), "nothing"),
    (3, ("export", "no_such_module:app"), "no_such_module"),
    (3, ("check", "price_service:nothing", "--contract", "contract.json"), "nothing"),
]


@pytest.fixture(autouse=True)
def contract(project: Path, service: ModuleType) -> Path:
    """Give the contract as a file of the project, in which every test stands."""
    file = project / "contract.json"
    file.write_text(json.dumps(service.CONTRACT), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("code", "words", "said"), CODES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_exit_codes(code: int, words: tuple[str, ...], said: str) -> None:
    """0 all discharged, 1 findings or drift, 2 usage or contract error, 3 target unreachable; and it is said why."""
    result = cli(*words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code == code, result.output
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "words",
    [("run",), ("run", "--contract", "contract.json"), ("export",), ("check", "--contract", "contract.json")],
    ids=" ".join,
)
def test_unreachable_targets(words: tuple[str, ...], dead: str) -> None:
    """A URL where nobody listens exits with 3 from every command, with or without a contract at hand."""
    result = cli(words[0], dead, *words[1:])
    assert result.exit_code == 3, result.output


def test_a_contract_that_is_not_there(dead: str) -> None:
    """A contract at a URL where nobody listens is an error of the contract: the target is there."""
    result = cli("run", "price_service:app", "--contract", f"{dead}/openapi.json")
    assert result.exit_code == 2, result.output
    assert "Hint: check the address of the contract" in result.stderr


ERRORS = [words for code, words, _ in CODES if code >= 2]


@pytest.mark.parametrize("words", ERRORS, ids=" ".join)
def test_errors_are_readable(words: tuple[str, ...]) -> None:
    """An error goes to standard error only, in lines of 80 columns (a longer word excepted), and says what to try."""
    result = cli(*words)
    if "json=price_service.py/x.json" not in words:  # a report that cannot be written comes after the run
        assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert any(line.startswith(("Error: ", "Usage: ")) for line in lines)
    assert any(line.startswith(("Hint: ", "Try ")) for line in lines), result.stderr
    assert all(len(line) <= 80 or " " not in line.strip() for line in lines), result.stderr


@pytest.mark.parametrize("words", [(), *((command,) for command in COMMANDS)], ids=" ".join)
def test_help(words: tuple[str, ...]) -> None:
    """Every command explains itself in 80 columns, and every option of its own has a text."""
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=80)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    assert not re.search(r"^  --[\w-]+( [A-Z|]+)?$\n  -", result.output, re.MULTILINE)


def test_output_fits_the_terminal() -> None:
    """The report of a run with findings fits 80 columns but for its reproducer."""
    result = cli("run", "price_service:silent")
    ours = [
        line for line in result.stdout.splitlines() if not re.match(r"curl|  -|  http|printf|prove400 replay", line)
    ]
    assert len(ours) > 8
    assert max(map(len, ours)) <= 80


def test_version() -> None:
    """The version is the package's."""
    assert re.fullmatch(r".*, version \d+\.\d+\.\d+\n", cli("--version").output)


def test_plan_lists_every_case(contract: Path) -> None:
    """A plan has one line for each case, with its proof, and counts them at its end; no target is needed."""
    lines = cli("plan", str(contract)).output.splitlines()
    cases = [line for line in lines if re.match(r"\[(isolated|joint|valid)\] ", line)]
    assert "[isolated] POST /price › body/carat › maximum › ulp" in cases
    assert lines[-1].startswith(f"{len(cases)} cases, ")
    chosen = cli("plan", str(contract), "--operation", "GET /health").output.splitlines()
    assert 0 < len(chosen) < len(lines)
    assert all("GET /health" in line for line in chosen[:-1])


def test_reports(project: Path) -> None:
    """Each report is written where it was asked for, its folder made, and its place said."""
    wanted = {"html": "out/a/report.html", "json": "out/run.json", "text": "run.txt"}
    result = cli(
        "run",
        "price_service:silent",
        *(word for name, path in wanted.items() for word in ("--report", f"{name}={path}")),
    )
    assert result.exit_code == 1
    for name, path in wanted.items():
        assert f"{name} report: {path}" in result.stdout.splitlines()
        assert project.joinpath(path).stat().st_size > 500
    run = load(project.joinpath(wanted["json"]).read_text(encoding="utf-8"))
    assert [f.verdict for f in run.findings] == ["silent-200"]
    assert REPORTERS["text"](run) == project.joinpath(wanted["text"]).read_text(encoding="utf-8")
    assert run.findings[0].fingerprint in project.joinpath(wanted["html"]).read_text(encoding="utf-8")


def test_a_bad_report_is_told_before_anything_is_sent(service: ModuleType, serve: Callable[[Any], str]) -> None:
    """A mistake in ``--report`` is found before the first request."""
    app = service.Service()
    assert cli("run", serve(app), "--report", "pdf=x").exit_code == 2
    assert app.served == 0


def test_replay(project: Path) -> None:
    """A finding's fingerprint sends its cases again: it is still there, or it is gone."""
    cli("run", "price_service:silent", "--report", "json=run.json")
    finding = load(project.joinpath("run.json").read_text(encoding="utf-8")).findings[0]
    again = cli("replay", finding.fingerprint, "price_service:silent")
    assert again.exit_code == 1
    assert finding.fingerprint in again.stdout
    assert "1 of 1" in again.stdout
    mended = cli("replay", finding.fingerprint, "price_service:app")
    assert mended.exit_code == 0
    assert "PASSED" in mended.stdout


def test_replay_of_a_model_s_finding(project: Path) -> None:
    """A finding about the model is replayed by the valid requests of its operation."""
    cli("run", "price_service:moody", "--report", "json=run.json")
    (finding,) = load(project.joinpath("run.json").read_text(encoding="utf-8")).findings
    again = cli("replay", finding.fingerprint, "price_service:moody")
    assert again.exit_code == 1
    assert finding.fingerprint in again.stdout
    assert cli("replay", finding.fingerprint, "price_service:app").exit_code == 0


def test_replay_of_a_finding_under_load(project: Path) -> None:
    """A finding under load is replayed under load, and refused with what to add where none is asked for."""
    assert cli("run", "price_service:moody", "--concurrent", "2", "--report", "json=run.json").exit_code == 1
    found = load(project.joinpath("run.json").read_text(encoding="utf-8")).findings
    finding = next(f for f in found if f.constraint.keyword == "model.concurrent")
    alone = cli("replay", finding.fingerprint, "price_service:moody")
    assert alone.exit_code == 2
    assert "--concurrent" in alone.output
    assert finding.fingerprint in cli("replay", finding.fingerprint, "price_service:moody", "--concurrent", "2").stdout


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--sanity", "off"), 0, "PASSED"),
        (("--sanity", "model.repeatable=false"), 0, "PASSED"),
        (("--sanity", "inputs=3", "--sanity", "tolerance=1"), 0, "PASSED"),
        (("--sanity", "inputs"), 2, "NAME=VALUE"),
        (("--sanity", "inputs=1"), 2, "sanity.inputs"),
        (("--sanity", "inputs=abc"), 2, "sanity.inputs has an impossible value: 'abc'"),
        (("--sanity", "model.constant=maybe"), 2, "sanity.model.constant has an impossible value: 'maybe'"),
        (("--sanity", "=1"), 2, "NAME=VALUE"),
        (("--sanity", "model.other=true"), 2, "model.repeatable"),
        (("--rows", "missing.csv"), 2, "missing.csv"),
        (("--wait", "-1"), 2, "wait"),
    ],
)
@pytest.mark.usefixtures("project")
def test_settings_of_the_model(words: tuple[str, ...], code: int, text: str) -> None:
    """Checks of the model and their numbers are set on the command line; what is none is refused with what would be."""
    result = cli("run", "price_service:moody", *words)
    assert (result.exit_code, text in result.output) == (code, True), result.output


def test_replay_counts_what_it_sends(service: ModuleType, serve: Callable[[Any], str], project: Path) -> None:
    """A replay sends the cases of one constraint, not the whole plan."""
    cli("run", "price_service:silent", "--report", "json=run.json")
    app = service.Service()
    fingerprint = load(project.joinpath("run.json").read_text(encoding="utf-8")).findings[0].fingerprint
    assert cli("replay", fingerprint, serve(app)).exit_code == 0
    assert 0 < app.served < 20


def test_check_shows_the_drift(contract: Path) -> None:
    """Drift is shown place by place, in lines that say what was and what is."""
    lines = cli("check", "price_service:drifted", "--contract", str(contract)).output.splitlines()
    assert lines[0] == '~ /info/version: "1.2.3" → "1.2.4"'
    assert lines[1].endswith(": 1 difference")
    document = json.loads(contract.read_text(encoding="utf-8"))
    document["info"]["title"] = "Costs"
    contract.write_text(json.dumps(document), encoding="utf-8")
    assert cli("check", "price_service:drifted", "--contract", str(contract)).output.endswith(": 2 differences\n")


def test_check_heeds_overlays(contract: Path, project: Path) -> None:
    """A contract may be committed as published or as overlays tighten that; any other difference is told."""
    overlay = project / "tighter.json"
    overlay.write_text('{"components": {"schemas": {"Row": {"x-tighter": true}}}}', encoding="utf-8")
    words = ["check", "price_service:app", "--contract", str(contract)]
    given = ["--overlay", str(overlay)]
    assert cli(*words, *given).exit_code == 0  # as published
    document = json.loads(contract.read_text(encoding="utf-8"))
    document["components"]["schemas"]["Row"]["x-tighter"] = True
    contract.write_text(json.dumps(document), encoding="utf-8")
    assert cli(*words).exit_code == 1
    assert cli(*words, *given).exit_code == 0  # as tightened
    project.joinpath("pyproject.toml").write_text('[tool.prove400]\noverlay = ["tighter.json"]\n', encoding="utf-8")
    assert cli(*words).exit_code == 0
    assert cli("check", "price_service:drifted", "--contract", str(contract)).output.endswith(": 1 difference\n")
    overlay.write_text('{"overlay": "1.0.0", "actions": [{"target": "$.gone", "update": {}}]}', encoding="utf-8")
    assert cli(*words).exit_code == 2


def test_export_then_check(project: Path, service: ModuleType) -> None:
    """What is exported is what is published: the document and one schema for each model, and a check then passes."""
    assert cli("export", "price_service:app").exit_code == 0
    assert json.loads(project.joinpath("contracts/openapi.json").read_text(encoding="utf-8")) == service.CONTRACT
    names = sorted(path.name for path in project.joinpath("contracts/schemas").iterdir())
    assert names == [f"{name}.schema.json" for name in ("Count", "Error", "Price", "Row")]
    row = json.loads(project.joinpath("contracts/schemas/Row.schema.json").read_text(encoding="utf-8"))
    assert Draft202012Validator(row).is_valid(service.EXAMPLE)
    assert cli("check", "price_service:app").exit_code == 0


def test_settings_come_from_pyproject_then_flags(project: Path) -> None:
    """Target, contract, reports and settings may stand in pyproject.toml; flags go before them."""
    project.joinpath("pyproject.toml").write_text(
        '[tool.prove400]\ntarget = "price_service:warned"\ncontract = "contract.json"\nfail-on = "warning"\n'
        'report = ["json=from-file.json"]\n',
        encoding="utf-8",
    )
    assert cli("run").exit_code == 1
    assert project.joinpath("from-file.json").is_file()
    assert cli("run", "--fail-on", "error").exit_code == 0
    assert cli("run", "price_service:app", "--report", "json=from-flag.json").exit_code == 0
    assert load(project.joinpath("from-flag.json").read_text(encoding="utf-8")).contract.source == "contract.json"
    assert cli("check").exit_code in (0, 2)


@pytest.mark.parametrize(
    "text",
    [
        "[tool.prove400]\ntimeut = 3\n",
        "[tool.prove400\n",
        '[tool.prove400]\ntimeout = "x"\n',
        "[tool]\nprove400 = 3\n",
        "[tool.prove400]\ncontract = 3\n",
        "[tool.prove400]\nreport = 3\n",
        "[tool.prove400]\nreport = [3]\n",
    ],
)
def test_mistakes_in_pyproject(text: str, project: Path) -> None:
    """A mistake in pyproject.toml is a usage error."""
    project.joinpath("pyproject.toml").write_text(text, encoding="utf-8")
    result = cli("run", "price_service:app")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "\nHint: " in result.stderr


def test_one_report_in_pyproject(project: Path) -> None:
    """A single report may be written as a text."""
    project.joinpath("pyproject.toml").write_text('[tool.prove400]\nreport = "json=one.json"\n', encoding="utf-8")
    assert cli("run", "price_service:app", "--operation", "GET /health").exit_code == 0
    assert project.joinpath("one.json").is_file()


def test_contract_from_a_url(service: ModuleType, serve: Callable[[Any], str]) -> None:
    """A contract may be a URL of its own."""
    url = serve(service.Service())
    result = cli("run", "price_service:app", "--contract", f"{url}/openapi.json")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "price_service:app"), 0),
        (("run", "price_service:silent"), 1),
        (("run", "price_service:app", "--contract", "missing.json"), 2),
        (("run", "no_such_module:app"), 3),
    ],
)
def test_in_a_process_of_its_own(words: tuple[str, ...], code: int) -> None:
    """The exit code reaches the shell, errors go to standard error, and nothing is coloured in a pipe."""
    result = process(*words)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert bool(result.stderr) is (code >= 2)


def test_an_old_locale() -> None:
    """Output is written where the locale knows no more than ASCII."""
    result = process(
        "plan", "contract.json", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0"
    )
    assert result.returncode == 0, result.stderr[-400:]
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("project")
def test_mistakes_of_a_first_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead: str) -> None:
    """Each is told as what it is, with what to do."""
    nothing, empty = tmp_path / "nothing.json", tmp_path / "empty.yaml"
    nothing.write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}', encoding="utf-8")
    empty.write_text("\n", encoding="utf-8")
    said: list[tuple[tuple[str, ...], int, str]] = [
        (("run", "--concurrent", "price_service:app"), 2, "write TARGET first, or --concurrent=N"),
        (("replay", "0123456789ab", "--concurrent", "price_service:app"), 2, "write TARGET first, or --concurrent=N"),
        (("run", "price_service:app", "--contract", str(nothing)), 2, "the contract has no operation"),
        (("run", "price_service:app", "--contract", str(empty)), 2, "the contract is empty"),
        (("run", dead), 3, "ConnectionRefusedError"),
        (("run", dead), 3, "start the target"),
        (("run", dead, "--wait", "0.1"), 3, "for 0.1 s"),
    ]
    for words, code, text in said:
        result = cli(*words)
        assert (result.exit_code, text in " ".join(result.stderr.split())) == (code, True), result.stderr
        assert "urllib3" not in result.stderr
    folder = tmp_path / "settings"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(folder)
    folder.joinpath("pyproject.toml").write_text("[tool.prove400]\nfoo = 1\n", encoding="utf-8")
    listed = cli("run", dead).stderr
    assert all(name in listed for name in ("allow_references", "contract", "models", "report", "target"))
    folder.joinpath("pyproject.toml").write_text('[tool.prove400]\nsanity = "off"\n', encoding="utf-8")
    assert cli("run", dead).exit_code == 3
