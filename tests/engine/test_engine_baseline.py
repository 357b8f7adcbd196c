"""The baseline: it hides what the team has accepted, exactly that, and only until it expires."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from prove400.baseline import read
from prove400.cli import main
from prove400.errors import SettingsError
from prove400.model import Known
from prove400.reporters import load

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS = '''
from price_service import Service


class Lax(Service):
    """Overlooks what breaks some keywords, here."""

    def __init__(self, *keywords):
        super().__init__()
        self.keywords = keywords

    def overlooked(self, error):
        return error.validator in self.keywords


right, one, both = Lax(), Lax("maximum"), Lax("maximum", "maxLength")
coerces, more = Service("coerces"), Service("coerces", "index")
'''
GROUNDS = ("--reason", "the old front end", "--owner", "@anna")
FILE = Path("contracts/baseline.toml")
ENTRY = """
[[finding]]
about = "silent-200 of body/carat › maximum"
fingerprint = "0123456789ab"
operation = "POST /price"
operators = ["maximum.ulp"]
reason = "the old front end"
owner = "@anna"
expires = 2030-01-31
"""


@pytest.fixture(autouse=True)
def targets(project: Path) -> Path:
    """Stand in a folder with a right service and lax ones."""
    project.joinpath("targets.py").write_text(TARGETS)
    yield project
    sys.modules.pop("targets", None)


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


def run(target: str, *words: str) -> Result:
    """Prove a target with the baseline, and keep the run."""
    return cli("run", f"targets:{target}", "--report", "json=run.json", *words)


def accept(target: str, expires: str = "30d") -> None:
    """Accept all that is wrong with a target."""
    assert run(target).exit_code == 1
    done = cli("baseline", "add", "--all", *GROUNDS, "--expires", expires, "--from", "run.json")
    assert done.exit_code == 0, done.output


def with_baseline(target: str) -> Result:
    """Prove a target with the baseline."""
    return run(target, "--baseline", str(FILE))


def test_what_is_known_does_not_fail_the_run_and_is_listed() -> None:
    """The gate passes, and names every finding that it lets pass, with owner, reason and day."""
    accept("one")
    result = with_baseline("one")
    assert result.exit_code == 0
    assert "known to the baseline" in result.output
    (finding,) = load(Path("run.json").read_text()).findings
    day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    told = " ".join(result.output.split())
    assert f"{finding.fingerprint} silent-200 of POST /price › body/carat, known until {day}, @anna: the old" in told


def test_a_second_defect_on_the_same_operation_fails() -> None:
    """An entry hides one finding, not what else the operation does wrong."""
    accept("one")
    result = with_baseline("both")
    assert result.exit_code == 1
    whole = load(Path("run.json").read_text())
    assert [finding.constraint.keyword for finding in whole.gating] == ["maxLength"]
    assert "body/note" in result.output


@pytest.mark.skipif(not shutil.which("st", path=str(Path(sys.executable).parent)), reason="no Schemathesis here")
def test_schemathesis_hides_that_second_defect(project: Path, serve: Callable[[Any], str]) -> None:
    """The peer's entry is of a check on an operation: what else it accepts there is not told any more."""
    import targets  # type: ignore[import-not-found]

    command = [str(Path(sys.executable).with_name("st")), "run"]
    options = ["--checks", "negative_data_rejection", "--seed", "1", "-n", "20"]
    baseline = ["--baseline", str(project / "peer.json")]

    def peer(app: Any, name: str, *more: str) -> subprocess.CompletedProcess[str]:
        folder = project / name
        folder.mkdir()
        words = [*command, f"{serve(app)}/openapi.json", *options, *more]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=120)

    assert peer(targets.Lax("maxLength"), "second").returncode == 1
    assert peer(targets.one, "first", *baseline, "--baseline-update").returncode == 1
    hidden = peer(targets.both, "both", *baseline)
    assert hidden.returncode == 0, hidden.stdout
    assert "Known failures: 1" in hidden.stdout


def test_a_known_finding_that_grows_fails() -> None:
    """Another way to break the same constraint is news, though the fingerprint is known."""
    accept("coerces")
    text = FILE.read_text()
    operators = tomllib.loads(text)["finding"][0]["operators"]
    assert len(operators) > 1
    FILE.write_text(text.replace(f'"{operators[-1]}"', '"type.null"'))
    result = with_baseline("coerces")
    assert result.exit_code == 1
    assert f"known, but not with {operators[-1]}" in " ".join(result.output.split())


def test_an_expired_entry_accepts_nothing() -> None:
    """From the day after, the run fails, and says that the entry has expired."""
    today = dt.datetime.now(dt.UTC).date()
    accept("one", today.isoformat())
    assert with_baseline("one").exit_code == 0
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    FILE.write_text(FILE.read_text().replace(today.isoformat(), yesterday))
    result = with_baseline("one")
    assert result.exit_code == 1
    assert f"expired on {yesterday}" in " ".join(result.output.split())


def test_what_is_fixed_is_offered_and_pruned() -> None:
    """A complete run over the constraint shows what is fixed; the rest of the file stays as people wrote it."""
    accept("both")
    FILE.write_text(FILE.read_text().replace("[[finding]]", "# talked about on Monday\n[[finding]]", 1))
    assert "prove400 baseline prune" not in with_baseline("both").output
    assert "prove400 baseline prune" in with_baseline("one").output
    pruned = cli("baseline", "prune", "--from", "run.json")
    assert pruned.exit_code == 0
    assert "1 known finding left" in pruned.output
    assert [known.about for known in read(FILE)] == ["silent-200 of body/carat › maximum"]
    assert "# talked about on Monday" in FILE.read_text()
    assert with_baseline("one").exit_code == 0


def test_what_was_not_tried_is_not_fixed() -> None:
    """A run over another operation, or an incomplete one, takes nothing out."""
    accept("one")
    other = run("right", "--baseline", str(FILE), "--operation", "GET /health")
    assert other.exit_code == 0
    assert "prune" not in other.output
    assert "1 known finding left" in cli("baseline", "prune", "--from", "run.json").output
    saved = Path("run.json").read_text().replace('"complete": true', '"complete": false')
    Path("run.json").write_text(saved)
    refused = cli("baseline", "prune", "--from", "run.json")
    assert refused.exit_code == 2
    assert "incomplete" in refused.output


def test_entries_are_replaced_listed_and_removed() -> None:
    """To accept once more changes reason and day; a list shows what has expired; any entry can be taken out."""
    accept("both")
    (first, second) = read(FILE)
    again = ("baseline", "add", first.fingerprint, "--reason", "later", "--owner", "Ben", "--expires", "2020-01-01")
    assert cli(*again, "--from", "run.json").exit_code == 0
    changed, kept = read(FILE)
    assert (changed.reason, changed.owner, changed.expires, changed.operators) == (
        "later",
        "Ben",
        "2020-01-01",
        first.operators,
    )
    assert kept == second
    listed = cli("baseline", "list").output
    assert f"{first.fingerprint} EXPIRED 2020-01-01 Ben" in listed
    assert f"{second.fingerprint} until" in listed
    assert cli("baseline", "remove", first.fingerprint).exit_code == 0
    assert read(FILE) == (second,)
    assert cli("baseline", "remove", first.fingerprint).exit_code == 2


def test_the_settings_name_the_baseline_and_the_last_run(targets: Path) -> None:
    """With both in pyproject.toml, no flag is needed."""
    settings = ["[tool.prove400]", 'target = "targets:one"', 'baseline = "known.toml"', 'report = "json=last.json"']
    targets.joinpath("pyproject.toml").write_text("\n".join(settings))
    targets.joinpath("known.toml").write_text("")
    assert cli("run").exit_code == 1
    assert cli("baseline", "add", "--all", *GROUNDS, "--expires", "1d").exit_code == 0
    assert cli("run").exit_code == 0


def test_a_replay_shows_a_finding_though_it_is_known(targets: Path) -> None:
    """Who asks for a finding sees it."""
    accept("one")
    targets.joinpath("pyproject.toml").write_text(f'[tool.prove400]\nbaseline = "{FILE}"')
    (known,) = read(FILE)
    assert cli("replay", known.fingerprint, "targets:one").exit_code == 1


def test_the_entry_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Each member has its place in the model."""
    file = tmp_path / "baseline.toml"
    file.write_text(ENTRY)
    about = "silent-200 of body/carat › maximum"
    operators, reason = ("maximum.ulp",), "the old front end"
    assert read(file) == (Known("0123456789ab", "POST /price", operators, reason, "@anna", "2030-01-31", about),)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('reason = "the old front end"\n', "", "no `reason`"),
        ('owner = "@anna"', 'owner = " "', "owner has an impossible value"),
        ("2030-01-31", '"2030-01-31"', "expires has an impossible value"),
        ("2030-01-31", "2030-01-31T00:00:00Z", "expires has an impossible value"),
        ('["maximum.ulp"]', "[]", "operators has an impossible value"),
        ('["maximum.ulp"]', '"maximum.ulp"', "operators has an impossible value"),
        ("owner", "ownr", "no member 'ownr'"),
        ("[[finding]]", "[finding]", "no array of tables"),
        ("[[finding]]", "[[findings]]", "no member 'findings'"),
        ("[[finding]]", "[[finding]", "not TOML"),
        ("2030-01-31\n", f"2030-01-31\n{ENTRY}", "two entries for 0123456789ab"),
    ],
)
def test_a_spoiled_file_says_what_is_wrong(old: str, new: str, said: str, tmp_path: Path) -> None:
    """No entry is passed over: what cannot be read ends the run, with the place."""
    file = tmp_path / "baseline.toml"
    file.write_text(ENTRY.replace(old, new))
    with pytest.raises(SettingsError, match=said) as caught:
        read(file)
    assert str(file) in caught.value.where


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "targets:one", "--baseline", "none.toml"), "none.toml"),
        (("baseline", "add", *GROUNDS, "--expires", "1d", "--from", "run.json"), "--all"),
        (("baseline", "add", "beef", *GROUNDS, "--expires", "1d", "--from", "run.json"), "no finding 'beef'"),
        (("baseline", "add", "--all", *GROUNDS, "--expires", "soon", "--from", "run.json"), "soon"),
        (("baseline", "add", "--all", *GROUNDS, "--expires", "1d", "--from", "none.json"), "none.json"),
        (("baseline", "add", "--all", *GROUNDS, "--expires", "1d", "--from", "targets.py"), "targets.py"),
        (("baseline", "add", "--all", *GROUNDS, "--expires", "1d"), "--from"),
        (("baseline", "list"), "contracts/baseline.toml"),
    ],
)
def test_bad_input_is_told(words: tuple[str, ...], said: str) -> None:
    """A wrong word ends with exit code 2 and what to try."""
    run("one")
    result = cli(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
