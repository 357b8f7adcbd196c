"""Servers with faults that were planted before the tool was run on them: each is one, and its request shows it."""

from __future__ import annotations

import json
from urllib.parse import unquote
from wsgiref.types import WSGIApplication

import pytest

from benchmarks.kill_score.defects import BLIND_DEFECTS, Defect
from benchmarks.kill_score.defects.defect import BLIND, GONE, contract, correct, sample
from benchmarks.kill_score.service import looked_up
from prove400 import Request
from tests.zoo.wsgi import Answer, ask, environment

PLANTED = 50


def seen(answer: Answer) -> tuple[int, bytes, str | None]:
    """Give what can differ between two answers."""
    return answer.status, answer.body, dict(answer.headers).get("Content-Type")


def served(server: WSGIApplication, request: Request) -> Answer:
    """Ask a server as one does who decodes the path (PEP 3333) and tells it the length that the request tells."""
    environ = environment(request)
    environ["PATH_INFO"] = unquote(environ["PATH_INFO"], "latin-1")
    environ["CONTENT_LENGTH"] = dict(request.headers).get("Content-Length", str(len(request.body)))
    return ask(server, environ)


def jobs() -> list[tuple[str, str, object]]:
    """Give method, path and body of every example of the contract."""
    targets = {"POST": "/v1/draft/transcripts", "PUT": "/v1/jobs/job-1234"}
    operations = (operation for item in contract(BLIND[0])["paths"].values() for operation in item.items())
    return [
        (method.upper(), targets[method.upper()], example["value"])
        for method, operation in operations
        for example in operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("examples", {})
        .values()
    ]


def test_there_are_fifty_defects() -> None:
    """Fifty defects of one contract, each with a name and a story of its own."""
    assert len({defect.name for defect in BLIND_DEFECTS}) == len(BLIND_DEFECTS) == PLANTED
    assert len({defect.story for defect in BLIND_DEFECTS}) == PLANTED
    assert {defect.contract for defect in BLIND_DEFECTS} == set(BLIND)


@pytest.mark.parametrize("defect", BLIND_DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_proven_without_the_engine(defect: Defect) -> None:
    """The correct and the faulty server answer the proof with the statuses named, and differently."""
    request: Request = defect.request
    good, bad = (served(server, request) for server in (correct(defect.contract), defect.server()))
    assert (good.status, bad.status) == (defect.correct, defect.faulty), (good.body, bad.body)
    assert seen(good) != seen(bad)


@pytest.mark.parametrize("defect", BLIND_DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_brings_no_other(defect: Defect) -> None:
    """The faulty server still answers the operation without a body, and refuses half a body and one in UTF-16."""
    body = json.dumps(sample(BLIND[0], "note", output=GONE))
    fields = (("Content-Type", "application/json"), ("Content-Length", str(len(body) + 1)))
    half = Request("POST", jobs()[1][1], fields, body.encode())
    wide = Request("POST", jobs()[1][1], fields[:1], body.encode("utf-16"))
    statuses = [served(defect.server(), r).status for r in (Request("GET", "/v1/vocabularies/en", (), b""), half, wide)]
    assert statuses == [200, 400, 200 if defect.name == "utf-16-read" else 400]


@pytest.mark.parametrize(("method", "path", "body"), jobs(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_correct_server_answers_one_prediction_for_each_clip(
    method: str, path: str, body: dict[str, list[object]]
) -> None:
    """Every example gets as many predictions as it has clips, in their order, as the response schema demands them."""
    request = Request(method, path, (("Content-Type", "application/json"),), json.dumps(body).encode())
    answer = served(correct(BLIND[0]), request)
    assert answer.status == 200, answer.body
    assert [item["id"] for item in answer.value["clips"]] == [item["id"] for item in body["clips"]]


def test_every_expected_place_stands_in_the_contract() -> None:
    """A location that a defect is expected at is one of the contract's, so that no expectation is out of reach."""
    starts = {"/schemas/": "/components", "/paths/": ""}
    places = [pin for defect in BLIND_DEFECTS for pin in defect.pins if pin.startswith(tuple(starts))]
    for place in places:
        looked_up(contract(BLIND[0]), starts[place[: place.index("/", 1) + 1]] + place)
    assert len(places) > PLANTED / 2
