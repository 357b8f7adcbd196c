"""What the planning of one operation works with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prove400.contract import Contract
from prove400.model import Case, Constraint, Obligation, Operation, Request, Side
from prove400.validation import Fault, RequestJudge, Routes
from prove400.witness import Witness


@dataclass(frozen=True, slots=True)
class Context:
    """One operation with its judge, its witness and its constraints."""

    contract: Contract
    operation: Operation
    judge: RequestJudge
    routes: Routes
    witness: Witness
    request: Request  # the witness's bytes
    constraints: tuple[Constraint, ...]
    lengthy: tuple[str, Witness] | None = None  # the outermost array's place, and the witness with many items in it

    @property
    def foreign(self) -> tuple[Any, ...]:
        """The first member of each enum of the operation."""
        firsts = (c.expected[0] for c in self.constraints if c.keyword == "enum" and c.expected)
        return tuple(dict.fromkeys(value for value in firsts if isinstance(value, str)))

    @property
    def answers(self) -> tuple[str, ...]:
        """The names that the documented answer to a valid request has, at its top."""
        for response in self.operation.responses:
            for media in response.media if response.status.startswith("2") else ():
                schema, _ = self.contract.document.follow(media.schema, media.location)
                if isinstance(schema, dict):
                    return tuple(schema.get("properties", {}))
        return ()

    def case(  # noqa: PLR0913 — a case has this many sides
        self,
        obligation: Obligation,
        request: Request,
        *,
        at: str = "",
        faults: Iterable[Fault] = (),
        statuses: tuple[int, ...] = (),
        certain: bool = True,
    ) -> Case:
        """Make a case of a request whose faults the judge has found.

        `at` is the instance location; `certain` tells that every JSON parser reads the body's numbers alike.
        """
        found = tuple(faults)
        own = obligation.constraint.keyword_location
        refused = () if obligation.side is Side.VALID else statuses or (invalid_status(self.operation),)
        return Case(
            obligation=obligation,
            request=request,
            witness=self.request,
            instance_location=at,
            fault_locations=tuple(
                dict.fromkeys(f.place for f in sorted(found, key=lambda f: f.keyword_location != own))
            ),
            violates=frozenset(fault.violation for fault in found),
            expected_status=refused,
            violates_body_schema=certain and any(fault.of_body_schema for fault in found),
        )


def invalid_status(operation: Operation) -> int:
    """Give the status that an operation documents for invalid input: 400, else 422; 400 where it documents none."""
    documented = {response.status for response in operation.responses}
    return 422 if "422" in documented and "400" not in documented else 400
