"""The files of containers and clusters: what their own tools say of them, and the image's steps without a container."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.request import Request, urlopen

import kubernetes_validate
import pytest
import yaml
from dockerfile_parse import DockerfileParser

import api
from api.artefact import read_manifest
from api.settings import Settings

Json = dict[str, Any]
ROOT = Path(api.__file__).parents[1]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
STEPS: list[tuple[str, str]] = [
    (step["instruction"], step["value"])
    for step in DockerfileParser(str(DEPLOY / "Dockerfile")).structure
    if step["instruction"] != "COMMENT"
]
COMPOSE: Json = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Json = COMPOSE["services"]
BIN = Path(sys.executable).parent


def only(instruction: str) -> str:
    """Give the value of an instruction that stands once in the Dockerfile."""
    (value,) = [value for name, value in STEPS if name == instruction]
    return value


def words(instruction: str) -> list[str]:
    """Give the command of an instruction in exec form."""
    value = only(instruction)
    command: list[str] = json.loads(value[value.index("[") :])
    return command


# The image


def test_hadolint_admits_the_dockerfile() -> None:
    """The linter of Dockerfiles, and of the shell in them, says nothing."""
    linter = shutil.which("hadolint", path=str(BIN))
    if linter is None:
        pytest.skip("hadolint has no wheel for this platform")
    linted = subprocess.run([linter, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_image_runs_as_a_number_that_is_not_root_and_gets_no_files() -> None:
    """USER is numeric, so that Kubernetes can check it; nothing that is copied belongs to it; both bases are one."""
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", only("USER"))
    assert not [value for name, value in STEPS if name == "COPY" and "--chown" in value]
    (base,) = {value.split()[0] for name, value in STEPS if name == "FROM"}
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base)


def locked(name: str) -> set[str]:
    """Give the pins of a lock, each with its hashes."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return set(re.split(r"\n(?=\S)", text.strip()))


@pytest.mark.parametrize(("name", "extras"), [("api.txt", ["api"]), ("fuzz.txt", ["api", "docs", "search"])])
def test_image_and_gate_get_the_versions_that_the_tests_run_with(name: str, extras: list[str]) -> None:
    """Each lock holds its extras and nothing that dev.txt pins otherwise."""
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = {re.split(r"[^\w-]", entry)[0] for extra in extras for entry in optional[extra]}
    assert wanted <= {pin.partition("==")[0] for pin in locked(name)}
    assert locked(name) <= locked("dev.txt")


@dataclass
class Image:
    """The Dockerfile's steps, carried out below `root` instead of in a container."""

    root: Path
    stage: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"

    def at(self, text: str) -> str:
        """Give a text with the image's folders where they are here."""
        return re.sub(r"(?<![\w/.])/(?=(opt|srv)\b)", f"{self.root}/", text)

    def carry_out(self, steps: Sequence[tuple[str, str]]) -> None:
        """Carry out every step that leaves files or variables."""
        for name, value in steps:
            getattr(self, f"_{name.lower()}", lambda _: None)(value)

    def _from(self, value: str) -> None:
        """Begin a stage with nothing; the one before moves away."""
        if self.root.exists():
            self.root.rename(self.root.with_name(self.stage))
        self.root.mkdir()
        self.stage = value.rsplit(maxsplit=1)[-1]
        self.environment = {"PATH": f"{self.root.with_name('base')}:/usr/local/bin:/usr/bin:/bin"}

    def _env(self, value: str) -> None:
        """Set variables."""
        for word in shlex.split(value):
            name, _, text = word.partition("=")
            self.environment[name] = self.at(text).replace(f"${name}", self.environment.get(name, ""))

    def _workdir(self, value: str) -> None:
        """Make the folder of the next steps."""
        self.folder = self.at(value)
        Path(self.folder).mkdir(parents=True)

    def _copy(self, value: str) -> None:
        """Copy from another stage, or what .dockerignore admits from the repository."""
        *options, source, target = value.split()
        stage = self.root.with_name(options[0].removeprefix("--from=")) if options else None
        origin = stage / source.lstrip("/") if stage else ROOT / source
        place = Path(self.folder) / self.at(target)
        if origin.is_file():
            place = place / origin.name
        for path in (origin, *origin.rglob("*")):
            if path.is_dir() or not (stage or admitted(PurePosixPath(path.relative_to(ROOT)))):
                continue
            into = place / path.relative_to(origin) if origin.is_dir() else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, into, follow_symlinks=False)

    def _run(self, value: str) -> None:
        """Run a step of the build, with what this machine says of pip and of the way to its index."""
        ours = ("DIAMONDS_", "PYTHON", "VIRTUAL_ENV", "COV")
        machine = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            ["sh", "-c", self.at(value)],
            cwd=self.folder,
            env=machine | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def admitted(path: PurePosixPath) -> bool:
    """Tell whether .dockerignore lets a file into the build: the last line that matches it or a folder of it."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        if any(fnmatch(str(part), line.removeprefix("!")) for part in (path, *path.parents) if part.name):
            kept = line.startswith("!")
    return kept


def test_build_gets_the_source_of_the_api_and_no_more() -> None:
    """Neither a model of this machine, nor compiled files, nor anything beside the API enters the build."""
    wanted = ("api/app.py", "api/formats/onnx.py", "api/data/diamonds.csv.gz", "requirements/api.txt")
    refused = ("api/artefact/model.joblib", "api/__pycache__/app.pyc", "api/formats/__pycache__/onnx.pyc")
    others = ("requirements/dev.txt", ".git/config", ".venv/bin/python", "src/prove400/model.py", "__pycache__/a.pyc")
    assert all(admitted(PurePosixPath(path)) for path in wanted)
    assert not [path for path in (*refused, *others) if admitted(PurePosixPath(path))]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Carry out all steps, and leave a tree that nobody may write to."""
    folder = tmp_path_factory.mktemp("image")
    base = folder / "base"
    base.mkdir()
    (base / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (base / "python").chmod(0o755)
    built = Image(folder / "root")
    built.carry_out(STEPS)
    shutil.rmtree(base)
    subprocess.run(["chmod", "-R", "a-w", built.root], check=True)
    yield built
    subprocess.run(["chmod", "-R", "u+w", built.root], check=True)
    shutil.rmtree(folder)


def unprivileged() -> list[str]:
    """Give what makes root heed permissions, as every other user does: no capability is left."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if os.geteuid() == 0 else []


def tree(root: Path) -> dict[str, tuple[int, int]]:
    """Give every file below `root` with its size and time."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in root.rglob("*")}


def test_image_serves_from_a_tree_that_it_cannot_write_to(image: Image, tmp_path: Path) -> None:
    """CMD starts, HEALTHCHECK tells before, while and after, only TMPDIR is written, SIGTERM ends it.

    The same libraries have made the same model as here, so that its hash can be pinned before the image is built.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    before = tree(image.root)
    environment = image.environment | {"DIAMONDS_BIND": bind, "TMPDIR": str(tmp_path)}

    def start(command: Sequence[str], log: Any = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*unprivileged(), *command], cwd=image.folder, env=environment, stdout=log, stderr=log, bufsize=0
        )

    assert start(["touch", "written"]).wait(timeout=30) != 0
    assert start(words("HEALTHCHECK")).wait(timeout=30) != 0
    with (tmp_path / "log").open("wb") as log:
        server = start(words("CMD"), log)
        try:
            for _ in range(100):
                healthy = start(words("HEALTHCHECK")).wait(timeout=30) == 0
                if healthy or server.poll() is not None:
                    break
                time.sleep(0.1)
            assert healthy, (tmp_path / "log").read_text()
            answered = predict(bind, Path(image.folder))
            assert list(tmp_path.glob("diamonds-metrics-*/*.db"))
        finally:
            server.terminate()
            assert server.wait(timeout=40) == 0
    assert answered["model_version"] == trained_here(tmp_path / "here")
    assert start(words("HEALTHCHECK")).wait(timeout=30) != 0
    assert tree(image.root) == before
    assert [path.name for path in Path(image.folder).iterdir()] == ["api"]
    assert not list(tmp_path.glob("diamonds-metrics-*"))


def trained_here(folder: Path) -> str:
    """Train as the build does, in a process of its own, and name the model that comes of it."""
    subprocess.run(
        [sys.executable, "-m", "api.train", "--output", folder], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
    )
    return str(read_manifest(folder).model_version)


def predict(bind: str, folder: Path) -> Json:
    """Ask for the price of the first sample of the image's own model."""
    manifest = json.loads((folder / "api" / "artefact" / "manifest.json").read_text())
    body = json.dumps(manifest["samples"][0]).encode()
    request = Request(f"http://{bind}/predict", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as reply:
        answer: Json = json.load(reply)
    assert answer["price"] == round(manifest["predictions"][0], 2)
    return answer


# Compose and Prometheus


def test_compose_file_is_what_the_specification_asks_for() -> None:
    """The file validates against the schema of the Compose specification."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*command, DEPLOY / "compose.yaml"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    """Read-only, without capabilities, limited, watched, of a pinned version, and open to this machine alone."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["healthcheck"]["test"]
    assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_compose_asks_the_api_as_its_image_does_and_lets_it_finish() -> None:
    """The check of health is the image's, the port the one that it listens on, the patience longer than gunicorn's."""
    served = SERVICES["api"]
    assert served["healthcheck"]["test"] == ["CMD", *words("HEALTHCHECK")]
    assert served["ports"] == [f"127.0.0.1:8000:{listening()}"]
    assert int(served["stop_grace_period"].rstrip("s")) > Settings().graceful_timeout


def listening() -> str:
    """Give the port of the image."""
    return next(re.findall(r"DIAMONDS_BIND=\S+:(\d+)", value) for name, value in STEPS if name == "ENV")[0]


def test_prometheus_finds_the_api() -> None:
    """The target is the service of compose at the port of the image, at the path where the API tells."""
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"api:{listening()}"]}]
    assert job.get("metrics_path", "/metrics") == "/metrics"
    assert "./prometheus.yml:/etc/prometheus/prometheus.yml:ro" in SERVICES["prometheus"]["volumes"]


def test_promtool_admits_the_configuration() -> None:
    """Prometheus's own tool finds it valid."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    command = [promtool, "check", "config", DEPLOY / "prometheus.yml"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_proxy_keeps_to_the_limits_of_the_api() -> None:
    """Nginx lets connections go first, waits longer than gunicorn, and refuses the same bodies."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    told = {name: int(number) for name, number in re.findall(r"(\w+) (\d+)[sk];", text)}
    assert told["keepalive_timeout"] < Settings().keepalive
    assert told["proxy_read_timeout"] > Settings().timeout
    assert told["client_max_body_size"] * 1024 == Settings().body_bytes


# Kubernetes


def kind(name: str) -> Json:
    """Give the one object of a kind."""
    documents = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in KUBERNETES)
    (found,) = [document for document in documents if document["kind"] == name]
    return dict(found)


@pytest.mark.parametrize("version", ["1.29", "1.33", "1.37"])
@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_object_is_what_kubernetes_asks_for(path: Path, version: str) -> None:
    """Each object validates, with no field that Kubernetes does not know, in old and new versions."""
    kubernetes_validate.validate(yaml.safe_load(path.read_text(encoding="utf-8")), version, strict=True)


def test_kustomization_holds_every_object() -> None:
    """What stands beside the kustomization is applied by it."""
    text = (DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8")
    assert sorted(yaml.safe_load(text)["resources"]) == [path.name for path in KUBERNETES]


def test_objects_select_the_pods_of_the_deployment() -> None:
    """Service, budget, policy and autoscaler mean the same pods; the service's port is one of theirs."""
    deployment = kind("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    service, policy = kind("Service")["spec"], kind("NetworkPolicy")["spec"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert service["selector"] == labels
    assert kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert policy["podSelector"]["matchLabels"] == labels
    scaled = kind("HorizontalPodAutoscaler")["spec"]
    assert scaled["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert scaled["minReplicas"] > kind("PodDisruptionBudget")["spec"]["maxUnavailable"]
    (port,) = container()["ports"]
    assert str(port["containerPort"]) == listening()
    assert service["ports"][0]["targetPort"] == policy["ingress"][0]["ports"][0]["port"] == port["name"]


def pod() -> Json:
    """Give what the deployment says of its pods."""
    return dict(kind("Deployment")["spec"]["template"]["spec"])


def container() -> Json:
    """Give the one container of a pod."""
    (found,) = pod()["containers"]
    return dict(found)


def test_pod_keeps_to_the_restricted_profile() -> None:
    """The pod is what the namespace enforces: the restricted Pod Security Standard; its user is the image's."""
    assert kind("Namespace")["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    context = pod()["securityContext"]
    assert context["runAsNonRoot"] is True
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == only("USER")
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    own = container()["securityContext"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert [set(volume) - {"name"} for volume in pod()["volumes"]] == [{"emptyDir"}]
    assert [mount["mountPath"] for mount in container()["volumeMounts"]] == ["/tmp"]  # noqa: S108


def test_pod_is_probed_limited_and_ended_in_time() -> None:
    """Liveness asks what cannot fail for long, readiness the model; gunicorn may finish; no foreign variable enters."""
    probes: Mapping[str, str] = {"startupProbe": "/health", "livenessProbe": "/health", "readinessProbe": "/readiness"}
    asked = {name: container()[name]["httpGet"] for name in probes}
    assert asked == {name: {"path": path, "port": "http"} for name, path in probes.items()}
    assert set(container()["resources"]["requests"]) == set(container()["resources"]["limits"]) == {"cpu", "memory"}
    pause = int(container()["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod()["terminationGracePeriodSeconds"] > pause + Settings().graceful_timeout
    assert pod()["enableServiceLinks"] is False
    assert pod()["automountServiceAccountToken"] is False
