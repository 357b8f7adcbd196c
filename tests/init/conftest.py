"""Fresh projects: the examples, each in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Give a function that copies an example into an empty git repository, and stands there."""
    before = set(sys.modules)

    def copied(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "config", "user.name", "Anna"], check=True)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(folder)
        return folder

    yield copied
    for name in sys.modules.keys() - before:
        if name in ("app", "main"):
            del sys.modules[name]
