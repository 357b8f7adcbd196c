"""Runs that several processes share, here or on a cluster: the same run, byte for byte, whoever proves it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from prove400.engine.judging import SHARD
from prove400.engine.sharing import shards_of
from prove400.errors import SettingsError

SAMPLE = Path(__file__).parents[1] / "engine" / "price_service.py"
SCRIPTS = Path(sys.executable).parent
TARGETS = '''
import os
import pathlib

from price_service import Service

bad = Service("coerces", "no-maximum", "index", "crashes")


class Deadly(Service):
    """Ends the process that asks for a carat of 5.01, once or always."""

    def __init__(self, mark):
        super().__init__()
        self.mark = mark

    def price(self, row):
        if isinstance(row, dict) and row.get("carat") == 5.01 and os.getpid() != int(os.environ["SPARED"]):
            if self.mark is None or not pathlib.Path(self.mark).exists():
                if self.mark:
                    pathlib.Path(self.mark).touch()
                os._exit(9)
        return super().price(row)


once, always = Deadly("died"), Deadly(None)
'''


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with services, small shards, and a path that all processes see."""
    tmp_path.joinpath("price_service.py").write_text(SAMPLE.read_text())
    tmp_path.joinpath("targets.py").write_text(TARGETS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environment() -> dict[str, str]:
    """Give what processes of a test share."""
    paths = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "RAY_AUTH_MODE": "disabled"}
    return os.environ | own


def prove(target: str, *words: str) -> tuple[int, str, dict[str, Any]]:
    """Prove a target with small shards; give the exit code, what was said, and the run without its timing."""
    program = (
        "import os; os.environ['SPARED'] = str(os.getpid()); "
        "import prove400.engine.judging as judging; judging.SHARD = 20; "
        "from prove400.cli import main; main(prog_name='prove400')"
    )
    path = Path("run.json")
    path.unlink(missing_ok=True)
    command = [sys.executable, "-c", program, "run", f"targets:{target}", "--report", f"json={path}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200, env=environment())
    document = json.loads(path.read_text()) if path.exists() else {}
    document.pop("timing", None)
    return done.returncode, done.stdout + done.stderr, document


@pytest.mark.parametrize("target", ["right", "bad"])
@pytest.mark.parametrize("jobs", ["2", "3"])
def test_the_run_is_the_same_however_many_prove_it(target: str, jobs: str, project: Path) -> None:
    """Outcomes, findings, cases and requests sent are equal to those of one process."""
    if target == "right":
        project.joinpath("targets.py").write_text("from price_service import app as right\n")
    alone = prove(target)
    shared = prove(target, "--jobs", jobs)
    assert shared[0] == alone[0] == (1 if target == "bad" else 0)
    assert shared[2] == alone[2]


def test_a_lost_worker_s_shard_is_proven_again() -> None:
    """A process that ends costs nothing but time."""
    code, said, run = prove("once", "--jobs", "2")
    assert code == 0, said
    assert Path("died").exists()
    assert run["ok"]


def test_a_shard_that_is_lost_for_good_makes_the_run_incomplete() -> None:
    """What ends every process that sends it leaves a gap, which is told; the rest is proven."""
    code, said, run = prove("always", "--jobs", "2")
    assert code == 3, said
    assert not run["complete"]
    assert any("cases were lost with the processes that sent them" in note for note in run["notes"])
    assert run["outcomes"]


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def stopped(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes by their id, and wait for them."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def listening(port: int) -> None:
    """Wait until somebody listens on a port: a machine with much other work takes long to start a program."""
    until = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, f"nobody listens on {port}"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def dask(project: Path) -> Iterator[str]:
    """Start a Dask scheduler and two workers, each a process of its own, and give the scheduler's address."""
    pytest.importorskip("distributed", reason="no Dask here: pip install 'prove400[dask]'")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment() | {"SPARED": "0"}}
    where = ["--host", "127.0.0.1", "--no-dashboard"]
    command = [str(SCRIPTS / "dask")]
    running = [subprocess.Popen([*command, "scheduler", "--port", str(port), *where], cwd=project, **quiet)]  # type: ignore[call-overload]
    for _ in range(2):
        worker = [*command, "worker", address, "--nthreads", "1", "--no-nanny", *where]
        running.append(subprocess.Popen(worker, cwd=project, **quiet))  # type: ignore[call-overload]
    try:
        listening(port)
        yield address
    finally:
        stopped(running[::-1])


def test_a_dask_cluster_proves_the_same_run(dask: str) -> None:
    """The scheduler's workers prove the shards."""
    alone = prove("bad")
    shared = prove("bad", "--jobs", "2", "--backend", "dask", "--scheduler", dask)
    assert shared[0] == 1, shared[1]
    assert shared[2] == alone[2]


def test_a_dask_worker_that_ends_is_made_up_for(dask: str) -> None:
    """The other worker proves its shards."""
    code, said, run = prove("once", "--jobs", "2", "--backend", "dask", "--scheduler", dask)
    assert code == 0, said
    assert Path("died").exists()
    assert run["ok"]


@pytest.fixture
def ray() -> Iterator[str]:
    """Start a Ray cluster of this machine, and give its address."""
    pytest.importorskip("ray", reason="no Ray here: pip install 'prove400[ray]'")
    port = free_port()
    command = [str(SCRIPTS / "ray")]
    options = [
        "--head",
        "--port",
        str(port),
        "--num-cpus",
        "2",
        "--include-dashboard",
        "false",
        "--disable-usage-stats",
    ]
    where = ["--disable-usage-stats", "--node-ip-address", "127.0.0.1", "--object-store-memory", "80000000"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment() | {"SPARED": "0"}}
    head = subprocess.Popen([*command, "start", "--block", *options, *where], **quiet)  # type: ignore[call-overload]
    try:
        for _ in range(120):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        else:
            pytest.skip("Ray does not start here")
        yield f"127.0.0.1:{port}"
    finally:
        stopped([head])


def test_a_ray_cluster_proves_the_same_run(ray: str) -> None:
    """The cluster's workers prove the shards."""
    alone = prove("bad")
    shared = prove("bad", "--jobs", "2", "--backend", "ray", "--address", ray)
    assert shared[0] == 1, shared[1]
    assert shared[2] == alone[2]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--jobs", "0"), 2, "0"),
        (("--jobs", "2", "--backend", "dask"), 2, "cluster is out of its range"),
        (("--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"), 2, "cluster is out of its range"),
        (("--jobs", "2", "--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"), 3, "no Dask scheduler there"),
        (("--jobs", "2", "--backend", "slurm"), 2, "slurm"),
    ],
)
def test_what_cannot_be_shared_is_told(words: tuple[str, ...], code: int, said: str) -> None:
    """A wrong word is a usage error, a cluster that is not there an unreachable one."""
    done = prove("bad", *words)
    assert done[0] == code, done[1]
    assert said in " ".join(done[1].split())


def test_an_application_object_cannot_be_shared() -> None:
    """Only what has a name can be loaded elsewhere."""
    import prove400

    sys.path.insert(0, str(Path.cwd()))
    try:
        from targets import bad
    finally:
        sys.path.pop(0)
        sys.modules.pop("targets", None)
    with pytest.raises(SettingsError, match="application object"):
        prove400.prove(bad, bad.document, jobs=2)


def test_shards_begin_between_obligations() -> None:
    """No obligation stands in two shards, all cases are there, and all shards but the last have enough."""
    import prove400

    root = Path(__file__).parents[2]
    cases = [case for case in prove400.plan(str(root / "contracts/openapi.json")) if isinstance(case, prove400.Case)]
    shards = list(shards_of(cases))
    assert [case for shard in shards for case in shard] == cases
    assert len(shards) > 2
    assert all(len(shard) >= SHARD for shard in shards[:-1])
    for one, other in pairwise(shards):
        assert one[-1].obligation != other[0].obligation


def test_a_run_may_be_stopped() -> None:
    """A signal ends a shared run as any other: what was seen is written, and no process is left behind."""
    Path("targets.py").write_text(
        "import os\nimport time\nfrom price_service import Service\n\n\nclass Slow(Service):\n"
        "    def price(self, row):\n        open(f'asked.{os.getpid()}', 'w').close()\n        time.sleep(0.05)\n"
        "        return super().price(row)\n\n\nslow = Slow()\n"
    )
    command = [sys.executable, "-c", "from prove400.cli import main; main()", "run", "targets:slow", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--report", "json=run.json"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    while len({path.suffix for path in Path.cwd().glob("asked.*")} - {f".{process.pid}"}) < 2:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert not json.loads(Path("run.json").read_text())["complete"]
