"""A contract against the model behind it: what the model learned, from its file or its manifest."""

from __future__ import annotations

from prove400.audit.facts import Categories, Facts, Fate, Feature, Kind, Range
from prove400.audit.reading import read

__all__ = ["Categories", "Facts", "Fate", "Feature", "Kind", "Range", "read"]
