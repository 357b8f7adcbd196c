"""What a user adds to a contract that somebody else publishes: an OpenAPI Overlay, a merge patch, or a JSON Patch.

A document with ``overlay`` is an Overlay 1.0, an array is a JSON Patch (RFC 6902), any other object is a JSON Merge
Patch (RFC 7396). What changes nothing is an error: a target that matches nothing is a typo, or the server has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from prove400 import pointer
from prove400.contract import Contract, Document
from prove400.contract.files import read
from prove400.errors import ContractError

_HINT = "an Overlay has `overlay: 1.0.0` and `actions`, each with a `target` and `update` or `remove`"


def overlaid(contract: Contract, paths: tuple[str, ...]) -> Contract:
    """Give the contract with each file applied in turn; raises `ContractError` for one that does not fit."""
    for path in paths:
        content = applied(read(Path(path)), contract.document.content, path)
        notes = (*contract.notes, f"the contract was tightened by {path}")
        contract = replace(contract, document=Document(content), notes=notes)
    _ = contract.operations
    return contract


def applied(overlay: Any, document: dict[str, Any], where: str) -> dict[str, Any]:
    """Give a document with one overlay or patch applied; raises `ContractError` where it does not fit."""
    if isinstance(overlay, list):
        result = _patched(overlay, document, where)
    elif not isinstance(overlay, dict):
        raise ContractError("an overlay is an object or an array", where, _HINT)
    elif "overlay" in overlay:
        result = _acted(overlay, document, where)
    else:
        result = merged(document, overlay)
    if not isinstance(result, dict):
        raise ContractError("the overlay leaves no document", where, "change members, not the whole")
    return result


def _patched(operations: list[Any], document: dict[str, Any], where: str) -> Any:
    from jsonpath import JSONPatch, JSONPatchError, JSONPathError  # noqa: PLC0415 — slow to import, and seldom needed

    try:
        return JSONPatch(operations).apply(deepcopy(document))
    except (JSONPatchError, JSONPathError) as error:
        raise ContractError(f"the patch does not fit: {error}", where, "see the contract: prove400 export") from error


def merged(target: Any, patch: Any) -> Any:
    """Give a value with a merge patch applied: null removes a member (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _acted(overlay: dict[str, Any], document: dict[str, Any], where: str) -> Any:
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise ContractError("the overlay has no actions", where, _HINT)
    for index, action in enumerate(actions):
        document = _after(action, document, f"{where} /actions/{index}")
    return document


def _after(action: Any, document: dict[str, Any], where: str) -> Any:
    """Give the document after one action (Overlay 1.0.0, "Action Object")."""
    if not isinstance(action, dict) or not isinstance(action.get("target"), str):
        raise ContractError("an action has no target", where, _HINT)
    is_removal = action.get("remove") is True
    if not is_removal and "update" not in action:
        raise ContractError("an action neither updates nor removes", where, _HINT)
    places = list(_places(action["target"], document, where))
    if not places:
        hint = "see what there is: prove400 export TARGET"
        raise ContractError(f"the target {action['target']} matches nothing", where, hint)
    changed: Any = deepcopy(document)
    for place in reversed(places):  # items of an array from the last to the first
        if is_removal:
            changed = _without(changed, place, where)
        else:
            changed = pointer.replace(changed, place, updated(pointer.get(changed, place), action["update"]))
    return changed


def _places(target: str, document: dict[str, Any], where: str) -> Iterator[str]:
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415 — slow to import, and seldom needed

    try:
        for match in JSONPathEnvironment(strict=True).finditer(target, document):
            yield pointer.from_tokens(match.parts)
    except JSONPathError as error:
        hint = "write a JSONPath (RFC 9535), such as $.components.schemas.Row.properties.cut"
        raise ContractError(f"not a JSONPath: {error}", where, hint) from error


def updated(value: Any, update: Any) -> Any:
    """Give a value with an update merged in: objects member by member, arrays by appending."""
    if isinstance(value, dict) and isinstance(update, dict):
        return {**value, **{name: updated(value[name], new) if name in value else new for name, new in update.items()}}
    if isinstance(value, list):
        return [*value, *update] if isinstance(update, list) else [*value, update]
    return update


def _without(document: Any, place: str, where: str) -> Any:
    """Give the document without what stands at a place."""
    *around, last = pointer.tokens(place) or [""]
    if not place:
        raise ContractError("the whole document cannot be removed", where, _HINT)
    holder = pointer.get(document, pointer.from_tokens(around))
    if isinstance(holder, list):
        kept: Any = [item for index, item in enumerate(holder) if index != int(last)]
    else:
        kept = {name: item for name, item in holder.items() if name != last}
    return pointer.replace(document, pointer.from_tokens(around), kept)
