"""Schemas → values that they admit, or that break just one keyword; the caller's validator has the last word."""

from prove400.construction.builder import Budget, Builder, interesting
from prove400.construction.contradiction import Contradictions
from prove400.construction.facts import SCALAR_ASSERTIONS, TYPE_KEYWORDS, Goal, satisfies
from prove400.construction.patterns import generated, widths

__all__ = [
    "SCALAR_ASSERTIONS",
    "TYPE_KEYWORDS",
    "Budget",
    "Builder",
    "Contradictions",
    "Goal",
    "generated",
    "interesting",
    "satisfies",
    "widths",
]
