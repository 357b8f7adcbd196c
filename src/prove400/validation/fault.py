"""What a judge says of a request: one violated constraint."""

from __future__ import annotations

from dataclasses import dataclass

from prove400 import pointer
from prove400.model import Part, Severity, Violation


@dataclass(frozen=True, slots=True)
class Fault:
    """One violated constraint: where in which part, by which keyword, and for which member if the keyword names some.

    `rule` is the slug of a wire rule where no schema was asked: ``json.syntax``, ``content-type``.
    """

    instance_location: str
    keyword_location: str
    member: str | None = None
    part: Part = Part.BODY
    rule: str = ""
    also: tuple[str, ...] = ()  # places of the combinators whose fault it is too, which a reply may name instead
    names_member: bool = False  # the member is missing or extra, and so what a reply must name
    severity: Severity = Severity.ERROR

    @property
    def violation(self) -> Violation:
        """The two locations that JSON Schema's output format gives (2020-12 core, section 12.3)."""
        return self.instance_location, self.keyword_location

    @property
    def place(self) -> str:
        """The place that a reply must name: the missing or extra member rather than the object around it."""
        if self.member is None or not self.names_member:
            return self.instance_location
        return pointer.join(self.instance_location, self.member)

    @property
    def of_body_schema(self) -> bool:
        """Whether the body was read as JSON and a schema refused its value."""
        return self.part is Part.BODY and not self.rule
