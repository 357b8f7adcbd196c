"""Prove that an artefact predicts what its manifest says: `python -m api.verify [FOLDER] [--here]`.

Without `--here` this happens in a clean virtual environment that holds the versions of the manifest, and pydantic,
which reads it. Exit codes: 0 the predictions are the manifest's, 1 they are not or the artefact does not load, 2 there
is no such environment.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from api import artefact
from api.errors import ArtefactError, CleanEnvironmentError
from api.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.artefact import Artefact
    from api.manifest import Manifest

TOLERANCE = 1e-6
"""Relative; two machines may compute the last digits of an exponential differently."""

ROOT = Path(__file__).parents[1]


def unlike(found: Artefact) -> list[str]:
    """Name each sample whose prediction is not the manifest's, or breaks the output schema."""
    manifest = found.manifest
    least = manifest.output_schema.exclusiveMinimum
    predicted = [float(value) for value in found.model.predict(manifest.samples)]
    if not len(predicted) == len(manifest.predictions) == len(manifest.samples):
        return [f"{len(manifest.samples)} samples, {len(manifest.predictions)} told, {len(predicted)} predicted"]
    return [
        f"sample {number}: predicted {value}, the manifest says {told}"
        for number, (value, told) in enumerate(zip(predicted, manifest.predictions, strict=True), 1)
        if not (value > least and math.isclose(value, told, rel_tol=TOLERANCE))
    ]


def here(folder: Path) -> int:
    """Verify in this environment; gives the exit code."""
    try:
        found = artefact.load(folder)
    except ArtefactError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    faults = unlike(found)
    if faults:
        sys.stderr.write("".join(f"{folder}: {fault}\n" for fault in faults))
        return 1
    manifest = found.manifest
    sys.stdout.write(
        f"{manifest.model_version} ({manifest.format}) predicts its {len(manifest.samples)} samples, "
        f"python {platform.python_version()}\n"
    )
    return 0


def requirements(manifest: Manifest) -> list[str]:
    """Give what the clean environment holds, each pinned."""
    pins = {name: manifest.versions.get(name, "none") for name in FORMATS[manifest.format].libraries}
    return [f"{name}=={number}" for name, number in (pins | {"pydantic": version("pydantic")}).items()]


def interpreter(manifest: Manifest) -> str:
    """Find the Python that the manifest names; raises CleanEnvironmentError without one."""
    wanted = ".".join(manifest.versions.get("python", "").split(".")[:2])
    if wanted == ".".join(platform.python_version_tuple()[:2]):
        return sys.executable
    found = shutil.which(f"python{wanted}")
    if found is None:
        raise CleanEnvironmentError(f"trained with Python {wanted}, and there is no python{wanted} here")
    return found


def clean(folder: Path) -> int:
    """Verify in a clean environment; gives the exit code."""
    try:
        manifest = artefact.read_manifest(folder)
    except ArtefactError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with tempfile.TemporaryDirectory() as place:
        python = Path(place) / "bin" / "python"
        _run(interpreter(manifest), "-m", "venv", place)
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements(manifest))
        command = [str(python), "-P", "-m", "api.verify", "--here", str(folder.resolve())]
        return subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode  # noqa: S603


def _run(*command: str) -> None:
    """Run a step that makes the environment; raises CleanEnvironmentError with its last words."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CleanEnvironmentError(" ".join(said[-1:]) or f"{command[0]} failed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and verify."""
    parser = argparse.ArgumentParser(
        prog="python -m api.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=artefact.default_folder())
    parser.add_argument("--here", action="store_true", help="in this environment, without making one")
    options = parser.parse_args(arguments)
    try:
        return here(options.folder) if options.here else clean(options.folder)
    except CleanEnvironmentError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
