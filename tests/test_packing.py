"""Many values in little memory: what is read back is what was put away."""

from __future__ import annotations

import pytest

import prove400
from benchmarks.scaling import contract
from benchmarks.speed.memory import server
from prove400.engine import findings, packing
from prove400.engine.packing import BLOCK, Packed, packed
from prove400.reporters import REPORTERS, load


def test_a_packed_sequence_is_as_the_values_are() -> None:
    """Length, order, places from either end, slices and equality are those of a tuple."""
    values = tuple(range(2 * BLOCK + 3))
    sequence = Packed([packed(values[:BLOCK]), packed(values[BLOCK : 2 * BLOCK])], values[2 * BLOCK :])
    assert len(sequence) == len(values)
    assert tuple(sequence) == values
    assert [sequence[i] for i in (0, BLOCK - 1, BLOCK, 2 * BLOCK + 2, -1)] == [0, BLOCK - 1, BLOCK, *values[-1:] * 2]
    assert sequence[BLOCK - 1 : BLOCK + 1] == [BLOCK - 1, BLOCK]
    assert sequence == values
    assert sequence != values[1:]
    assert sequence != (*values[:-1], 0)
    assert tuple(sequence.changed(lambda value: -value)) == tuple(-value for value in values)
    with pytest.raises(IndexError):
        sequence[len(values)]


def test_places_of_one_block_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for one value after the other unpacks each block once."""
    sequence, unpacked = Packed([packed(range(BLOCK))] * 2), []
    monkeypatch.setattr(packing, "_unpacked", lambda block: unpacked.append(1) or list(range(BLOCK)))
    assert sum(sequence[index] for index in range(2 * BLOCK)) == BLOCK * (BLOCK - 1)
    assert len(unpacked) == 2


def test_a_stream_of_obligations_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large run holds blocks, and tells the same as one that keeps every obligation at hand."""
    monkeypatch.setattr(packing, "BLOCK", 16)
    monkeypatch.setattr(findings, "BLOCK", 16)
    monkeypatch.setattr(findings, "OPEN", 64)
    proof = prove400.start(server, contract(1))
    for case in proof.planned():
        proof.judge(case)
    streamed, whole = prove400.prove(server, contract(1)), proof.run()
    assert isinstance(streamed.outcomes, Packed)
    assert isinstance(whole.outcomes, tuple)
    assert streamed.outcomes == whole.outcomes
    assert streamed.ok
    assert load(REPORTERS["json"](streamed)).outcomes == whole.outcomes
