"""How far a mutation moves predictions over real rows: of each silent 200, the median and the worst."""

from __future__ import annotations

import csv
import gzip
import io
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prove400.cases.rows import Row, mutation_of, rowed
from prove400.errors import SettingsError, StrictJSONError
from prove400.model import Case, Finding, Operation, Reply, Request, Sample
from prove400.oracle import numbers
from prove400.sanity import unit_at
from prove400.transport import Transport
from prove400.validation import RequestJudge, SchemaValidators, parse

MOST = 200
"""Rows that a mutation is applied to, spread evenly over the file."""
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
    _replies: dict[Request, Reply] = field(default_factory=dict)

    def measured(self, finding: Finding, cases: Mapping[str, Case]) -> Finding:
        """Give a silent 200 with the unit of its damage, and with a sample over the rows for each operator."""
        damage = finding.damage
        if damage is None:
            return finding
        operation = self.operations[finding.operation]
        judge = RequestJudge(operation, self.validators)
        unit = unit_at(self.validators.of_responses().schemas, operation, damage.location)
        samples = (self._sample(judge, case, _template(damage.location)) for case in cases.values() if self.rows)
        return replace(finding, damage=replace(damage, unit=unit, samples=tuple(filter(None, samples))))

    def _sample(self, judge: RequestJudge, case: Case, place: str) -> Sample | None:
        mutation = mutation_of(judge, case)
        pairs = rowed(mutation, self.rows) if mutation else ()
        moved = [size for plain, mutated in pairs if (size := self._moved(plain, mutated, place)) is not None]
        return Sample(case.operator, len(moved), statistics.median(moved), max(moved)) if moved else None

    def _moved(self, plain: Request, mutated: Request, place: str) -> float | None:
        """Give by how much a mutation moves the numbers at a template place; None where it is refused."""
        if plain not in self._replies:
            self.sent += 1
            self._replies[plain] = self.transport.send(plain)
        self.sent += 1
        before, after = (_numbers(reply, place) for reply in (self._replies[plain], self.transport.send(mutated)))
        return max((abs(after[at] - before[at]) for at in before.keys() & after.keys()), default=None)


def _numbers(reply: Reply, place: str) -> dict[str, float]:
    try:
        return {at: number for at, number in numbers(parse(reply.body)) if _template(at) == place}
    except StrictJSONError:
        return {}


def _template(at: str) -> str:
    return "/".join("*" if token.isdecimal() else token for token in at.split("/"))
