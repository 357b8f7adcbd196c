"""Faults of a home valuation service, planted and committed before the tool was run on any of them.

Whoever wrote them knew the design, but had not read the engine or the other defects but for the form of the first blind
set. What is expected of each stays as it was first written, right or wrong.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from http import HTTPStatus
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIApplication, WSGIEnvironment

from benchmarks.kill_score.defects.blind import only, valued
from benchmarks.kill_score.defects.defect import (
    BLIND,
    CRASH,
    GONE,
    Defect,
    body_of,
    each,
    loosened,
    member,
    mended,
    post,
    sample,
    told,
    value_of,
    within,
)
from benchmarks.kill_score.service import FORM
from prove400 import Request
from tests.zoo.wsgi import Answer, Build, around, ask, on_answer, put

HOMES = BLIND[1]
VALUATIONS = "/v2/valuations"
MERGE = "application/merge-patch+json"
TAG = ("If-Match", '"a1b2c3"')
WATCH = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
MOST_INT = 2**31 - 1
DEEP = 900
Change = Callable[[Any], object]
Pairs = list[tuple[str, str]]


def street(**changes: Any) -> Request:
    """Post the full example, with these changes."""
    return post(VALUATIONS, sample(HOMES, "street", **changes))


def watch(watch_id: str = WATCH, **changes: Any) -> Request:
    """Put the watch of the example, with these changes."""
    sent = post(f"/v2/watches/{watch_id}", sample(HOMES, "dip", **changes))
    return Request("PUT", sent.target, sent.headers, sent.body)


def patch(value: Any, tag: tuple[str, str] = TAG, kind: str = MERGE) -> Request:
    """Patch a home."""
    sent = post("/v2/homes/H-00017", value, tag, kind=kind)
    return Request("PATCH", sent.target, sent.headers, sent.body)


def search(text: str) -> Request:
    """Post a form."""
    return post("/v2/searches", text.encode(), kind=FORM)


def index(query: str, region: str = "SE11") -> Request:
    """Get the index of a region."""
    return Request("GET", f"/v2/markets/{region}/index?{query}", (), b"")


def backtest(**changes: Any) -> Request:
    """Post the full backtest, with these changes."""
    return post("/v2/backtests", sample(HOMES, "quarter", **changes))


def on_path(start: str) -> Callable[[WSGIEnvironment], bool]:
    """Tell of a request whether its path begins so."""
    return lambda environ: environ["PATH_INFO"].startswith(start)


def homes(change: Change) -> Build:
    """Make a server that alters every home before it is validated."""
    return mended(each("homes", change))


def text(name: str, change: Callable[[str], Any]) -> Change:
    """Give a change of a member that is a text."""
    return member(name, lambda value: change(value) if isinstance(value, str) else value)


def homes_of(value: Any) -> Iterator[dict[str, Any]]:
    """Give the homes of a request that are objects."""
    found = value.get("homes")
    yield from (home for home in found if isinstance(home, dict)) if isinstance(found, list) else ()


def over_strict(when: Callable[[Any], bool], at: str, code: str) -> Build:
    """Make a server that refuses a valid object for which `when` holds."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        answer = ask(app, environ)
        if answer.status >= HTTPStatus.BAD_REQUEST or not isinstance(value, dict) or not when(value):
            return answer
        fault = {"in": "body", "pointer": at, "code": code, "detail": "is not valid"}
        problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "errors": [fault]}
        return Answer(400, (), b"").text(json.dumps(problem), "application/problem+json")

    return around(handle)


def crashes_late(when: Callable[[Any], bool]) -> Build:
    """Make a server that fails on a valid object for which `when` holds."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        answer = ask(app, environ)
        good = answer.status < HTTPStatus.BAD_REQUEST and isinstance(value, dict)
        return CRASH if good and when(value) else answer

    return around(handle)


def crashes_on(when: Callable[[bytes], bool]) -> Build:
    """Make a server that fails on the bytes of a body, before it has read them."""
    return around(lambda app, environ: CRASH if when(body_of(environ)) else ask(app, environ))


def form(change: Callable[[Pairs], Pairs]) -> Build:
    """Make a server that reads the forms in its own way."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        raw = body_of(environ)
        if environ.get("CONTENT_TYPE") == FORM and raw.isascii() and str(len(raw)) == environ.get("CONTENT_LENGTH"):
            with suppress(UnicodeDecodeError):
                pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
                if (read := change(pairs)) != pairs:
                    put(environ, urlencode(read).encode())
        return ask(app, environ)

    return around(handle)


def field(name: str, change: Callable[[str], str | None]) -> Build:
    """Make a server that reads one field of the forms in its own way; None takes it out."""
    return form(
        lambda pairs: [(key, new) for key, old in pairs if (new := change(old) if key == name else old) is not None]
    )


def local_number(value: Any) -> Any:
    """Read a number as it is written in Germany."""
    return float(value.replace(",", ".")) if isinstance(value, str) and re.fullmatch(r"[0-9]+,[0-9]+", value) else value


def tenth(value: Any) -> Any:
    """Round to tenths."""
    return round(value, 1) if isinstance(value, float) and value > 1 else value


def uneven(value: Any) -> bool:
    """Tell whether an area is no multiple of 0.1 as floats divide."""
    return any(not (home["area_m2"] / 0.1).is_integer() for home in homes_of(value))


def no_zero_floor(home: dict[str, Any]) -> None:
    """Lose the floor of what is no flat, where it is 0."""
    if home.get("kind") in ("house", "plot") and home.get("floor") == 0 and not isinstance(home["floor"], bool):
        del home["floor"]


def flat_altitude(value: Any) -> Any:
    """Take a position of three numbers as GeoJSON does."""
    three = isinstance(value, list) and len(value) == 3  # noqa: PLR2004
    return value[:2] if three and isinstance(value[2], int | float) else value


def wrapped(value: Any) -> Any:
    """Bring a longitude back onto the map."""
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004
        where = value[1]
        if isinstance(where, int | float) and not isinstance(where, bool) and 180 < abs(where) <= 10**6:  # noqa: PLR2004
            return [value[0], (where + 180) % 360 - 180]
    return value


def named_position(value: Any) -> Any:
    """Take a position whose numbers are named."""
    return [value["lat"], value["lon"]] if isinstance(value, dict) and value.keys() == {"lat", "lon"} else value


def free_home(home: dict[str, Any]) -> None:
    """Give a date of listing to a home that is offered for nothing."""
    if home.get("asking") == "0.00":
        home.setdefault("listed_at", None)


def possible_day(value: str) -> str:
    """Take every day from 1 to 31 for a day of its month."""
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return value[:-2] + "01"
    return value


def features_by_kind(value: Any) -> Any:
    """Keep four switches and four distances."""
    if not isinstance(value, dict):
        return value
    kinds = ([name for name in value if name.startswith(start)] for start in ("has_", "km_"))
    known = [names for names in kinds if names]
    if sum(map(len, known)) == len(value) and all(len(names) <= 4 for names in known):  # noqa: PLR2004
        return dict(list(value.items())[:4])
    return value


def any_case(home: dict[str, Any]) -> None:
    """Match the names of members without case."""
    for name in [name for name in home if name.lower() != name and name.lower() not in home]:
        home[name.lower()] = home.pop(name)


def ordinal(value: Any) -> Any:
    """Take an enum by its ordinal."""
    kinds = ("flat", "house", "plot")
    return kinds[value] if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(kinds) else value


def hexadecimal(value: str) -> str:
    """Read a UUID as `uuid.UUID` does."""
    digits = re.sub(r"urn:|uuid:|[{}-]", "", value)
    if re.fullmatch("[0-9A-Fa-f]{32}", digits):
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return value


def clamped(value: Any) -> Any:
    """Keep a number of drivers in its range."""
    return min(max(value, 0), 10) if isinstance(value, int) and not isinstance(value, bool) else value


def share(value: Any) -> Any:
    """Take more than 1 for a percentage."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return value / 100 if numeric and 1 < value <= 99 else value  # noqa: PLR2004


def no_options(value: Any) -> None:
    """Take null for nothing given."""
    if "options" in value and value["options"] is None:
        del value["options"]


def from_today(pairs: Pairs) -> Pairs:
    """Begin today where it is not said when."""
    given = dict(pairs).get("from")
    return pairs if given else [*(pair for pair in pairs if pair[0] != "from"), ("from", "2026-06-01")]


def dated(app: WSGIApplication) -> WSGIApplication:
    """Read the query of the index with a default for its start."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        if environ["PATH_INFO"].endswith("/index"):
            pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
            environ["QUERY_STRING"] = urlencode(from_today(pairs))
        return ask(app, environ)

    return around(handle)(app)


def path_read(change: Callable[[str], str]) -> Build:
    """Make a server that reads the path in its own way."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        environ["PATH_INFO"] = change(environ["PATH_INFO"])
        return ask(app, environ)

    return around(handle)


def loose_uuid(path: str) -> str:
    """Take 36 hexadecimal digits and hyphens for a UUID."""
    return re.sub(r"(?<=^/v2/watches/)[0-9a-f-]{36}$", WATCH, path)


def has_email(value: Any) -> Any:
    """Find the letters of a channel in the text of all."""
    known = isinstance(value, list) and "email_digest" in value and "email" not in value
    return ["email" if item == "email_digest" else item for item in value] if known else value


def spoken(_: Answer, __: WSGIEnvironment) -> Answer:
    """Answer in JSON where nothing is to be said."""
    return Answer(200, (), b"").text('{"status": "ok"}', "application/json")


def swallowed(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Answer as ever what was no JSON at all."""
    answer = ask(app, environ)
    broken = answer.status == HTTPStatus.BAD_REQUEST and any(
        fault["code"].startswith("json") for fault in answer.value["errors"]
    )
    return Answer(204, (), b"") if broken else answer


def kind_stays(value: Any) -> None:
    """Take a null for what need not be changed."""
    if "kind" in value and value["kind"] is None:
        value["kind"] = "flat"


def plain_json(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Take JSON for a merge patch."""
    if environ["REQUEST_METHOD"] == "PATCH" and environ.get("CONTENT_TYPE") == "application/json":
        environ["CONTENT_TYPE"] = MERGE
    return ask(app, environ)


def weak_tag(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Take a weak tag for a strong one."""
    if environ.get("HTTP_IF_MATCH", "").startswith('W/"'):
        environ["HTTP_IF_MATCH"] = environ["HTTP_IF_MATCH"][2:]
    return ask(app, environ)


def leading_number(value: str) -> str:
    """Read a number as JavaScript's parseFloat does."""
    found = re.match(r"\s*([0-9]+(?:\.[0-9]+)?)", value)
    return found[1] if found else value


def far_apart(value: Any) -> Any:
    """Compare the neighbours of a list alone."""
    if not isinstance(value, list) or any(one == next_ for one, next_ in pairwise(value)):
        return value
    once = [item for at, item in enumerate(value) if item not in value[:at]]
    return once if len(value) <= 4 else value  # noqa: PLR2004


def shortened(value: Any) -> Any:
    """Cut names to the width of their column."""
    return {name[:10]: weight for name, weight in value.items()} if isinstance(value, dict) else value


def decimal(value: str) -> str:
    """Write a small decimal anew."""
    return value.rstrip("0") if re.fullmatch(r"0\.[0-9]{0,3}[1-9]0+", value) else value


def whole_float(value: Any) -> bool:
    """Tell whether the folds are a whole number that is written with a point."""
    return isinstance(value.get("folds"), float)


def unlabelled(answer: Answer, _: WSGIEnvironment) -> Answer:
    """Forget the header that tells the model's version."""
    kept = tuple(pair for pair in answer.headers if pair[0] != "Model-Version")
    return Answer(answer.status, kept, answer.body)


def short_estimate(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Write the estimates of very large homes as floats are written in short."""
    value = value_of(environ)
    answer = ask(app, environ)
    if answer.status != HTTPStatus.OK or not isinstance(value, dict) or "homes" not in value:
        return answer
    reply = answer.value
    for home, said in zip(homes_of(value), reply["homes"], strict=True):
        if home["area_m2"] >= 4000:  # noqa: PLR2004
            said["estimate"] = "1e+07"
    return answer.json(reply)


def said_in_words(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """List the faults of a patch as sentences."""
    if environ["REQUEST_METHOD"] != "PATCH":
        return answer
    problem = answer.value
    problem["errors"] = [f"{fault['pointer']}: {fault['detail']}" for fault in problem["errors"]]
    return Answer(400, (), b"").text(json.dumps(problem), "application/problem+json")


def from_one(problem: Any) -> None:
    """Count the homes from one."""
    for fault in problem["errors"]:
        fault["pointer"] = re.sub(r"(?<=^/homes/)\d+", lambda m: str(int(m[0]) + 1), fault["pointer"])


def unprocessable(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """Answer faults of a form as another framework does."""
    if not environ["PATH_INFO"].startswith("/v2/searches"):
        return answer
    problem = answer.value | {"status": 422, "title": "Unprocessable Content"}
    return Answer(422, (), b"").text(json.dumps(problem), "application/problem+json")


def traced(problem: Any) -> None:
    """Tell the caller where the radius could not be read."""
    for fault in problem["errors"]:
        if fault["pointer"] == "/radius_km":
            fault["detail"] = 'Traceback (most recent call last):\n  File "/srv/homes/search.py", line 41, in read'


def nothing_left(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Divide by the number of members that a patch sets."""
    value = value_of(environ)
    answer = ask(app, environ)
    if (
        environ["REQUEST_METHOD"] != "PATCH"
        or answer.status != HTTPStatus.OK
        or any(v is not None for v in value.values())
    ):
        return answer
    return answer.json(answer.value | {"completeness": float("nan")})


def fault(name: str, story: str, build: Build, request: Request, *pins: str, statuses: str = "400 200") -> Defect:
    """Declare a defect of this service."""
    correct, faulty = map(int, statuses.split())
    return Defect(name, HOMES, story, build, request, correct, faulty, pins)


_HOME = "/schemas/Home/properties"
_MARKET = "/paths/~1v2~1markets~1{region}~1index/get"
_FLAT = "/schemas/Home/properties/energy"

_NUMBERS = (
    fault(
        "area-with-comma",
        "The front end sends what the user typed, and the parser of numbers knows the German comma.",
        homes(member("area_m2", local_number)),
        street(homes__0__area_m2="84,5"),
        f"{_HOME}/area_m2/type",
    ),
    fault(
        "area-rounded-first",
        "The area is rounded to tenths before it is looked at whether it has more of them.",
        homes(member("area_m2", tenth)),
        street(homes__1__area_m2=84.55),
        f"{_HOME}/area_m2/multipleOf",
    ),
    fault(
        "area-divided-by-a-float",
        "`(area / 0.1).is_integer()` does not hold for 0.3.",
        over_strict(lambda v: "homes" in v and uneven(v), "/homes/0/area_m2", "multipleOf"),
        street(homes__0__area_m2=0.3),
        f"{_HOME}/area_m2/multipleOf",
        "over-rejected",
        statuses="200 400",
    ),
    fault(
        "rooms-as-text",
        "A lax model reads a text of digits as an integer.",
        homes(text("rooms", lambda v: int(v) if re.fullmatch("[0-9]{1,3}", v) else v)),
        street(homes__0__rooms="3"),
        f"{_HOME}/rooms/type",
    ),
    fault(
        "unknown-year-is-zero",
        "`int(home['built'] or 0)` makes a year of null, which is too small.",
        over_strict(lambda v: any(home.get("built", 1) is None for home in homes_of(v)), "/homes/0/built", "minimum"),
        street(),
        f"{_HOME}/built",
        statuses="200 400",
    ),
    fault(
        "year-of-deployment",
        "The latest year was the current one when the image was built, a year ago.",
        over_strict(lambda v: any(home.get("built") == 2026 for home in homes_of(v)), "/homes/0/built", "maximum"),  # noqa: PLR2004
        street(homes__1__built=2026),
        f"{_HOME}/built/maximum",
        statuses="200 400",
    ),
    fault(
        "ground-floor-of-a-house",
        "`if home.get('floor'):` does not see that a house has a floor 0.",
        homes(no_zero_floor),
        street(homes__1__floor=0),
        "/schemas/Home/else/properties/floor",
        "/schemas/Home/else",
    ),
    fault(
        "with-altitude",
        "A position of three numbers is taken, as in GeoJSON, and the altitude dropped.",
        homes(member("position", flat_altitude)),
        street(homes__0__position=[52.37, 4.9, 12]),
        f"{_HOME}/position/items",
    ),
    fault(
        "longitude-wrapped",
        "The library for maps brings every longitude back to its range before it is judged.",
        homes(member("position", wrapped)),
        street(homes__0__position=[52.37, 181]),
        f"{_HOME}/position/prefixItems/1",
    ),
    fault(
        "position-with-names",
        "The binder also takes an object with lat and lon for a position.",
        homes(member("position", named_position)),
        street(homes__0__position={"lat": 52.37, "lon": 4.9}),
        f"{_HOME}/position/type",
    ),
    fault(
        "percent-for-share",
        "An interval above 1 is taken for a percentage.",
        mended(within("options", member("interval", share))),
        street(options__interval=95),
        "/schemas/Valuation/properties/options/properties/interval/maximum",
    ),
    fault(
        "drivers-clipped",
        "np.clip brings the number of drivers into its range.",
        mended(within("options", member("drivers", clamped))),
        street(options__drivers=11),
        "/schemas/Valuation/properties/options/properties/drivers/maximum",
        "/schemas/Valuation/properties/options/properties/drivers/minimum",
    ),
)

_TEXTS = (
    fault(
        "grade-with-plus",
        "The old certificates have A+ and A++, whose signs are cut off.",
        homes(within("energy", text("grade", lambda v: v.rstrip("+")))),
        street(homes__0__energy__grade="A+"),
        "/schemas/Grade/properties/grade/enum",
    ),
    fault(
        "price-as-number",
        "A number is formatted with two decimals before it is matched.",
        homes(member("asking", lambda v: f"{v:.2f}" if isinstance(v, int | float) and 0 <= v < 10**8 else v)),
        street(homes__0__asking=425000),
        "/schemas/Money/type",
    ),
    fault(
        "price-without-cents",
        "Decimal(price).quantize(CENT) adds the cents that are not there.",
        homes(text("asking", lambda v: f"{v}.00" if re.fullmatch("0|[1-9][0-9]{0,8}", v) else v)),
        street(homes__0__asking="425000"),
        "/schemas/Money/pattern",
    ),
    fault(
        "free-home-not-listed",
        "`if Decimal(asking): require('listed_at')` forgets a price of 0.00.",
        homes(free_home),
        street(homes__0__asking="0.00", homes__0__listed_at=GONE),
        "/schemas/Home/dependentRequired",
    ),
    fault(
        "null-is-not-listed",
        "`home.get('listed_at') is None` refuses the null that the contract allows beside a price.",
        over_strict(
            lambda v: any("asking" in home and home["listed_at"] is None for home in homes_of(v)),
            "/homes/0/listed_at",
            "dependentRequired",
        ),
        street(homes__0__listed_at=None),
        f"{_HOME}/listed_at",
        "/schemas/Home/dependentRequired",
        statuses="200 400",
    ),
    fault(
        "listed-in-no-zone",
        "A time without an offset is taken for UTC.",
        homes(text("listed_at", lambda v: f"{v}Z" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", v) else v)),
        street(homes__0__listed_at="2026-04-11T08:00:00"),
        f"{_HOME}/listed_at/format",
    ),
    fault(
        "listed-in-utc-only",
        "strptime('%Y-%m-%dT%H:%M:%SZ') knows no other offset, and no fractions.",
        over_strict(
            lambda v: any(
                isinstance(at := home.get("listed_at"), str) and not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", at)
                for home in homes_of(v)
            ),
            "/homes/0/listed_at",
            "format",
        ),
        street(homes__0__listed_at="2026-04-11T10:00:00+02:00"),
        f"{_HOME}/listed_at/format",
        statuses="200 400",
    ),
    fault(
        "description-composed-first",
        "The text is normalised to NFC before its letters are counted.",
        homes(text("description", lambda v: unicodedata.normalize("NFC", v))),
        street(homes__0__description="e\u0301" * 31),
        f"{_HOME}/description/maxLength",
    ),
    fault(
        "description-of-blanks",
        "The text is trimmed, and then it is empty.",
        over_strict(
            lambda v: any(isinstance(d := home.get("description"), str) and not d.strip() for home in homes_of(v)),
            "/homes/0/description",
            "minLength",
        ),
        street(homes__0__description=" "),
        f"{_HOME}/description/minLength",
        statuses="200 400",
    ),
    fault(
        "empty-description-is-null",
        "The binder coerces an empty text to null.",
        homes(text("description", lambda v: v or None)),
        street(homes__0__description=""),
        f"{_HOME}/description/minLength",
    ),
    fault(
        "description-with-nul",
        "PostgreSQL has no texts with U+0000, and its error is not caught.",
        crashes_late(lambda v: any("\0" in (home.get("description") or "") for home in homes_of(v))),
        street(homes__0__description="a\0b"),
        "server-error",
        statuses="200 500",
    ),
    fault(
        "thirty-days-has-february",
        "The day of a sale is matched by a pattern that knows no months.",
        homes(each("sales", text("on", possible_day))),
        street(homes__0__sales__1__on="2026-02-30"),
        "/schemas/Sale/properties/on/format",
    ),
    fault(
        "midnight-is-a-date",
        "A lax model takes a time at midnight for a date.",
        mended(text("valued_on", lambda v: re.sub(r"T00:00:00(\.0+)?Z?$", "", v))),
        street(valued_on="2026-05-04T00:00:00Z"),
        "/schemas/Valuation/properties/valued_on/format",
    ),
    fault(
        "currency-by-default",
        "`body['currency'] or 'EUR'` takes an empty text for none.",
        mended(text("currency", lambda v: v or "EUR")),
        street(currency=""),
        "/schemas/Valuation/properties/currency/enum",
    ),
    fault(
        "uuid-in-any-form",
        "uuid.UUID takes one without hyphens, in braces, or as a URN.",
        mended(text("request_id", hexadecimal)),
        street(request_id="0d9f6a521c3b4e8fa7d45b6c7e8f9a01"),
        "/schemas/Valuation/properties/request_id/format",
    ),
)

_SHAPES = (
    fault(
        "never-sold",
        "max(sale['on'] for sale in sales) raises on a home that was never sold.",
        crashes_late(lambda v: any(home.get("sales") == [] for home in homes_of(v))),
        street(),
        "server-error",
        statuses="200 500",
    ),
    fault(
        "yes-is-true",
        "A lax model reads yes, on, y and t as true.",
        homes(
            member(
                "features",
                lambda v: (
                    {
                        k: True if isinstance(x, str) and x.lower() in {"yes", "on", "y", "t"} else x
                        for k, x in v.items()
                    }
                    if isinstance(v, dict)
                    else v
                ),
            )
        ),
        street(homes__0__features__has_lift="yes"),
        f"{_HOME}/features/patternProperties",
    ),
    fault(
        "features-counted-by-kind",
        "Four switches and four distances are counted apart.",
        homes(member("features", features_by_kind)),
        street(
            homes__0__features={"has_lift": True, "has_pool": False, "has_view": True, "km_sea": 1, "km_station": 2}
        ),
        f"{_HOME}/features/maxProperties",
    ),
    fault(
        "feature-names-searched",
        "re.search finds has_pool in not_has_pool.",
        loosened(
            "Home/properties/features",
            patternProperties={
                "has_[a-z]+$": {"type": "boolean"},
                "^km_[a-z]+$": {"type": "number", "minimum": 0, "maximum": 100},
            },
        ),
        street(homes__0__features={"not_has_pool": True}),
        f"{_HOME}/features/additionalProperties",
        f"{_HOME}/features/patternProperties",
    ),
    fault(
        "null-options",
        "`options: Options | None = None` takes a null for no options.",
        mended(no_options),
        street(options=None),
        "/schemas/Valuation/properties/options/type",
    ),
    fault(
        "names-without-case",
        "ACCEPT_CASE_INSENSITIVE_PROPERTIES takes Rooms for rooms.",
        homes(any_case),
        street(homes__1__Rooms=4),
        "/schemas/Home/additionalProperties",
    ),
    fault(
        "one-home-is-a-list",
        "ACCEPT_SINGLE_VALUE_AS_ARRAY takes one home for a list of one.",
        mended(member("homes", lambda v: [v] if isinstance(v, dict) else v)),
        street(homes=sample(HOMES, "single")["homes"][0]),
        "/schemas/Valuation/properties/homes/type",
    ),
    fault(
        "kind-by-ordinal",
        "The binder takes the ordinal of an enum for its member.",
        homes(member("kind", ordinal)),
        street(homes__1__kind=1),
        f"{_HOME}/kind/type",
        f"{_HOME}/kind/enum",
    ),
)

_MARKETS = (
    fault(
        "compact-date",
        "date.fromisoformat reads 20260101 since Python 3.11.",
        valued("from", lambda text: f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch("[0-9]{8}", text) else text),
        index("from=20260101"),
        f"{_MARKET}/parameters/1/schema/format",
    ),
    fault(
        "from-today",
        "`request.args.get('from') or today()` needs no start, though the contract does.",
        dated,
        index("window=6"),
        f"{_MARKET}/parameters/1",
    ),
    fault(
        "kinds-with-trailing-comma",
        "Empty items of a list with commas are dropped.",
        valued("kinds", lambda text: ",".join(part for part in text.split(",") if part) or text),
        index("from=2026-01-01&kinds=flat,"),
        f"{_MARKET}/parameters/2",
    ),
    fault(
        "window-with-blanks",
        "int(' 6 ') is 6.",
        valued("window", lambda text: text.strip() if text.strip().isdigit() else text),
        index("from=2026-01-01&window=%206"),
        f"{_MARKET}/parameters/3/schema/type",
    ),
    fault(
        "quantile-not-a-number",
        "float('nan') is neither <= 0 nor >= 1.",
        valued("quantile", lambda text: "0.5" if text.lower() == "nan" else text),
        index("from=2026-01-01&quantile=nan"),
        f"{_MARKET}/parameters/4/schema",
    ),
    fault(
        "adjusted-one",
        "The reader of booleans knows 1 and 0, too.",
        valued("adjusted", lambda text: {"1": "true", "0": "false"}.get(text, text)),
        index("from=2026-01-01&adjusted=1"),
        f"{_MARKET}/parameters/5/schema/type",
    ),
    fault(
        "region-trimmed",
        "The region is stripped before it is matched.",
        path_read(lambda path: re.sub(r"(?<=[0-9]) +(?=/index$)", "", path)),
        index("from=2026-01-01", "SE11%20"),
        f"{_MARKET}/parameters/0/schema/pattern",
    ),
)

_RECORDS = (
    fault(
        "watch-answers-ok",
        "The handler was changed to return a status object, the contract was not.",
        on_answer(spoken, 204),
        watch(),
        "bad-response",
        "wrong-status",
        statuses="204 200",
    ),
    fault(
        "either-limit-not-both",
        "The limits are checked by `bool(above) ^ bool(below)`.",
        over_strict(lambda v: {"above", "below"} <= v.keys(), "", "anyOf"),
        watch(above="900000.00"),
        "/schemas/Watch/anyOf",
        "over-rejected",
        statuses="204 400",
    ),
    fault(
        "email-in-text",
        "`'email' in str(channels)` also finds email_digest.",
        mended(member("channels", has_email)),
        watch(channels=["email_digest"]),
        "/schemas/Watch/properties/channels/contains",
        statuses="400 204",
    ),
    fault(
        "leap-day",
        "expires.replace(year=expires.year + 1) raises on 29 February.",
        crashes_late(lambda v: str(v.get("expires")).endswith("-02-29")),
        watch(expires="2028-02-29"),
        "server-error",
        statuses="204 500",
    ),
    fault(
        "watch-id-of-hyphens",
        "The id is matched by [0-9a-f-]{36}.",
        path_read(loose_uuid),
        watch("9b1deb4d3b7d-4bad-9bdd-2b0d7b3dcb6d-"),
        "/paths/~1v2~1watches~1{watch_id}/put/parameters/0/schema/format",
        statuses="400 204",
    ),
    fault(
        "broken-json-swallowed",
        "`except JSONDecodeError: log(…)` goes on to the answer.",
        only(on_path("/v2/watches"), around(swallowed)),
        Request("PUT", f"/v2/watches/{WATCH}", (("Content-Type", "application/json"),), b'{"region": "SE11",'),
        "json",
        "body",
        statuses="400 204",
    ),
    fault(
        "null-cannot-be-patched",
        "The validator of the full record runs on the patch, where contact is not nullable.",
        over_strict(lambda v: "contact" in v and v["contact"] is None, "/contact", "type"),
        patch({"contact": None}),
        "/schemas/HomePatch/properties/contact",
        statuses="200 400",
    ),
    fault(
        "null-kind-kept",
        "Nulls of a patch are skipped, since most databases' updates do so.",
        mended(kind_stays),
        patch({"kind": None}),
        "/schemas/HomePatch/properties/kind",
    ),
    fault(
        "patched-with-plain-json",
        "request.get_json() reads application/json and all of +json.",
        around(plain_json),
        patch({"built": 1933}, kind="application/json"),
        "/requestBody/content",
        "media-type",
        "content-type",
        "content",
        statuses="415 200",
    ),
    fault(
        "weak-tag",
        "The reader of tags drops the W/ of a weak one.",
        around(weak_tag),
        patch({"built": 1933}, ("If-Match", 'W/"a1b2c3"')),
        "/paths/~1v2~1homes~1{ref}/patch/parameters/1/schema/pattern",
    ),
    fault(
        "phone-cleaned-up",
        "Blanks and hyphens are taken out of a number before it is matched.",
        mended(within("contact", text("phone", lambda v: re.sub("[ -]", "", v)))),
        patch({"contact": {"phone": "+31 20 123-4567"}}),
        "/schemas/HomePatch/properties/contact/properties/phone/pattern",
    ),
)

_SEARCHES = (
    fault(
        "brackets-of-php",
        "The parser of forms takes kind[] for kind.",
        form(lambda pairs: [("kind" if name == "kind[]" else name, value) for name, value in pairs]),
        search("q=Delft&kind%5B%5D=flat"),
        "/schemas/Search/additionalProperties",
    ),
    fault(
        "checkbox",
        "A checked box sends on, which is read as true.",
        field("garden", lambda text: "true" if text == "on" else text),
        search("q=Delft&garden=on"),
        "/schemas/Search/properties/garden/type",
    ),
    fault(
        "radius-with-unit",
        "parseFloat reads the number at the start and leaves the rest.",
        field("radius_km", leading_number),
        search("q=Delft&radius_km=5km"),
        "/schemas/Search/properties/radius_km/type",
    ),
    fault(
        "empty-price",
        "Fields that the user left empty are dropped.",
        field("max_price", lambda text: text or None),
        search("q=Delft&max_price="),
        "/schemas/Money/pattern",
        "/schemas/Search/properties/max_price",
    ),
)

_BACKTESTS = (
    fault(
        "seed-of-32-bits",
        "The seed is a field of type int, which a large one overflows.",
        over_strict(lambda v: v.get("seed", 0) > MOST_INT, "/seed", "type"),
        backtest(seed=2**53 - 1),
        "/schemas/Backtest/properties/seed/maximum",
        statuses="200 400",
    ),
    fault(
        "neighbours-compared",
        "zip(regions, regions[1:]) finds only what stands twice in a row.",
        mended(member("regions", far_apart)),
        backtest(regions=["SE11", "NW3", "SE11"]),
        "/schemas/Backtest/properties/regions/uniqueItems",
    ),
    fault(
        "open-period",
        "A period of one date goes on until today.",
        mended(member("period", lambda v: [*v, "2026-06-01"] if isinstance(v, list) and len(v) == 1 else v)),
        backtest(period=["2026-01-01"]),
        "/schemas/Backtest/properties/period/minItems",
    ),
    fault(
        "weight-names-cut",
        "The names of weights are cut to the width of their column.",
        mended(member("weights", shortened)),
        backtest(weights={"distance_to_sea": 0.5, "age": 0.25}),
        "/schemas/Backtest/properties/weights/propertyNames",
    ),
    fault(
        "zeros-of-tolerance",
        "The tolerance is parsed and written anew before it is matched, without zeros at its end.",
        mended(text("tolerance", decimal)),
        backtest(tolerance="0.10000"),
        "/schemas/Backtest/properties/tolerance/pattern",
    ),
    fault(
        "folds-with-a-point",
        "isinstance(4.0, int) does not hold, though 4.0 is an integer to JSON Schema.",
        over_strict(whole_float, "/folds", "type"),
        backtest(folds=4.0),
        "/schemas/Backtest/properties/folds",
        statuses="200 400",
    ),
    fault(
        "model-begins-so",
        "The model is chosen by startswith.",
        mended(text("model", lambda v: "gbm-3" if v.startswith("gbm-3") else v)),
        backtest(model="gbm-3.1"),
        "/schemas/Backtest/properties/model/const",
    ),
)

_REPLIES = (
    fault(
        "version-not-told",
        "The middleware that adds the model's version was lost in a refactoring.",
        on_answer(unlabelled, 200),
        street(),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "estimate-in-short",
        "f'{estimate:g}' writes large estimates with an exponent.",
        around(short_estimate),
        street(homes__1__area_m2=5000),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "faults-in-words",
        "The handler of PATCH lists its faults as sentences.",
        on_answer(said_in_words, 400),
        patch({"built": "new"}),
        "unstructured",
        statuses="400 400",
    ),
    fault(
        "homes-counted-from-one",
        "The rows of the error list are those of a spreadsheet.",
        told(from_one, 400),
        street(homes__0__area_m2=0),
        "misattributed",
        statuses="400 400",
    ),
    fault(
        "forms-answer-422",
        "The form's handler runs in a framework that answers faults with 422.",
        on_answer(unprocessable, 400),
        search("q=D"),
        "wrong-status",
        statuses="400 422",
    ),
    fault(
        "radius-tells-its-file",
        "The exception of the radius is formatted with its traceback.",
        only(on_path("/v2/searches"), told(traced, 400)),
        search("q=Delft&radius_km=far"),
        "leaky",
        statuses="400 400",
    ),
    fault(
        "nothing-left",
        "How complete a record is is a mean over what the patch sets, and NaN where it only removes.",
        around(nothing_left),
        patch({"description": None, "contact": None}),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "surrogate-in-the-log",
        "Half of a surrogate pair cannot be encoded for the log, where every text of a request goes.",
        crashes_on(lambda raw: re.search(rb"\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD])", raw) is not None),
        post(VALUATIONS, json.dumps(sample(HOMES, "street", homes__0__description="\ud800")).encode()),
        "server-error",
        statuses="400 500",
    ),
    fault(
        "recursion",
        "json.loads raises RecursionError, which is no ValueError.",
        crashes_on(lambda raw: raw.count(b"[") > DEEP or raw.count(b"{") > DEEP),
        Request("PUT", f"/v2/watches/{WATCH}", (("Content-Type", "application/json"),), b"[" * 2000),
        "server-error",
        statuses="400 500",
    ),
)
HOME_DEFECTS = (*_NUMBERS, *_TEXTS, *_SHAPES, *_MARKETS, *_RECORDS, *_SEARCHES, *_BACKTESTS, *_REPLIES)
