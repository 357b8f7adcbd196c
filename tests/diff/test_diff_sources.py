"""Where the two contracts come from: files, git revisions, targets; and what is said where one is not there."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner, Result

from prove400.cli import main
from prove400.contract.revisions import is_revision, load_any
from prove400.errors import ContractError, UnresolvableReferenceError

if TYPE_CHECKING:
    from pathlib import Path

    Document = dict[str, Any]


def git(folder: Path, *words: str) -> None:
    """Run git as nobody in particular."""
    named = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, shop: Document, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository whose contract stands in three files on `main`, and in other ones in the working tree."""
    folder = tmp_path / "repository"
    parts = folder / "contracts" / "parts"
    parts.mkdir(parents=True)
    line = shop["components"]["schemas"]["Line"]
    shop["components"]["schemas"]["Line"] = {"$ref": "parts/line.yaml#/Line"}
    (folder / "contracts" / "openapi.json").write_text(json.dumps(shop), encoding="utf-8")
    sku = line["properties"]["sku"]
    line["properties"]["sku"] = {"$ref": "sku.json"}
    parts.joinpath("line.yaml").write_text(yaml.safe_dump({"Line": line}), encoding="utf-8")
    parts.joinpath("sku.json").write_text(json.dumps(sku), encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    parts.joinpath("sku.json").write_text(json.dumps({**sku, "minLength": 5}), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def cli(*words: str) -> Result:
    """Run the command in this process, as it would run for a user."""
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("old", ["main:contracts/openapi.json", "HEAD:./contracts/openapi.json"])
def test_a_revision_is_read_with_all_its_files(repository: Path, old: str) -> None:
    """The old contract and what it refers to are those of the revision, and the new those of the working tree."""
    done = cli("diff", old, "contracts/openapi.json", "--format", "json")
    assert done.exit_code == 1, done.output
    found = json.loads(done.output)
    assert [(c["place"], c["keyword"], c["old"], c["new"]) for c in found["changes"]] == [
        ("body/lines/*/sku", "minLength", 3, 5)
    ]
    assert found["old"] == old
    assert found["changes"][0]["old_location"] == "/x-prove400-files/parts~1sku.json/minLength"


def test_a_revision_is_read_from_a_folder_below(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is one from the root of the repository, as for `git show`, unless it begins with a dot."""
    monkeypatch.chdir(repository / "contracts")
    assert load_any("main:contracts/openapi.json").info.sha256 == load_any("main:./openapi.json").info.sha256


def test_a_file_that_went_is_still_read_from_its_revision(repository: Path) -> None:
    """A file that the working tree no longer has, its revision does."""
    (repository / "contracts" / "parts" / "line.yaml").unlink()
    assert load_any("main:contracts/openapi.json").operations


def test_a_revision_keeps_references_inside_the_contracts_folder(repository: Path) -> None:
    """What may not be referred to from a file may not be from a revision either."""
    file = repository / "contracts" / "openapi.json"
    file.write_text(file.read_text(encoding="utf-8").replace("parts/line.yaml", "../../line.yaml"), encoding="utf-8")
    git(repository, "commit", "-qam", "two")
    with pytest.raises(UnresolvableReferenceError, match="leads out of the contract's folder"):
        load_any("HEAD:contracts/openapi.json")


MISSING = [
    ("nowhere:contracts/openapi.json", "git knows no such revision here", "git fetch"),
    ("--upload-pack=x:contracts/openapi.json", "git knows no such revision here", "git fetch"),
    ("main:contracts/other.json", "the revision has no such file", "git ls-tree"),
]


@pytest.mark.parametrize(("source", "what", "hint"), MISSING)
def test_what_a_repository_lacks_is_told_with_what_to_try(repository: Path, source: str, what: str, hint: str) -> None:
    """A revision or a file that is not there is an error of the contract, with a hint."""
    with pytest.raises(ContractError) as caught:
        load_any(source)
    assert what in caught.value.what
    assert caught.value.where == source
    assert hint in caught.value.hint
    assert cli("diff", "contracts/openapi.json", "--", source).exit_code == 2


def test_a_missing_git_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, a revision cannot be read, and the error says so."""
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(ContractError, match="git cannot be run") as caught:
        load_any("main:contracts/openapi.json")
    assert "install git" in caught.value.hint


def test_outside_of_a_repository_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no repository, that is told as what it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ContractError, match="not a git repository"):
        load_any("main:contracts/openapi.json")


@pytest.mark.parametrize(
    ("source", "expected"),
    [("main:openapi.json", True), ("v1:a/b", True), ("api:create_app", False), ("http://h/openapi.json", False),
     ("openapi.json", False), ("C:", False)],
)  # fmt: skip
def test_a_revision_is_told_from_other_sources(source: str, *, expected: bool) -> None:
    """What names a file of a revision is no URL, and no attribute of a module."""
    assert is_revision(source) is expected


def test_a_target_is_asked_for_the_contract_that_it_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new contract may be what an application publishes."""
    module = "import json\n\ndef app(environ, start):\n    start('200 OK', [('Content-Type', 'application/json')])\n"
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}
    tmp_path.joinpath("shop_of_diff.py").write_text(
        f"{module}    return [json.dumps({document!r}).encode()]\n", encoding="utf-8"
    )
    tmp_path.joinpath("old.json").write_text(json.dumps({**document, "paths": {}}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    done = cli("diff", "old.json", "shop_of_diff:app")
    assert (done.exit_code, "GET /a › operation" in done.output) == (0, True), done.output


@pytest.mark.parametrize("source", ["missing.json", "no_such_module:app", "http://127.0.0.1:9/openapi.json"])
def test_a_contract_that_is_not_there_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """An old contract that cannot be had exits with 2, whatever it would have come from."""
    monkeypatch.chdir(tmp_path)
    done = cli("diff", source, source)
    assert (done.exit_code, "Hint:" in done.output) == (2, True), done.output
