"""The frozen values that cross stages, in the order in which they come to be.

contract → `Operation` → `Constraint` → `Obligation` → `Case` or `Unisolable` → `Request` → `Reply` → `Judgement`
→ `Finding` → `Run`. A change returns a new value; nothing here does anything but describe.
"""

from prove400.model.contract import (
    EXPRESSION,
    SPARSE,
    Constraint,
    ContractInfo,
    Encoding,
    Media,
    Operation,
    Parameter,
    Response,
    Security,
)
from prove400.model.plan import Case, Headers, Obligation, Reply, Request, Unisolable, Violation
from prove400.model.run import (
    LARGE,
    Damage,
    Finding,
    Judgement,
    Known,
    Outcome,
    Past,
    Predictions,
    Run,
    Sample,
    Source,
    Tried,
    fingerprint,
)
from prove400.model.words import Failure, Part, Severity, Side, Status, Verdict

__all__ = [
    "EXPRESSION",
    "LARGE",
    "SPARSE",
    "Case",
    "Constraint",
    "ContractInfo",
    "Damage",
    "Encoding",
    "Failure",
    "Finding",
    "Headers",
    "Judgement",
    "Known",
    "Media",
    "Obligation",
    "Operation",
    "Outcome",
    "Parameter",
    "Part",
    "Past",
    "Predictions",
    "Reply",
    "Request",
    "Response",
    "Run",
    "Sample",
    "Security",
    "Severity",
    "Side",
    "Source",
    "Status",
    "Tried",
    "Unisolable",
    "Verdict",
    "Violation",
    "fingerprint",
]
