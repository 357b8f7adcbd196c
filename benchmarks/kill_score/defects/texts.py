"""Faults of path, query and header parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIEnvironment

from benchmarks.kill_score.defects.defect import CRASH, Defect, loosened, post
from prove400 import Request
from tests.zoo.wsgi import Answer, Build, around, ask, on_answer, on_environ

QUERY = "horizon=14&unit=week"
VERSION = ("X-Api-Version", "2026-03")
GET = "/paths/~1stores~1{store_id}~1forecast/get/parameters"
STORE, HORIZON, UNIT, CONFIDENCE, EXPLAIN, SKU, TRACE = (
    "Store/schema",
    *(f"{GET}/{index}/schema" for index in (2, 3, 4, 5, 6, 7)),
)
Pairs = list[tuple[str, str]]


def forecast(query: str = QUERY, store: str = "17", *headers: tuple[str, str], version: str = VERSION[1]) -> Request:
    """Give a request for a forecast."""
    return Request("GET", f"/stores/{store}/forecast?{query}", (("X-Api-Version", version), *headers))


def asked(change: Callable[[Pairs], Pairs]) -> Build:
    """Make a server that reads `change(pairs)` of the query."""

    def alter(environ: WSGIEnvironment) -> None:
        pairs = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
        if (changed := change(pairs)) != pairs:
            environ["QUERY_STRING"] = urlencode(changed)

    return on_environ(alter)


def one(name: str, change: Callable[[str], str]) -> Build:
    """Make a server that reads `change(text)` of a query parameter."""
    return asked(lambda pairs: [(key, change(text) if key == name else text) for key, text in pairs])


def stored(change: Callable[[str], str]) -> Build:
    """Make a server that reads `change(text)` of the store in the path."""

    def alter(environ: WSGIEnvironment) -> None:
        tokens = environ["PATH_INFO"].split("/")
        if len(tokens) > 3 and tokens[1] == "stores":  # noqa: PLR2004 — "", "stores", store, …
            environ["PATH_INFO"] = "/".join([*tokens[:2], change(tokens[2]), *tokens[3:]])

    return on_environ(alter)


def header(name: str, change: Callable[[str], str | None]) -> Build:
    """Make a server that reads `change(text)` of a header (None: absent)."""

    def alter(environ: WSGIEnvironment) -> None:
        new = change(environ[name]) if name in environ else None
        environ.pop(name, None)
        if new is not None:
            environ[name] = new

    return on_environ(alter)


def integer(text: str) -> str:
    """Read a text as `int(float())` does."""
    try:
        return str(int(float(text)))
    except (ValueError, OverflowError):
        return text


def truth(text: str) -> str:
    """Read the spellings of true and false that a form library knows."""
    spelt = {"1": "true", "yes": "true", "on": "true", "0": "false", "no": "false", "off": "false"}
    return spelt.get(text.lower(), text.lower() if text.lower() in {"true", "false"} else text)


def _last(pairs: Pairs) -> Pairs:
    """Keep the last of parameters that are given twice, but for the array."""
    skus = [pair for pair in pairs if pair[0] == "sku"]
    return [*dict(pair for pair in pairs if pair[0] != "sku").items(), *skus]


def _html(answer: Answer, _: WSGIEnvironment) -> Answer:
    """Answer as the framework's router does, where the store is wrong."""
    faults = [fault for fault in answer.value["errors"] if fault["in"] == "path"]
    return answer.text("<!doctype html><h1>Bad Request</h1>", "text/html") if faults else answer


def _negative(app: Any, environ: WSGIEnvironment) -> Answer:
    """Fail on a horizon below zero, which slices the wrong way."""
    pairs = dict(parse_qsl(environ["QUERY_STRING"]))
    return CRASH if pairs.get("horizon", "").startswith("-") else ask(app, environ)


def _plant(name: str, story: str, build: Build, pins: tuple[str, ...], request: Request) -> Defect:
    """Plant a fault that swallows a request."""
    return Defect(name, "parameters", story, build, request, 400, 200, pins)


TEXTS = (
    _plant(
        "explain-spelt",
        "The form library's booleans are read.",
        one("explain", truth),
        (f"{EXPLAIN}/type",),
        forecast(f"{QUERY}&explain=yes"),
    ),
    _plant(
        "horizon-float",
        "int(float(text)) cuts fractions off.",
        one("horizon", integer),
        (f"{HORIZON}/type",),
        forecast("horizon=14.7"),
    ),
    _plant(
        "horizon-off-by-one",
        "range(1, 92) is one too long.",
        loosened(HORIZON, maximum=91),
        (f"{HORIZON}/maximum",),
        forecast("horizon=91"),
    ),
    _plant(
        "store-coerced",
        "The router's converter takes fractions.",
        stored(integer),
        (f"{STORE}/type",),
        forecast(store="17.5"),
    ),
    _plant(
        "store-zero",
        "Zero stands for all stores.",
        loosened("/components/parameters/" + STORE, minimum=0),
        (f"{STORE}/minimum",),
        forecast(store="0"),
    ),
    _plant(
        "unit-folded",
        "An unknown unit is taken for weeks.",
        one("unit", lambda v: v if v in {"day", "week", "month"} else "week"),
        (f"{UNIT}/enum",),
        forecast("horizon=14&unit=year"),
    ),
    _plant(
        "unit-cased",
        "Units are compared in lower case.",
        one("unit", str.lower),
        (f"{UNIT}/enum",),
        forecast("horizon=14&unit=WEEK"),
    ),
    _plant(
        "confidence-one",
        "The bound is inclusive in code.",
        loosened(CONFIDENCE, exclusiveMaximum=None, maximum=1),
        (f"{CONFIDENCE}/exclusiveMaximum",),
        forecast(f"{QUERY}&confidence=1"),
    ),
    _plant(
        "sku-repeated",
        "Repeated articles are put in a set.",
        loosened(SKU, uniqueItems=None),
        (f"{SKU}/uniqueItems",),
        forecast(f"{QUERY}&sku=A100&sku=A100"),
    ),
    _plant(
        "sku-many",
        "One article too many.",
        loosened(SKU, maxItems=4),
        (f"{SKU}/maxItems",),
        forecast(f"{QUERY}&sku=A100&sku=A101&sku=A102&sku=A103"),
    ),
    _plant(
        "sku-unchecked",
        "Items of an array parameter are not judged.",
        loosened(f"{SKU}/items", pattern=None),
        (f"{SKU}/items/pattern",),
        forecast(f"{QUERY}&sku=a1"),
    ),
    _plant(
        "last-wins",
        "A parameter given twice: the last one counts.",
        asked(_last),
        ("get/parameters/2", "get/parameters/2/name"),
        forecast("horizon=99&horizon=14"),
    ),
    _plant(
        "horizon-default",
        "A forecast without horizon takes two weeks.",
        asked(lambda p: p if "horizon" in dict(p) else [*p, ("horizon", "14")]),
        ("parameters/2/required", "parameters/2"),
        forecast("unit=week"),
    ),
    _plant(
        "version-absent",
        "Requests without a version get the newest.",
        on_environ(lambda e: e.setdefault("HTTP_X_API_VERSION", "2026-03")),
        ("Version/required", "parameters/Version"),
        Request("GET", f"/stores/17/forecast?{QUERY}"),
    ),
    _plant(
        "version-month",
        "A month of 13 passes.",
        header("HTTP_X_API_VERSION", lambda v: v[:5] + "12" if re.fullmatch("[0-9]{4}-[0-9]{2}", v) else v),
        ("Version/schema/pattern",),
        forecast(version="2026-13"),
    ),
    _plant(
        "trace-long",
        "A long trace id is cut.",
        header("HTTP_X_TRACE", lambda v: v[:16]),
        (f"{TRACE}/maxLength",),
        forecast(QUERY, "17", ("X-Trace", "x" * 17)),
    ),
    _plant(
        "trace-bad-ignored",
        "A short trace id is ignored.",
        header("HTTP_X_TRACE", lambda v: v if v[3:] else None),
        (f"{TRACE}/minLength",),
        forecast(QUERY, "17", ("X-Trace", "abc")),
    ),
    _plant(
        "series-folded",
        "The path is compared in lower case.",
        on_environ(
            lambda e: e.update(PATH_INFO=e["PATH_INFO"].lower() if "/series/" in e["PATH_INFO"] else e["PATH_INFO"])
        ),
        ("post/parameters/1/schema/enum",),
        post("/stores/17/series/SALES", {"units": 3, "price": 9.99}, VERSION),
    ),
    _plant(
        "price-cents",
        "Prices are rounded to cents.",
        loosened("Sale/properties/price", multipleOf=None),
        ("price/multipleOf",),
        post("/stores/17/series/sales", {"units": 3, "price": 9.995}, VERSION),
    ),
    Defect(
        "path-html",
        "parameters",
        "The router answers a bad path by itself.",
        on_answer(_html, 400),
        forecast(store="abc"),
        400,
        400,
        (f"{STORE}/type", f"{STORE}/minimum", f"{STORE}/maximum"),
    ),
    Defect(
        "horizon-crash",
        "parameters",
        "A negative horizon slices the wrong way.",
        around(_negative),
        forecast("horizon=-1"),
        400,
        500,
        (f"{HORIZON}/minimum",),
    ),
    Defect(
        "explain-false-refused",
        "parameters",
        "if not explain: refuse.",
        one("explain", lambda v: "?" if v == "false" else v),
        forecast(f"{QUERY}&explain=false"),
        200,
        400,
        (f"{EXPLAIN}/type",),
    ),
)
