"""Which parts of two contracts mean the same, whatever they are called and wherever they stand.

A form is what a value means, its references as links. The class of a form is a digest, equal where the forms are when
their links are followed. Classes of what refers to itself are refined round by round until none splits any more, as
automata are minimised (Hopcroft, Motwani and Ullman, section 4.4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Unit = tuple[int, str]
"""What a link leads to: a contract, 0 or 1, and a location in it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A reference: the key of a unit whose form stands here."""

    key: Unit


@dataclass(frozen=True, slots=True)
class Group:
    """Forms in an order, or in any."""

    members: tuple[Any, ...]  # forms
    is_ordered: bool = True


def digest(text: str) -> str:
    """Give the digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def group(members: Iterable[Any], *, is_ordered: bool = True) -> Any:
    """Give the form of several; without a link among them, it is a digest already."""
    found = Group(tuple(members), is_ordered)
    return _evaluated(found, {}) if all(isinstance(member, str) for member in found.members) else found


def plain(value: Any) -> str:
    """Give the form of plain data: names in any order, and 1.0 is 1 (JSON Schema 2020-12 core, section 4.2.2)."""
    return digest(canonical(value))


def canonical(value: Any) -> str:
    """Give plain data as a text that is equal where the values are (JSON Schema 2020-12 core, section 4.2.2)."""
    return json.dumps(_normal(value), sort_keys=True, ensure_ascii=False, default=str)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _normal(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _evaluated(form: Any, known: dict[Unit, str]) -> str:
    if isinstance(form, str):
        return form
    if isinstance(form, Link):
        return known.get(form.key, "")
    members = [_evaluated(member, known) for member in form.members]
    return digest("\n".join([str(form.is_ordered), *(members if form.is_ordered else sorted(members))]))


class Classes:
    """Tells the classes of forms; a unit is asked for its form once."""

    def __init__(self, form_of: Callable[[Unit], Any]) -> None:
        """Take what gives the form of a unit by its key."""
        self._form_of = form_of
        self._units: dict[Unit, Any] = {}
        self._known: dict[Unit, str] = {}

    def add(self, forms: Iterable[Any]) -> None:
        """Take forms whose classes are to be told, and follow their links; then refine."""
        waiting = [key for form in forms for key in _links(form)]
        while waiting:
            key = waiting.pop()
            if key not in self._units:
                self._units[key] = self._form_of(key)
                waiting.extend(_links(self._units[key]))
        self._refine()

    def _refine(self) -> None:
        """Evaluate all units anew until the same ones keep moving, which refer to themselves, and no class splits."""
        known, moving, count = dict.fromkeys(self._units, ""), None, 0
        while True:
            found = {key: _evaluated(form, known) for key, form in self._units.items()}
            moved = {key for key in found if found[key] != known[key]}
            classes = len(set(found.values()))
            is_settled = not moved or (moved == moving and classes == count)
            known, moving, count = found, moved, classes
            if is_settled:
                break
        self._known = known

    def of(self, form: Any) -> str:
        """Give the class of a form."""
        return _evaluated(form, self._known)


def _links(form: Any) -> list[Unit]:
    if isinstance(form, Link):
        return [form.key]
    return [key for member in form.members for key in _links(member)] if isinstance(form, Group) else []
