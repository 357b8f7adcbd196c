"""The diamonds data set: what its columns mean, and which rows are usable."""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from api.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parent / "data" / "diamonds.csv.gz"
SHA256 = "9574730b03aba241d899c4a97511c5061b19358fab89510774fb6c24168345c4"
"""Of the CSV inside the gzip file; see data/README.md."""

TARGET = "price"

CARATS_PER_MM3 = 0.0061
"""Carats per cubic millimetre of bounding box, the data's median."""
DEPTH_SLACK = 10
"""Points by which a recorded depth may differ from what the extents say."""
WEIGHT_SLACK = 1.5
"""Factor by which a weight may differ from what the extents say."""


@dataclass(frozen=True, slots=True)
class Column:
    """A feature as the trade knows it; `grades` (worst first) only for categories."""

    name: str
    unit: str
    description: str
    grades: tuple[str, ...] = ()


COLUMNS = (
    Column("carat", "carat", "Weight; 1 carat is 0.2 g"),
    Column(
        "cut",
        "grade",
        "Quality of the cut, from worst to best",
        ("Fair", "Good", "Very Good", "Premium", "Ideal"),
    ),
    Column(
        "color",
        "grade",
        "Colour, from J (tinted) to D (colourless)",
        ("J", "I", "H", "G", "F", "E", "D"),
    ),
    Column(
        "clarity",
        "grade",
        "Clarity, from I1 (inclusions) to IF (internally flawless)",
        ("I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"),
    ),
    Column("depth", "percent", "Height over mean girdle diameter, 200 z / (x + y)"),
    Column("table", "percent", "Width of the top facet over the diameter"),
    Column("x", "mm", "Length"),
    Column("y", "mm", "Width"),
    Column("z", "mm", "Height"),
)


def _no_extent(rows: pd.DataFrame) -> pd.Series[bool]:
    """Mark stones without length, width or height."""
    return (rows[["x", "y", "z"]] <= 0).any(axis=1)


def _depth_contradicts(rows: pd.DataFrame) -> pd.Series[bool]:
    """Mark stones whose depth is far off the ratio that defines it."""
    return (200 * rows["z"] / (rows["x"] + rows["y"]) - rows["depth"]).abs() > DEPTH_SLACK


def _weight_contradicts(rows: pd.DataFrame) -> pd.Series[bool]:
    """Mark stones far too heavy or too light for their extents."""
    box = rows["x"] * rows["y"] * rows["z"]
    ratio = rows["carat"] / box / CARATS_PER_MM3
    return ~ratio.between(1 / WEIGHT_SLACK, WEIGHT_SLACK)


def _duplicate(rows: pd.DataFrame) -> pd.Series[bool]:
    """Mark rows that are equal to an earlier one."""
    return rows.duplicated()


DROPS: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]] = {
    "no-extent": _no_extent,
    "depth-contradicts-extents": _depth_contradicts,
    "weight-contradicts-extents": _weight_contradicts,
    "duplicate": _duplicate,
}
"""Reasons to drop a row, applied in this order; data/README.md says why."""


@dataclass(frozen=True, slots=True)
class Diamonds:
    """The usable rows, how many were read, and how many each reason dropped."""

    rows: pd.DataFrame
    read: int
    dropped: dict[str, int]


def load(path: Path = DATA) -> Diamonds:
    """Read the data set at `path` and drop its impossible rows.

    Raises TrainingDataError where the file is not the one that this module describes.
    """
    raw = gzip.decompress(path.read_bytes())
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        raise TrainingDataError(path, found, SHA256)
    rows = pd.read_csv(io.BytesIO(raw))
    return clean(rows)


def clean(rows: pd.DataFrame) -> Diamonds:
    """Drop the impossible rows of `rows`, and count them by reason."""
    read = len(rows)
    dropped = {}
    for reason, marks in DROPS.items():
        kept = rows[~marks(rows)]
        dropped[reason] = len(rows) - len(kept)
        rows = kept
    return Diamonds(rows.reset_index(drop=True), read, dropped)
