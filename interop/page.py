"""Rows → docs/servers.md."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interop.catalogue import BY_NAME, SERVERS, Server
from interop.claims import CLAIMS, shown_by
from interop.contracts import ROOT
from interop.running import HARDENED

RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "servers.md"
FOLDERS = Path(__file__).parent / "servers"

HEAD = """\
# Servers that nobody here wrote

One model, the price of a diamond, behind each server, written as the project's own documentation or the usual tutorials
have it. `python -m interop` installed each into an environment of its own, started it on the loopback address, ran
`prove400 run URL` on it, and wrote this page. `python -m interop NAME --check` compares a run with what was seen once
(`interop/expected/`): the kinds of its findings were looked at by hand, not each of them.

The model is the reference API's pipeline (`interop/model.py`), but its encoder takes a category that it never saw for a
grade below all others. So the figures tell what a server and its usual code let through to a model, and not how good
the server is: most leave it to their users to say what a request may hold.

| run | contract |
|---|---|
| published | what prove400 finds by itself (`--contract auto`): what the server publishes, or what its metadata tell |
| needed | the same operation with what the model was trained with: types, categories, bounds, no other members |
| hardened | the needed contract again, after the lines shown below were applied |

Those lines use [strict_json.py](../interop/servers/shared/strict_json.py), a check before any parser, and
[strict_diamond.py](../interop/servers/shared/strict_diamond.py), the row as a strict pydantic model. Where a server has
no place for them, [front.py](../interop/servers/shared/front.py) stands before it, holds the contract, and refuses with
a problem (RFC 9457), which stands in its contract (`held.json`) in place of the server's own errors.

Findings are counted, one for each broken constraint, and in brackets the requests that showed them. *Silent 200*: an
invalid request was answered 2xx. *5xx*: or a dropped connection. *Unstructured*: an error that is not JSON, or not as
documented. *Place not named*: an error from which no program can tell what was wrong. The damage is the largest
difference that a silent 200 made to a prediction, over {rows} real diamonds; where requests name no column, as in the
tensors of the Open Inference Protocol, on one request. Of a contract without a unit it is a bare number.
"""
_COLUMNS = {
    "silent 200": ("silent-200",),
    "5xx": ("server-error",),
    "unstructured": ("unstructured",),
    "leaks": ("leaky",),
    "other status": ("wrong-status",),
    "place not named": ("misattributed",),
    "valid refused, or answered wrongly": ("over-rejected", "bad-response", "implausible", "unstable"),
}
CLAIMED = """\
## What was known of them

A probe by hand had seen all of this on these servers, before a run did. What shows it now is looked up in the rows
(`interop/claims.py`). Of hardened servers none shows it, but for what stays of BentoML's and vetiver's own errors.
"""
_EXAMPLES = 3
_LONGEST = 160
_FIRST = ("server", "run", "obligations", "discharged", *_COLUMNS, "worst damage", "requests", "seconds")


def results(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Give the rows that there are, by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def page(rows: Mapping[str, dict[str, Any]]) -> str:
    """Write the page: the table of all rows, then a section for each server."""
    known = [server for server in SERVERS if server.name in rows or server.absent]
    table = [_cells(_FIRST), _cells(["---"] * len(_FIRST))]
    table += [line for server in known for line in _lines(server, rows.get(server.name, {}))]
    sections = [part for server in known for part in _section(server, rows.get(server.name, {}))]
    return "\n".join([HEAD.format(rows=_most_rows(rows)), *table, "", *_claimed(rows), *sections])


def _claimed(rows: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Say of each thing that a probe by hand saw which runs show it, with one answer, and where it is not so."""
    yield CLAIMED
    yield _cells(("seen by hand", "shown by the runs of", "for example"))
    yield _cells(["---"] * 3)
    for claim in CLAIMS:
        shown = shown_by(rows, claim.name)
        first = next((name for name in claim.of if name in shown), next(iter(shown), ""))
        yield _cells((claim.seen, "; ".join(BY_NAME[name].title for name in shown), _example(first, shown.get(first))))
    yield ""
    for claim in CLAIMS:
        yield from (f"- {claim.seen}; not by {BY_NAME[name].title}: {said}" for name, said in claim.instead.items())
    yield ""


def _example(name: str, found: dict[str, str] | None) -> str:
    if not found:
        return ""
    operators = ", ".join(f"`{operator}`" for operator in found["operators"].split(", ")[:_EXAMPLES] if operator)
    shown = f"{operators} at `{found['place']}`" if operators else ""
    said = _plain(found["answered"]) if found["answered"] else ""
    parts = (f"{BY_NAME[name].title}, {found['run']}", shown, said)
    return ": ".join(part for part in parts if part).replace("|", "\\|")


def _most_rows(rows: Mapping[str, dict[str, Any]]) -> int:
    runs = (run for found in rows.values() for run in found.get("runs", {}).values())
    return max((run["damage"]["rows"] for run in runs if run.get("damage")), default=0)


def _lines(server: Server, found: dict[str, Any]) -> Iterator[str]:
    if server.absent:
        yield _cells([server.title, f"not tried: {server.absent}", *[""] * (len(_FIRST) - 2)])
    for name, run in found.get("runs", {}).items():
        if "obligations" not in run:
            yield _cells([server.title, name, "no usable contract", *[""] * (len(_FIRST) - 3)])
            continue
        counted = [_counted(run, verdicts) for verdicts in _COLUMNS.values()]
        damage = run["damage"]
        seen = "" if not damage or damage["rows"] else " (one request)"
        worst = f"{damage['worst']}, {damage['what']}{seen}" if damage else ""
        ran = [f"{run['sent']:,}", f"{run['seconds']:g}"]
        yield _cells([server.title, name, run["obligations"], run["discharged"], *counted, worst, *ran])


def _counted(run: dict[str, Any], verdicts: tuple[str, ...]) -> str:
    findings = sum(run["findings"].get(verdict, 0) for verdict in verdicts)
    requests = sum(run["requests"].get(verdict, 0) for verdict in verdicts)
    return f"{findings} ({requests:,})" if findings else ""


def _cells(values: Any) -> str:
    return f"| {' | '.join(map(str, values))} |"


def _section(server: Server, found: dict[str, Any]) -> Iterator[str]:
    yield f"## {server.title}\n"
    if server.absent:
        yield f"Not tried: {server.absent}. {server.note}".strip() + "\n"
        return
    yield ", ".join(f"{name} {version}" for name, version in found["versions"].items()) + ".\n"
    yield f"Started by `{_started(server)}`. {_published(server)} {server.note}".rstrip() + "\n"
    for name, run in found["runs"].items():
        yield f"- {name}: `{run['command']}`{_said(run)}"
        yield from (f"  - {count} × {_plain(text)}" for text, count in run.get("causes", {}).items())
    yield ""
    if HARDENED in found["runs"]:
        yield from _closing(server)


def _published(server: Server) -> str:
    place = server.publishes.replace("{work}/", "")
    return f"Its contract is read from `{place}`." if place else "It publishes no contract."


def _plain(text: str) -> str:
    """Write a message so that nothing in it is markup, in a length that is read."""
    return f"`{text[:_LONGEST].replace('`', ' ')}`"


def _started(server: Server) -> str:
    words = {"{bin}/": "", "{app}": "main", "{port}": "PORT", "{second}": "PORT", "{third}": "PORT", "{work}/": ""}
    command = server.command
    for word, told in words.items():
        command = command.replace(word, told)
    return command


def _said(run: dict[str, Any]) -> str:
    said = [f" said: {' '.join(run['said'])}"] if "said" in run else []
    if run.get("complete") is False:
        said.append(", which did not reach its end")
    if run.get("exited"):
        said.append("; the server's process had exited by then")
    return "".join(said)


def _closing(server: Server) -> Iterator[str]:
    """Show the lines that close the holes, as a difference."""
    if server.is_fronted:
        yield f"{server.hardened}\n"
        return
    folder = FOLDERS / server.name
    before, after = ((folder / f"{name}.py").read_text("utf-8").splitlines()[2:] for name in ("main", "hardened"))
    shown = [
        line for line in difflib.unified_diff(before, after, lineterm="", n=1) if not line.startswith(("---", "+++"))
    ]
    yield f"{server.hardened} What changes in [main.py](../interop/servers/{server.name}/main.py):\n"
    yield "\n".join(["```diff", *shown, "```", ""])
