"""Fitted transformers of scikit-learn → what they tell of the columns that they are given.

One small function for each kind in the table `TRANSFORMERS`, by the name of the class, so that nothing of scikit-learn
is imported here. A function notes what it can in `Learned`, and gives the columns of the table that comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from prove400.audit.columns import BLANK, Column, Learned, is_nan, plain
from prove400.audit.facts import Categories, Fate, Kind, Range

Transformer = Callable[[Any, list[Column], Learned], list[Column]]
SPREADS = 10
"""Spreads from the middle that an estimated range reaches: at most 1 % of any data lie beyond 10 standard deviations
(Chebyshev's inequality)."""


def _simple_imputer(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read what it fills in.

    JSON's null is None, in a table of one row at least, which an imputer of NaN sees only where it makes numbers of its
    input first: for a mean or a median, and not for the most frequent value or a constant.
    """
    marker = part.missing_values
    makes_numbers = part.strategy not in ("most_frequent", "constant")
    sees_null = marker is None or type(marker).__name__ == "NAType" or (is_nan(marker) and makes_numbers)
    filled = []
    for column, statistic in zip(columns, part.statistics_, strict=True):
        if not isinstance(plain(statistic), str):
            learned.tell(column, Kind.NUMBER, f"{_name(part)}.statistics_")
        changed = replace(
            column,
            is_filled=column.is_filled or part.strategy == "constant",
            absent=column.absent or (Fate.IMPUTED if is_nan(marker) else None),
            null=column.null or (Fate.IMPUTED if sees_null else None),
        )
        if part.keep_empty_features or not is_nan(plain(statistic)):
            filled.append(changed)
        else:
            learned.settle([column], Fate.UNUSED)
    return [*filled, *_indicators(part)]


def _imputer(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read one that fills in numbers from the other columns."""
    for column in columns:
        learned.tell(column, Kind.NUMBER, _name(part))
    filled = [replace(c, absent=c.absent or Fate.IMPUTED, null=c.null or Fate.IMPUTED) for c in columns]
    return [*filled, *_indicators(part)]


def _indicators(part: Any) -> list[Column]:
    return [BLANK] * len(part.indicator_.features_) if part.add_indicator else []


def _scaler(ranges: Callable[[Any], Iterator[Range]]) -> Transformer:
    """Give the reader of one that turns each number into another."""

    def read(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
        for column, found in zip(columns, ranges(part), strict=False):  # a scaler without statistics tells no range
            learned.bound(column, found)
        for column in columns:
            learned.tell(column, Kind.NUMBER, _name(part))
        return [replace(column, is_raw=False) for column in columns]

    return read


def _min_max(part: Any) -> Iterator[Range]:
    for low, high in zip(part.data_min_, part.data_max_, strict=True):
        yield Range(plain(low), plain(high), f"{_name(part)}.data_min_, data_max_")


def _standard(part: Any) -> Iterator[Range]:
    if part.mean_ is not None and part.var_ is not None:
        for mean, variance in zip(part.mean_, part.var_, strict=True):
            yield _around(plain(mean), plain(variance) ** 0.5, f"{_name(part)}.mean_, var_")


def _robust(part: Any) -> Iterator[Range]:
    if part.center_ is not None and part.scale_ is not None and not part.unit_variance:
        for middle, spread in zip(part.center_, part.scale_, strict=True):
            yield _around(plain(middle), plain(spread), f"{_name(part)}.center_, scale_")


def _around(middle: float, spread: float, source: str) -> Range:
    reach = SPREADS * spread
    return Range(float(f"{middle - reach:.6g}"), float(f"{middle + reach:.6g}"), source, is_estimate=True)


def _quantiles(part: Any) -> Iterator[Range]:
    for low, high in zip(part.quantiles_[0], part.quantiles_[-1], strict=True):  # of a sample of the rows
        yield Range(plain(low), plain(high), f"{_name(part)}.quantiles_", is_estimate=True)


def _bins(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    for column, edges in zip(columns, part.bin_edges_, strict=True):
        learned.bound(column, Range(plain(edges[0]), plain(edges[-1]), f"{_name(part)}.bin_edges_"))
        learned.tell(column, Kind.NUMBER, _name(part))
    learned.settle(columns, Fate.REFUSED)
    return [BLANK] * width(part)


def _one_hot(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    learned.settle(_encoded(part, columns, learned, _becomes_of_one_hot), Fate.LEARNED)
    return [BLANK] * width(part)


def _target(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    def becomes(_: Any, __: int) -> tuple[Fate, str]:
        return Fate.CODED, "is encoded as the mean of the target"

    learned.settle(_encoded(part, columns, learned, becomes), Fate.LEARNED)
    return [BLANK] * width(part)


def _ordinal(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    encoded = _encoded(part, columns, learned, _becomes_of_ordinal)
    if not is_nan(part.encoded_missing_value):
        encoded = [replace(c, absent=c.absent or Fate.LEARNED, null=c.null or Fate.LEARNED) for c in encoded]
    return [replace(column, is_raw=False) for column in encoded]  # of those learned as missing, NaN goes on


def _becomes_of_one_hot(part: Any, index: int) -> tuple[Fate, str]:
    infrequent = getattr(part, "infrequent_categories_", None)
    if part.handle_unknown == "error":
        return Fate.REFUSED, "makes the encoder raise"
    if part.handle_unknown in ("infrequent_if_exist", "warn") and infrequent and infrequent[index] is not None:
        return Fate.CODED, "is taken for an infrequent category"
    dropped = part.drop_idx_[index] if part.drop_idx_ is not None else None
    same = "" if dropped is None else f", as {plain(part.categories_[index][dropped])!r} is"
    return Fate.CODED, f"is encoded as all zeros{same}"


def _becomes_of_ordinal(part: Any, _: int) -> tuple[Fate, str]:
    if part.handle_unknown == "error":
        return Fate.REFUSED, "makes the encoder raise"
    return Fate.CODED, f"is encoded as {part.unknown_value}"


def _encoded(
    part: Any, columns: list[Column], learned: Learned, becomes: Callable[[Any, int], tuple[Fate, str]]
) -> list[Column]:
    """Note what an encoder learned; what it takes for missing stays on its way, if it learned that."""
    given = []
    for index, (column, listed) in enumerate(zip(columns, part.categories_, strict=True)):
        values = [plain(value) for value in listed]
        present = tuple(value for value in values if value is not None and not is_nan(value))
        unknown, words = becomes(part, index)
        learned.categorise(column, Categories(present, f"{_name(part)}.categories_", unknown, words))
        learned.tell(column, Kind.CATEGORY, f"{_name(part)}.categories_")
        knows_nan = any(map(is_nan, values))
        knows_null = None in values if any(isinstance(value, str) for value in present) else knows_nan
        given.append(
            replace(
                column,
                absent=column.absent or (None if knows_nan else unknown),
                null=column.null or (None if knows_null else unknown),
            )
        )
    return given


def _vectoriser(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    for column in columns:
        learned.tell(column, Kind.TEXT, _name(part))
    learned.settle(columns, Fate.REFUSED)
    return [BLANK] * width(part)


def _function(part: Any, columns: list[Column], _: Learned) -> list[Column]:
    return columns if part.func is None else [replace(column, is_raw=False) for column in columns]


def opaque(part: Any, columns: list[Column], learned: Learned) -> list[Column]:
    """Read a transformer that is in no table: only whether it takes NaN."""
    learned.settle(columns, Fate.UNTOLD if takes_nan(part) else Fate.REFUSED)
    return [BLANK] * width(part)


def takes_nan(part: Any) -> bool:
    """Tell whether an estimator says of itself that it takes NaN (scikit-learn's tag `allow_nan`)."""
    try:
        return bool(part.__sklearn_tags__().input_tags.allow_nan)
    except AttributeError:
        return False


def width(part: Any) -> int:
    """Give the number of columns that a transformer makes, 0 where it does not say."""
    try:
        return len(part.get_feature_names_out())
    except (AttributeError, ValueError):
        return 0


def _name(part: Any) -> str:
    return type(part).__name__


TRANSFORMERS: dict[str, Transformer] = {
    "SimpleImputer": _simple_imputer,
    "KNNImputer": _imputer,
    "IterativeImputer": _imputer,
    "MinMaxScaler": _scaler(_min_max),
    "StandardScaler": _scaler(_standard),
    "RobustScaler": _scaler(_robust),
    "MaxAbsScaler": _scaler(lambda _: iter(())),
    "PowerTransformer": _scaler(lambda _: iter(())),
    "QuantileTransformer": _scaler(_quantiles),
    "KBinsDiscretizer": _bins,
    "OneHotEncoder": _one_hot,
    "OrdinalEncoder": _ordinal,
    "TargetEncoder": _target,
    "CountVectorizer": _vectoriser,
    "TfidfVectorizer": _vectoriser,
    "HashingVectorizer": _vectoriser,
    "FunctionTransformer": _function,
}
"""Name of a class of scikit-learn, or of one that is derived from it → its reader."""
