"""One server → its row: what a run said with what it publishes, with what its model needs, and once it is hardened."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from api import diamonds
from interop import environment
from interop.catalogue import Server
from interop.claims import evidence
from interop.contracts import ROOT, needed
from interop.running import HARDENED, HELD, MAIN, Running, running
from interop.running import NEEDED as NEEDED_FILE
from prove400 import Settings
from prove400.engine.taking import reached, taken
from prove400.model import Finding, Run, Verdict
from prove400.reporters.json_report import load
from prove400.reporters.summary import amount, mutated

RUN_SECONDS = 1200
REAL_ROWS = 20
"""Real rows over which damage is measured: each is sent with every operator that was answered 200."""
MOST_CAUSES = 6
PUBLISHED, NEEDED = "published", "needed"
"""With the contract that the server publishes; with what its model needs; the same once the holes are closed."""


def row(server: Server) -> dict[str, Any]:
    """Start a server as its users would, prove it, then once more with its holes closed; give the row."""
    place, runs = environment.made(server), {}
    with tempfile.TemporaryDirectory(prefix="interop-") as folder:
        work = Path(folder)
        _write_rows(work / "rows.csv")
        with running(server, place, work, MAIN) as found:
            own = _needed(found, work)
            if server.publishes:
                runs[PUBLISHED] = _proven(found, PUBLISHED, work, _given(server, work))
            whole = runs.get(PUBLISHED, {}).get("complete", True)
            if whole and not found.has_exited(whole):
                runs[NEEDED] = _proven(found, NEEDED, work, own)
        if NEEDED not in runs:  # what it publishes has ended it, or left it unwell
            with running(server, place, work, MAIN) as found:
                runs[NEEDED] = _proven(found, NEEDED, work, own)
        if server.hardened:
            held = _written(work / HELD, needed(server.path, server.body, server.answer, {}))
            with running(server, place, work, HARDENED) as found:
                runs[HARDENED] = _proven(found, HARDENED, work, held if server.is_fronted else own)
    return {"name": server.name, "versions": environment.versions(server, place), "runs": runs}


def _write_rows(file: Path) -> None:
    """Write real diamonds, spread over the file that they come from."""
    rows = diamonds.load().rows
    rows[:: len(rows) // REAL_ROWS].head(REAL_ROWS).drop(columns=diamonds.TARGET).to_csv(file, index=False)


def _given(server: Server, work: Path) -> list[str]:
    """Give the flags that a run with what is published cannot do without: the model's file or name, an operation."""
    named = {"--model": server.model, "--operation": server.operation}
    file = ["--contract", server.publishes.format(work=work)] if server.is_file else []
    return [*file, *(word for flag, value in named.items() if value for word in (flag, value))]


def _needed(found: Running, work: Path) -> list[str]:
    """Write the contract that the model needs, over what prove400 reads of the server, and give the flag for it."""
    server, settings = found.server, Settings(model=found.server.model)
    given = server.publishes.format(work=work) if server.is_file else None
    read = taken(given, reached(found.url, settings), settings).document.content if server.publishes else {}
    return _written(work / NEEDED_FILE, needed(server.path, server.body, server.answer, read))


def _written(file: Path, contract: dict[str, Any]) -> list[str]:
    file.write_text(json.dumps(contract), "utf-8")
    return ["--contract", str(file)]


def _proven(found: Running, run: str, work: Path, flags: list[str]) -> dict[str, Any]:
    """Run the command, and give what it showed, with what it said where it could not run to its end.

    Its report stays beside the environments, as `reports/NAME-RUN.json`: each finding with request and reply.
    """
    report = environment.folder() / "reports" / f"{found.server.name}-{run}.json"
    report.unlink(missing_ok=True)
    flags = [*flags, *found.server.flags]
    command = [str(Path(sys.executable).parent / "prove400"), "run", found.url, *flags]
    done = subprocess.run(  # noqa: S603 - our own
        [*command, "--rows", "rows.csv", "--report", f"json={report}"],
        cwd=work,  # where no pyproject.toml has settings
        env=os.environ | {"PYTHONPATH": _import_path()},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    told = {"command": _told(found, work, flags), "exit": done.returncode}
    if not report.is_file():
        return told | {"said": (done.stderr or done.stdout).strip().replace(found.url, "URL").splitlines()[-3:]}
    result = load(report.read_text("utf-8"))
    told |= shown(result)
    return told | ({"exited": True} if found.has_exited(result.complete) else {})


def _import_path() -> str:
    given = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(str(ROOT / part) for part in given.split(os.pathsep) if part)


def _told(found: Running, work: Path, flags: list[str]) -> str:
    words = f"prove400 run URL {shlex.join([*flags, '--rows', 'rows.csv'])}"
    return words.replace(found.url, "URL").replace(f"{work}/", "")


def shown(run: Run) -> dict[str, Any]:
    """Give what a run showed: counts, the worst damage in words, and a line for each finding."""
    verdicts = Counter(str(finding.verdict) for finding in run.findings)
    requests: Counter[str] = Counter()
    for finding in run.findings:
        requests[str(finding.verdict)] += finding.cases
    return {
        "operations": sorted({outcome.obligation.constraint.operation for outcome in run.outcomes}),
        "complete": run.complete,
        **({} if run.complete else {"said": [note for note in run.notes if "after" in note]}),
        "unreachable": run.unreachable,
        "obligations": len(run.outcomes),
        "discharged": run.counts.get("discharged", 0),
        "findings": dict(sorted(verdicts.items())),
        "requests": dict(sorted(requests.items())),
        "causes": _causes(run),
        "claims": evidence(run),
        "damage": _damage(run),
        "sent": run.sent,
        "seconds": round(run.seconds, 1),
        "lines": sorted(map(line, run.findings)),
    }


def _causes(run: Run) -> dict[str, int]:
    """Count what was said of findings but silent 200s: one cause may break every constraint."""
    said = Counter(f"{finding.verdict}: {finding.message}" for finding in run.findings)
    named = {text: count for text, count in said.most_common() if not text.startswith(Verdict.SILENT_200)}
    return dict([*named.items()][:MOST_CAUSES])


def line(finding: Finding) -> str:
    """Write a finding as expectations list it: verdict, operation, place, keyword and operators."""
    constraint = finding.constraint
    warning = "" if finding.severity == "error" else " (warning)"
    place = f"{finding.operation} › {constraint.label} › {constraint.keyword}"
    return f"{finding.verdict}{warning} of {place}: {', '.join(sorted(finding.operators))}"


def _damage(run: Run) -> dict[str, Any] | None:
    """Give the worst that a silent 200 moved a prediction, by what, and over how many rows: 0 for the example alone."""
    found = [(f, f.damage) for f in run.findings if f.verdict is Verdict.SILENT_200 and f.damage]
    moved = [
        (sample.worst, sample.rows, mutated(finding, sample.operator), damage.unit)
        for finding, damage in found
        for sample in damage.samples
    ] or [(abs(damage.difference), 0, mutated(finding, finding.operator), damage.unit) for finding, damage in found]
    if not moved:
        return None
    worst, rows, what, unit = max(moved, key=lambda sample: sample[0])
    return {"worst": amount(worst, unit), "rows": rows, "what": what}
