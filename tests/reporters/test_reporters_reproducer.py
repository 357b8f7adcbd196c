"""The pytest reproducer: pasted into a file, it fails on the server with the defect and passes on the correct one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

import prove400
from api import create_app
from prove400.model import Verdict
from prove400.reporters.reproducer import as_test
from tests.zoo.diamonds import DEFECTS
from tests.zoo.signature import plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from wsgiref.types import WSGIApplication

    from prove400.model import Run

SENT = "import http.client"
DIRECT = ("cut-index-alphabetical", "rare-category-500", "422-for-400", "integers-refused", "content-type-missing")
JUDGED = ("misspelt-field", "no-size-limit", "405-without-allow")


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """Serve an application on a socket, and give its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def outcome(file: Path, target: str) -> int:
    """Run a test against a target; give pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(file)]
    environment = {**os.environ, "TARGET": target}
    return subprocess.run(command, env=environment, timeout=120, capture_output=True, check=False).returncode


@pytest.mark.parametrize("name", [*DIRECT, *JUDGED])
def test_a_reproducer_fails_for_as_long_as_the_defect_is_there(name: str, tmp_path: Path) -> None:
    """Status faults are asked about directly, what only the oracle can judge by prove400; both see the defect alone."""
    defect = next(defect for defect in DEFECTS if defect.name == name)
    correct = create_app(plant(tmp_path))
    defective = defect.build(correct)
    run = prove400.prove(defective, operations=defect.operations)
    found = next(finding for finding in run.findings if finding.verdict in defect.verdicts)
    source = as_test(found, run)
    assert (SENT in source) == (name in DIRECT)
    file = tmp_path / "test_pasted.py"
    file.write_text(source, encoding="utf-8")
    with serving(defective) as broken, serving(correct) as right:
        assert (outcome(file, broken), outcome(file, right)) == (1, 0)


def test_every_source_compiles(failing: Run, hostile: Run) -> None:
    """Whatever a finding holds, its test is Python, and what it holds stays inside literals."""
    for run in (failing, hostile):
        for finding in run.findings:
            for verdict in Verdict:
                source = as_test(replace(finding, verdict=verdict), run)
                tops = [type(node).__name__ for node in ast.parse(source).body]
                assert tops[-1] == "FunctionDef"
                assert set(tops[1:-1]) <= {"Import", "ImportFrom", "Assign"}


def test_a_header_that_python_would_refuse_is_left_to_prove400(failing: Run) -> None:
    """What `http.client` would refuse, change or send twice is not written for it."""
    finding = failing.findings[-1]
    assert SENT in as_test(finding, failing)
    for change in (
        {"target": "/a b"},
        {"method": "GET\r\n"},
        {"headers": (("X-Two\r\n", "a"),)},
        {"headers": (("Content-Length", "1"),)},
        {"body": b"x" * 100_000},
    ):
        odd = replace(finding, request=replace(finding.request, **change))  # type: ignore[arg-type]
        assert SENT not in as_test(odd, failing)


def test_a_right_status_with_another_fault_is_left_to_prove400(failing: Run) -> None:
    """Where the status is right and a header field is missing, a look at the status would pass."""
    finding = replace(failing.findings[-1], verdict=Verdict.WRONG_STATUS, expected_status=(405,))
    assert SENT in as_test(finding, failing)
    assert SENT not in as_test(replace(finding, reply=replace(finding.reply, status=405)), failing)
    assert SENT not in as_test(replace(finding, expected_status=()), failing)
