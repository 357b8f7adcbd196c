"""Formats of other distributions, installed for real: the documented example, and what is wrong with broken ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prove400.errors import ReportError
from prove400.model import Run
from prove400.reporters import REPORTERS, formats, reporter
from prove400.reporters.plugins import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Give a function that puts a distribution (name, module text, entry points) on the path, as an installer does."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def put(name: str, code: str, points: str) -> Path:
        module = name.replace("-", "_")
        site.joinpath(f"{module}.py").write_text(code, encoding="utf-8")
        info = site / f"{module}-1.2.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
        info.joinpath("entry_points.txt").write_text(f"[{GROUP}]\n{points}\n", encoding="utf-8")
        return site

    return put


def cli(folder: Path, site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a folder, with a site of further distributions."""
    path = os.pathsep.join([str(site), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", "from prove400.cli import main; main(prog_name='prove400')", *words]
    variables = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=variables, encoding="utf-8"
    )


@pytest.fixture
def saved(tmp_path: Path, small: Run) -> Path:
    """Give a folder with a saved run in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    folder.joinpath("run.json").write_text(REPORTERS["json"](small), encoding="utf-8")
    return folder


def documented() -> tuple[str, str]:
    """Give the example of the documentation: its module, and its entry points as an installer writes them."""
    text = ROOT.joinpath("docs", "formats.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(# prove400_tally\.py\n.*?)```", text, re.DOTALL)
    point = re.search(rf'\[project\.entry-points\."{re.escape(GROUP)}"\]\n(\w+) = "([^"]+)"', text)
    assert code
    assert point
    return code[1], f"{point[1]} = {point[2]}"


def test_the_documented_example(install: Callable[..., Path], saved: Path) -> None:
    """The example adds a format that the command lists and writes, to a file and to standard output."""
    site = install("prove400-tally", *documented())
    wrote = cli(saved, site, "report", "run.json", "--report", "tally=deep/tally.txt", "--report", "tally=-")
    assert wrote.returncode == 0, wrote.stderr
    text = saved.joinpath("deep", "tally.txt").read_text(encoding="utf-8")
    assert wrote.stdout == text
    assert "silent-200 POST /predict" in text
    assert "tally" in cli(saved, site, "run", "--help").stdout
    refused = cli(saved, site, "report", "run.json", "--report", "nope=-")
    assert refused.returncode == 2
    assert "tally" in refused.stderr


def test_found_among_formats(install: Callable[..., Path], small: Run) -> None:
    """A format that is added can be asked for by name; one that is named like ours is never used."""
    install(
        "prove400-more", "def render(run):\n    return run.target\n", "more = prove400_more:render\nhtml = nowhere:x"
    )
    assert formats() == [*REPORTERS, "more"]
    assert reporter("more")(small) == small.target
    assert reporter("html") is REPORTERS["html"]


BROKEN = [
    ("import nothing_of_this_name", "x = prove400_bad:render", "cannot be loaded: ModuleNotFoundError"),
    ("raise SystemExit(3)", "x = prove400_bad:render", "cannot be loaded: SystemExit"),
    ("", "x = prove400_bad:render", "cannot be loaded: AttributeError"),
    ("render = 5", "x = prove400_bad:render", "is no function: prove400_bad:render"),
]


@pytest.mark.parametrize(("code", "points", "said"), BROKEN)
def test_what_cannot_be_loaded(code: str, points: str, said: str, install: Callable[..., Path], saved: Path) -> None:
    """A broken plugin is told before anything is sent, with the name of its distribution, and no traceback."""
    site = install("prove400-bad", code, points)
    refused = cli(saved, site, "run", "no_such_module:app", "--report", "x=-")
    assert refused.returncode == 2, refused.stderr
    assert f"the format 'x' of prove400-bad 1.2 {said}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "uninstall prove400-bad 1.2" in refused.stderr


def test_what_does_not_render(install: Callable[..., Path], small: Run) -> None:
    """A reporter that raises or gives no text is told with the name of its distribution."""
    code = "def fail(run):\n    raise KeyError('gone')\n\ndef bare(run):\n    return b''\n"
    install("prove400-odd", code, "fail = prove400_odd:fail\nbare = prove400_odd:bare")
    with pytest.raises(ReportError, match=r"'fail' of prove400-odd 1.2 failed: KeyError"):
        reporter("fail")(small)
    with pytest.raises(ReportError, match=r"'bare' of prove400-odd 1.2 gave no text, but bytes"):
        reporter("bare")(small)


def test_two_of_one_name(install: Callable[..., Path]) -> None:
    """Two distributions that add the same format are told, both."""
    for name in ("prove400-one", "prove400-two"):
        install(name, "def render(run):\n    return ''\n", f"same = {name.replace('-', '_')}:render")
    with pytest.raises(ReportError, match=r"prove400-one 1.2 and prove400-two 1.2"):
        reporter("same")
