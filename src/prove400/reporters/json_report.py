"""A run as a JSON document, and back: what `diff`, `replay` and other tools read.

The document is ASCII, its members stand in a fixed order and each record on a line of its own. What differs between two
runs over the same behaviour (clock, durations, ``Date`` fields) stands in ``timing`` and nowhere else.
``run.schema.json`` beside this module is its JSON Schema.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from prove400 import pointer
from prove400.errors import ReportError
from prove400.model import Run
from prove400.reporters.codec import decode, encode, misfit
from prove400.reporters.summary import verdict_line

FORMAT = "prove400/run"
VERSION = 1
_HINT = "give a file that `prove400 run --report json=PATH` wrote"
_DERIVED = ("format", "version", "verdict", "ok", "counts", "timing")


def render(run: Run) -> str:
    """Give the document; equal runs give equal bytes. Raises `ReportError` for a value that JSON cannot hold."""
    document = encode(run)
    timing = {
        "started": document.pop("started"),
        "seconds": document.pop("seconds"),
        "replies": [_without_timing(finding["reply"]) for finding in document["findings"]],
    }
    head = {"format": FORMAT, "version": VERSION, "verdict": verdict_line(run), "ok": run.ok, "counts": run.counts}
    whole = {**head, **document, "timing": timing}
    try:
        members = [f"{_line(name)}: {_block(value)}" for name, value in whole.items()]
    except (TypeError, ValueError) as error:
        hint = "give the schemas and settings of a run only what JSON has"
        raise ReportError(f"the run holds a value that JSON cannot: {error}", hint=hint) from error
    return "{\n" + ",\n".join(members) + "\n}\n"


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the document."""
    text = resources.files(__package__).joinpath("run.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def load(text: str) -> Run:
    """Read a document back to an equal run; raises `ReportError` that names the place of what does not fit."""
    document = _document(text)
    if document.get("format") != FORMAT:
        raise ReportError(f"not a {FORMAT} document", "/format", _HINT)
    version = document.get("version")
    if version != VERSION:
        raise ReportError(f"version {version!r} is not known here", "/version", "use the prove400 that wrote it")
    timing = _object(document.get("timing"), "/timing")
    body = {name: value for name, value in document.items() if name not in _DERIVED}
    clock = {name: value for name, value in timing.items() if name != "replies"}
    findings = _with_timing(body.get("findings"), timing.get("replies"))
    run: Run = decode(Run, {**body, **clock, "findings": findings})
    return run


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def _block(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(map(_line, value)) + "\n]"
    return _line(value)


def _is_date(field: Any) -> bool:
    match field:
        case [str(name), _]:
            return name.lower() == "date"
    return False


def _without_timing(reply: dict[str, Any]) -> dict[str, Any]:
    dates = [field[1] for field in reply["headers"] if _is_date(field)]
    reply["headers"] = [[field[0], None] if _is_date(field) else field for field in reply["headers"]]
    return {"seconds": reply.pop("seconds"), "dates": dates}


def _document(text: str) -> dict[str, Any]:
    try:
        return _object(json.loads(text), "")
    except json.JSONDecodeError as error:
        raise ReportError(f"not JSON: {error.msg}", f"line {error.lineno}, column {error.colno}", _HINT) from error
    except (ValueError, RecursionError) as error:
        raise ReportError(f"not a {FORMAT} document: {error}", hint=_HINT) from error


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise misfit("an object", value, where)
    return value


def _array(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit("an array", value, where)
    return value


def _with_timing(findings: Any, replies: Any) -> list[Any]:
    findings, replies = _array(findings, "/findings"), _array(replies, "/timing/replies")
    if len(findings) != len(replies):
        raise misfit(f"{len(findings)} entries, one for each finding", len(replies), "/timing/replies")
    return [_timed(finding, clock, i) for i, (finding, clock) in enumerate(zip(findings, replies, strict=True))]


def _timed(finding: Any, clock: Any, index: int) -> dict[str, Any]:
    clock = _object(clock, pointer.join("/timing/replies", index))
    where = pointer.join("/findings", index)
    finding = _object(finding, where)
    reply = _object(finding.get("reply"), f"{where}/reply")
    dates = iter(_array(clock.get("dates"), f"/timing/replies/{index}/dates"))
    headers = [
        [field[0], next(dates, None)] if _is_date(field) else field
        for field in _array(reply.get("headers"), f"{where}/reply/headers")
    ]
    return {**finding, "reply": {**reply, "headers": headers, "seconds": clock.get("seconds")}}
