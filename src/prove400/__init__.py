"""Point it at a model API and its contract: every constraint is broken alone, and every reply is judged."""

from prove400.cases import plan
from prove400.diff import Change, Comparison, compare
from prove400.engine import Examiner, Judged, Proof, Settings, connect, prove, start
from prove400.errors import (
    ContractError,
    ModelError,
    PointerError,
    Prove400Error,
    ReportError,
    SettingsError,
    StrictJSONError,
    TargetError,
    UnresolvableReferenceError,
    WitnessError,
)
from prove400.loaded import Contract, load
from prove400.model import Case, Finding, Obligation, Operation, Reply, Request, Run, Severity, Unisolable, Verdict

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Change",
    "Comparison",
    "Contract",
    "ContractError",
    "Examiner",
    "Finding",
    "Judged",
    "ModelError",
    "Obligation",
    "Operation",
    "PointerError",
    "Proof",
    "Prove400Error",
    "Reply",
    "ReportError",
    "Request",
    "Run",
    "Settings",
    "SettingsError",
    "Severity",
    "StrictJSONError",
    "TargetError",
    "Unisolable",
    "UnresolvableReferenceError",
    "Verdict",
    "WitnessError",
    "compare",
    "connect",
    "load",
    "plan",
    "prove",
    "start",
]
