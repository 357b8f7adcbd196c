"""Which operations cannot be proven, since a schema of theirs cannot be used: told before the first request."""

from __future__ import annotations

from collections.abc import Iterator

from prove400.contract import Contract
from prove400.errors import ContractError
from prove400.model import Operation
from prove400.validation import SchemaValidators


def unusable(contract: Contract, validators: SchemaValidators) -> dict[str, ContractError]:
    """Give what is wrong with the first unusable schema of each operation that has one, by label."""
    answers = validators.of_responses()
    found: dict[str, ContractError] = {}
    for operation in contract.operations:
        try:
            for location in _sent(operation):
                validators.check(location)
            for location in _answered(operation):
                answers.check(location)
        except ContractError as error:
            found[operation.label] = error
    return found


def _sent(operation: Operation) -> Iterator[str]:
    yield from (parameter.schema_location for parameter in operation.parameters)
    yield from (media.location for media in operation.body if media.schema is not None)


def _answered(operation: Operation) -> Iterator[str]:
    for response in operation.responses:
        yield from (media.location for media in response.media if media.schema is not None)
        yield from (header.schema_location for header in response.headers if header.schema_location)
