"""The committed sample is what its command writes now, and its pictures are there."""

from __future__ import annotations

import re
from pathlib import Path

import prove400
from tests.zoo.three import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "reports" / "sample" / "prove400.html"


def test_the_sample_shows_what_its_command_finds() -> None:
    """The page has the findings of a run against the three defects, and no others."""
    run = prove400.prove(app(), ROOT / "contracts" / "openapi.json")
    page = SAMPLE.read_text(encoding="utf-8")
    assert set(re.findall(r'id="finding-([0-9a-f]+)"', page)) == {finding.fingerprint for finding in run.findings}
    assert {str(finding.verdict) for finding in run.findings} == {"silent-200", "server-error", "misattributed"}
    assert re.search(r"worst moves the price by \$\d", page)


def test_pictures_are_there() -> None:
    """Each picture that README and docs show is committed, and each that is committed is shown."""
    pages = {ROOT / "README.md": "docs/", ROOT / "docs" / "report.md": ""}
    shown = {
        name.removeprefix(folder)
        for page, folder in pages.items()
        for name in re.findall(r"\((\S*report-\S+\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == {file.name for file in (ROOT / "docs").glob("report-*.png")}
