"""The virtual environment that all servers share: made once, with what is pinned beside this file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.serving.running import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDER = ROOT / ".bench-venv"


def bin_folder() -> Path:
    """Give the folder of its programs, once it holds exactly what is pinned."""
    made = FOLDER / "requirements.sha256"
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    programs = FOLDER / "bin"
    if not made.is_file() or made.read_text() != digest:
        print(f"installing the peers into {FOLDER.name}/, once", file=sys.stderr)
        shutil.rmtree(FOLDER, ignore_errors=True)
        venv.create(FOLDER, with_pip=True)
        install = [programs / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True)  # noqa: S603 - what is pinned
        made.write_text(digest)
    return programs


def train(programs: Path, folder: Path) -> None:
    """Train the model into `folder`, in both formats."""
    formats = ["--format", "joblib", "--format", "onnx"]
    command = [programs / "python", "-m", "api.train", *formats, "--output", folder]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
