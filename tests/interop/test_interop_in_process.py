"""FastAPI and Flask as the suite serves them, in this process: found is what was found over HTTP."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError

import prove400
from api import diamonds
from interop.catalogue import BY_NAME
from interop.claims import evidence
from interop.contracts import ROOT, needed
from interop.environment import HERE
from interop.expectations import EXPECTED
from interop.model import train
from interop.proving import NEEDED, PUBLISHED, line
from interop.running import HARDENED
from prove400.model import Verdict

BY_SERVER = ("content-length.", "content-type.malformed", "json.deep", "path.")
"""What a server, or the memory of its process, answers in the application's place."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a model that is made at once, of the pipeline that all servers serve."""
    file = tmp_path_factory.mktemp("interop") / "model.joblib"
    train(file, diamonds.load().rows.head(500), regressor__histgradientboostingregressor__max_iter=2)
    return file


@pytest.fixture
def served(model: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Give what imports the application of a server's folder."""
    monkeypatch.setenv("MODEL", str(model))
    monkeypatch.setenv("CONTRACTS", str(ROOT / "contracts"))
    monkeypatch.syspath_prepend(str(HERE / "servers" / "shared"))

    def imported(name: str, app: str) -> Any:
        spec = importlib.util.spec_from_file_location(f"served_{name}", HERE / "servers" / name / f"{app}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module.app

    return imported


@pytest.mark.parametrize(
    ("name", "run"), [("fastapi", PUBLISHED), ("fastapi", HARDENED), ("flask", NEEDED), ("flask", HARDENED)]
)
def test_the_row_is_found_again(name: str, run: str, served: Callable[[str, str], Any]) -> None:
    """The findings are the expected ones, but for what servers answer by themselves."""
    server, app = BY_NAME[name], served(name, "hardened" if run == HARDENED else "main")
    read = prove400.load(app.openapi()).document.content if server.publishes else {}
    contract = None if run == PUBLISHED else needed(server.path, server.body, server.answer, read)
    found = prove400.prove(app, contract)
    assert found.complete
    expected = json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))[run]
    assert _own(map(line, found.findings)) == _own(expected)


def test_what_shows_a_claim_is_kept(served: Callable[[str, str], Any]) -> None:
    """Operators, place and answer stand in the row, and no folder that a traceback shows."""
    server = BY_NAME["flask"]
    contract = needed(server.path, server.body, server.answer, {})
    found = evidence(prove400.prove(served("flask", "main"), contract))
    assert {"category-index", "category-case", "category-unknown", "nan", "true", "error-in-200"} <= found.keys()
    told = found["error-in-200"]
    assert told["answered"].startswith('200 {"trace":')
    assert '\\"…/' in told["answered"]
    assert "type.category-index" in found["category-index"]["operators"]
    assert evidence(prove400.prove(served("flask", "hardened"), contract)) == {}


def _own(lines: Any) -> set[str]:
    """Leave out what a server answers."""
    return {text for text in lines if not any(f"› {word}" in text for word in BY_SERVER)}


def test_a_strict_model_alone_is_not_enough(served: Callable[[str, str], Any]) -> None:
    """FastAPI echoes what it refuses: NaN, what is read as infinity and a lone surrogate make its answer a 500."""
    app = served("fastapi", "hardened")
    del app.exception_handlers[RequestValidationError]
    app.user_middleware.clear()
    found = prove400.prove(app)
    crashed = {operator for f in found.findings if f.verdict is Verdict.SERVER_ERROR for operator in f.operators}
    assert {"json.nan", "json.lone-surrogate", "maximum.overflow"} <= crashed
