"""An audit as text for people and as JSON for programs: pure functions."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from prove400.audit.facts import Facts, Feature, Kind
from prove400.audit.weakness import Audit, Level, Weakness
from prove400.pointer import ABSENT
from prove400.reporters.visible import visible

MARGIN = "         "
_PIN = 12  # digits of a sha256 that are shown
_LONGEST = 240
"""Characters of a suggestion that are shown; JSON has all of it."""


def text(audit: Audit, width: int = 80) -> str:
    """Give the audit for a terminal of `width` columns: each difference once, with the operations that share it."""
    lines = [f"{audit.contract} against {audit.facts.source} (sha256 {audit.facts.sha256[:_PIN] or 'not told'})"]
    lines += [f"features in {', '.join(audit.places)}", *audit.facts.notes, *_untold(audit.facts)]
    blocks = [_wrapped(visible(line), width) for line in lines]
    blocks += [f"\n{_block(alike, width)}" for alike in _alike(audit.found)]
    return "\n".join([*blocks, "", _verdict(audit)]) + "\n"


def _wrapped(line: str, width: int, margin: str = "") -> str:
    return textwrap.fill(
        line, width, subsequent_indent=margin or "  ", initial_indent=margin, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _untold(facts: Facts) -> Iterator[str]:
    """Say what could not be asked, since nothing of the model tells it."""
    silent = [f.name for f in facts.features if f.kind is Kind.NUMBER and f.range is None]
    if silent:
        yield f"no range is known of {', '.join(silent)}, so bounds were not asked for"
    unread = [feature.name for feature in facts.features if feature.kind is Kind.UNTOLD]
    if unread:
        yield f"nothing tells what {', '.join(unread)} is, so types were not asked for"


def _alike(found: tuple[Weakness, ...]) -> Iterator[list[Weakness]]:
    """Gather what is one difference of one schema, met in several operations; the worst come first."""
    order = list(Level)
    keys: dict[tuple[str, str, str], list[Weakness]] = {}
    for weakness in found:
        keys.setdefault((weakness.rule, weakness.keyword_location, weakness.message), []).append(weakness)
    yield from sorted(keys.values(), key=lambda alike: order.index(alike[0].level))


def _block(alike: list[Weakness], width: int) -> str:
    first = alike[0]
    name = first.instance_location.rpartition("/")[2]
    lines = [f"{first.level:<8} {first.rule}  {visible(name)}"]
    lines.append(_wrapped(visible(first.message), width, MARGIN))
    lines += [_wrapped(visible(f"{w.operation} {w.part}{w.instance_location}"), width, MARGIN) for w in alike]
    lines.append(_wrapped(visible(f"contract {first.keyword_location}"), width, MARGIN))
    if first.suggestion is not None:
        told = json.dumps(_brief(first.suggestion), ensure_ascii=False)
        if len(told) <= _LONGEST:
            lines.append(_wrapped(visible(f"close it with {told}"), width, MARGIN))
    return "\n".join(lines)


def _brief(schema: Any) -> Any:
    """Give a schema without its descriptions."""
    if not isinstance(schema, dict):
        return schema
    return {name: _brief(value) for name, value in schema.items() if name != "description" or isinstance(value, dict)}


def _verdict(audit: Audit) -> str:
    levels = [alike[0].level for alike in _alike(audit.found)]
    counted = [(level, levels.count(level)) for level in Level]
    said = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in counted if count)
    head = "weaker than the model" if audit.is_weaker else "nothing weaker than the model"
    return f"{head}: {said}" if said else head


def as_json(audit: Audit, _: int = 0) -> str:
    """Give the audit as JSON: the facts with their sources, and every finding with its evidence."""
    content = {
        "contract": audit.contract,
        "model": {
            "source": audit.facts.source,
            "sha256": audit.facts.sha256,
            "notes": list(audit.facts.notes),
            "classes": list(audit.facts.classes),
            "features": [_feature(feature) for feature in audit.facts.features],
        },
        "places": list(audit.places),
        "counts": {level: sum(1 for _ in every) for level, every in _by_level(audit)},
        "findings": [_weakness(weakness) for weakness in audit.found],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _by_level(audit: Audit) -> Iterator[tuple[Level, Iterator[Weakness]]]:
    order = list(Level)
    yield from groupby(sorted(audit.found, key=lambda w: order.index(w.level)), key=lambda w: w.level)


def _feature(feature: Feature) -> dict[str, Any]:
    told: dict[str, Any] = {"name": feature.name, "kind": feature.kind, "source": feature.source}
    if found := feature.range:
        told["range"] = {
            "minimum": found.minimum,
            "maximum": found.maximum,
            "source": found.source,
            "estimate": found.is_estimate,
        }
    if known := feature.categories:
        told["categories"] = {"values": list(known.learned), "source": known.source, "unknown": known.unknown}
    return {**told, "integer": feature.is_integer, "absent": feature.absent, "null": feature.null}


def _weakness(weakness: Weakness) -> dict[str, Any]:
    evidence = {} if weakness.evidence is ABSENT else {"evidence": weakness.evidence}
    return {
        "rule": weakness.rule,
        "severity": weakness.level,
        "operation": weakness.operation,
        "part": weakness.part,
        "instance_location": weakness.instance_location,
        "keyword_location": weakness.keyword_location,
        "message": weakness.message,
        **evidence,
        "suggestion": weakness.suggestion,
    }
