"""Habits of servers: shapes of errors, statuses, and policies that relax one rule each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import prove400
from prove400.contract import load
from prove400.errors import SettingsError
from prove400.model import Case, Constraint, Obligation, Part, Reply, Request, Run, Side, Verdict
from prove400.oracle import POLICIES, SHAPES, Oracle, Tally
from prove400.oracle.shapes import MOST_SEEN, Told, recognise
from prove400.validation import SchemaValidators

EXAMPLES = [pytest.param(shape, told, id=f"{name}-{i}") for name, shape in SHAPES.items()
            for i, told in enumerate(shape.examples)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_has_an_example(shape: Any) -> None:
    """An entry of the table without an example is a defect."""
    assert shape.examples


@pytest.mark.parametrize(("shape", "told"), EXAMPLES)
def test_a_shape_reads_its_examples(shape: Any, told: Told) -> None:
    """Each example names the places that it says, and is taken for its own shape where any is tried."""
    assert tuple(place for place, _ in shape.read(told.body)) == told.places
    assert recognise(told.body, shape.name)[0] is shape
    guessed, _ = recognise(told.body)
    assert guessed is shape or (guessed is not None and guessed.is_prose and shape.is_prose)


@pytest.mark.parametrize(
    "body",
    [None, 1, "x", [], {}, [1], {"detail": "x"}, {"errors": []}, {"errors": [1]}, {"detail": [{"msg": "x"}]},
     {"rows": [{"carat": 1}]}, {"carat": [1]}, {"error": {"a": 1}}, {"error_code": "X", "message": 3},
     {"message": "Model is missing inputs ['carat']"}, {"messages": ["carat"]}, {"errors": {"a": "x"}}],
)  # fmt: skip
def test_what_has_no_shape(body: Any) -> None:
    """What names nothing is of no shape: an echo of the request, a text, an empty list."""
    assert recognise(body) == (None, ())


def tallied(*bodies: bytes, status: int = 400) -> tuple[str, ...]:
    """Give the notes on some replies."""
    tally = Tally()
    for body in bodies:
        tally.see(Reply(status, (), body))
    return tally.notes


def test_the_run_says_which_shapes() -> None:
    """The shapes of refusals are counted, the most frequent first; a 200, a 500 and what is no JSON are none."""
    pydantic, spring = b'{"detail": [{"loc": ["a"]}]}', b'{"errors": [{"field": "a"}]}'
    assert tallied(spring, pydantic, pydantic, b"<p>", b"{}") == (
        "errors are told as detail[].loc (FastAPI, MLServer): 2 read",
        "errors are told as errors[].field (Spring): 1 read",
    )
    assert tallied(pydantic, status=200) == tallied(pydantic, status=500) == ()
    assert tallied(*[pydantic] * (MOST_SEEN + 5))[0].endswith(f": {MOST_SEEN} read")


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {"/p": {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}, "responses": {}}}},
}
ORACLE = Oracle(load(DOCUMENT).operations[0], SchemaValidators(load(DOCUMENT).document))


def attributed(body: Any, errors: str, place: str = "/inputs/0/shape") -> Verdict:
    """Judge a 400 for a request that breaks something at a place."""
    obligation = Obligation(
        Constraint("POST /p", Part.BODY, place, "/schema/const", "const"), "const.other", Side.INVALID
    )
    request = Request("POST", "/p", (), b'{"inputs": [{"name": "rows", "shape": [1]}]}')
    case = Case(obligation, request, request, place, (place,), frozenset(), (400,))
    oracle = Oracle(ORACLE.operation, ORACLE.validators, errors=errors)
    return oracle.judge(case, Reply(400, (("Content-Type", "application/json"),), json.dumps(body).encode())).verdict


@pytest.mark.parametrize(
    ("body", "errors", "verdict"),
    [
        ({"error": "bad shape"}, "auto", Verdict.MISATTRIBUTED),
        ({"error": "bad shape"}, "open-inference", Verdict.DISCHARGED),
        ({"error": "what is sent for 'rows' does not fit"}, "open-inference", Verdict.DISCHARGED),
        ([{"error": "bad shape"}], "tensorflow-serving", Verdict.DISCHARGED),
        ({"error": "bad shapes"}, "open-inference", Verdict.MISATTRIBUTED),
        ({"error": "wrong"}, "open-inference", Verdict.MISATTRIBUTED),
        ({"error": "bad shape"}, "pydantic", Verdict.MISATTRIBUTED),
        ({"detail": [{"loc": ["body", "inputs", 0, "shape"]}]}, "open-inference", Verdict.DISCHARGED),
        ({"error_code": "B", "message": "Model is missing inputs ['shape']."}, "auto", Verdict.DISCHARGED),
        ({"error_code": "B", "message": "Model is missing inputs ['rows']."}, "auto", Verdict.MISATTRIBUTED),
        ({"inputs": {"0": {"shape": ["x"]}}}, "auto", Verdict.DISCHARGED),
        ({"inputs": [{"shape": ["x"]}]}, "auto", Verdict.DISCHARGED),
        ({"inputs": [{}, {"shape": ["x"]}]}, "auto", Verdict.MISATTRIBUTED),
    ],
)
def test_prose_counts_only_where_it_is_known(body: Any, errors: str, verdict: Verdict) -> None:
    """A text names a place only where the contract or a setting says that errors are texts; else it names none."""
    assert attributed(body, errors) is verdict


class Service:
    """A strict service of one number, but for what it lets pass on purpose or by mistake."""

    def __init__(self, *habits: str, status: int = 400) -> None:
        """Take its habits, and what it refuses with."""
        self.habits, self.status = habits, status

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        status, value = self._answer(environ)
        headers = [("Content-Type", "application/json"), ("Allow", "POST")]
        start(f"{status} x", headers)
        return [json.dumps(value).encode()]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        if environ["PATH_INFO"] != "/p":
            return 404, {}
        if environ["REQUEST_METHOD"] != "POST" and "any-method" not in self.habits:
            return 405, {}
        plain = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        loose = "any-type" in self.habits or ("text" in self.habits and plain == "text/plain")
        if environ.get("HTTP_CONTENT_ENCODING") or (not loose and not self._is_json(environ)):
            return 415, {}
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            text = environ["wsgi.input"].read(length)
            value = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_refused)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return self._wrong("")
        return self._predicted(value) if len(text) == length else self._wrong("")

    def _is_json(self, environ: dict[str, Any]) -> bool:
        kind, _, parameter = environ.get("CONTENT_TYPE", "").partition(";")
        return kind.strip().lower() == "application/json" and parameter.strip().lower() in ("", "charset=utf-8")

    def _predicted(self, value: Any) -> tuple[int, Any]:
        names = value.keys() - {"carat", "n"} if isinstance(value, dict) else {""}
        if names and ("extra" not in self.habits or names == {""}):
            return self._wrong(min(names))
        carat, n = value.get("carat"), value.get("n", 1)
        if not _is_number(carat) or carat > 5 or ("floats" in self.habits and not isinstance(carat, float)):
            return self._wrong("carat")
        if (
            not _is_number(n)
            or n % 1
            or n > 9
            or (n == 9 and "low" in self.habits)
            or ("ints" in self.habits and isinstance(n, float))
        ):
            return self._wrong("n")
        if names and "crash" in self.habits:
            return 500, {}
        return 200, {"price": "x" if names and "echo" in self.habits else 300.5 + carat}

    def _wrong(self, name: str) -> tuple[int, Any]:
        if "mute" in self.habits:
            return self.status, {"title": "wrong"}
        return self.status, {"errors": [{"pointer": f"/{name}" if name else "", "detail": "x"}]}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _refused(_: str) -> Any:
    raise ValueError


ROW = {
    "type": "object",
    "properties": {"carat": {"type": "number", "maximum": 5}, "n": {"type": "integer", "maximum": 9}},
    "required": ["carat"],
    "additionalProperties": False,
}
ANSWER = {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"]}
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {
        "/p": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": ROW, "example": {"carat": 0.5, "n": 2}}},
                },
                "responses": {"200": {"description": "x", "content": {"application/json": {"schema": ANSWER}}}},
            }
        }
    },
}


def shown(run: Run) -> set[tuple[Verdict, str]]:
    """Give what a run found: verdicts and keywords."""
    return {(finding.verdict, finding.constraint.keyword.partition(".")[0]) for finding in run.findings}


def test_the_service_is_right() -> None:
    """Without habits nothing is found, so that all below is theirs."""
    assert prove400.prove(Service(), CONTRACT).findings == ()


S, M = Verdict.SILENT_200, Verdict.MISATTRIBUTED
EXTRA, PLAIN = (S, "additionalProperties"), (S, "content-type")
METHOD = (S, "method")
TYPE, MAXIMUM = (Verdict.OVER_REJECTED, "type"), (Verdict.OVER_REJECTED, "maximum")
RELAXED: list[tuple[str, tuple[str, ...], set[Any], set[Any]]] = [
    ("ignore-extra-properties", ("extra", "text"), {EXTRA, PLAIN}, {PLAIN}),
    (
        "ignore-extra-properties",
        ("extra", "crash"),
        {(Verdict.SERVER_ERROR, "additionalProperties")},
        {(Verdict.SERVER_ERROR, "additionalProperties")},
    ),
    ("ignore-extra-properties", ("extra", "echo"), {EXTRA}, {(Verdict.BAD_RESPONSE, "additionalProperties")}),
    ("accept-text-plain", ("text", "extra"), {EXTRA, PLAIN}, {EXTRA}),
    ("accept-text-plain", ("any-type",), {PLAIN}, {PLAIN}),
    ("ignore-content-type", ("any-type", "extra"), {EXTRA, PLAIN}, {EXTRA}),
    ("ignore-content-type", ("any-type", "any-method"), {METHOD, PLAIN}, {METHOD}),
    ("refuse-integers-for-numbers", ("floats", "low"), {TYPE, MAXIMUM}, {MAXIMUM}),
    ("refuse-integers-for-numbers", ("floats", "extra"), {EXTRA, TYPE, MAXIMUM}, {EXTRA}),
    ("refuse-floats-for-integers", ("ints", "extra"), {EXTRA, TYPE}, {EXTRA}),
    (
        "leave-places-unnamed",
        ("mute", "text"),
        {(M, "type"), (M, "maximum"), (M, "required"), (M, "additionalProperties"), PLAIN},
        {PLAIN},
    ),
]


@pytest.mark.parametrize(("policy", "habits", "before", "after"), RELAXED)
def test_a_policy_hides_what_it_names_and_no_more(policy: str, habits: Any, before: Any, after: Any) -> None:
    """With a policy the finding that it is about is gone, and the one beside it stays."""
    assert shown(prove400.prove(Service(*habits), CONTRACT)) == before
    run = prove400.prove(Service(*habits), CONTRACT, policy=[policy])
    assert shown(run) == after
    assert any(note.startswith(f"policy {policy}: ") for note in run.notes)
    assert ("policy", policy) in run.settings


def test_every_policy_is_shown_to_spare_its_neighbour() -> None:
    """A policy without such a test is a defect."""
    assert {policy for policy, *_ in RELAXED} == POLICIES.keys()


def test_an_unknown_policy_lists_those_there_are() -> None:
    """A name that is no policy is refused with the list."""
    with pytest.raises(SettingsError, match="policy") as caught:
        prove400.prove(Service(), CONTRACT, policy=["be-kind"])
    assert all(name in caught.value.hint for name in POLICIES)


def test_statuses_where_none_is_documented() -> None:
    """What refuses invalid input where nothing is documented is a setting; what is documented goes before it."""
    assert prove400.prove(Service(), CONTRACT).ok
    assert (Verdict.WRONG_STATUS, "maximum") in shown(prove400.prove(Service(status=422), CONTRACT))
    for statuses in ([422], [400, 422]):
        assert prove400.prove(Service(status=422), CONTRACT, invalid_status=statuses).ok
    post = CONTRACT["paths"]["/p"]["post"]
    for documented, status, expected in (
        ("400", 422, False),
        ("4XX", 422, True),
        ("4XX", 400, True),
        ("422", 422, True),
    ):
        responses = {**post["responses"], documented: {"description": "x"}}
        contract = {**CONTRACT, "paths": {"/p": {"post": {**post, "responses": responses}}}}
        assert prove400.prove(Service(status=status), contract).ok is expected
    for wrong in ([], [200], ["400"], "x"):
        with pytest.raises(SettingsError, match="invalid_status"):
            prove400.prove(Service(), CONTRACT, invalid_status=wrong)
