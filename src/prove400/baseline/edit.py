"""Entries put into the text of a baseline, and taken out of it; what else stands there stays as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import tomlkit
from tomlkit.items import AoT, Array, Table

from prove400.baseline import table_of
from prove400.errors import SettingsError
from prove400.model import Finding, Known, Run

START = """\
# Findings that are known and accepted for a while: the gate fails on every other one, and on these once they expire.
# `prove400 baseline --help` tells how entries are added and pruned.
"""
"""What a new file begins with."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why findings are accepted, who sees to them, and until when."""

    reason: str
    owner: str
    expires: dt.date


def added(text: str, findings: Iterable[Finding], grounds: Grounds) -> str:
    """Give the baseline with an entry for each finding; one that is there is replaced, its operators kept."""
    old = {known.fingerprint: known for known in table_of(text, "the baseline")}
    document = tomlkit.parse(text or START)
    entries = document.get("finding", tomlkit.aot())
    for finding in findings:
        table = _entry(finding, old.get(finding.fingerprint), grounds)
        place = next((i for i, e in enumerate(entries) if e["fingerprint"] == finding.fingerprint), None)
        if place is None:
            entries.append(table)
        else:
            entries[place].update(table)
    if entries and "finding" not in document:
        document.add("finding", entries)
    return tomlkit.dumps(document)


def without(text: str, fingerprints: Collection[str]) -> str:
    """Give the baseline without some entries."""
    document = tomlkit.parse(text)
    entries = document.get("finding", tomlkit.aot())
    kept = [entry for entry in entries if entry["fingerprint"] not in fingerprints]
    if not kept:
        document.pop("finding", None)
    else:
        document["finding"] = _array(kept)
    return tomlkit.dumps(document)


def chosen(run: Run, fingerprints: Collection[str]) -> list[Finding]:
    """Give the findings of a run that are named, or all; raises `SettingsError` for one that the run has not."""
    found = {finding.fingerprint: finding for finding in run.findings}
    for fingerprint in fingerprints:
        if fingerprint not in found:
            has = ", ".join(found) if found else "it has none"
            raise SettingsError(f"the run has no finding {fingerprint!r}", hint=f"those of the run: {has}")
    return [found[fingerprint] for fingerprint in fingerprints] if fingerprints else list(found.values())


def _array(entries: list[Table]) -> AoT:
    listed = tomlkit.aot()
    for entry in entries:
        listed.append(entry)
    return listed


def _entry(finding: Finding, old: Known | None, grounds: Grounds) -> Table:
    table = tomlkit.table()
    constraint = finding.constraint
    operators = dict.fromkeys((*(old.operators if old else ()), *finding.operators))
    table.add("about", f"{finding.verdict} of {constraint.label} › {constraint.keyword}")
    table.add("fingerprint", finding.fingerprint)
    table.add("operation", finding.operation)
    table.add("operators", _listed(operators))
    table.add("reason", grounds.reason)
    table.add("owner", grounds.owner)
    table.add("expires", grounds.expires)
    return table


def _listed(texts: Iterable[str]) -> Array:
    array = tomlkit.array()
    array.extend(texts)
    return array
