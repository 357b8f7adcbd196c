"""The virtual environment of each server, and the model in it: made once, with what is pinned."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from interop.catalogue import Server
from interop.contracts import ROOT

HERE = Path(__file__).parent
FOLDER_VARIABLE = "INTEROP_VENVS"
MODEL = "model.joblib"


def folder() -> Path:
    """Give the folder of all environments: INTEROP_VENVS, else `.interop` of the repository."""
    return Path(os.environ.get(FOLDER_VARIABLE) or ROOT / ".interop").resolve()


def made(server: Server) -> Path:
    """Give the environment of a server, once it holds exactly what is pinned, and the model."""
    requirements = HERE / "requirements" / f"{server.environment_name}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    place = folder() / server.environment_name
    stamp, python = place / "requirements.sha256", place / "bin" / "python"
    if not stamp.is_file() or stamp.read_text("utf-8") != digest:
        print(f"installing {server.title} into {place}", file=sys.stderr)
        shutil.rmtree(place, ignore_errors=True)
        _done(server.python or sys.executable, "-m", "venv", str(place))
        _done(str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements))
        stamp.write_text(digest, "utf-8")
    if not (place / MODEL).is_file():
        _done(str(python), "-m", "interop.model", str(place / MODEL))
    return place


def versions(server: Server, place: Path) -> dict[str, str]:
    """Give the versions of what matters in an environment, Python's first."""
    names = [*server.packages, "scikit-learn", "pandas"]
    code = (
        "import platform, sys; from importlib.metadata import version;"
        "print(platform.python_version(), *(version(name) for name in sys.argv[1:]))"
    )
    told = subprocess.run(  # noqa: S603 - our own
        [place / "bin" / "python", "-c", code, *names], capture_output=True, text=True, check=True
    )
    return dict(zip(["python", *names], told.stdout.split(), strict=True))


def _done(*command: str) -> None:
    alone = os.environ | {"OMP_NUM_THREADS": "1"}  # threads that wait for each other train ten times as long
    subprocess.run(command, cwd=ROOT, env=alone, check=True)  # noqa: S603 - our own table
