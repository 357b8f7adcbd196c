"""The extension of Schemathesis: loaded by its command line, it judges by bytes, and tells every broken constraint."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from werkzeug.serving import make_server

from api import create_app
from prove400.schemathesis import UnprovenFailure, prove400
from tests.zoo.kinds import TYPES
from tests.zoo.signature import SAMPLE, plant
from tests.zoo.wire import WIRE

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

CONFIG = """\
hooks = "prove400.schemathesis"
[checks]
enabled = false
[checks.prove400]
enabled = true
"""
TITLE = re.compile(r"^- ST901 (.+)$", re.MULTILINE)


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


def run(app: WSGIApplication, tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `st run` on what is served, in a folder with the configuration."""
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    program = str(Path(sys.executable).with_name("st"))
    with served(app) as url:
        command = [program, "--no-color", "run", f"{url}/openapi.json", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def correct(tmp_path_factory: pytest.TempPathFactory) -> WSGIApplication:
    """The correct API with a cheap stand-in for its model."""
    return create_app(plant(tmp_path_factory.mktemp("stand-in")))


def defect(name: str) -> Any:
    """Give a planted defect."""
    return next(known for known in TYPES if known.name == name)


def test_the_command_line_loads_it_and_passes_on_the_correct_api(correct: WSGIApplication, tmp_path: Path) -> None:
    """Our planned requests are among the examples, and no request of Schemathesis's own is judged wrongly."""
    done = run(correct, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "20")
    assert done.returncode == 0, done.stdout
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) > 300


def test_every_broken_constraint_is_a_failure_of_its_own(correct: WSGIApplication, tmp_path: Path) -> None:
    """Two defects on one operation are two failures, where Schemathesis itself would tell one."""
    both = defect("numeric-string-carat").build(defect("cut-index-as-written").build(correct))
    done = run(both, tmp_path, "--phases", "examples", "--include-path", "/predict", "--continue-on-failure")
    titles = set(TITLE.findall(done.stdout))
    assert done.returncode == 1
    assert {"silent-200: body/carat › type", "silent-200: body/cut › type"} <= titles


def test_warnings_fail_where_they_are_asked_to(correct: WSGIApplication) -> None:
    """`fail_on` says from which severity on a finding is a failure: a byte order mark that is read is a warning."""
    lenient = next(known for known in WIRE if known.name == "byte-order-mark").build(correct)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", lenient)
    body = b"\xef\xbb\xbf" + json.dumps(SAMPLE).encode()
    case = schema["/predict"]["POST"].Case(body=body, media_type="application/json")
    answer = case.call()
    assert answer.status_code == 200
    prove400(fail_on="error").after_response(None, answer, case)
    with pytest.raises(UnprovenFailure):
        prove400(fail_on="warning").after_response(None, answer, case)
    with pytest.raises(ValueError, match="not one of: error, warning"):
        prove400(fail_on="never")


def test_an_operation_that_no_request_reached_is_told(correct: WSGIApplication) -> None:
    """What a worker lost is no pass: the operations without a request are named at the end."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", correct)
    check = prove400()
    case = schema["/health"]["GET"].Case()
    check.after_response(None, case.call(), case)
    with pytest.raises(AssertionError, match=r"GET /metrics, .*POST /predict.*--workers 1"):
        check.after_run(None)
    for path in schema:
        for method in schema[path]:
            case = schema[path][method].Case()
            check.after_response(None, case.call(), case)
    check.after_run(None)


def test_unknown_names_in_the_query_are_no_fault(correct: WSGIApplication) -> None:
    """A 200 to what only adds a name to the query is right: the contract does not forbid it."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", correct)
    case = schema["/health"]["GET"].Case(query={"unknown": "1"})
    prove400().after_response(None, case.call(), case)


def test_failures_are_told_apart_by_constraint(correct: WSGIApplication) -> None:
    """The same operation and class are two failures where the fingerprints differ."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", defect("numeric-string-everywhere").build(correct))
    found = []
    for name in ("carat", "depth", "carat"):
        body = SAMPLE | {name: str(SAMPLE[name])}
        case = schema["/predict"]["POST"].Case(body=body, media_type="application/json")
        with pytest.raises(UnprovenFailure) as error:
            prove400().after_response(None, case.call(), case)
        found.append(error.value)
    assert found[0] == found[2] != found[1]
