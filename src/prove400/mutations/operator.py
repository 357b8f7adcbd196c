"""What a mutation operator is: a name, the keyword it breaks, a small function, and its own examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from prove400.model import Severity, Side


@dataclass(frozen=True, slots=True)
class Subject:
    """What an operator works on: a valid value, and the keyword under which it stands."""

    value: Any  # the witness's value at the instance location
    expected: Any  # the keyword's value in the contract
    schema: dict[str, Any]  # the schema object that holds the keyword
    member: str = ""  # the name meant, where the keyword lists names
    foreign: tuple[Any, ...] = ()  # enum members of other places of the operation
    answers: tuple[str, ...] = ()  # names of the members of its response
    names: tuple[str, ...] = ()  # names of schemas that a discriminator knows


Mutate = Callable[[Subject], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Example:
    """A schema that holds the operator's keyword, a valid value before, and a value after that breaks it."""

    schema: dict[str, Any]
    before: Any
    after: Any
    also: tuple[str, ...] = ()  # other keywords that the value after breaks too
    member: str = ""
    foreign: tuple[Any, ...] = ()
    answers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """One named way to stand just outside, or just inside, a constraint."""

    name: str  # `maximum.ulp`
    mutate: Mutate
    examples: tuple[Example, ...]
    side: Side = Side.INVALID
    severity: Severity = Severity.ERROR
    each: bool = False  # every mutant is a fault of its own, so that none stands for another

    @property
    def keyword(self) -> str:
        """The keyword that the operator is for: the name up to the dot."""
        return self.name.partition(".")[0]


def constant(value: Any) -> Mutate:
    """Make a mutation that always puts the same value."""

    def put(_: Subject) -> Iterator[Any]:
        yield value

    return put
