"""The gate's searches: what they find is kept and asked first, by profile, with examples in a folder or in Redis."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.kept import keep, kept
from fuzz.profiles import CI_SEED, EXAMPLES, examples, first_seed, profile
from prove400 import Request

DEFECTIVE = "tests.zoo.searched:target"
INVALID = "fuzz/test_properties.py::test_every_invalid_request_is_refused_and_one_of_its_faults_is_named"


def gate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a part of the gate in a process of its own."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("PROVE400_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given | environment, timeout=300)


@pytest.mark.parametrize(
    "request_kept",
    [
        Request("POST", "/predict?explain=true", (("Content-Type", "application/json"),), b'{"carat": "\xc3\xa9"}'),
        Request("POST", "/predict", (), b"\xff\xfe\x00"),
        Request("GET", "/health"),
    ],
    ids=["text", "bytes", "no body"],
)
def test_a_kept_request_is_the_same_bytes(request_kept: Request, tmp_path: Path) -> None:
    """Whatever its body, it comes back as it was, from one file however often it fails."""
    path = keep(request_kept, "a test", "it failed", tmp_path)
    assert keep(request_kept, "a test", "it failed", tmp_path) == path
    assert kept(tmp_path) == {path.stem: request_kept}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"method": 1, "body": null}', '{"body_base64": "?"}'])
def test_a_file_that_is_no_request_is_named(content: str, tmp_path: Path) -> None:
    """A spoiled file fails the run, and is not passed over."""
    (tmp_path / "spoiled.json").write_text(content)
    with pytest.raises(ValueError, match=r"spoiled\.json: no request"):
        kept(tmp_path)


def test_profiles_and_seeds_come_from_the_environment() -> None:
    """CI is repeatable unless told otherwise; what is unknown is an error."""
    assert [profile({}), profile({"CI": "true"}), profile({"PROVE400_PROFILE": "nightly"})] == ["dev", "ci", "nightly"]
    assert EXAMPLES["dev"] < EXAMPLES["ci"] < EXAMPLES["nightly"]
    assert [first_seed({"CI": "1"}), first_seed({"PROVE400_SEED": "7"})] == [CI_SEED, 7]
    assert len({first_seed({}) for _ in range(4)}) > 1
    with pytest.raises(ValueError, match="weekly"):
        profile({"PROVE400_PROFILE": "weekly"})


def test_a_failure_is_kept_and_asked_first(tmp_path: Path) -> None:
    """What a search found fails the next run at once, as its first test, and passes once the defect is gone."""
    own = {"PROVE400_REGRESSIONS": str(tmp_path), "PROVE400_PROFILE": "ci", "PROVE400_DEFECT": "two-faults-cancel"}
    found = gate(INVALID, "--prove400-target", DEFECTIVE, **own)
    assert found.returncode == 1
    assert "searched by profile ci: 150 examples, PROVE400_SEED=400" in found.stdout
    (path,) = tmp_path.glob("*.json")
    assert f"kept as {path}" in found.stdout
    assert json.loads(path.read_text())["found_by"] == INVALID
    again = gate("fuzz", "-x", "--prove400-target", DEFECTIVE, **own)
    assert "1 failed in" in again.stdout
    assert f"what_failed_once_is_proven[{path.stem}]" in again.stdout
    assert gate("fuzz/test_regressions.py", **own | {"PROVE400_DEFECT": ""}).returncode == 0


def test_shrunk_failures_are_the_plainest(tmp_path: Path) -> None:
    """Of all requests with the two faults that it takes, one with no more is kept."""
    own = {"PROVE400_REGRESSIONS": str(tmp_path), "PROVE400_PROFILE": "ci", "PROVE400_DEFECT": "two-faults-cancel"}
    assert gate(INVALID, "--prove400-target", DEFECTIVE, **own).returncode == 1
    (request,) = kept(tmp_path).values()
    from fuzz.requests import _EXAMINER

    assert len(_EXAMINER.case(request).violates) == 2


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of our own."""
    socket = tmp_path / "redis.sock"
    quiet = ["--port", "0", "--save", "", "--appendonly", "no", "--logfile", str(tmp_path / "redis.log")]
    process = subprocess.Popen(["redis-server", "--unixsocket", str(socket), *quiet], cwd=tmp_path)
    try:
        for _ in range(1000):
            if socket.exists():
                break
            time.sleep(0.05)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no Redis here; Debian's is redis-server")
def test_a_team_shares_its_examples_in_redis(redis: str, tmp_path: Path) -> None:
    """What one member's search found, another's asks first, and forgets once it no longer fails."""
    own = {"PROVE400_EXAMPLES": redis, "PROVE400_REGRESSIONS": str(tmp_path / "kept"), "PROVE400_PROFILE": "ci"}
    defect = own | {"PROVE400_DEFECT": "two-faults-cancel"}
    assert gate(INVALID, "--prove400-target", DEFECTIVE, **defect).returncode == 1
    database = examples({"PROVE400_EXAMPLES": redis})

    def kept() -> list[bytes]:
        """Give what holds the least examples; of larger ones, Hypothesis asks only some at a time."""
        return [key for key in database.redis.keys("hypothesis-example:*") if not key.endswith(b".secondary")]

    assert kept()
    few = defect | {"PROVE400_PROFILE": "dev", "PROVE400_SEED": "1", "PROVE400_SHRINK": "off"}
    report = tmp_path / "junit.xml"
    assert gate(INVALID, f"--junitxml={report}", "--prove400-target", DEFECTIVE, **few).returncode == 1
    assert 'name="requests" value="1"' in report.read_text() or 'name="requests" value="2"' in report.read_text()
    assert gate(INVALID, **own).returncode == 0
    assert not kept()
