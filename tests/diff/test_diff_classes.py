"""Classes of forms: equal where the forms are, links followed."""

from __future__ import annotations

from typing import Any

import pytest

from prove400.diff.classes import Classes, Link, group, plain

A, B, C, D = ((0, name) for name in "abcd")


def _classes(units: dict[Any, Any]) -> list[str]:
    found = Classes(units.__getitem__)
    found.add([Link(key) for key in units])
    return [found.of(Link(key)) for key in units]


TABLE: list[tuple[str, dict[Any, Any], list[int]]] = [
    ("a chain of links ends where they lead", {A: Link(B), B: Link(C), C: plain(1), D: plain(2)}, [0, 0, 0, 1]),
    ("a link is what it leads to", {A: group([Link(C)]), B: group([plain(1)]), C: plain(1)}, [0, 0, 1]),
    ("what is deep tells", {A: group([Link(B)]), B: group([Link(C)]), C: group([Link(D)]), D: plain(1)}, [0, 1, 2, 3]),
    ("two ways round one circle", {A: group(["x", Link(B)]), B: group(["x", Link(A)])}, [0, 0]),
    ("circles with another member", {A: group(["x", Link(A)]), B: group(["y", Link(B)])}, [0, 1]),
    ("circles that differ far away", {A: group(["x", Link(B)]), B: group(["x", Link(C)]), C: group(["y", Link(A)]),
                                      D: group(["x", Link(D)])}, [0, 1, 2, 3]),
    ("an order that counts", {A: group([plain(1), plain(2)]), B: group([plain(2), plain(1)])}, [0, 1]),
    ("an order that does not", {A: group([plain(1), Link(C)], is_ordered=False),
                                B: group([Link(C), plain(1)], is_ordered=False), C: plain(3)}, [0, 0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("units", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_units_are_of_one_class_where_they_mean_the_same(units: dict[Any, Any], expected: list[int]) -> None:
    """Units of one class have one digest, and no others do."""
    found = _classes(units)
    assert [list(dict.fromkeys(found)).index(each) for each in found] == expected
