"""The proof matrix: what holds, what is broken, what is not covered and why, as tables of cells.

For each operation an overview (places by keywords), then one table per keyword (places by operators). Wire rules,
which hold for a message as a whole, stand in one table of rules by operations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from prove400.model import Constraint, Outcome, Run, Side, Status, Unisolable
from prove400.reporters.excerpt import spelled

_WORST = (Status.BROKEN, Status.UNREACHABLE, Status.DISPUTED, Status.DISCHARGED)
_ORDER = (
    "required",
    "type",
    "enum",
    "const",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "contentEncoding",
    "contentMediaType",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "additionalProperties",
    "unevaluatedProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "discriminator",
    "readOnly",
)
_WIRE = frozenset({"wire", "json", "body", "content-type", "content-encoding", "content-length", "method", "path"})
NOT_ISOLABLE = "not isolable"
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Cell:
    """One crossing: a state, how many obligations of how many are in it, how many cases showed it, and why not."""

    state: str = EMPTY  # a Status, `NOT_ISOLABLE` or `EMPTY`
    marked: int = 0  # obligations in that state
    total: int = 0
    cases: int = 0
    joint: bool = False  # some case broke other constraints too
    fingerprint: str = ""  # of the first finding
    note: int = 0  # number of the footnote that says why nothing was tested
    outcomes: tuple[int, ...] = ()  # their places in the run


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column; `side` is empty in tables that mix both."""

    name: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `expected` is the keyword's value in the contract."""

    label: str
    cells: tuple[Cell, ...]
    total: Cell
    expected: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its totals."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Cell, ...]
    total: Cell
    id: str = ""  # on the page

    @property
    def outcomes(self) -> tuple[int, ...]:
        """The places in the run of everything in the table, ascending."""
        return self.total.outcomes

    @property
    def sides(self) -> tuple[tuple[str, int], ...]:
        """Sides with the number of columns under each, in order; empty where columns have none."""
        names = dict.fromkeys(column.side for column in self.columns if column.side)
        return tuple((side, sum(column.side == side for column in self.columns)) for side in names)


@dataclass(frozen=True, slots=True)
class Section:
    """All tables of one operation, with the footnotes that their cells refer to."""

    operation: str
    overview: Table
    keywords: tuple[Table, ...]
    notes: tuple[str, ...]
    id: str  # on the page

    def table(self, keyword: str) -> str:
        """Give the id of a keyword's table."""
        return next((table.id for table in self.keywords if table.name == keyword), self.id)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole proof."""

    sections: tuple[Section, ...]
    wire: Table | None
    wire_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An outcome or an unisolable constraint, with what tables need of it."""

    constraint: Constraint
    outcome: Outcome | None = None
    index: int = 0  # of the outcome in the run
    note: int = 0
    fingerprint: str = ""  # of the first finding that the run holds

    @property
    def operator(self) -> str:
        return self.outcome.obligation.operator if self.outcome else ""

    @property
    def wire(self) -> bool:
        return (self.operator or self.constraint.keyword).partition(".")[0] in _WIRE


def matrix(run: Run) -> Matrix:
    """Arrange everything that a run has shown."""
    known = {finding.fingerprint for finding in run.findings}
    entries = [
        _Entry(
            outcome.obligation.constraint,
            outcome,
            index,
            fingerprint=next((mark for mark in outcome.fingerprints if mark in known), ""),
        )
        for index, outcome in enumerate(run.outcomes)
    ]
    plain: dict[str, tuple[list[_Entry], list[Unisolable]]] = {}
    for entry in entries:
        inside, _ = plain.setdefault(entry.constraint.operation, ([], []))
        if not entry.wire:
            inside.append(entry)
    for item in run.unisolable:
        plain.setdefault(item.operation, ([], []))[1].append(item)
    wire, wire_notes = _with_notes([entry for entry in entries if entry.wire], run.unisolable, wire=True)
    sections = [
        _section(name, f"proof-{at}", inside, lost) for at, (name, (inside, lost)) in enumerate(plain.items(), 1)
    ]
    return Matrix(tuple(s for s in sections if s.overview.rows), _wire(wire) if wire else None, wire_notes)


def _with_notes(
    entries: list[_Entry],
    lost: Iterable[Unisolable],
    *,
    wire: bool,
) -> tuple[list[_Entry], tuple[str, ...]]:
    """Append unisolable constraints to the entries; equal reasons share a footnote."""
    chosen = [(item, _Entry(item.constraint)) for item in lost]
    chosen = [(item, entry) for item, entry in chosen if entry.wire is wire]
    notes = {reason: at for at, reason in enumerate(dict.fromkeys(item.explanation for item, _ in chosen), 1)}
    return [*entries, *(_Entry(item.constraint, note=notes[item.explanation]) for item, _ in chosen)], tuple(notes)


def _section(operation: str, mark: str, entries: list[_Entry], lost: list[Unisolable]) -> Section:
    entries, notes = _with_notes(entries, lost, wire=False)
    keywords = sorted(dict.fromkeys(entry.constraint.keyword for entry in entries), key=_rank)
    overview = _table(
        "overview",
        entries,
        [Column(keyword) for keyword in keywords],
        row=lambda e: e.constraint.label,
        column=lambda e: Column(e.constraint.keyword),
    )
    tables = tuple(
        replace(_by_operator(keyword, [e for e in entries if e.constraint.keyword == keyword]), id=f"{mark}-{at}")
        for at, keyword in enumerate(keywords, 1)
    )
    return Section(operation, overview, tables, notes, mark)


def _rank(keyword: str) -> int:
    return _ORDER.index(keyword) if keyword in _ORDER else len(_ORDER)


def _by_operator(keyword: str, entries: list[_Entry]) -> Table:
    def column(entry: _Entry) -> Column:
        side = str(entry.outcome.obligation.side) if entry.outcome else ""
        return Column(entry.operator.removeprefix(f"{keyword}."), side)

    columns = dict.fromkeys(column(entry) for entry in entries if entry.outcome)
    ordered = sorted(columns, key=lambda c: c.side != Side.INVALID)
    return _table(
        keyword, entries, ordered, column=column, row=lambda e: (e.constraint.label, e.constraint.keyword_location)
    )


def _wire(entries: list[_Entry]) -> Table:
    columns = dict.fromkeys(Column(entry.constraint.operation) for entry in entries)
    table = _table("wire", entries, list(columns), row=_rule, column=lambda e: Column(e.constraint.operation))
    return replace(table, id="proof-wire")


def _rule(entry: _Entry) -> str:
    return (entry.operator or entry.constraint.member or entry.constraint.keyword).removeprefix("wire.")


def _table(
    name: str,
    entries: Sequence[_Entry],
    columns: Sequence[Column],
    *,
    row: Callable[[_Entry], Hashable],
    column: Callable[[_Entry], Column],
) -> Table:
    rows: dict[Hashable, list[_Entry]] = {}
    grid: dict[tuple[Hashable, Column], list[_Entry]] = {}
    heads: dict[Column, list[_Entry]] = {}
    known = frozenset(columns)
    for entry in entries:
        at, under = row(entry), column(entry)
        rows.setdefault(at, []).append(entry)
        heads.setdefault(under, []).append(entry)
        # What could not be isolated has no operator: it marks the cells tested jointly, or else its whole row.
        alone = entry.outcome or under in known
        for head in [under] if alone else [head for head in columns if (at, head) in grid] or columns:
            grid.setdefault((at, head), []).append(entry)
    lines = [_row(name, line, [_cell(grid.get((at, head), [])) for head in columns]) for at, line in rows.items()]
    totals = tuple(_cell(heads[head]) for head in columns)
    return Table(name, tuple(columns), tuple(lines), totals, _cell(entries))


def _row(name: str, entries: list[_Entry], cells: list[Cell]) -> Row:
    constraint = entries[0].constraint
    total = _cell(entries)
    if name == "wire":
        return Row(_rule(entries[0]), tuple(cells), total)
    if name == "overview":
        return Row(constraint.label, tuple(cells), total)
    expected = "" if constraint.expected is None or constraint.member else spelled(constraint.expected)
    return Row(constraint.label, tuple(cells), total, expected, constraint.keyword_location)


def _cell(entries: Sequence[_Entry]) -> Cell:
    outcomes = [entry.outcome for entry in entries if entry.outcome]
    note = next((entry.note for entry in entries if entry.note), 0)
    if not outcomes:
        return Cell(NOT_ISOLABLE, note=note) if entries else Cell()
    tally = Counter(outcome.status for outcome in outcomes)
    worst = next(status for status in _WORST if tally[status])
    return Cell(
        state=str(worst),
        marked=tally[worst],
        total=len(outcomes),
        cases=sum(outcome.cases for outcome in outcomes),
        joint=not all(outcome.isolated for outcome in outcomes),
        fingerprint=next((entry.fingerprint for entry in entries if entry.fingerprint), ""),
        note=note,
        outcomes=tuple(entry.index for entry in entries if entry.outcome),
    )
