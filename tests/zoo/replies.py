"""Defects of replies: refusals that nobody can read, predictions outside their own schema."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from prove400 import Verdict
from tests.zoo.defect import BATCH, Defect, Proof, anywhere, at, batch, below, diamond, pins, post, verdicts
from tests.zoo.kinds import CATEGORY_PLACES, NUMBER_PLACES
from tests.zoo.signature import HIGHEST, LOWEST
from tests.zoo.wsgi import BATCH_PATH, Answer, Build, around, ask, on_answer, posted_value

TRACEBACK = """Traceback (most recent call last):
  File "/srv/app/api/routes.py", line 83, in _accept
    model.model_validate(value)
pydantic_core._pydantic_core.ValidationError: 1 validation error for Diamond"""
EVERY_FIELD = pins("type", *NUMBER_PLACES, *CATEGORY_PLACES)
BAD_CUT = post(diamond(cut="Excellent"))


def refusal(change: Any) -> Build:
    """Make a server whose 400 is `change(answer)`."""
    return on_answer(lambda answer, _: change(answer), 400)


def naming(change: Any) -> Build:
    """Make a server whose 400 lists the faults `change(faults)`."""
    return refusal(lambda answer: answer.json(answer.value | {"errors": change(answer.value["errors"])}))


def one_row_down(fault: dict[str, str]) -> dict[str, str]:
    """Count the rows from one."""
    pointer = re.sub(r"^/instances/(\d+)", lambda found: f"/instances/{int(found[1]) + 1}", fault["pointer"])
    return fault | {"pointer": pointer}


def unlocated(fault: dict[str, str]) -> dict[str, str]:
    """Drop where a fault stands in the body."""
    return fault | {"pointer": ""} if fault["in"] == "body" else fault


def at_row(fault: dict[str, str]) -> dict[str, str]:
    """Cut a fault's place down to its row."""
    return fault | {"pointer": re.sub(r"^(/instances/\d+)/.*", r"\1", fault["pointer"])}


def with_status(answer: Answer, status: int) -> Answer:
    """Give a problem with another status, in its line and in its body."""
    return replace(answer.json(answer.value | {"status": status}), status=status)


def one_fault(faults: list[dict[str, str]]) -> list[dict[str, str]]:
    """Blame the first field, whatever is wrong."""
    return [faults[0] | {"in": "body", "pointer": "/carat"}]


def prediction(change: Any) -> Build:
    """Make a server whose predictions are `change(answer, request's value)`."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = posted_value(environ)
        answer = ask(app, environ)
        is_prediction = environ["PATH_INFO"] == "/predict" and answer.status == HTTPStatus.OK
        return change(answer, value) if is_prediction else answer

    return around(handle)


def priced(price: Any, when: Any = lambda _: True) -> Build:
    """Make a server that prices `price` where `when(diamond)` is true."""
    return prediction(lambda answer, value: answer.json(answer.value | {"price": price}) if when(value) else answer)


MISNAMED = verdicts(Verdict.MISATTRIBUTED)
SHAPELESS = verdicts(Verdict.UNSTRUCTURED)
UNSOUND = verdicts(Verdict.BAD_RESPONSE)
WITNESS = pins("witness", "")
SAME = Proof(BAD_CUT, 400, 400)
GOOD = Proof(post(diamond()), 200, 200)
REPLIES = (
    Defect(
        "status-200-with-error",
        "The framework's error is wrapped into a 200, as an old SOAP client wanted it.",
        refusal(lambda a: replace(a.header("Content-Type", "application/json"), status=200)),
        Proof(BAD_CUT, 400, 200),
        EVERY_FIELD,
        every=True,
        also=anywhere,
    ),
    Defect(
        "html-400",
        "Werkzeug's own page goes out where the problem handler was not registered.",
        refusal(lambda a: a.text("<!doctype html><title>400</title><h1>Bad Request</h1><p>cut</p>", "text/html")),
        SAME,
        EVERY_FIELD,
        SHAPELESS,
        every=True,
        also=anywhere,
    ),
    Defect(
        "plain-text-400",
        "The handler returns a string and a status.",
        refusal(lambda a: a.text(a.value["errors"][0]["pointer"] + " is bad", "text/plain; charset=utf-8")),
        SAME,
        EVERY_FIELD,
        SHAPELESS,
        every=True,
        also=anywhere,
    ),
    Defect(
        "json-but-other-schema",
        "The web framework's default error body is sent, under the right media type.",
        refusal(lambda a: a.json({"detail": [{"loc": ["body", *a.value["errors"][0]["pointer"].split("/")[1:]]}]})),
        SAME,
        EVERY_FIELD,
        SHAPELESS,
        every=True,
        also=anywhere,
    ),
    Defect(
        "problem-as-plain-json",
        "jsonify() sets application/json where the contract says application/problem+json.",
        refusal(lambda a: a.header("Content-Type", "application/json")),
        SAME,
        EVERY_FIELD,
        SHAPELESS,
        every=True,
        also=anywhere,
    ),
    Defect(
        "truncated-problem",
        "A logging middleware cuts bodies at 120 bytes, and the reply is the same object.",
        refusal(lambda a: a.text(a.body.decode()[:120], "application/problem+json")),
        SAME,
        EVERY_FIELD,
        SHAPELESS,
        every=True,
        also=anywhere,
    ),
    Defect(
        "422-for-400",
        "The framework's default for validation errors is 422, the contract says 400.",
        refusal(lambda a: with_status(a, 422)),
        Proof(BAD_CUT, 400, 422),
        EVERY_FIELD,
        verdicts(Verdict.WRONG_STATUS),
        every=True,
        also=anywhere,
    ),
    Defect(
        "404-for-400",
        "get_object_or_404 was used for the look-up of categories.",
        on_answer(lambda a, _: with_status(a, 404) if a.value["errors"][0]["code"] == "enum" else a, 400),
        Proof(BAD_CUT, 400, 404),
        pins("enum", *CATEGORY_PLACES),
        verdicts(Verdict.WRONG_STATUS),
        every=True,
        also=anywhere,
    ),
    Defect(
        "blames-first-field",
        "The message was written for the weight and copied to every other field.",
        naming(one_fault),
        SAME,
        EVERY_FIELD - pins("type", "/carat"),
        MISNAMED,
        every=True,
        also=anywhere,
    ),
    Defect(
        "blames-object-only",
        "The validator's path is dropped on the way to the reply.",
        naming(lambda faults: [unlocated(fault) for fault in faults]),
        SAME,
        EVERY_FIELD,
        MISNAMED,
        every=True,
        also=anywhere,
    ),
    Defect(
        "blames-row-only",
        "Rows are validated as a whole, so the field inside of the row is lost.",
        naming(lambda faults: [at_row(fault) for fault in faults]),
        Proof(batch(diamond(x="a")), 400, 400),
        pins("type", *(f"/instances/*{p}" for p in NUMBER_PLACES)),
        MISNAMED,
        every=True,
        also=below("/instances/*"),
        operations=(BATCH,),
    ),
    Defect(
        "rows-from-one",
        "Rows are counted from one, as in the spreadsheet that the users see.",
        naming(lambda faults: [one_row_down(fault) for fault in faults]),
        Proof(batch(diamond(x="a")), 400, 400),
        pins("type", *(f"/instances/*{p}" for p in NUMBER_PLACES)),
        MISNAMED,
        every=True,
        also=below("/instances/*"),
        operations=(BATCH,),
    ),
    Defect(
        "misspelt-field",
        "The reply names the database's column instead of the contract's property.",
        naming(lambda faults: [f | {"pointer": f["pointer"].replace("/clarity", "/clarity_grade")} for f in faults]),
        Proof(post(diamond(clarity="VS")), 400, 400),
        pins("enum", "/clarity"),
        MISNAMED,
        also=at(*pins("type", "/clarity"), *pins("required", "/clarity")),
    ),
    Defect(
        "no-faults-listed",
        "The list of errors is built, and then the empty one of the signature is sent.",
        naming(lambda _: []),
        SAME,
        EVERY_FIELD,
        MISNAMED,
        every=True,
        also=anywhere,
    ),
    Defect(
        "traceback-in-400",
        "str(traceback) helps while debugging, and debugging never ended.",
        refusal(lambda a: a.json(a.value | {"detail": TRACEBACK})),
        SAME,
        EVERY_FIELD,
        verdicts(Verdict.LEAKY),
        every=True,
        also=anywhere,
    ),
    Defect(
        "source-path-in-400",
        "The message of an assertion shows the file and line that raised it.",
        refusal(lambda a: a.json(a.value | {"detail": "rejected at /srv/app/api/routes.py:83"})),
        SAME,
        EVERY_FIELD,
        verdicts(Verdict.LEAKY),
        every=True,
        also=anywhere,
    ),
    Defect(
        "nan-price",
        "The model extrapolates at the heaviest stone, and json.dumps writes NaN.",
        priced(float("nan"), lambda v: v["carat"] == HIGHEST["carat"]),
        Proof(post(diamond(carat=5.01)), 200, 200),
        pins("maximum", "/carat"),
        UNSOUND,
    ),
    Defect(
        "negative-price",
        "A linear model goes below zero for the lightest stone.",
        priced(-12.5, lambda v: v["carat"] == LOWEST["carat"]),
        Proof(post(diamond(carat=0.2)), 200, 200),
        pins("minimum", "/carat"),
        UNSOUND,
    ),
    Defect(
        "price-as-string",
        "Decimals are serialised as strings.",
        priced("4200.00"),
        GOOD,
        WITNESS,
        UNSOUND,
        also=anywhere,
    ),
    Defect(
        "price-null", "NaN was replaced by null to be valid JSON.", priced(None), GOOD, WITNESS, UNSOUND, also=anywhere
    ),
    Defect(
        "currency-lost",
        "A refactoring of the stamp forgot the currency.",
        prediction(lambda a, _: a.json({k: v for k, v in a.value.items() if k != "currency"})),
        GOOD,
        WITNESS,
        UNSOUND,
        also=anywhere,
    ),
    Defect(
        "debug-in-reply",
        "A debugging field was left in the reply, which the contract closes.",
        prediction(lambda a, _: a.json(a.value | {"latency_ms": 3})),
        GOOD,
        WITNESS,
        UNSOUND,
        also=anywhere,
    ),
    Defect(
        "prediction-as-html",
        "Returning a string makes the framework set text/html.",
        prediction(lambda a, _: a.header("Content-Type", "text/html; charset=utf-8")),
        GOOD,
        WITNESS,
        UNSOUND,
        also=anywhere,
    ),
    Defect(
        "request-id-lost",
        "The header that the contract promises with every reply is set by a proxy only.",
        prediction(lambda a, _: a.header("X-Request-Id", None)),
        GOOD,
        WITNESS,
        UNSOUND,
        also=anywhere,
    ),
    Defect(
        "predictions-lost",
        "The batch's replies are keyed by row content, so equal rows get one prediction fewer.",
        on_answer(
            lambda a, e: (
                a.json(a.value | {"predictions": []})
                if e["PATH_INFO"] == BATCH_PATH and len(a.value["predictions"]) > 1
                else a
            ),
            200,
        ),
        Proof(batch(diamond(), diamond()), 200, 200),
        pins("maxItems", "/instances"),
        UNSOUND,
        also=anywhere,
        operations=(BATCH,),
    ),
)
