"""Which places of an answer are predictions, which are probabilities, and which name the model: read from the contract.

A prediction is a `number`, or a label: a string with an `enum` of several members. Integers, booleans and free strings
are predictions only where their name says so, since they are often counters. Nothing is one whose name or format says
that it is an identifier, a time, a state or a unit, or that can have one value only. ``x-prove400-prediction`` on a
schema, true or false, decides where names do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from prove400 import pointer
from prove400.applicators import walk
from prove400.contract.schemas import Schemas
from prove400.media_types import is_json
from prove400.model import Media, Operation, Part

PREDICTION, PROBABILITIES = "x-prove400-prediction", "x-prove400-probabilities"
"""Extensions of a schema that decide what its values are."""
SAID = frozenset(
    {
        "class",
        "classes",
        "forecast",
        "label",
        "labels",
        "output",
        "predicted",
        "prediction",
        "predictions",
        "score",
        "y",
    }
)
"""Words of a name that say that what it holds is predicted, whatever its type."""
UNSAID = frozenset(
    {"at", "code", "count", "created", "currency", "date", "duration", "elapsed", "expires", "hash", "id", "ids",
     "index", "kind", "latency", "limit", "message", "model", "ms", "offset", "page", "queue", "seconds", "seed",
     "state", "status", "threshold", "time", "timestamp", "took", "ttl", "type", "unit", "updated", "uptime", "usage",
     "uuid", "version"}
)  # fmt: skip
"""Words of a name that say that what it holds is not predicted."""
FORMATS = frozenset({"date", "date-time", "duration", "email", "hostname", "time", "uri", "url", "uuid"})
DISTRIBUTIONS = frozenset({"classprobabilities", "predictproba", "proba", "probas", "probabilities"})
"""Names, without case and separators, of several probabilities that belong together."""
VERSIONS = frozenset({"model", "modelhash", "modelid", "modelname", "modelsha256", "modelversion"})
"""Names, without case and separators, that tell which model answered."""
OF_MODELS = frozenset({"hash", "name", "sha256", "version"})
"""Names that do so in the answer of an operation whose path speaks of a model."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Templates of places in an answer of one operation."""

    location: str = ""  # of the schema of the answer, in the contract
    numbers: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()  # arrays or objects that the contract declares to be probabilities
    named: frozenset[str] = frozenset()  # those whose name alone says so
    versions: frozenset[str] = frozenset()
    units: tuple[tuple[str, str], ...] = ()  # template → unit of the number there

    @property
    def predictions(self) -> frozenset[str]:
        """Every place of a prediction."""
        return self.numbers | self.labels

    def unit_at(self, at: str) -> str:
        """Give the unit of the number at a place, where the contract tells it."""
        return next((unit for template, unit in self.units if fits(template, at)), "")


def outputs_of(schemas: Schemas, operation: Operation) -> Outputs:
    """Give what the documented answer to a valid request holds; predictions only where the operation has inputs."""
    media = next(_answers(operation), None)
    if media is None:
        return Outputs()
    found = _keywords(schemas, media.location)
    kinds = {at: _kind(name_of(at), keywords) for at, keywords in found.items()} if _has_inputs(operation) else {}
    marks = {at: _mark(at, found) for at in found}
    return Outputs(
        media.location,
        frozenset(at for at, kind in kinds.items() if kind == "number"),
        frozenset(at for at, kind in kinds.items() if kind == "label"),
        frozenset(at for at, mark in marks.items() if mark == "declared"),
        frozenset(at for at, mark in marks.items() if mark == "named"),
        frozenset(at for at, keywords in found.items() if _is_version(operation, at, keywords)),
        tuple((at, unit) for at, keywords in found.items() if (unit := _unit(keywords))),
    )


@lru_cache(4096)
def fits(template: str, at: str) -> bool:
    """Tell whether a concrete place is one of a template, whose ``*`` stands for any token."""
    if "*" not in template:
        return template == at
    wanted, found = template.split("/"), at.split("/")
    return len(wanted) == len(found) and all(w in ("*", f) for w, f in zip(wanted, found, strict=True))


def _answers(operation: Operation) -> Iterator[Media]:
    for response in operation.responses:
        for media in response.media if response.status.startswith("2") else ():
            if is_json(media.media_type) and isinstance(media.schema, dict):
                yield media


def _has_inputs(operation: Operation) -> bool:
    return bool(operation.body) or any(p.part in (Part.PATH, Part.QUERY) for p in operation.parameters)


def _keywords(schemas: Schemas, location: str) -> dict[str, dict[str, Any]]:
    """Give the keywords of each place, those of every schema that applies there together."""
    found: dict[str, dict[str, Any]] = {}
    for place in walk(schemas, schemas.node(location)):
        if not place.is_name:
            found[place.template] = {**place.node.keywords, **found.get(place.template, {})}
    return found


def name_of(at: str) -> str:
    """Give the last name of a place, indices and ``*`` aside."""
    return next((name for name in reversed(pointer.tokens(at)) if name != "*" and not name.isdecimal()), "")


def words(name: str) -> frozenset[str]:
    """Give the words of a name, in lower case: ``modelVersion`` has `model` and `version`."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def plain(name: str) -> str:
    """Give a name without case and separators."""
    return "".join(char for char in name.lower() if char.isalnum())


def _kind(name: str, keywords: dict[str, Any]) -> str:
    """Give `number` or `label` for a prediction, else nothing."""
    types = _types(keywords)
    kind = "number" if "number" in types else "label" if types & {"boolean", "integer", "string"} else ""
    if isinstance(decided := keywords.get(PREDICTION), bool):
        return kind if decided else ""
    said = words(name)
    if _is_fixed(keywords) or keywords.get("format") in FORMATS or is_excluded(name):
        return ""
    return kind if kind == "number" or "enum" in keywords or said & SAID else ""


def is_excluded(name: str) -> bool:
    """Tell whether a name says that what it holds is not predicted."""
    said = words(name)
    return bool(said & UNSAID and not said & SAID)


def _types(keywords: dict[str, Any]) -> frozenset[str]:
    listed = keywords.get("type", ())
    return frozenset([listed] if isinstance(listed, str) else listed if isinstance(listed, list) else ())


def _is_fixed(keywords: dict[str, Any]) -> bool:
    """Tell whether a place can have one value only, null aside."""
    members = keywords.get("enum")
    few = isinstance(members, list) and sum(member is not None for member in members) < 2  # noqa: PLR2004 — one value
    low, high = keywords.get("minimum"), keywords.get("maximum")
    return "const" in keywords or few or (low is not None and low == high)


def _mark(at: str, found: dict[str, dict[str, Any]]) -> str:
    """Give how the contract says that the numbers of an array or object are probabilities: `declared` or `named`."""
    decided = found[at].get(PROBABILITIES)
    if decided is True:
        return "declared"
    inner = [keywords for place, keywords in found.items() if pointer.parent(place) == at and place != at]
    named = plain(pointer.tokens(at)[-1] if at else "") in DISTRIBUTIONS
    each = all("number" in _types(keywords) for keywords in inner)
    return "named" if decided is None and named and inner and each else ""


def _is_version(operation: Operation, at: str, keywords: dict[str, Any]) -> bool:
    tokens = pointer.tokens(at)
    if not tokens or "*" in tokens or "string" not in _types(keywords):
        return False
    name = plain(tokens[-1])
    of_model = "model" in operation.path.lower() and len(tokens) == 1
    return name in VERSIONS or (of_model and name in OF_MODELS)


def _unit(keywords: dict[str, Any]) -> str:
    """Give the unit of a number: ``x-unit``, or what its description says after ``Unit:``."""
    if isinstance(unit := keywords.get("x-unit"), str):
        return unit
    description = keywords.get("description")
    found = re.search(r"\bUnit: ([^.\n]+)", description) if isinstance(description, str) else None
    return found[1].strip() if found and _types(keywords) & {"number", "integer"} else ""
