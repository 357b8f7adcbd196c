"""Earlier runs, from the JSON that they wrote: what is new since the last one, and a trend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from prove400.errors import ReportError, SettingsError
from prove400.model import Past, Run
from prove400.reporters import load

MOST = 50
"""Earlier runs that a run tells of: the newest."""


def read_past(paths: Iterable[str]) -> tuple[Past, ...]:
    """Give the runs of some files, and of the JSON files in some folders, oldest first.

    A folder may hold other JSON too; a file that is named must be a run. Raises `SettingsError` for one that is none.
    """
    runs = {past.started: past for path in paths for past in _of(Path(path))}
    return tuple(runs[started] for started in sorted(runs))[-MOST:]


def read_run(path: Path) -> Run:
    """Give the run of a file; raises `SettingsError` where it cannot be read, or is no run."""
    try:
        return load(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "give a file that `prove400 run --report json=PATH` wrote"
        raise SettingsError(f"cannot read the run: {error.strerror}", str(path), hint) from error
    except (ReportError, UnicodeDecodeError) as error:
        what = error.what if isinstance(error, ReportError) else "not UTF-8"
        place = f"{path} {error.where}".strip() if isinstance(error, ReportError) else str(path)
        hint = error.hint if isinstance(error, ReportError) else "give a report in JSON"
        raise SettingsError(f"no run to be read: {what}", place, hint) from error


def _of(path: Path) -> Iterator[Past]:
    if not path.is_dir():
        yield _past(read_run(path))
        return
    for file in sorted(path.glob("*.json")):
        if _is_run(file):
            yield _past(read_run(file))


def _is_run(file: Path) -> bool:
    """Tell by its first bytes whether a file is a run, since a folder of reports may hold gigabytes."""
    with file.open("rb") as stream:
        return b'"prove400/run"' in stream.read(256)


def _past(run: Run) -> Past:
    return Past(
        started=run.started,
        contract=run.contract.sha256,
        ok=run.ok,
        complete=run.complete,
        sent=run.sent,
        counts=tuple(run.counts.items()),
        fingerprints=tuple(finding.fingerprint for finding in run.findings),
    )
