"""Very many values in little memory: blocks of them, pickled and compressed, that are read one at a time."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar, overload

T = TypeVar("T")
BLOCK = 1_024
"""Values of one block."""
_LEVEL = 1
"""Of compression: the values of a block repeat each other, so that the fastest gets nearly all there is to get."""


class Packed(Sequence[T]):
    """A sequence of which all but the last values are in blocks; whoever goes through it reads one after the other."""

    def __init__(self, blocks: Iterable[bytes], last: Iterable[T] = ()) -> None:
        """Take blocks of `BLOCK` values each, and what is behind them."""
        self._blocks, self._last = tuple(blocks), tuple(last)
        self._read: tuple[int, list[T]] = -1, []  # the block that was asked last, by its number

    def __len__(self) -> int:
        """Give the number of values."""
        return len(self._blocks) * BLOCK + len(self._last)

    def __iter__(self) -> Iterator[T]:
        """Give the values, with one block in memory at a time."""
        return chain(chain.from_iterable(map(_unpacked, self._blocks)), self._last)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """Give one value, or those of a slice."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        block, place = divmod(range(len(self))[index], BLOCK)
        if block == len(self._blocks):
            return self._last[place]
        if self._read[0] != block:
            self._read = block, _unpacked(self._blocks[block])
        return self._read[1][place]

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence has the same values."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    __hash__ = None  # type: ignore[assignment]

    def changed(self, change: Callable[[T], T]) -> Packed[T]:
        """Give the sequence with something done to each value."""
        blocks = (packed(map(change, _unpacked(block))) for block in self._blocks)
        return Packed(blocks, map(change, self._last))


def packed(values: Iterable[Any]) -> bytes:
    """Give values as one block."""
    return zlib.compress(pickle.dumps(list(values), pickle.HIGHEST_PROTOCOL), _LEVEL)


def _unpacked(block: bytes) -> list[Any]:
    values: list[Any] = pickle.loads(zlib.decompress(block))  # noqa: S301 — packed here, in this process
    return values


def _same(one: object, other: object) -> bool:
    return one == other
