"""An audit as an OpenAPI Overlay 1.0: what would close each weakness, to be put over the contract by ``--overlay``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.audit.weakness import Audit, Level, Weakness

_LISTS = frozenset({"allOf", "anyOf", "oneOf", "parameters", "prefixItems"})
"""Members that hold arrays, so that a number after them is an index and no name."""


def as_overlay(audit: Audit, _: int = 0) -> str:
    """Give the overlay: for each weakness of a request, what it replaces is removed, then its suggestion merged in.

    What an overlay merges into an array it appends, so that a list of categories has to go first. Notes, and answers
    that lack a label, are no matter of tightening.
    """
    chosen = [weakness for weakness in audit.found if _is_closed(weakness)]
    actions = list({json.dumps(action): action for weakness in chosen for action in _actions(weakness)}.values())
    removed = [action for action in actions if action.get("remove")]
    content = {
        "overlay": "1.0.0",
        "info": {"title": f"What the model {audit.facts.source} needs of {audit.contract}", "version": "1.0.0"},
        "actions": [*removed, *(action for action in actions if not action.get("remove"))],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _is_closed(weakness: Weakness) -> bool:
    return weakness.level is not Level.NOTE and weakness.part != "response" and bool(weakness.suggestion)


def _actions(weakness: Weakness) -> Iterator[dict[str, Any]]:
    for keyword in weakness.replaced:
        yield {"target": json_path(pointer.join(weakness.schema_location, keyword)), "remove": True}
    yield {"target": json_path(weakness.schema_location), "description": weakness.rule, "update": weakness.suggestion}


def json_path(location: str) -> str:
    """Give a JSON Pointer of a document as the normalised JSONPath of the same place (RFC 9535 section 2.7)."""
    tokens = pointer.tokens(location)
    steps = zip(["", *tokens], tokens, strict=False)
    return "$" + "".join(
        f"[{at}]" if around in _LISTS and at.isdecimal() else f"['{_escaped(at)}']" for around, at in steps
    )


def _escaped(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
