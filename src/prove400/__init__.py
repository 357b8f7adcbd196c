"""Point it at a model API and its contract: every constraint is broken alone, and every reply is judged.

What the package exports is imported when it is asked for (PEP 562): most commands need little of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "cases": "plan",
    "diff": "Change Comparison compare",
    "engine": "Examiner Judged Proof Settings connect prove start",
    "errors": "ContractError ModelError PointerError Prove400Error ReportError SettingsError StrictJSONError "
    "TargetError UnresolvableReferenceError WitnessError",
    "loaded": "Contract load",
    "model": "Case Finding Obligation Operation Reply Request Run Severity Unisolable Verdict",
}
"""Module → what it has of these names."""
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(f"{__name__}.{_HOME[name]}"), name))


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
