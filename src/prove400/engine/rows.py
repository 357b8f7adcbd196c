"""How far a mutation moves predictions over real rows: of each silent 200, the median and the worst."""

from __future__ import annotations

import csv
import gzip
import io
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prove400 import pointer
from prove400.cases.rows import Fit, Mutation, Row, mutation_of
from prove400.errors import SettingsError, StrictJSONError
from prove400.model import Case, Finding, Operation, Reply, Request, Sample
from prove400.oracle import numbers
from prove400.sanity import outputs_of
from prove400.transport import Transport
from prove400.validation import RequestJudge, SchemaValidators, parse

MOST = 200
"""Rows that a mutation is applied to, spread evenly over the file."""
SHOWN = 8
"""Names that a note lists."""
HINT = "give a CSV file with a header, or JSON lines, one object each (.jsonl, .ndjson); either may be gzipped (.gz)"


def read_rows(path: str) -> tuple[Row, ...]:
    """Give at most `MOST` rows of a file, spread evenly; raises `SettingsError` where it cannot be read."""
    try:
        raw = Path(path).read_bytes()
        text = (gzip.decompress(raw) if path.endswith(".gz") else raw).decode("utf-8-sig")
        lined = path.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
        every = list(map(json.loads, filter(str.strip, text.splitlines()))) if lined else _table(text)
    except OSError as error:
        raise SettingsError(f"cannot read the rows: {error.strerror or error}", where=path, hint=HINT) from error
    except (ValueError, EOFError, csv.Error) as error:
        raise SettingsError(f"these are no rows: {error}", where=path, hint=HINT) from error
    if not every or not all(isinstance(row, dict) for row in every):
        raise SettingsError("there is no row, or one that is no object", where=path, hint=HINT)
    return tuple(every[index * len(every) // MOST] for index in range(MOST)) if len(every) > MOST else tuple(every)


def _table(text: str) -> list[Row]:
    return [{name: cell for name, cell in row.items() if name and cell is not None} for row in _dicts(text)]


def _dicts(text: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(text, newline=""), strict=True)


@dataclass(slots=True)
class Measure:
    """Sends rows as they are and mutated, and compares the answers."""

    transport: Transport
    validators: SchemaValidators
    operations: dict[str, Operation]
    rows: Sequence[Row]
    sent: int = 0
    _fits: dict[str, list[Fit]] = field(default_factory=dict)  # by operation
    _invalid: dict[str, set[int]] = field(default_factory=dict)  # indices of the rows left out
    _measured: bool = False
    _replies: dict[Request, Reply] = field(default_factory=dict)

    def measured(self, finding: Finding, cases: Mapping[str, Case]) -> Finding:
        """Give a silent 200 with the unit of its damage, and with a sample over the rows for each operator."""
        damage = finding.damage
        if damage is None:
            return finding
        operation = self.operations[finding.operation]
        judge = RequestJudge(operation, self.validators)
        unit = outputs_of(self.validators.of_responses().schemas, operation).unit_at(damage.location)
        samples = (self._sample(judge, case, pointer.template(damage.location)) for case in cases.values() if self.rows)
        return replace(finding, damage=replace(damage, unit=unit, samples=tuple(filter(None, samples))))

    def _sample(self, judge: RequestJudge, case: Case, place: str) -> Sample | None:
        mutation = mutation_of(judge, case)
        if mutation is None:
            return None
        fit = mutation.fit(self.rows)
        self._fits.setdefault(case.operation, []).append(fit)
        pairs = list(self._pairs(mutation, fit)) if fit.home is not None else []
        moved = [size for plain, mutated in pairs if (size := self._moved(plain, mutated, place)) is not None]
        self._measured |= bool(moved)
        return Sample(case.operator, len(moved), statistics.median(moved), max(moved)) if moved else None

    def _pairs(self, mutation: Mutation, fit: Fit) -> Iterator[tuple[Request, Request]]:
        for index, row in enumerate(self.rows):
            pair = mutation.of(row, fit)
            if pair is None:
                self._invalid.setdefault(mutation.case.operation, set()).add(index)
            elif pair[1] is not None:
                yield pair[0], pair[1]

    @property
    def notes(self) -> Iterator[str]:
        """Say how the rows fit the requests, operations of which the same is said together."""
        said: dict[str, list[str]] = {}
        for operation, fits in self._fits.items():
            for text in self._of_fits(fits, len(self._invalid.get(operation, ()))):
                said.setdefault(text, []).append(operation)
        yield from (f"{', '.join(operations)}: {text}" for text, operations in said.items())
        if not self._measured:
            yield "damage is measured on the witnesses alone: no row could be used"

    def _of_fits(self, fits: Sequence[Fit], invalid: int) -> Iterator[str]:
        columns = dict.fromkeys(name for row in self.rows for name in row)
        used = frozenset[str]().union(*(fit.used for fit in fits))
        kept = dict.fromkeys(name for fit in fits if fit.home is not None or not used for name in fit.kept)
        unused = [name for name in columns if name not in used]
        if not used:
            yield f"none of the columns {_listed(columns)} has a place in a request; it has {_listed(kept) or 'none'}"
            return
        if unused:
            yield f"these columns have no place of their own in a request, and are not used: {_listed(unused)}"
        if kept:
            yield f"these stay the witness's for want of a column: {_listed(kept)}"
        if invalid:
            yield f"{invalid} of {len(self.rows)} rows are left out: the request would not be valid with them"

    def _moved(self, plain: Request, mutated: Request, place: str) -> float | None:
        """Give by how much a mutation moves the numbers at a template place; None where it is refused."""
        if plain not in self._replies:
            self.sent += 1
            self._replies[plain] = self.transport.send(plain)
        self.sent += 1
        before, after = (_numbers(reply, place) for reply in (self._replies[plain], self.transport.send(mutated)))
        return max((abs(after[at] - before[at]) for at in before.keys() & after.keys()), default=None)


def _listed(names: Iterable[str]) -> str:
    """Give the first names."""
    every = list(names)
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def _numbers(reply: Reply, place: str) -> dict[str, float]:
    try:
        return {at: number for at, number in numbers(parse(reply.body)) if pointer.template(at) == place}
    except StrictJSONError:
        return {}
