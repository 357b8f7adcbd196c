"""The sample service, as a module here and as a file that a command line can be pointed at."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SAMPLE = Path(__file__).with_name("price_service.py")
CORPORA = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")


@pytest.fixture(scope="session")
def service() -> ModuleType:
    """Give the module of the sample service: `Service`, `CONTRACT`, and applications with and without defects."""
    spec = importlib.util.spec_from_file_location("prove400_price_service", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder with `price_service.py` and its contract in it, and stand there."""
    tmp_path.joinpath("price_service.py").write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    sys.modules.pop("price_service", None)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Give the folder of the public corpora; skip where it is absent."""
    if not CORPORA.is_dir():
        pytest.skip(f"no corpora at {CORPORA}: set PROVE400_CORPORA")
    return CORPORA
