"""What no list holds, one thought each: many faults at once, deep structures, broken bytes, other spellings."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from fuzz.conftest import Ask
from fuzz.profiles import searched
from fuzz.requests import (
    BATCH,
    BROKEN,
    BROKEN_ROWS,
    INVALID,
    JSON,
    PREDICT,
    ROWS,
    SPACES,
    VALID,
    faulty_names,
    predict,
    with_body,
)
from prove400 import Reply, Request, pointer
from prove400.serialization import json_bytes
from prove400.validation import parse

OK, REFUSED = 200, 400


def told(reply: Reply) -> tuple[int, Any]:
    """Give what a reply says, without what is of this one request."""
    said = json.loads(reply.body)
    said.pop("instance", None)
    return reply.status, said


def faults(reply: Reply) -> set[tuple[str, str, str]]:
    """Give the faults that a refusal lists, in no order."""
    return {(f["in"], f["pointer"], f["code"]) for f in json.loads(reply.body).get("errors", [])}


@searched(INVALID)
def test_every_invalid_request_is_refused_and_one_of_its_faults_is_named(ask: Ask, request: Request) -> None:
    """One to five faults, of values, structure or bytes, get a structured 400 that names at least one of them."""
    ask(request)


@searched(VALID)
def test_every_valid_request_is_predicted_inside_the_response_schema(ask: Ask, request: Request) -> None:
    """Whatever the contract admits gets a 200 whose body it describes."""
    assert ask(request).status == OK


@searched(VALID | INVALID)
def test_the_same_bytes_get_the_same_verdict(ask: Ask, request: Request) -> None:
    """Nothing of an answer depends on what was asked before."""
    assert told(ask(request)) == told(ask(request))


@searched(VALID | BROKEN, st.integers(0, 8), SPACES)
def test_order_of_names_and_white_space_do_not_matter(ask: Ask, request: Request, turns: int, space: str) -> None:
    """The same value in another spelling gets the same price, or the same faults."""
    value = parse(request.body)  # written anew either way, so that numbers are spelled alike
    first, again = (ask(with_body(request, respelled(value, *how))) for how in ((0, ""), (turns, space)))
    assert (again.status, faults(again)) == (first.status, faults(first))
    if first.status == OK:
        assert again.body == first.body


def respelled(value: Any, turns: int, space: str) -> bytes:
    """Write a value with the names of its objects in another order, and white space wherever it may stand."""
    return json.dumps(turned(value, turns), separators=(f"{space},{space}", f"{space}:{space}")).encode()


def turned(value: Any, turns: int) -> Any:
    """Move the first members of every object to its end."""
    if isinstance(value, dict):
        members = [(name, turned(inner, turns)) for name, inner in value.items()]
        cut = turns % (len(members) or 1)
        return dict(members[cut:] + members[:cut])
    return [turned(inner, turns) for inner in value] if isinstance(value, list) else value


@searched(BROKEN_ROWS, BROKEN_ROWS)
def test_a_further_fault_never_turns_a_refusal_into_a_200(ask: Ask, first: Any, second: Any) -> None:
    """With what is wrong in a second row added to what is wrong in the first, it is refused as the first is."""
    assert ask(predict(first)).status == REFUSED
    if isinstance(first, dict) and isinstance(second, dict):
        further = faulty_names(second).difference(faulty_names(first)).intersection(second)
        assert ask(predict(first | {name: second[name] for name in further})).status == REFUSED


@searched(st.lists(ROWS, min_size=1, max_size=8))
def test_a_batch_is_the_sum_of_its_rows(ask: Ask, rows: list[Any]) -> None:
    """Each row of a batch gets the price that it gets alone, in the same order."""
    together = json.loads(ask(predict({"instances": rows}, BATCH)).body)["predictions"]
    assert [item["price"] for item in together] == [json.loads(ask(predict(row)).body)["price"] for row in rows]


@searched(st.lists(ROWS, max_size=6), BROKEN_ROWS, st.integers(0, 6))
def test_one_bad_row_refuses_the_batch_and_is_named_by_its_index(
    ask: Ask, rows: list[Any], broken: Any, at: int
) -> None:
    """No other row is to blame, and none is priced."""
    at = min(at, len(rows))
    refusal = ask(predict({"instances": [*rows[:at], broken, *rows[at:]]}, BATCH))
    assert refusal.status == REFUSED
    named = {tuple(pointer.tokens(place)[:2]) for part, place, _ in faults(refusal) if part == "body"}
    assert named == {("instances", str(at))}


@searched(VALID, JSON, st.integers(0, 10**6))
def test_api_and_schema_agree_on_any_value_at_any_place(ask: Ask, request: Request, value: Any, at: int) -> None:
    """With any JSON value at one place a request is refused where the schema refuses it, and answered where not."""
    body = parse(request.body)
    every = [place for place, _ in pointer.walk(body)]
    ask(with_body(request, json_bytes(pointer.replace(body, every[at % len(every)], value))))


@searched(JSON, st.sampled_from([PREDICT, BATCH]))
def test_api_and_schema_agree_on_any_value(ask: Ask, value: Any, label: str) -> None:
    """Whatever JSON is sent for a whole body, API and schema are of one mind."""
    ask(predict(value, label))
