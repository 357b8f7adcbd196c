"""What a project is given: each file as a value, made from templates; nothing is written here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from prove400.errors import SettingsError

if TYPE_CHECKING:
    from jinja2 import Environment

ACTION = "prove400/prove400@v0"
"""The GitHub action that a workflow uses."""
CONTRACT, BASELINE = "contracts/openapi.json", "contracts/baseline.toml"
REPORTS = ["html=reports/prove400.html", "json=reports/prove400.json"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is known of a project: what to prove, and how its API is installed and started."""

    target: str
    contract: str = CONTRACT
    baseline: str = BASELINE
    install: str = "pip install -r requirements.txt"
    start: str = ""  # the command that starts the server of a URL
    action: str = ACTION

    @property
    def requirements(self) -> str:
        """The file that `install` names as requirements, if it does."""
        return self.install.partition("-r ")[2].strip()


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a project: its path, and the text that it is to have."""

    path: Path
    text: str
    is_whole: bool = True  # else what is there is kept, and this is added


def workflow(setup: Setup, _: Path) -> Piece:
    """Give the workflow of GitHub Actions."""
    return Piece(Path(".github/workflows/prove400.yml"), _rendered("github.yml", setup))


def gitlab(setup: Setup, _: Path) -> Piece:
    """Give the pipeline of GitLab CI."""
    return Piece(Path(".gitlab-ci.yml"), _rendered("gitlab.yml", setup))


def pre_commit(setup: Setup, _: Path) -> Piece:
    """Give the hook of pre-commit, which runs before a push."""
    return Piece(Path(".pre-commit-config.yaml"), _rendered("pre-commit.yaml", setup))


def tox(setup: Setup, root: Path) -> Piece:
    """Give tox's environment; a tox.ini that is there is added to."""
    path, section = Path("tox.ini"), _rendered("tox.ini", setup)
    old = _text(root / path)
    if "[testenv:prove400]" in old:
        return Piece(path, old, is_whole=False)
    return Piece(path, f"{old.rstrip()}\n\n{section}" if old.strip() else section, is_whole=False)


def pytest(setup: Setup, _: Path) -> Piece:
    """Give the module that makes each obligation a test."""
    return Piece(Path("fuzz/test_contract.py"), _rendered("test_contract.txt", setup))


PIECES = {"github": workflow, "gitlab": gitlab, "pre-commit": pre_commit, "tox": tox, "pytest": pytest}
"""Name → what makes the file."""


def settings(setup: Setup, root: Path) -> Piece:
    """Give pyproject.toml with ``[tool.prove400]``, and all else as it was.

    Raises `SettingsError` where there is such a table already.
    """
    import tomlkit  # noqa: PLC0415 — slow to import, and seldom needed

    path = Path("pyproject.toml")
    document = tomlkit.parse(_text(root / path))
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    if "prove400" in tool:
        raise SettingsError("the project has a [tool.prove400] already", str(path), "change it by hand, or take it out")
    own = tomlkit.table()
    own.update({"target": setup.target, "contract": setup.contract, "baseline": setup.baseline})
    own.add("report", tomlkit.array(json.dumps(REPORTS)).multiline(multiline=True))
    tool.add("prove400", own)
    return Piece(path, tomlkit.dumps(document), is_whole=False)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the file: {error}", str(path), "make it readable, in UTF-8") from error


def _rendered(name: str, setup: Setup) -> str:
    return (
        _environment()
        .get_template(name)
        .render(
            target=setup.target,
            contract=setup.contract,
            baseline=setup.baseline,
            folder="fuzz",
            action=setup.action,
            requirements=setup.requirements,
            install=json.dumps(setup.install),
            install_line=json.dumps(setup.install),
            start=json.dumps(setup.start) if setup.start else "",
            start_line=json.dumps(f"({setup.start}) &"),
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 — slow to import, and seldom needed

    return Environment(
        loader=FunctionLoader(_template),
        autoescape=False,  # noqa: S701 — no HTML; texts are quoted as JSON, which YAML reads
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
