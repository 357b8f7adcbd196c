"""Damage over real rows: the mutation of a silent 200, applied to each row of a file, with figures made by hand."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import prove400
from prove400.cli import main
from prove400.engine.rows import MOST, read_rows
from prove400.errors import SettingsError
from prove400.model import Sample, Verdict
from prove400.reporters import REPORTERS, load
from tests.api.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from prove400 import Run
    from tests.sanity.conftest import Service

CUTS = ["Fair", "Good", "Ideal"]
ROW = {
    "type": "object",
    "required": ["carat", "cut"],
    "properties": {
        "carat": {"type": "number", "minimum": 0.2, "maximum": 5},
        "cut": {"type": "string", "enum": CUTS},
    },
}
PRICE = {"price": {"type": "number", "description": "Price. Unit: US dollar."}}
ROWS = [(0.5, "Fair"), (1.0, "Good"), (2.0, "Ideal"), (3.0, "Fair"), (9.9, "Good"), (1.0, "Bad")]
"""Four valid rows; the index of their cut, read backwards, moves the price by 1000, 0, 4000 and 6000 dollars."""
BACKWARDS = Sample("type.category-index", 4, 2500.0, 6000.0)


def backwards(row: Any) -> Any:
    """Decode an index by the wrong order."""
    if isinstance(row, dict) and type(row.get("cut")) is int and 0 <= row["cut"] < len(CUTS):
        return {**row, "cut": CUTS[::-1][row["cut"]]}
    return row


def priced(row: Any, _: int) -> Any:
    """Give a price by weight and cut."""
    return {"price": 1000 * row["carat"] * (1 + CUTS.index(row["cut"]))}


def as_csv(rows: list[tuple[float, str]]) -> bytes:
    """Write rows as a table, with a column that no request has."""
    return "\n".join(["carat,cut,price", *(f"{carat},{cut},1" for carat, cut in rows)]).encode()


def as_lines(rows: list[tuple[float, str]]) -> bytes:
    """Write rows as JSON lines."""
    return b"\n".join(json.dumps({"carat": carat, "cut": cut}).encode() for carat, cut in rows) + b"\n"


FILES: dict[str, Callable[[list[tuple[float, str]]], bytes]] = {
    "rows.csv": as_csv,
    "rows.jsonl": as_lines,
    "rows.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
}


def samples(run: Run) -> dict[str, Sample]:
    """Give the samples of a run's findings by operator."""
    return {s.operator: s for f in run.findings if f.damage for s in f.damage.samples}


@pytest.mark.parametrize("name", FILES)
def test_rows_give_median_and_worst(name: str, tmp_path: Path, service: type[Service]) -> None:
    """Each valid row is mutated as the witness was; the figures are those made by hand, in the contract's unit."""
    path = tmp_path / name
    path.write_bytes(FILES[name](ROWS))
    target = service(PRICE, priced, mend=backwards)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert {finding.verdict for finding in run.findings} == {Verdict.SILENT_200}
    assert samples(run)["type.category-index"] == BACKWARDS
    assert {finding.damage.unit for finding in run.findings if finding.damage} == {"US dollar"}
    unused = ["POST /predict: these columns have no place of their own in a request, and are not used: price"]
    left_out = "POST /predict: 2 of 6 rows are left out: the request would not be valid with them"
    assert run.notes == (*(unused if "csv" in name else []), left_out)


def test_reports_lead_with_the_rows(tmp_path: Path, service: type[Service]) -> None:
    """Text, HTML and JSON begin with the median and the worst; the JSON report is read back to the same run."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    target = service(PRICE, priced, mend=backwards)
    run = prove400.prove(target, target.contract, rows=str(path))
    lead = "FAILED: cut as an int: median $2,500, worst $6,000 over 4 rows; "
    assert REPORTERS["text"](run).replace("\n", " ").startswith(lead)
    html = REPORTERS["html"](run)
    headline = html.partition("<h1")[2].partition("</h1>")[0]
    assert "$6,000" in headline
    assert "cut as an int: median $2,500, worst $6,000 over 4 rows" in html
    assert json.loads(REPORTERS["json"](run))["verdict"].startswith(lead)
    assert load(REPORTERS["json"](run)) == run


def test_without_rows_the_witness_is_all(service: type[Service]) -> None:
    """A note says that damage is that of the witnesses; the unit is there all the same."""
    target = service(PRICE, priced, mend=backwards)
    run = prove400.prove(target, target.contract)
    assert run.notes == ("damage is measured on the witnesses alone: --rows FILE measures it on real rows",)
    assert not samples(run)
    assert {finding.damage.unit for finding in run.findings if finding.damage} == {"US dollar"}


def test_a_row_that_is_refused_does_not_count(tmp_path: Path, service: type[Service]) -> None:
    """Where the service refuses some mutated rows, the others are the sample."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))

    def first_only(row: Any) -> Any:
        return backwards(row) if isinstance(row, dict) and row.get("cut") != 2 else row

    target = service(PRICE, priced, mend=first_only)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert samples(run)["type.category-index"] == Sample("type.category-index", 3, 1000.0, 6000.0)


def test_a_row_that_breaks_the_contract_is_left_out(tmp_path: Path, service: type[Service]) -> None:
    """A row that is not valid as it is shows nothing of one mutation, even where the service takes it."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))

    def clipped(row: Any) -> Any:
        heavy = isinstance(row, dict) and isinstance(row.get("carat"), float) and row["carat"] > 5
        return backwards({**row, "carat": 5.0} if heavy else row)

    target = service(PRICE, priced, mend=clipped)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert samples(run)["type.category-index"] == BACKWARDS


def test_a_file_is_sampled_evenly(tmp_path: Path) -> None:
    """Of many rows, as many as are used are spread over the whole file."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv([(float(index), "Fair") for index in range(1000)]))
    rows = read_rows(str(path))
    assert len(rows) == MOST
    assert [row["carat"] for row in rows[:3]] == ["0.0", "5.0", "10.0"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("absent.csv", None),
        ("empty.csv", b""),
        ("header.csv", b"carat,cut\n"),
        ("bad.jsonl", b"{"),
        ("list.jsonl", b"[1]\n"),
        ("latin.csv", b"carat,cut\n1,\xff\n"),
        ("bad.csv.gz", b"carat"),
        ("cut.csv.gz", gzip.compress(b"carat,cut\n1,Fair\n", mtime=0)[:-9]),
    ],
)
def test_a_file_without_rows_is_refused(name: str, content: bytes | None, tmp_path: Path) -> None:
    """A file that cannot be read as rows is a settings error that says what would be right."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_rows(str(path))
    assert caught.value.where == str(path)
    assert "CSV" in caught.value.hint


def test_rows_stand_in_batches(tmp_path: Path, service: type[Service]) -> None:
    """A row takes the place of the item that was mutated; the prediction of that item is what moves."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    batch = {"type": "object", "required": ["rows"], "additionalProperties": False,
             "properties": {"rows": {"type": "array", "minItems": 2, "maxItems": 3, "items": ROW}}}  # fmt: skip
    answer = {"predictions": {"type": "array", "items": {"type": "object", "properties": PRICE}}}

    def mend(value: Any) -> Any:
        rows = value.get("rows") if isinstance(value, dict) else None
        return {**value, "rows": list(map(backwards, rows))} if isinstance(rows, list) else value

    target = service(answer, lambda value, n: {"predictions": [priced(row, n) for row in value["rows"]]}, batch, mend)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert samples(run)["type.category-index"] == BACKWARDS


def test_a_mutation_beside_the_body_moves_nothing(tmp_path: Path, service: type[Service]) -> None:
    """Where a silent 200 is about a header, each row is sent with it: here it moves no price."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    target = service(PRICE, priced)

    def lenient(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("CONTENT_TYPE") == "text/plain":
            environ["CONTENT_TYPE"] = "application/json"
        return target(environ, start_response)

    run = prove400.prove(lenient, target.contract, rows=str(path))
    assert samples(run) == {"content-type.plain": Sample("content-type.plain", 4, 0.0, 0.0)}


def test_real_diamonds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On the real data, clarity as an index and in another case moves the price of 200 diamonds."""
    monkeypatch.chdir(ROOT)
    report = tmp_path / "run.json"
    command = ["run", "tests.zoo.coerced:app", "--rows", "api/data/diamonds.csv.gz", "--operation", "POST /predict"]
    result = CliRunner().invoke(main, [*command, "--report", f"json={report}"])
    assert result.exit_code == 1, result.output
    assert result.output.replace("\n", " ").startswith(
        "FAILED: clarity as 1: median $1,147, worst $12,765 over 200 rows; "
    )
    found = samples(load(report.read_text()))
    for operator in ("type.category-index", "enum.case"):
        assert found[operator].rows == MOST
        assert 0 < found[operator].median < found[operator].worst


TIMED = {**PRICE, "latency_ms": {"type": "number"}, "duration_s": {"type": "number"}, "carat": {"type": "number"}}
"""An answer with what is no prediction beside the price: times, and an input said again."""


@pytest.mark.parametrize("answer", [TIMED, {}, {"price": {"type": "integer"}, "latency_ms": {"type": "number"}}])
def test_only_predictions_are_damage(answer: dict[str, Any], service: type[Service]) -> None:
    """What moves further than the price and is no prediction is not measured; nor where no prediction is recognised."""

    def timed(row: Any, n: int) -> Any:
        return {"latency_ms": 1e7 * n, "duration_s": 1e6 * n, **priced(row, n), "carat": row["carat"]}

    target = service(answer, timed, mend=backwards)
    run = prove400.prove(target, target.contract, sanity=False)
    assert {finding.damage.location for finding in run.findings if finding.damage} == {"/price"}


def test_damage_is_of_what_the_message_names(service: type[Service]) -> None:
    """Of two predictions that do not repeat, the damage is of the one in the message."""
    answer = {"high": {"type": "number"}, "low": {"type": "number"}}
    target = service(answer, lambda row, n: {"high": row["carat"] + n, "low": row["carat"] + 100 * n})
    run = prove400.prove(target, target.contract)
    finding = next(f for f in run.findings if f.constraint.keyword == "model.repeatable")
    assert "/high" in finding.message
    assert finding.damage is not None
    assert finding.damage.location == "/high"


NESTED = {
    "type": "object",
    "required": ["stone", "cut"],
    "properties": {
        "stone": {"type": "object", "required": ["carat", "year"],
                  "properties": {"carat": ROW["properties"]["carat"], "year": {"type": "integer"}}},
        "cut": ROW["properties"]["cut"],
    },
}  # fmt: skip


def test_flat_columns_fill_a_nested_body(tmp_path: Path, service: type[Service]) -> None:
    """Columns go to their names at any depth; rows that are not valid there are left out, and notes say what is not."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    target = service(PRICE, lambda row, n: priced({**row["stone"], "cut": row["cut"]}, n), NESTED, backwards)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert samples(run)["type.category-index"] == BACKWARDS
    assert [note.partition(": ")[2] for note in run.notes] == [
        "these columns have no place of their own in a request, and are not used: price",
        "these stay the witness's for want of a column: year",
        "2 of 6 rows are left out: the request would not be valid with them",
    ]


def test_a_name_that_stands_twice_is_not_filled(tmp_path: Path, service: type[Service]) -> None:
    """A column whose name stands at two places of a row has no place: both stay the witness's."""
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    twice = {**NESTED, "properties": {**NESTED["properties"], "carat": ROW["properties"]["carat"]},
             "required": ["stone", "cut", "carat"]}  # fmt: skip
    target = service(PRICE, priced, twice, backwards)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert any(note.endswith("are not used: carat, price") for note in run.notes)
    assert any("stay the witness's" in note and "carat" in note for note in run.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "POST /predict: none of the columns a, b has a place in a request; it has carat, cut"),
        (b"carat,cut\n9,Bad\n", "POST /predict: 1 of 1 rows are left out: the request would not be valid with them"),
    ],
)
def test_rows_that_measure_nothing_are_noted(content: bytes, said: str, tmp_path: Path, service: type[Service]) -> None:
    """Columns that match nothing, and rows that are all invalid, are said, and that the witnesses are all there is."""
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    target = service(PRICE, priced, mend=backwards)
    run = prove400.prove(target, target.contract, rows=str(path))
    assert run.notes == (said, "damage is measured on the witnesses alone: no row could be used")
