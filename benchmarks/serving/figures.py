"""Figures of a run: medians over rounds, and ratios to the raw prediction and to the no-op route."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from benchmarks.serving.servers import BARE, NOOP, ONNX, SKLEARN

RAW_WAYS = {SKLEARN: "joblib as served (short way)", ONNX: "ONNX as served", BARE: "ONNX as served"}
"""What a served prediction is compared with, by its name in benchmarks.prediction."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement: latencies and CPU time per request in milliseconds, memory in MiB."""

    rps: float
    p50: float
    p95: float
    p99: float
    cpu: float
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `over_noop` holds ratios, `added` is CPU time beyond the bare prediction's."""

    name: str
    serves: str
    connections: int
    figures: Figures
    over_noop: Figures | None = None
    over_raw: float | None = None
    added: float | None = None


@dataclass(frozen=True, slots=True)
class Versus:
    """A server beside a peer that serves the same: of each figure, the median over the rounds of the ratio in a round.

    `better` counts the rounds in which the server was the better one, by figure.
    """

    name: str
    serves: str
    connections: int
    ratios: Figures
    better: Mapping[str, int]
    rounds: int


Key = tuple[str, str, int]
"""Server, what it serves, connections; none for the raw prediction."""


def median(rounds: Iterable[Figures]) -> Figures:
    """Give the median of each figure."""
    columns = zip(*(asdict(figures).values() for figures in rounds), strict=True)
    return Figures(*(None if None in column else statistics.median(column) for column in columns))


def rows(taken: Mapping[Key, list[Figures]], raw: Mapping[str, Figures]) -> list[Row]:
    """Give a line for each server, what it serves, and concurrency, and first those of the raw prediction."""
    medians = {key: median(found) for key, found in taken.items()}
    return [
        *(Row("in process", name, 1, figures) for name, figures in raw.items()),
        *(_compared(Row(*key, figures), medians, raw) for key, figures in medians.items()),
    ]


def against(peer: str, taken: Mapping[Key, list[Figures]]) -> list[Versus]:
    """Compare every other server with `peer`, round by round, where both serve the same at the same concurrency.

    Left out is who did not answer in every round, since its rounds have no fellow.
    """
    pairs = ((key, found, taken.get((peer, *key[1:]))) for key, found in taken.items() if key[0] != peer)
    return [_versus(key, found, of) for key, found, of in pairs if of and len(of) == len(found)]


def _versus(key: Key, found: Sequence[Figures], of: Sequence[Figures]) -> Versus:
    """Compare rounds that ran one beside the other; what else the machine did then falls on both."""
    ratios = [_ratios(one, other) for one, other in zip(found, of, strict=True)]
    better = {
        name: sum(value is not None and (value > 1 if name == "rps" else value < 1) for value in column)
        for name, column in ((field.name, [getattr(row, field.name) for row in ratios]) for field in fields(Figures))
    }
    return Versus(*key, median(ratios), better, len(ratios))


def _compared(row: Row, medians: Mapping[Key, Figures], raw: Mapping[str, Figures]) -> Row:
    """Add what the no-op of the same server and the raw prediction make of it."""
    noop, bare = (medians.get((row.name, serves, row.connections)) for serves in (NOOP, BARE))
    way = RAW_WAYS.get(row.serves)
    if way is None:
        return row
    row = replace(row, over_raw=row.figures.cpu / raw[way].cpu)
    if noop is not None:
        row = replace(row, over_noop=_ratios(row.figures, noop))
    if bare is not None and row.serves == ONNX:
        row = replace(row, added=row.figures.cpu - bare.cpu)
    return row


def _ratios(figures: Figures, base: Figures) -> Figures:
    pairs = ((getattr(figures, field.name), getattr(base, field.name)) for field in fields(Figures))
    return Figures(*(value / of if value is not None and of else None for value, of in pairs))
