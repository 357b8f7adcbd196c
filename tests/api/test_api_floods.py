"""Requests that are as large as they may be and faulty all over: what they cost is bounded, and so is the reply."""

from __future__ import annotations

import json
import re
import tracemalloc
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

from api import models
from api.pointer import LONGEST_POINTER, extend, locate
from api.problems import MOST_BYTES, MOST_FAULTS, Fault, listed
from api.strict_json import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.testing import FlaskClient
    from pydantic import BaseModel

BODY = 256 * 1024


def names(length: int = 1) -> Iterable[str]:
    """Give names of at least `length` characters without end, none of them a feature's."""
    return (f"{number:{length}x}".replace(" ", "n") for number in count())


def filled(start: str, items: Iterable[str], end: str) -> bytes:
    """Give as many items between start and end as the largest body holds."""
    found, room = [], BODY - len(start) - len(end)
    for item in items:
        room -= len(item) + 1
        if room < 0:
            break
        found.append(item)
    return (start + ",".join(found) + end).encode()


def members(number: int) -> str:
    """Give that many members with names that nobody knows."""
    return ",".join(f'"{name}":0' for name in islice(names(), number))


def repeated(item: str) -> Iterable[str]:
    """Give an item without end."""
    return (item for _ in count())


DEEP = f'{{"{"k" * 256}":' * 31
TILDES = f'{{"{"~" * 256}":' * 31
CONTROL = r"\u0001" * 250
ALONE = "/predict"
BATCH = "/predict/batch"
FLOODS: dict[str, tuple[str, bytes]] = {
    "empty items": (BATCH, filled('{"instances":[', repeated("{}"), "]}")),
    "numbers for items": (BATCH, filled('{"instances":[', repeated("0"), "]}")),
    "names in items": (BATCH, filled('{"instances":[', [f"{{{members(430)}}}"] * 64, "]}")),
    "names": (ALONE, filled("{", (f'"{name}":0' for name in names()), "}")),
    "names in and beside items": (
        BATCH,
        filled('{"instances":[', [f"{{{members(270)}}}"] * 65, f"],{members(14_000)}}}"),
    ),
    "long names": (ALONE, filled("{", (f'"{name}":0' for name in names(250)), "}")),
    "no numbers, deep": (ALONE, filled(DEEP + "[", repeated("NaN"), "]" + "}" * 31)),
    "no numbers under escapes": (ALONE, filled(TILDES + "{", (f'"{n}":NaN' for n in names()), "}" * 32)),
    "names that stand twice": (ALONE, filled("{", (f'"{name}":0,"{name}":0' for name in names()), "}")),
    "surrogates": (ALONE, filled(DEEP + "[", repeated(r'"\ud800"'), "]" + "}" * 31)),
    "control characters": (ALONE, filled("{", (f'"{name}{CONTROL}":0' for name in names()), "}")),
}


@pytest.fixture(params=FLOODS)
def flood(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    """Give path and body of a flood."""
    return FLOODS[request.param]


def test_no_more_faults_are_made_than_a_few_times_what_is_listed(
    flood: tuple[str, bytes], client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a fault costs is not paid for each place of a body, nor for pairs of them."""
    made, compared = count(), count()

    def make(self: Fault, *args: Any) -> None:
        next(made)
        original(self, *args)

    original = Fault.__init__
    monkeypatch.setattr(Fault, "__init__", make)
    monkeypatch.setattr(Fault, "__eq__", lambda *_: bool(next(compared)))
    path, body = flood
    assert client.post(path, data=body, content_type="application/json").status_code == 400
    assert next(made) <= 3 * MOST_FAULTS
    assert next(compared) == 0


def test_memory_and_reply_are_bounded(flood: tuple[str, bytes], client: FlaskClient) -> None:
    """No body takes more than 64 MiB of Python's memory, nor makes a reply much larger than the largest body."""
    path, body = flood
    assert BODY / 2 < len(body) <= BODY
    tracemalloc.start()
    try:
        reply = client.post(path, data=body, content_type="application/json")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024
    assert len(reply.data) < MOST_BYTES + 4096


def test_the_reply_says_how_many_faults_it_lists(flood: tuple[str, bytes], client: FlaskClient) -> None:
    """The number is of all that were looked for, and the first are said to be the first."""
    path, body = flood
    told = json.loads(client.post(path, data=body, content_type="application/json").data)
    said = re.fullmatch(
        r"The request has (\d+|more than 1000) faults\.(?: The first (\d+) are listed\.)?", told["detail"]
    )
    assert said
    assert int(said[2] or said[1]) == len(told["errors"]) <= MOST_FAULTS


def test_as_many_faults_are_listed_as_fit() -> None:
    """The list ends before the fault that would make it too long, by number or by bytes."""
    short = Fault("body", "/a", "type", "must be a number")
    long = Fault("body", "/" + "\U0001f48e" * 1000, "type", "must be a number")
    assert len(listed([short] * 2000)) == MOST_FAULTS
    size = len(json.dumps(long.to_json()))
    assert len(listed([long] * 1000 + [short])) == MOST_BYTES // size


def test_items_past_the_length_of_a_batch_are_not_judged(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the whole array is refused for its length, only what a batch may hold is judged."""
    lengths = []

    def read(wire: models.Wire, model: type[BaseModel], value: Any) -> Any:
        lengths.append(len(value["instances"]))
        return original(wire, model, value)

    original = models.read
    monkeypatch.setattr(models, "read", read)
    client.post("/predict/batch", json={"instances": [{}] * 1000})
    assert lengths == [64]


@pytest.mark.parametrize("name", ["k" * 200, "~" * 200, "/" * 199, "é" * 256])
def test_a_long_pointer_is_cut_and_says_so(name: str) -> None:
    """It ends in an ellipsis, grows no further, and is a JSON Pointer still; a shorter one is whole."""
    pointer = ""
    for _ in range(40):
        longer = extend(pointer, name)
        assert longer.startswith(pointer.removesuffix("…").rstrip("~"))
        pointer = longer
    assert pointer.endswith("…")
    assert len(pointer) <= LONGEST_POINTER + 1
    assert "~" not in pointer.replace("~0", "").replace("~1", "")
    assert locate(["instances", 63, "carat"]) == "/instances/63/carat"


@pytest.mark.parametrize("length", range(LONGEST_POINTER - 5, LONGEST_POINTER + 2))
def test_no_whole_pointer_is_taken_for_a_cut_one(length: int) -> None:
    """What is under a pointer of nearly the most characters is located there, or cut."""
    pointer = extend("/" + "a" * (length - 3), "b")
    assert extend(pointer, "c").endswith(("/b/c", "…"))


@pytest.mark.parametrize("most", [1, 7])
def test_flaws_are_listed_until_there_are_enough(most: int) -> None:
    """The first of them are, in the order of the text."""
    found = parse(b"[" + b"NaN," * 1000 + b"NaN]", most=most).flaws
    assert [flaw.pointer for flaw in found] == [f"/{index}" for index in range(most)]
