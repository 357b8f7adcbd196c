"""A comparison for people and for machines: text, JSON, and Markdown for the comment on a pull request."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

from prove400 import pointer
from prove400.diff.classes import canonical
from prove400.diff.comparison import Change, Comparison, Effect, Kind, Witness
from prove400.errors import StrictJSONError
from prove400.model import Request
from prove400.pointer import ABSENT
from prove400.reporters.codec import encode
from prove400.reporters.summary import count
from prove400.reporters.visible import decoded, one_line, visible
from prove400.validation import parse

FORMAT = "prove400/diff"
VERSION = 1
_MARGIN = 14
_LONGEST = 300
"""Characters of a value or a body that are shown; JSON has all of it."""
_COMMENTED = 40
"""Breaking changes that a comment tells in full: GitHub takes 65,536 characters."""
SHOWN = {
    Effect.NARROWED: ("the old contract admits this request, the new one refuses it", "refused"),
    Effect.WIDENED: ("the old contract refuses this request, the new one admits it", "refused"),
    Effect.ANSWERS_WIDENED: ("the new contract admits this answer, the old one ruled it out", "ruled out"),
    Effect.ANSWERS_NARROWED: ("the old contract admits this answer, the new one rules it out", "ruled out"),
    Effect.ADDED: ("the old contract has no operation for this request", "refused"),
}
"""What a witness of each effect is, and what becomes of it."""
_SAID = {
    Effect.NARROWED: ("narrows requests", "narrow requests"),
    Effect.WIDENED: ("widens requests", "widen requests"),
    Effect.ANSWERS_WIDENED: ("widens answers", "widen answers"),
}
_BY_RULE = {
    "path.unknown": "no operation for it",
    "content-type": "its media type is not declared",
    "body.missing": "a body is required",
    "status": "the status is not documented",
    "content": "the media type is not documented",
    "header": "the header is required",
}
_UNNAMED = {
    Kind.WORDING: "only descriptions, titles or examples",
    Kind.REWRITTEN: "the same constraints in another way, or what is no constraint of its own",
}
"""What is said of changes that are of no keyword."""
_NAMES = frozenset({"status", "content", "header", "property", "parameter"})
"""What is no keyword, and has a name or a word for its value."""


def verdict_line(comparison: Comparison) -> str:
    """Say what the comparison comes to, in one sentence."""
    if not comparison.changes:
        return "COMPATIBLE: nothing changed."
    breaking = comparison.breaking
    allowed = [change for change in comparison.changes if change.is_breaking and change.allowed is not None]
    beside = f", {count(len(allowed), 'breaking change')} allowed" if allowed else ""
    if not breaking:
        return f"COMPATIBLE: {count(len(comparison.changes), 'change')}, none breaking{beside}."
    parts = []
    for effect, (one, many) in _SAID.items():
        amount = sum(effect in change.effects for change in breaking)
        parts += [f"{amount} {one if amount == 1 else many}"] if amount else []
    named = comparison.verdict.upper()
    return f"{named}: {count(len(breaking), 'breaking change')} ({', '.join(parts)}){beside}."


def search_line(comparison: Comparison) -> str:
    """Say how far was searched."""
    if not comparison.tried:
        return "The operations of both contracts ask for the same, so nothing was searched."
    disputed = f"; on {comparison.disputed} the two validators differ" if comparison.disputed else ""
    return (
        f"{count(comparison.tried, 'case')} of both catalogues judged by both contracts{disputed}. "
        "A change without a witness is one that none of them shows."
    )


def lines(comparison: Comparison, width: int = 80) -> Iterator[tuple[str, str]]:
    """Give the lines of the text, each with its style: breaking changes first, each once for all that share it."""
    yield from _wrapped(f"{comparison.old} → {comparison.new}", width)
    yield from _wrapped(verdict_line(comparison), width, style="bold red" if comparison.breaking else "bold green")
    for title, alike in _sections(comparison):
        yield "", ""
        if title:
            yield title, "bold"
        for group in alike:
            yield from _brief(group, width) if title else _full(group, width)
    yield "", ""
    yield from _wrapped(search_line(comparison), width, style="dim")
    if comparison.unused:
        yield from _wrapped(f"Allowed, but no change has it: {', '.join(comparison.unused)}", width, style="yellow")
    if comparison.breaking:
        said = "A change that is meant: --allow FINGERPRINT, or a line in [tool.prove400.diff.allow]."
        yield from _wrapped(said, width, style="dim")


def text(comparison: Comparison, width: int = 80) -> str:
    """Give the comparison for a terminal, without colour."""
    return "".join(f"{line}\n" for line, _ in lines(comparison, width))


Alike = list[list[Change]]


def _sections(comparison: Comparison) -> Iterator[tuple[str, Alike]]:
    """Give the breaking changes, without a title, then the others."""
    every = comparison.changes
    breaking = [change for change in every if change.is_breaking and change.allowed is None]
    allowed = [change for change in every if change.is_breaking and change.allowed is not None]
    shown = [change for change in every if not change.is_breaking and change.witnesses]
    silent = [change for change in every if not change.witnesses]
    for group in _alike(breaking):
        yield "", [group]
    titles = ("Breaking, and allowed", "Changed without breaking", "Changed, and no request shows it")
    for title, changes in zip(titles, (allowed, shown, silent), strict=True):
        if changes:
            yield f"{title} ({len(changes)})", _alike(changes)


def _alike(changes: list[Change]) -> Alike:
    """Gather what is one change of one schema, met in several operations or answers."""
    found: dict[Any, list[Change]] = {}
    for change in changes:
        told = canonical([change.old, change.new]), change.kind, change.keyword, change.effects
        place = (change.old_location, change.new_location)
        # what has no keyword of its own in a contract is told for itself
        own = change.fingerprint if not any(place) or change.keyword == "operation" else ""
        found.setdefault((told, place, own), []).append(change)
    return list(found.values())


def heading(change: Change) -> str:
    """Name a change: operation, place, keyword."""
    parts = (change.operation, f"answer {change.place}" if change.answer else change.place)
    keyword = "" if change.kind in _UNNAMED else change.keyword
    return visible(" › ".join(part for part in (*parts, keyword) if part), ())


def _full(alike: list[Change], width: int) -> Iterator[tuple[str, str]]:
    first = alike[0]
    yield from _wrapped(heading(first), width, style="bold")
    yield from _row(f"{', '.join(first.effects)} · {first.kind} · {first.fingerprint}", "", width, style="red")
    for name, value in _values(first):
        yield from _row(value, name, width)
    for witness in first.witnesses:
        for name, value in _shown(witness):
            yield from _row(value, name, width)
    if counted := _obligations(first):
        yield from _row(counted, "obligations", width)
    for other in alike[1:]:
        yield from _row(f"{heading(other)} · {other.fingerprint}", "also", width)


def _brief(alike: list[Change], width: int) -> Iterator[tuple[str, str]]:
    for change in alike:
        about = " · ".join(filter(None, [", ".join(change.effects), _kind(change), change.fingerprint]))
        reason = f" · allowed: {one_line(change.allowed, 200)}" if change.allowed else ""
        values = ", ".join(f"{name} {value}" for name, value in _values(change))
        yield from _wrapped(f"  {heading(change)}{f': {values}' if values else ''} · {about}{reason}", width, "    ")


def _kind(change: Change) -> str:
    """Give what became of the place, where its values do not say so."""
    return "" if change.kind in _UNNAMED or change.keyword in _NAMES else str(change.kind)


def _values(change: Change) -> Iterator[tuple[str, str]]:
    """Give what was asked for and what is, of lists only what differs."""
    if isinstance(change.old, list) and isinstance(change.new, list):
        for name, one, other in (("lost", change.old, change.new), ("gained", change.new, change.old)):
            known = set(map(canonical, other))
            left = [value for value in one if canonical(value) not in known]
            if left:
                yield name, ", ".join(spelled(value) for value in left)
        return
    if change.kind in _UNNAMED:
        yield str(change.kind), _UNNAMED[change.kind]
        return
    if change.keyword in _NAMES:
        yield str(change.kind), str(change.old or change.new)
        return
    for name, value in (("was", change.old), ("is", change.new)):
        if value is not None:
            yield name, spelled(value)


def spelled(value: Any) -> str:
    """Write a value of a contract on one line."""
    return one_line(json.dumps(value, ensure_ascii=False), _LONGEST)


def _shown(witness: Witness) -> Iterator[tuple[str, str]]:
    """Say what a witness shows, then the witness, then what refuses it and where."""
    said, refused = SHOWN[witness.effect]
    if witness.request is None and not witness.answer:
        yield "witness", f"{SHOWN[witness.effect][0].replace('this answer', 'an answer with it')}"
        return
    yield "witness", said
    if witness.request is not None:
        yield "", one_line(f"{witness.request.method} {witness.request.target}", _LONGEST)
        for name, value in witness.request.headers:
            if name != "Accept":
                yield "", one_line(f"{name}: {value}", _LONGEST)
    body = witness.answer if witness.request is None else witness.request.body
    if body:
        yield "", one_line(decoded(body[: 2 * _LONGEST]), _LONGEST)
    yield refused, _reason(witness, body)


def _reason(witness: Witness, body: bytes) -> str:
    by = _BY_RULE.get(witness.refused_by, f"by {witness.refused_by}")
    beside = f", and by {witness.beside} more" if witness.beside else ""
    at = f", for {visible(witness.refused_at, ())}" if witness.refused_at else ""
    value = _value_at(body, witness.refused_at)
    told = "" if not witness.refused_at else " which is missing" if value is ABSENT else f" = {spelled(value)}"
    if witness.request is not None and not body:
        told = ""  # a parameter: the request line shows it
    return visible(f"{by}{at}{told}{beside}", ())


def _value_at(body: bytes, location: str) -> Any:
    try:
        return pointer.get(parse(body), location, ABSENT)
    except StrictJSONError:
        return ABSENT


def _obligations(change: Change) -> str:
    named = (("gained", change.gained), ("lost", change.lost), ("changed", change.changed))
    counted = [f"{len(every)} {name}" for name, every in named if every]
    return ", ".join(counted)


def _row(value: str, name: str, width: int, style: str = "") -> Iterator[tuple[str, str]]:
    lead = f"  {name:<{_MARGIN - 2}}" if name else " " * (_MARGIN if not style else 2)
    yield from _wrapped(f"{lead}{value}", width, " " * _MARGIN, style=style)


def _wrapped(line: str, width: int, margin: str = "  ", *, style: str = "") -> Iterator[tuple[str, str]]:
    indent = line[: len(line) - len(line.lstrip())]
    told = textwrap.wrap(
        line.lstrip(), width, initial_indent=indent, subsequent_indent=margin, break_on_hyphens=False,
        break_long_words=True, drop_whitespace=True, replace_whitespace=False,
    )  # fmt: skip
    yield from ((each, style) for each in told)


def as_json(comparison: Comparison, _: int = 0) -> str:
    """Give the comparison as JSON, every request as its bytes; equal comparisons give equal bytes.

    `comparison.schema.json` beside this module is its JSON Schema.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": comparison.verdict,
        "old": comparison.old,
        "new": comparison.new,
        "breaking": [change.fingerprint for change in comparison.breaking],
        "searched": {"operations": comparison.operations, "cases": comparison.tried, "disputed": comparison.disputed},
        "unused": list(comparison.unused),
        "changes": [_as_object(change) for change in comparison.changes],
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _as_object(change: Change) -> dict[str, Any]:
    members = encode(change)
    head = {"fingerprint": members.pop("fingerprint"), "effects": [str(effect) for effect in change.effects]}
    return {**head, "breaking": change.is_breaking, **members}


def schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the JSON format."""
    loaded: dict[str, Any] = json.loads(
        resources.files(__package__).joinpath("comparison.schema.json").read_text(encoding="utf-8")
    )
    return loaded


def markdown(comparison: Comparison, _: int = 0) -> str:
    """Give the comparison for the comment on a pull request: a sentence, a table, and each witness folded away."""
    parts = [
        f"### Contract: {_escaped(verdict_line(comparison))}",
        f"{_code(comparison.old)} → {_code(comparison.new)}",
    ]
    breaking = _alike(list(comparison.breaking))
    if breaking:
        rows = [f"| {_row_of(alike)} |" for alike in breaking]
        parts.append("\n".join(["| change | breaks | was → is | fingerprint |", "|---|---|---|---|", *rows]))
        parts += [_details(alike[0]) for alike in breaking[:_COMMENTED]]
        if left := len(breaking) - _COMMENTED:
            parts += [f"{left} more: `prove400 diff` shows them."] if left > 0 else []
    quiet = [change for change in comparison.changes if change.fingerprint not in {c.fingerprint for c in
             comparison.breaking}]  # fmt: skip
    if quiet:
        told = [f"- {_code(heading(c))} {', '.join(c.effects) or c.kind}{_allowed(c)}" for c in quiet[:_COMMENTED]]
        more = [f"- and {len(quiet) - _COMMENTED} more"] if len(quiet) > _COMMENTED else []
        parts.append(_folded(f"{count(len(quiet), 'other change')}", "\n".join([*told, *more])))
    parts.append(_escaped(search_line(comparison)))
    if breaking:
        parts.append("A change that is meant is allowed by its fingerprint, in `[tool.prove400.diff.allow]`.")
    return "\n\n".join(parts) + "\n"


def _row_of(alike: list[Change]) -> str:
    first = alike[0]
    names = "<br>".join(_code(heading(change)) for change in alike)
    values = "; ".join(f"{name} {_code(value)}" for name, value in _values(first))
    return " | ".join([names, ", ".join(first.effects), values, "<br>".join(_code(c.fingerprint) for c in alike)])


def _details(change: Change) -> str:
    blocks = []
    for witness in change.witnesses:
        said, refused = SHOWN[witness.effect]
        if witness.request is None and not witness.answer:
            continue
        body = witness.answer if witness.request is None else witness.request.body
        shown = _fenced(_message(witness.request) if witness.request else decoded(body[:4096]))
        blocks.append(f"{said}:\n\n{shown}\n\n{refused} {_code(_reason(witness, body))}")
    return _folded(f"{_html(heading(change))}: {len(blocks)} witness{'es' if len(blocks) != 1 else ''}",
                   "\n\n".join(blocks)) if blocks else ""  # fmt: skip


def _message(request: Request) -> str:
    head = [f"{request.method} {request.target}", *(f"{name}: {value}" for name, value in request.headers)]
    return visible("\n".join([*head, "", decoded(request.body[:4096])]).rstrip())


def _allowed(change: Change) -> str:
    return f", allowed: {_escaped(one_line(change.allowed, 200))}" if change.allowed else ""


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"


def _fenced(content: str) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}http\n{content}\n{fence}"


def _code(content: str) -> str:
    """Give a text as code that no cell of a table and no run of backticks ends."""
    return f"<code>{_html(one_line(content, _LONGEST))}</code>"


def _html(content: str) -> str:
    marks = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    told = "".join(marks.get(character, character) for character in content)
    return "".join(f"&#{ord(c)};" if c in "|`*_[]~@#\\" else c for c in told)


def _escaped(content: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|~@#" else c for c in visible(content, ()))


FORMATS: dict[str, Callable[[Comparison, int], str]] = {"text": text, "json": as_json, "markdown": markdown}
"""Name of a format → its function, of a comparison and a width in columns."""

__all__ = [
    "FORMATS",
    "Kind",
    "as_json",
    "heading",
    "lines",
    "markdown",
    "schema",
    "search_line",
    "text",
    "verdict_line",
]
