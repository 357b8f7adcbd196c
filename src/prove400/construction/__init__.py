"""Schemas → values that they admit, or that break just one keyword; the caller's validator has the last word."""

from prove400.construction.builder import Builder
from prove400.construction.facts import Goal

__all__ = ["Builder", "Goal"]
