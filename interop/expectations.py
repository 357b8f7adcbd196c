"""What a run is expected to find on each server: written down from one run, its kinds looked at by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPECTED = Path(__file__).parent / "expected"
GONE = "the server's process exits"


def expectation(found: dict[str, Any]) -> dict[str, list[str]]:
    """Give what a row shows, by run: the lines of its findings, or what was said in their place.

    What is found before a process is gone depends on how long it takes to go.
    """
    return {
        name: [GONE] if run.get("exited") else run.get("lines", run.get("said", []))
        for name, run in found.get("runs", {}).items()
    }


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Give a row without the lines that the expectation holds."""
    runs = {
        name: {key: value for key, value in run.items() if key != "lines"}
        for name, run in found.get("runs", {}).items()
    }
    return found | ({"runs": runs} if runs else {})


def differences(name: str, found: dict[str, Any]) -> Iterator[str]:
    """Say which findings are new, and which are gone."""
    file = EXPECTED / f"{name}.json"
    expected: dict[str, list[str]] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    shown = expectation(found)
    for run in dict.fromkeys((*expected, *shown)):
        before, after = set(expected.get(run, ())), set(shown.get(run, ()))
        yield from (f"{run}: new: {line}" for line in sorted(after - before))
        yield from (f"{run}: gone: {line}" for line in sorted(before - after))
