"""What a probe by hand saw of these servers, and the findings in which our runs show it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from interop.running import HARDENED
from prove400.model import Finding, Run, Verdict

Shows = Callable[[Finding], list[str]]
"""A finding → those of its operators that show a claim."""
CATEGORIES = re.compile(r"(cut|color|clarity|^body/data/[123]|inputs/[123]/data/\d+|ndarray/\*/[123])$")
NUMBERS = re.compile(r"(carat|depth|table|[xyz]|^body/data/[04-8]|inputs/[04-8]/data/\d+|ndarray/\*/[04-8])$")
"""Places of the model's columns: labels, and of tensors, whose labels do not tell them apart, places in the request."""
ANYWHERE = re.compile("")
_FOLDERS = re.compile(r"(?<![\w:/.])(?:/[\w.@+-]+)+/(?=[\w.@+-])")
_LONGEST = 140
EXITS = "exits"
"""The claim that no finding shows, but the end of the process."""
_ERROR_NAMES = ("error", "errors", "trace", "traceback", "exception")


def by(verdict: Verdict, operators: str, place: re.Pattern[str] = ANYWHERE) -> Shows:
    """Make what takes the operators that match, of findings with a verdict at a place."""

    def shows(finding: Finding) -> list[str]:
        stands = any(map(place.search, (finding.constraint.label, finding.instance_location)))
        if finding.verdict is not verdict or not stands:
            return []
        return [name for name in finding.operators if re.fullmatch(operators, name)]

    return shows


def by_message(verdict: Verdict, message: str) -> Shows:
    """Make what takes the first operator of findings whose message has a text."""
    return lambda finding: [finding.operator] if finding.verdict is verdict and message in finding.message else []


def _told_in_200(finding: Finding) -> list[str]:
    """Take the first operator of a silent 200 whose body says that it failed."""
    if finding.verdict is not Verdict.SILENT_200:
        return []
    try:
        body = json.loads(finding.reply.body)
    except ValueError:
        return []
    is_told = isinstance(body, dict) and (
        any(body.get(name) for name in _ERROR_NAMES) or body.get("status") == "failed"
    )
    return [finding.operator] if is_told else []


def _either(*shown: Shows) -> Shows:
    return lambda finding: list(dict.fromkeys(name for shows in shown for name in shows(finding)))


@dataclass(frozen=True, slots=True)
class Claim:
    """What was seen by hand, of which servers it must be seen again, and why it is not where it is not."""

    name: str
    seen: str
    shows: Shows
    of: tuple[str, ...]  # servers that must show it
    instead: Mapping[str, str] = field(default_factory=dict)  # what was answered by those of which it was said too


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "category-index",
        "an integer in a category's place is answered 200",
        by(Verdict.SILENT_200, r"type\.(category-index|number|zero)", CATEGORIES),
        ("flask", "mlflow", "mlserver", "kserve", "seldon"),
        dict.fromkeys(("litserve", "kserve-v2"), "it answers 500: its model refuses a column that is all numbers"),
    ),
    Claim(
        "category-case",
        "a category in another case is answered 200",
        by(Verdict.SILENT_200, r"enum\.case", CATEGORIES),
        ("fastapi", "flask", "apiflask", "bentoml", "litestar", "litserve", "vetiver", "mlflow", "mlserver", "kserve"),
    ),
    Claim(
        "category-unknown",
        "a category that the model never saw is answered 200",
        by(Verdict.SILENT_200, r"enum\.(unknown|foreign-member|joined-members)", CATEGORIES),
        ("fastapi", "flask", "apiflask", "bentoml", "litestar", "litserve", "vetiver", "mlflow", "mlserver", "kserve"),
    ),
    Claim(
        "nan",
        "`NaN` for a number is answered 200",
        by(Verdict.SILENT_200, r"json\.nan|type\.nan-string"),
        ("fastapi", "flask", "bentoml", "litestar", "litserve", "vetiver", "ray", "seldon"),
    ),
    Claim(
        "true",
        "`true` for a number is answered 200",
        by(Verdict.SILENT_200, r"type\.true", NUMBERS),
        ("fastapi", "flask", "bentoml", "litserve", "vetiver", "ray", "mlserver"),
    ),
    Claim(
        "crash",
        "an odd type is answered 5xx",
        by(Verdict.SERVER_ERROR, r"type\..*"),
        ("litserve", "mlserver", "kserve", "triton", "seldon", "gradio"),
    ),
    Claim(
        "echo",
        "`NaN`, `1e400` or a lone surrogate is answered 500; by a strict FastAPI model too, whose error echoes it",
        by(Verdict.SERVER_ERROR, r"json\.(nan|infinity|lone-surrogate)|m(ax|in)imum\.overflow"),
        ("fastapi-strict", "cog"),
    ),
    Claim(
        "error-in-200",
        "an error is answered with status 200",
        _told_in_200,
        ("flask", "coglet"),
    ),
    Claim(
        "shape",
        "a tensor of a false shape is answered 200",
        by(
            Verdict.SILENT_200,
            r"x-prove400-shape\..*|const\..*|m(ax|in)Items\..*",
            re.compile(r"inputs/[^/]*(/shape)?$"),
        ),
        ("mlserver", "kserve-v2"),
    ),
    Claim(
        "datatype",
        "a tensor of an invented datatype is answered 200",
        by(Verdict.SILENT_200, r"const\.other", re.compile("datatype$")),
        ("kserve-v2",),
    ),
    Claim(
        "leak",
        "an error shows paths, source or a traceback",
        by(Verdict.LEAKY, r".*"),
        ("vetiver", "mlflow"),
    ),
    Claim(
        "own-contract",
        "an error is not as the server's own contract has it",
        by_message(Verdict.UNSTRUCTURED, "the body breaks"),
        ("bentoml", "mlserver", "kserve-v2"),
    ),
    Claim(
        EXITS,
        "the server's process exits",
        lambda _: [],
        (),
        {"cog": "`POST /shutdown`, which it publishes, ends it: a run leaves that out, and says so"},
    ),
)
"""What was seen by hand, in the order of the page."""


def evidence(run: Run) -> dict[str, dict[str, str]]:
    """Give what shows each claim: the operators that do, and where; of the first what was answered."""
    found: dict[str, dict[str, str]] = {}
    for claim in CLAIMS:
        shown = [(finding, names) for finding in run.findings if (names := claim.shows(finding))]
        if shown:
            exact = next((f for f, names in shown if f.operator in names), shown[0][0])
            operators = sorted({name for _, names in shown for name in names})
            answered = f"{exact.reply.status} {_short(exact.reply.body)}".strip()
            found[claim.name] = {
                "operators": ", ".join(operators),
                "place": exact.constraint.label,
                "answered": answered if exact.operator in claim.shows(exact) else "",
            }
    return found


def _short(body: bytes) -> str:
    """Give the beginning of a body, without the folders of the machine that ran it."""
    return " ".join(_FOLDERS.sub("…/", body.decode("utf-8", "backslashreplace")).split())[:_LONGEST]


def shown_by(rows: Mapping[str, dict[str, Any]], claim: str) -> dict[str, dict[str, str]]:
    """Give the servers that show a claim as their users write them, each with the run and what shows it."""
    found: dict[str, dict[str, str]] = {}
    for name, row in rows.items():
        for title, run in row.get("runs", {}).items():
            if title != HARDENED and claim in _claims(run):
                found.setdefault(name, {"run": title, **_claims(run)[claim]})
    return found


def _claims(run: dict[str, Any]) -> dict[str, dict[str, str]]:
    gone = {EXITS: {"operators": "", "place": "", "answered": " ".join(run.get("said", []))}}
    return run.get("claims", {}) | (gone if run.get("exited") else {})
