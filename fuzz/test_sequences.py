"""Requests of every kind in any order: what one of them does must not show in another."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fuzz.conftest import Ask
from fuzz.profiles import SEED, SETTINGS
from fuzz.requests import BATCH, BROKEN_ROWS, INVALID, ROWS, VALID, predict
from prove400 import Request

OK, REFUSED = 200, 400


class Sequence(RuleBasedStateMachine):
    """One client's requests, one after the other; every reply is proven, and compared with the ones before."""

    ask: Ask

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self.prices: dict[str, float] = {}
        self.versions: set[str] = set()

    @rule(row=ROWS)
    def one_row(self, row: Any) -> None:
        """A row has the price that it had before."""
        said = self.answer(predict(row))
        self.versions.add(said["model_version"])
        self.is_as_before(row, said["price"])

    @rule(rows=st.lists(ROWS, min_size=1, max_size=4))
    def batch(self, rows: list[Any]) -> None:
        """So has each row of a batch."""
        said = self.answer(predict({"instances": rows}, BATCH))
        self.versions.add(said["model_version"])
        for row, item in zip(rows, said["predictions"], strict=True):
            self.is_as_before(row, item["price"])

    @rule(request=VALID)
    def anything_valid(self, request: Request) -> None:
        """It is answered."""
        assert self.ask(request).status == OK

    @rule(request=INVALID)
    def anything_invalid(self, request: Request) -> None:
        """It is refused, and names what is wrong."""
        self.ask(request)

    @rule(rows=st.lists(ROWS, max_size=2), broken=BROKEN_ROWS)
    def batch_with_a_bad_row(self, rows: list[Any], broken: Any) -> None:
        """It is refused as a whole."""
        assert self.ask(predict({"instances": [*rows, broken]}, BATCH)).status == REFUSED

    @rule(path=st.sampled_from(["/health", "/readiness", "/metrics", "/monitoring", "/openapi.json"]))
    def look(self, path: str) -> None:
        """What operators ask is answered between all of this."""
        assert self.ask(Request("GET", path)).status == OK

    @rule()
    def model_info(self) -> None:
        """The model says of itself what its answers say."""
        self.versions.add(self.answer(Request("GET", "/model-info"))["model_version"])

    @invariant()
    def one_model_answers(self) -> None:
        """The model is the same from the first request to the last."""
        assert len(self.versions) <= 1

    def answer(self, request: Request) -> Any:
        """Give the body of an answer."""
        reply = self.ask(request)
        assert reply.status == OK
        return json.loads(reply.body)

    def is_as_before(self, row: Any, price: float) -> None:
        """Compare a price with the one that the row had, where it had one."""
        assert self.prices.setdefault(json.dumps(row, sort_keys=True), price) == price


def test_no_request_changes_what_another_is_told(ask: Ask) -> None:
    """Valid, invalid, batch, health and metadata requests in any order keep to the contract, and to their prices."""

    @seed(SEED)
    class Here(Sequence):
        def __init__(self) -> None:
            super().__init__()
            self.ask = ask

    run_state_machine_as_test(Here, settings=SETTINGS)
