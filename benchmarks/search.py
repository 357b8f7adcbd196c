"""Which engine finds what no catalogue lists, and at which request.

usage: python -m benchmarks.search [--profile dev|ci|nightly] [--only TEXT]…

Each planted defect of `tests/zoo/searched.py` is asked by the catalogue, by the catalogue with the model's checks and
under load, by the properties and sequences of `fuzz/`, and by Schemathesis with our check. A number is how many
requests an engine had sent when it had found the defect; all searches begin at one seed, and stop at the first failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import prove400
from tests.zoo.searched import NAME, SEARCHED, Searched

TARGET = "tests.zoo.searched:target"
PROPERTIES = ("fuzz/test_properties.py", "fuzz/test_sequences.py")
NOTHING = "–"
HEAD = (
    "| defect | takes | catalogue | with model checks, and under load | properties and sequences | Schemathesis |",
    "|---|---|---|---|---|---|",
)
ALONE: dict[str, Any] = {"sanity": False}
LOADED: dict[str, Any] = {"concurrent": 8}
"""Settings of the catalogue alone, and of it with the checks of the model, and once more under load."""


def by_catalogue(**settings: Any) -> str:
    """Give the request at which the catalogue finds the defect that the environment names."""
    proof = prove400.start(TARGET, "contracts/openapi.json", **settings)
    try:
        found = next((proof.sent for judged in proof.events() if proof.gates(judged)), None)
    finally:
        proof.transport.close()
    return NOTHING if found is None else str(found)


def by_properties(place: Path) -> str:
    """Give the request, and the property, at which our searches find it."""
    report = place / "junit.xml"
    command = [sys.executable, "-m", "pytest", *PROPERTIES, "-q", "-n0", "-x", "--prove400-target", TARGET]
    subprocess.run([*command, f"--junitxml={report}"], check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    for test in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        if test.find("failure") is not None:
            requests = next(p.get("value") for p in test.iter("property") if p.get("name") == "requests")
            return f"{requests}: {str(test.get('name')).removeprefix('test_').replace('_', ' ')}"
    return NOTHING


def by_schemathesis() -> str:
    """Give the request at which Schemathesis finds it, in coverage and fuzzing, with our check."""
    from fuzz.test_schemathesis import first_failure  # noqa: PLC0415 - it reads the profile when it is imported

    found = first_failure(("coverage", "fuzzing"), TARGET)
    return NOTHING if found is None else str(found)


def row(defect: Searched, place: Path) -> str:
    """Ask all engines for one defect."""
    os.environ[NAME] = defect.name
    found = (by_catalogue(**ALONE), by_catalogue(**LOADED), by_properties(place), by_schemathesis())
    cells = (defect.name, defect.takes, *found)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="ci", choices=("dev", "ci", "nightly"))
    parser.add_argument("--only", action="append", default=[], help="defects whose name contains this text")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(PROVE400_PROFILE=options.profile, PROVE400_SHRINK="off", PROVE400_REGRESSIONS=folder)
        os.environ["PROVE400_EXAMPLES"] = str(Path(folder) / "examples")  # none that an earlier run has found
        os.environ.setdefault("PROVE400_SEED", "400")
        print("\n".join(HEAD))
        for defect in SEARCHED:
            if not options.only or any(text in defect.name for text in options.only):
                print(row(defect, Path(folder)), flush=True)
    print(f"\nprofile {options.profile}, seed {os.environ['PROVE400_SEED']}")


if __name__ == "__main__":
    main()
