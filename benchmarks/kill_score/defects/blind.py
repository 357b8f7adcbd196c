"""Fifty faults of a transcription service, planted and committed before the tool was run on any of them.

Whoever wrote them knew the design, but had not read the engine or the other defects. What is expected of each stays as
it was first written, right or wrong.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from benchmarks.kill_score.defects.defect import (
    BLIND,
    GONE,
    Defect,
    body_of,
    crashed,
    each,
    loosened,
    member,
    mended,
    post,
    reread,
    sample,
    told,
    value_of,
    within,
)
from prove400 import Request
from tests.zoo.wsgi import Answer, Build, around, ask, on_answer, put

VOICE = BLIND[0]
DRAFT = "/v1/draft/transcripts"
JSON = ("Content-Type", "application/json")
MOST_PROMPT = 40
LOWEST = -(2**15)
"""The lowest sample of 16 bits."""
UNIT = 2
"""Bytes of a unit of UTF-16."""
FRAME = 0.01
"""Seconds."""
Change = Callable[[Any], object]


def call(**changes: Any) -> Request:
    """Post the full example, with these changes."""
    return post(DRAFT, sample(VOICE, "call", **changes))


def note(**changes: Any) -> Request:
    """Post the short example, with these changes."""
    return post(DRAFT, sample(VOICE, "note", **changes))


def replaced(body: Any, *headers: tuple[str, str], kind: str = JSON[1]) -> Request:
    """Put a job."""
    sent = post("/v1/jobs/job-1234", body, *headers, kind=kind)
    return Request("PUT", sent.target, sent.headers, sent.body)


def get(target: str) -> Request:
    """Get something below the vocabularies."""
    return Request("GET", f"/v1/vocabularies/{target}", (), b"")


def clip(index: int, **changes: Any) -> dict[str, Any]:
    """Give one clip of the full example, with some members changed."""
    return dict(sample(VOICE, "call")["clips"][index]) | changes


def only(where: Callable[[WSGIEnvironment], bool], build: Build) -> Build:
    """Plant a fault in the part of the service that answers some of the requests."""

    def built(app: WSGIApplication) -> WSGIApplication:
        faulty = build(app)

        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
            return (faulty if where(environ) else app)(environ, start_response)

        return serve

    return built


def is_put(environ: WSGIEnvironment) -> bool:
    """Tell whether a job is replaced."""
    return bool(environ["REQUEST_METHOD"] == "PUT")


def has_clips(environ: WSGIEnvironment) -> bool:
    """Tell whether a request asks for transcripts."""
    return not environ["PATH_INFO"].startswith("/v1/vocabularies")


def body_has(judge: Callable[[Any], bool]) -> Callable[[WSGIEnvironment], bool]:
    """Tell of a request whether its body is an object for which `judge` holds."""

    def holds(environ: WSGIEnvironment) -> bool:
        value = value_of(environ)
        return isinstance(value, dict) and judge(value)

    return holds


def unchecked(change: Change) -> Build:
    """Make a server that never validates what `change` takes away: where the rest is valid, the request is."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        raw, value = body_of(environ), value_of(environ)
        refused = ask(app, environ)
        whole = str(len(raw)) == environ.get("CONTENT_LENGTH")
        if refused.status != HTTPStatus.BAD_REQUEST or not isinstance(value, dict) or not whole:
            return refused
        change(value)
        put(environ, json.dumps(value).encode())
        answer = ask(app, environ)
        put(environ, raw)
        return answer if answer.status == HTTPStatus.OK else refused

    return around(handle)


def query(change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> Build:
    """Make a server that reads the query string in its own way."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if (read := change(pairs)) != pairs:
            environ["QUERY_STRING"] = urlencode(read)
        return ask(app, environ)

    return around(handle)


def valued(name: str, change: Callable[[str], str | None]) -> Build:
    """Make a server that reads the values of one query parameter in its own way; None takes one out."""
    return query(
        lambda pairs: [(key, new) for key, old in pairs if (new := change(old) if key == name else old) is not None]
    )


def last_given(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Read a query string into a dictionary."""
    return list(dict(pairs).items())


def refuses(when: Callable[[Any], bool], at: str, code: str) -> Build:
    """Make a server that refuses an object for which `when` holds."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        answer = ask(app, environ)
        if answer.status != HTTPStatus.OK or not isinstance(value, dict) or not when(value):
            return answer
        fault = {"in": "body", "pointer": at, "code": code, "detail": "is not valid"}
        problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "errors": [fault]}
        return Answer(400, (), b"").text(json.dumps(problem), "application/problem+json")

    return around(handle)


def faults(change: Callable[[dict[str, Any]], object]) -> Build:
    """Make a server that writes every entry of its error lists in its own way."""

    def alter(problem: Any) -> None:
        for fault in problem["errors"]:
            change(fault)

    return told(alter, 400)


def clips_of(value: Any) -> Iterator[dict[str, Any]]:
    """Give the clips of a job that are objects."""
    clips = value.get("clips")
    yield from (item for item in clips if isinstance(item, dict)) if isinstance(clips, list) else ()


def text_in(value: Any, judge: Callable[[str], bool]) -> bool:
    """Tell whether a value is a text for which `judge` holds."""
    return isinstance(value, str) and judge(value)


def last_like_first(value: Any) -> None:
    """Forget the last of several clips."""
    clips = value.get("clips")
    if isinstance(clips, list) and len(clips) > 1:
        clips[-1] = copy.deepcopy(clips[0])


def one_term(value: Any) -> None:
    """Forget all terms of a glossary but the first."""
    terms = value.get("glossary")
    if isinstance(terms, dict):
        for name in list(terms)[1:]:
            terms[name] = {"boost": 1}


def no_mask(value: Any) -> None:
    """Add the sign that masks, where there is none."""
    value.setdefault("mask_char", "*")


def short_secret(value: Any) -> None:
    """Measure the secret in bytes."""
    secret = value.get("secret")
    if isinstance(secret, str) and not secret.isascii():
        value["secret"] = "x" * len(secret.encode("utf-8", "replace"))


def root_names_once(raw: bytes) -> bytes:
    """Read a text as `json.loads` does, but for names that are twice in the root."""
    text = raw.decode()
    pairs = json.loads(text, object_pairs_hook=lambda found: found)
    names = [name for name, _ in pairs]
    return json.dumps(json.loads(text)).encode() if len(set(names)) == len(names) else raw


def any_encoding(raw: bytes) -> bytes:
    """Decode a body as `json.loads` does for bytes."""
    return raw if raw.startswith(b"\xef\xbb\xbf") else raw.decode(json.detect_encoding(raw)).encode()


def text_replaces(app: WSGIApplication) -> WSGIApplication:
    """Take text for JSON where a job is replaced."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        if is_put(environ) and environ.get("CONTENT_TYPE", "").startswith("text/plain"):
            environ["CONTENT_TYPE"] = JSON[1]
        return ask(app, environ)

    return around(handle)(app)


def if_plain_header(app: WSGIApplication) -> WSGIApplication:
    """Validate only what says ``application/json`` and not a letter more."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        if ";" in environ.get("CONTENT_TYPE", "") and isinstance(value_of(environ), dict):
            put(environ, json.dumps(sample(VOICE, "note")).encode())
        return ask(app, environ)

    return around(handle)(app)


def empty_keeps(app: WSGIApplication) -> WSGIApplication:
    """Answer an empty PUT with the job that is there."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        if is_put(environ) and environ.get("CONTENT_LENGTH") == "0":
            put(environ, json.dumps(sample(VOICE, "note")).encode())
        return ask(app, environ)

    return around(handle)(app)


def decoded_again(app: WSGIApplication) -> WSGIApplication:
    """Decode the path that the gateway has decoded already."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        environ["PATH_INFO"] = unquote(environ["PATH_INFO"])
        return ask(app, environ)

    return around(handle)(app)


def lower_trace(app: WSGIApplication) -> WSGIApplication:
    """Compare the trace id without case."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        if "HTTP_X_TRACE_ID" in environ:
            environ["HTTP_X_TRACE_ID"] = environ["HTTP_X_TRACE_ID"].lower()
        return ask(app, environ)

    return around(handle)(app)


def glossary_as_ok(answer: Answer, _: WSGIEnvironment) -> Answer:
    """Answer faults of the glossary with 200 and an error object."""
    if any("/glossary" in fault["pointer"] for fault in answer.value["errors"]):
        return Answer(200, (), b"").text(json.dumps({"error": "bad glossary"}), "application/json")
    return answer


def plain_errors(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """Answer with the media type of everything else."""
    return Answer(answer.status, (), b"").text(answer.body.decode(), "application/json") if is_put(environ) else answer


def traced(fault: dict[str, Any]) -> None:
    """Tell the caller where the parser failed."""
    if fault["code"].startswith("json."):
        fault["detail"] = f'Traceback: File "/srv/voice/handlers.py", line 88, in parse: {fault["detail"]}'


def no_index(fault: dict[str, Any]) -> None:
    """Lose the index of the clip."""
    fault["pointer"] = re.sub(r"^/clips/\d+/", "/clips/", fault["pointer"])


def brighter(clip: dict[str, Any]) -> None:
    """Calibrate a confidence without keeping it below 1."""
    clip["confidence"] *= 1.2


def not_finite(app: WSGIApplication) -> WSGIApplication:
    """Divide by a number of frames that is 0 for a clip shorter than one."""

    def handle(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
        value = value_of(environ)
        answer = ask(app, environ)
        if answer.status != HTTPStatus.OK or not isinstance(value, dict):
            return answer
        reply = answer.value
        for asked, item in zip(clips_of(value), reply["clips"], strict=True):
            if asked["seconds"] < FRAME:
                item["confidence"] = float("nan")
        return answer.json(reply)

    return around(handle)(app)


def by_id(reply: Any) -> None:
    """Collect the predictions in a dictionary."""
    reply["clips"] = list({item["id"]: item for item in reply["clips"]}.values())


def sorted_by_id(reply: Any) -> None:
    """Give the predictions in the order of the database."""
    reply["clips"].sort(key=lambda item: item["id"])


def nfkc(text: Any) -> Any:
    """Normalise a text."""
    return unicodedata.normalize("NFKC", text) if isinstance(text, str) else text


def ascii_digits(text: Any) -> Any:
    """Read every digit of Unicode."""
    return re.sub(r"\d", lambda m: str(int(m[0])), text) if isinstance(text, str) else text


def whole(value: Any) -> Any:
    """Cut a number off."""
    return int(value) if isinstance(value, float) else value


def stepped(value: Any) -> Any:
    """Round to steps of 0.05."""
    return round(round(value * 20) / 20, 2) if isinstance(value, float) else value


def huge_retries(value: Any) -> bool:
    """Tell whether a callback's number of retries is one that no double holds."""
    callback = value.get("callback")
    retries = callback.get("retries") if isinstance(callback, dict) else 0
    return isinstance(retries, int) and abs(retries) > 10**308


def no_secret(value: Any) -> bool:
    """Tell whether a job has no callback with a secret."""
    return not isinstance(value.get("callback"), dict) or "secret" not in value["callback"]


def lowest(value: Any) -> bool:
    """Tell whether a job has the lowest sample of 16 bits."""
    return any(LOWEST in item["source"].get("samples", ()) for item in clips_of(value))


def same_letters(value: Any) -> bool:
    """Tell whether two speakers of a clip are the same but for their case."""
    names = ([name.lower() for name in item.get("speakers", ())] for item in clips_of(value))
    return any(len(set(found)) < len(found) for found in names)


def fault(name: str, story: str, build: Build, request: Request, *pins: str, statuses: str = "400 200") -> Defect:
    """Declare a defect of this service."""
    correct, faulty = map(int, statuses.split())
    return Defect(name, VOICE, story, build, request, correct, faulty, pins)


_JOB = "/schemas/Job/properties"
_CLIP = "/schemas/Clip/properties"
_POST = "/paths/~1v1~1{tier}~1transcripts/post"
_GET = "/paths/~1v1~1vocabularies~1{language}/get"

_CLIPS = (
    fault(
        "first-clip-only",
        "The handler validates the schema of clips[0] to fail fast, and takes the others as they are.",
        loosened("Job/properties/clips", prefixItems=[{"$ref": "#/components/schemas/Clip"}], items=None),
        call(clips__1__seconds=0),
        "/schemas/Clip",
    ),
    fault(
        "last-clip-unchecked",
        "A loop over range(len(clips) - 1) forgets the last of several clips.",
        unchecked(last_like_first),
        call(clips__1__sample_rate=44100),
        "/schemas/Clip",
    ),
    fault(
        "rate-unchecked-on-replace",
        "The check of the sample rates stands in the handler of POST; PUT was added later.",
        only(is_put, loosened("Clip/properties/sample_rate", enum=None)),
        replaced({"language": "de", "clips": [clip(1, sample_rate=44100)]}),
        f"{_CLIP}/sample_rate/enum",
    ),
    fault(
        "an-hour-is-too-long",
        "`if seconds >= 3600: raise` refuses the longest clip that is allowed.",
        loosened("Clip/properties/seconds", maximum=None, exclusiveMaximum=3600),
        call(clips__0__seconds=3600),
        f"{_CLIP}/seconds/maximum",
        statuses="200 400",
    ),
    fault(
        "id-newline",
        "re.match with `$` lets a newline follow the id.",
        mended(each("clips", member("id", lambda v: v.removesuffix("\n") if isinstance(v, str) else v))),
        call(clips__0__id="c1\n"),
        f"{_CLIP}/id/pattern",
    ),
    fault(
        "id-any-digits",
        r"The id is matched with \d, which is every digit of Unicode.",
        mended(each("clips", member("id", ascii_digits))),
        call(clips__0__id="c\uff11"),
        f"{_CLIP}/id/pattern",
    ),
    fault(
        "speakers-deduplicated",
        "Speakers go through dict.fromkeys before they are counted and compared.",
        mended(
            each(
                "clips",
                member(
                    "speakers",
                    lambda v: (
                        list(dict.fromkeys(v)) if isinstance(v, list) and all(isinstance(i, str) for i in v) else v
                    ),
                ),
            )
        ),
        call(clips__0__speakers=["Ada", "Ada"]),
        f"{_CLIP}/speakers/uniqueItems",
    ),
    fault(
        "speakers-unique-without-case",
        "A set of lower-cased names finds Ada and ADA to be one.",
        refuses(same_letters, "/clips/0/speakers", "uniqueItems"),
        call(clips__0__speakers=["Ada", "ADA"]),
        f"{_CLIP}/speakers/uniqueItems",
        statuses="200 400",
    ),
    fault(
        "null-rate-is-default",
        "`clip.get('sample_rate') or 16000`, after the check that the member is there.",
        mended(each("clips", member("sample_rate", lambda v: 16000 if v is None else v))),
        call(clips__0__sample_rate=None),
        f"{_CLIP}/sample_rate",
    ),
    fault(
        "both-sources",
        "A clip with a uri and with samples is taken; the uri wins.",
        mended(
            each(
                "clips", within("source", lambda v: v.pop("samples", None) if {"uri", "samples"} <= v.keys() else None)
            )
        ),
        call(clips__0__source__samples=[1]),
        f"{_CLIP}/source/anyOf",
        "/schemas/Remote/additionalProperties",
        "/schemas/Inline/additionalProperties",
    ),
    fault(
        "lowest-sample-refused",
        "`abs(sample) > 32767` refuses the lowest value of 16 bits.",
        refuses(lowest, "/clips/0/source/samples", "minimum"),
        call(clips__1__source__samples=[LOWEST]),
        "/schemas/Inline/properties/samples/items/minimum",
        statuses="200 400",
    ),
    fault(
        "single-clip-wrapped",
        "A clip that is no list is made a list of one, for the first users' sake.",
        mended(member("clips", lambda v: [v] if isinstance(v, dict) else v)),
        call(clips=clip(0)),
        f"{_JOB}/clips/type",
    ),
)

_FIELDS = (
    fault(
        "language-normalised",
        "The language goes through NFKC, so full-width letters pass.",
        mended(member("language", nfkc)),
        call(language="\uff45\uff4e"),
        f"{_JOB}/language",
    ),
    fault(
        "temperature-rounded",
        "The temperature is rounded to the grid of the decoder before it is checked.",
        mended(member("temperature", stepped)),
        call(temperature=0.17),
        f"{_JOB}/temperature/multipleOf",
    ),
    fault(
        "started-at-without-offset",
        "datetime.fromisoformat takes a time without an offset.",
        mended(
            member("started_at", lambda v: f"{v}Z" if text_in(v, lambda t: t[-1:].isdigit() and "+" not in t) else v)
        ),
        call(started_at="2026-05-04T09:30:00"),
        f"{_JOB}/started_at/format",
    ),
    fault(
        "prompt-null-crashes",
        "len(job['prompt']) where the contract lets the prompt be null.",
        crashed(lambda v: "prompt" in v and v["prompt"] is None),
        call(prompt=None),
        f"{_JOB}/prompt/type",
        statuses="200 500",
    ),
    fault(
        "prompt-measured-in-bytes",
        "The prompt's length is that of its UTF-8.",
        refuses(lambda v: text_in(v.get("prompt"), lambda t: len(t.encode()) > MOST_PROMPT), "/prompt", "maxLength"),
        call(prompt="\xe9" * MOST_PROMPT),
        f"{_JOB}/prompt/maxLength",
        statuses="200 400",
    ),
    fault(
        "mask-char-of-two-units",
        "A length in UTF-16 units finds an emoji to be two characters.",
        refuses(
            lambda v: text_in(v.get("mask_char"), lambda t: len(t.encode("utf-16-le")) > UNIT),
            "/mask_char",
            "maxLength",
        ),
        call(mask_char="\U0001f910"),
        f"{_JOB}/mask_char/maxLength",
        statuses="200 400",
    ),
    fault(
        "mask-char-checked-by-formatter",
        "The output's formatter asks for the sign that masks; a job without output never meets it.",
        only(body_has(lambda v: "output" not in v), unchecked(no_mask)),
        note(profanity="mask", output=GONE),
        "/schemas/Job/then/required",
        "/schemas/Job/then",
    ),
    fault(
        "unknown-x-members",
        "Members that begin with x_ are taken out as extensions.",
        mended(lambda v: [v.pop(name) for name in list(v) if name.startswith("x_")]),
        call(x_debug=True),
        "/schemas/Job/additionalProperties",
    ),
    fault(
        "no-speakers-is-unset",
        "`if diarization.get('min_speakers') and …` never looks at 0.",
        mended(within("diarization", member("min_speakers", lambda v: 1 if v == 0 and isinstance(v, int) else v))),
        call(diarization__min_speakers=0),
        f"{_JOB}/diarization/properties/min_speakers/minimum",
    ),
    fault(
        "most-speakers-without-least",
        "Only min_speakers asks for its partner.",
        loosened("Job/properties/diarization", dependentRequired={"min_speakers": ["max_speakers"]}),
        call(diarization={"max_speakers": 3}),
        f"{_JOB}/diarization/dependentRequired",
    ),
    fault(
        "retries-of-true",
        "isinstance(True, int) holds.",
        mended(within("callback", member("retries", lambda v: int(v) if isinstance(v, bool) else v))),
        call(callback__retries=True),
        f"{_JOB}/callback/properties/retries/type",
    ),
    fault(
        "retries-overflow",
        "float(retries) for the back-off raises OverflowError before the bounds are checked.",
        crashed(huge_retries),
        call(callback__retries=10**320),
        f"{_JOB}/callback/properties/retries/maximum",
        f"{_JOB}/callback/properties/retries/minimum",
        statuses="400 500",
    ),
    fault(
        "secret-measured-in-bytes",
        "bcrypt counts bytes, so eight of them are enough.",
        unchecked(within("callback", short_secret)),
        call(callback__secret="\xe9" * 5),
        f"{_JOB}/callback/properties/secret/minLength",
    ),
    fault(
        "url-checked-with-secret",
        "The scheme of the callback is looked at where the signature is made, so only beside a secret.",
        only(body_has(no_secret), loosened("Job/properties/callback/properties/url", pattern=None)),
        call(callback={"url": "http://hooks.example/x"}),
        f"{_JOB}/callback/properties/url/pattern",
    ),
)

_VARIANTS = (
    fault(
        "default-format",
        "An output without a format is text.",
        mended(within("output", lambda v: v.setdefault("format", "text"))),
        note(output={"line_width": 80}),
        f"{_JOB}/output/oneOf",
        "/schemas/Plain/required",
        "/schemas/Subtitles/required",
    ),
    fault(
        "lines-of-plain-text",
        "One class of options serves all formats, so text takes a number of lines.",
        loosened("Plain", additionalProperties=None),
        note(output__lines=2),
        f"{_JOB}/output/oneOf",
        "/schemas/Plain/additionalProperties",
    ),
    fault(
        "width-cut-off",
        "int(line_width) drops the fraction.",
        mended(within("output", member("line_width", whole))),
        call(output__line_width=42.5),
        "/schemas/Plain/properties/line_width/type",
        "/schemas/Subtitles/properties/line_width/type",
    ),
    fault(
        "first-term-only",
        "next(iter(glossary.values())) is validated, for the others look alike.",
        unchecked(one_term),
        call(glossary__zoo={"boost": 11}),
        "/schemas/Term",
    ),
    fault(
        "terms-lower-cased",
        "The glossary's names are lower-cased before they are matched.",
        mended(member("glossary", lambda v: {k.lower(): t for k, t in v.items()} if isinstance(v, dict) else v)),
        call(glossary={"Zoo": {"boost": 1}}),
        f"{_JOB}/glossary/propertyNames",
    ),
)

_WIRE = (
    fault(
        "names-twice-below-root",
        "The parser's hook for duplicate names compares the root's names only.",
        reread(root_names_once),
        post(DRAFT, json.dumps(sample(VOICE, "note")).replace('"seconds"', '"seconds": 60, "seconds"').encode()),
        "json",
    ),
    fault(
        "utf-16-read",
        "json.loads(request.data) detects UTF-16 and UTF-32.",
        reread(any_encoding),
        post(DRAFT, json.dumps(sample(VOICE, "note")).encode("utf-16")),
        "json",
    ),
    fault(
        "validated-if-exactly-json",
        "`if request.headers['Content-Type'] == 'application/json': validate()` misses the one with a charset.",
        if_plain_header,
        post(DRAFT, sample(VOICE, "note", clips__0__seconds=-1), kind="application/json; charset=utf-8"),
        "/schemas/Job",
        "/schemas/Clip",
    ),
    fault(
        "text-replaces",
        "The handler of PUT reads JSON with force=True, whatever the media type.",
        text_replaces,
        replaced(sample(VOICE, "note"), kind="text/plain"),
        "/requestBody/content",
        "media-type",
        "content-type",
        "content",
        statuses="415 200",
    ),
    fault(
        "empty-put-keeps",
        "An empty PUT means that nothing changes, and gets 200.",
        empty_keeps,
        replaced(b""),
        "json",
        "body",
        "/requestBody/required",
    ),
    fault(
        "last-channel-only",
        "dict(parse_qsl(…)) keeps the last of several channels, and only that is checked.",
        query(last_given),
        post(f"{DRAFT}?channel=9&channel=1", sample(VOICE, "note")),
        f"{_POST}/parameters/1/schema",
    ),
    fault(
        "limit-with-underscore",
        "int('1_0') is 10.",
        valued("limit", lambda text: text.replace("_", "") if re.fullmatch(r"\d+(_\d+)+", text) else text),
        get("en?limit=1_0"),
        f"{_GET}/parameters/1/schema/type",
    ),
    fault(
        "limit-zero-is-default",
        "`int(args['limit']) or 20` turns 0 into the default.",
        valued("limit", lambda text: None if text == "0" else text),
        get("en?limit=0"),
        f"{_GET}/parameters/1/schema/minimum",
    ),
    fault(
        "since-unpadded",
        "strptime('%Y-%m-%d') takes days and months of one digit.",
        valued(
            "since",
            lambda text: re.sub(r"-(\d)(?!\d)", r"-0\1", text) if re.fullmatch(r"\d{4}-\d\d?-\d\d?", text) else text,
        ),
        get("en?since=2026-5-4"),
        f"{_GET}/parameters/2/schema/format",
    ),
    fault(
        "trace-without-case",
        "The trace id is lower-cased before it is matched.",
        lower_trace,
        post(DRAFT, sample(VOICE, "note"), ("X-Trace-Id", "00C0FFEE")),
        f"{_POST}/parameters/2/schema/pattern",
    ),
    fault(
        "path-decoded-twice",
        "The application decodes the path that the gateway has decoded already.",
        decoded_again,
        post("/v1/%2564raft/transcripts", sample(VOICE, "note")),
        f"{_POST}/parameters/0/schema/enum",
    ),
)

_REPLIES = (
    fault(
        "glossary-faults-as-200",
        "The glossary's service catches its own errors and answers 200 with an error object.",
        on_answer(glossary_as_ok, 400),
        call(glossary__zoo__boost=-1),
        f"{_JOB}/glossary",
        "/schemas/Term",
    ),
    fault(
        "pointer-without-index",
        "The list of locations is joined without the integers.",
        faults(no_index),
        call(clips__1__seconds=0),
        "misattributed",
        statuses="400 400",
    ),
    fault(
        "parser-tells-its-file",
        "What the parser raised is put into the detail as it was formatted for the log.",
        faults(traced),
        post(DRAFT, b"{"),
        "leaky",
        statuses="400 400",
    ),
    fault(
        "errors-as-plain-json",
        "The error handler of PUT uses jsonify, which says application/json.",
        on_answer(plain_errors, 400),
        replaced({"language": "de"}),
        "unstructured",
        statuses="400 400",
    ),
    fault(
        "confidence-above-one",
        "A calibration multiplies the confidence and does not keep it below 1.",
        told(each("clips", brighter), 200),
        note(),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "confidence-not-finite",
        "The mean over no frames is NaN for a clip of a few milliseconds.",
        not_finite,
        note(clips__0__seconds=0.001),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "one-reply-for-an-id",
        "The predictions are collected by id, so that a clip replaces another with the same.",
        only(has_clips, told(by_id, 200)),
        call(clips__1__id="c1"),
        "bad-response",
        statuses="200 200",
    ),
    fault(
        "replies-sorted",
        "The predictions come in the order of their ids, not of the clips.",
        only(has_clips, told(sorted_by_id, 200)),
        call(clips__0__id="c9"),
        "bad-response",
        statuses="200 200",
    ),
)
VOICE_DEFECTS = (*_CLIPS, *_FIELDS, *_VARIANTS, *_WIRE, *_REPLIES)
