"""One contract of the two, as what admits requests or refuses them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from prove400.contract import Contract
from prove400.contract.references import Document
from prove400.model import Media, Operation, Part, Request
from prove400.pointer import ABSENT
from prove400.validation import Fault, RequestJudge, Routes, SchemaValidators, media_of


@dataclass(frozen=True)
class View(Contract):
    """A contract with other operations than its document lists."""

    given: tuple[Operation, ...] = ()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that were given."""
        return self.given


class Side:
    """Admits and refuses requests as one contract does."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract."""
        self.contract = contract
        self.validators = SchemaValidators(contract.document)
        self._routes = Routes(contract.operations)
        self._judges: dict[str, RequestJudge] = {}

    def _judge(self, request: Request) -> RequestJudge | None:
        operation = self._routes.operation(request.method, request.target)
        if operation is None:
            return None
        if operation.label not in self._judges:
            self._judges[operation.label] = RequestJudge(operation, self.validators)
        return self._judges[operation.label]

    def faults(self, request: Request) -> tuple[Fault, ...]:
        """Give what keeps the contract from admitting a request; nothing where it admits it."""
        judge = self._judge(request)
        if judge is None:
            return (Fault("", "/paths", part=Part.PATH, rule="path.unknown"),)
        return judge.faults(request)

    def value(self, request: Request) -> Any:
        """Give the value of a request's body; `ABSENT` where it holds none that is read."""
        judge = self._judge(request)
        return ABSENT if judge is None else judge.value(request, Part.BODY)

    def is_settled(self, request: Request) -> bool:
        """Tell whether standards settle what the texts of the parameters spell."""
        judge = self._judge(request)
        return judge is None or judge.is_settled(request)

    def is_seconded(self, request: Request) -> bool:
        """Tell whether python-jsonschema sees the request as the other validator does.

        What stands before any schema, such as an undeclared content type, is no matter of theirs.
        """
        judge = self._judge(request)
        if judge is None:
            return True
        faults = judge.faults(request)
        if any(fault.rule or fault.keyword_location in _required(judge.operation) for fault in faults):
            return True
        values = ((place, value) for place, value in _values(judge, request) if value is not ABSENT)
        return all(self.validators.second_opinion(place, value) for place, value in values) == (not faults)


def _required(operation: Operation) -> set[str]:
    return {f"{parameter.location}/required" for parameter in operation.parameters}


def _values(judge: RequestJudge, request: Request) -> Iterator[tuple[str, Any]]:
    """Give the schemas that judge a request, with the values that they judge."""
    operation = judge.operation
    for parameter in operation.parameters:
        yield parameter.schema_location, judge.value(request, parameter.part, parameter.name)
    media = media_of(operation, request)
    if media is not None and media.schema is not None:
        yield media.location, judge.value(request, Part.BODY)


Answer = tuple[str, str, str]
"""The key of an operation, the status of its answer, and the media type."""


def answering(contract: Contract, turns: dict[Answer, int], key_of: Any) -> View:
    """Give a contract whose requests are the answers of another one: each media type of a response is a body to send.

    `turns` numbers the answers, the same for both sides. What is `writeOnly` takes the part of what is `readOnly`.
    """
    document = Document(_turned(contract.document.content))
    operations = []
    for operation in contract.operations:
        for response in operation.responses:
            for media in response.media:
                turn = turns.setdefault((key_of(operation), response.status, media.media_type), len(turns))
                operations.append(_sent(turn, media, response.location, document))
    return View(document, contract.source, given=tuple(operations))


def _sent(turn: int, media: Media, location: str, document: Document) -> Operation:
    return Operation("POST", f"/{turn}", location, body=(media,), body_required=True, body_location=location,
                     document=document)  # fmt: skip


_TURNED = {"readOnly": "writeOnly", "writeOnly": "readOnly"}
_NAMED = frozenset(
    {
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "dependencies",
        "schemas",
        "responses",
    }
)
_DATA = frozenset({"enum", "const", "default", "example", "examples"})


def _turned(value: Any, *, in_map: bool = False) -> Any:
    """Give a value with `readOnly` and `writeOnly` in each other's place."""
    if isinstance(value, list):
        return [_turned(item) for item in value]
    if not isinstance(value, dict):
        return value
    if in_map:
        return {name: _turned(item) for name, item in value.items()}
    return {
        _TURNED.get(name, name): item if name in _DATA else _turned(item, in_map=name in _NAMED)
        for name, item in value.items()
    }


def aligned(contract: Contract, base_paths: dict[str, str]) -> View:
    """Give a contract whose operations stand below other base paths, by label."""
    moved = (replace(o, base_path=base_paths.get(o.label, o.base_path)) for o in contract.operations)
    return View(contract.document, contract.source, given=tuple(moved))


def first_of(operations: Iterable[Operation], key_of: Any) -> dict[str, Operation]:
    """Give the operations by key; of two with one, the first counts."""
    found: dict[str, Operation] = {}
    for operation in operations:
        found.setdefault(key_of(operation), operation)
    return found
