"""Servers with faults that were planted before the tool was run on them: each is one, and its request shows it."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlencode
from wsgiref.types import WSGIApplication

import pytest

from benchmarks.kill_score.defects import BLIND_DEFECTS, Defect
from benchmarks.kill_score.defects.defect import BLIND, GONE, contract, correct, post, sample
from benchmarks.kill_score.service import FORM, looked_up
from prove400 import Request
from tests.zoo.wsgi import Answer, ask, environment

PLANTED = {"blind-voice": 50, "blind-homes": 73}
SURE = {
    "blind-voice": ("/v1/draft/transcripts", sample("blind-voice", "note", output=GONE), "/v1/vocabularies/en"),
    "blind-homes": ("/v2/valuations", sample("blind-homes", "single"), "/v2/markets/SE11/index?from=2026-01-01"),
}
"""Of each contract an operation with a body, a body, and the target of one without."""


def seen(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Give what can differ between two answers."""
    return answer.status, answer.body, sorted(pair for pair in answer.headers if pair[0] != "Content-Length")


def served(server: WSGIApplication, request: Request) -> Answer:
    """Ask a server as one does who decodes the path (PEP 3333) and tells it the length that the request tells."""
    environ = environment(request)
    environ["PATH_INFO"] = unquote(environ["PATH_INFO"], "latin-1")
    environ["CONTENT_LENGTH"] = dict(request.headers).get("Content-Length", str(len(request.body)))
    return ask(server, environ)


def filled(path: str, operation: dict[str, object], item: object, media: str) -> Request:
    """Write a request of a contract's examples."""
    given = operation.get("parameters", [])
    assert isinstance(given, list)
    for parameter in given:
        path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    fields = tuple((p["name"], p["example"]) for p in given if p["in"] == "header")
    form = {k: str(v).lower() if isinstance(v, bool) else v for k, v in item.items()} if isinstance(item, dict) else {}
    body = urlencode(form, doseq=True).encode() if media == FORM else item
    return post(path, body, *fields, kind=media)


def jobs() -> list[tuple[str, str, Request, object]]:
    """Give contract, method, request and body of every example of a body."""
    return [
        (name, method.upper(), filled(path, operation, example["value"], media), example["value"])
        for name in BLIND
        for path, item in contract(name)["paths"].items()
        for method, operation in item.items()
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        for example in content["examples"].values()
    ]


def test_every_blind_contract_has_its_defects() -> None:
    """Each contract has as many defects as were planted, each with a name and a story of its own."""
    assert {name: sum(defect.contract == name for defect in BLIND_DEFECTS) for name in BLIND} == PLANTED
    assert len({str(defect) for defect in BLIND_DEFECTS}) == len(BLIND_DEFECTS)
    assert len({defect.story for defect in BLIND_DEFECTS}) == len(BLIND_DEFECTS)


@pytest.mark.parametrize("defect", BLIND_DEFECTS, ids=str)
def test_a_defect_is_proven_without_the_engine(defect: Defect) -> None:
    """The correct and the faulty server answer the proof with the statuses named, and differently."""
    request: Request = defect.request
    good, bad = (served(server, request) for server in (correct(defect.contract), defect.server()))
    assert (good.status, bad.status) == (defect.correct, defect.faulty), (good.body, bad.body)
    assert seen(good) != seen(bad)


@pytest.mark.parametrize("defect", BLIND_DEFECTS, ids=str)
def test_a_defect_brings_no_other(defect: Defect) -> None:
    """The faulty server still answers the operation without a body, and refuses half a body and one in UTF-16."""
    target, value, plain = SURE[defect.contract]
    body = json.dumps(value)
    fields = (("Content-Type", "application/json"), ("Content-Length", str(len(body) + 1)))
    half = Request("POST", target, fields, body.encode())
    wide = Request("POST", target, fields[:1], body.encode("utf-16"))
    statuses = [served(defect.server(), r).status for r in (Request("GET", plain, (), b""), half, wide)]
    assert statuses == [200, 400, 200 if defect.name == "utf-16-read" else 400]


@pytest.mark.parametrize(("name", "method", "request_", "body"), jobs())
def test_a_correct_server_answers_every_example(name: str, method: str, request_: Request, body: object) -> None:
    """Every example gets its answer, with as many predictions as it has items, in their order."""
    request = Request(method, request_.target, request_.headers, request_.body)
    answer = served(correct(name), request)
    assert answer.status == (204 if method == "PUT" and name == "blind-homes" else 200), answer.body
    array, key = {"blind-voice": ("clips", "id"), "blind-homes": ("homes", "ref")}[name]
    if isinstance(body, dict) and array in body:
        assert [item[key] for item in answer.value[array]] == [item[key] for item in body[array]]


def test_every_expected_place_stands_in_the_contract() -> None:
    """A location that a defect is expected at is one of the contract's, so that no expectation is out of reach."""
    starts = {"/schemas/": "/components", "/paths/": ""}
    places = [
        (defect.contract, pin) for defect in BLIND_DEFECTS for pin in defect.pins if pin.startswith(tuple(starts))
    ]
    for name, place in places:
        looked_up(contract(name), starts[place[: place.index("/", 1) + 1]] + place)
    assert len(places) > len(BLIND_DEFECTS) / 2
