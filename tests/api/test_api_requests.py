"""Requests that keep or break the contract, through the application."""

from __future__ import annotations

import io
import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

Json = dict[str, Any]
NO_NUMBERS: list[object] = ["1", " 1", "", True, None, [1], {}]
NO_STRINGS: list[object] = [1, 1.5, False, None, ["Ideal"], {}]
ID = "123e4567-E89B-12d3-a456-426614174000"
FIELDS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]


def content(reply: TestResponse) -> Json:
    """Give the JSON object that a reply holds."""
    value: Json = json.loads(reply.data)
    return value


def faults(reply: TestResponse, status: int = 400) -> list[tuple[str, str, str]]:
    """Give (part, pointer, code) of each fault of a problem, which must be sound."""
    value = json.loads(reply.data)
    assert reply.status_code == status == value["status"]
    assert reply.content_type == "application/problem+json"
    assert list(value) == ["type", "title", "status", "detail", "instance", "errors"]
    assert value["instance"] == "urn:uuid:" + reply.headers["X-Request-Id"]
    assert not any(word in reply.text for word in ("<", "Traceback", ".py", "/work"))
    return [(item["in"], item["pointer"], item["code"]) for item in value["errors"]]


def test_prediction_has_price_currency_and_version(client: FlaskClient, diamond: Json, manifest: Json) -> None:
    """A valid diamond gets a positive price, in dollars, by a named model."""
    reply = client.post("/predict", json=diamond)
    assert reply.status_code == 200
    assert list(content(reply)) == ["price", "currency", "model_version"]
    assert 300 < content(reply)["price"] < 20_000
    assert content(reply)["currency"] == "USD"
    assert content(reply)["model_version"] == f"diamonds-{manifest['sha256'][:12]}"


def test_batch_is_priced_as_its_diamonds_are(client: FlaskClient, manifest: Json) -> None:
    """A batch of 64 gets, in its order, the prices that its diamonds get alone."""
    rows = (manifest["samples"] * 64)[:64]
    batch = content(client.post("/predict/batch", json={"instances": rows}))
    alone = [content(client.post("/predict", json=row))["price"] for row in rows[:5]]
    assert [item["price"] for item in batch["predictions"]][:5] == alone
    assert len(batch["predictions"]) == 64
    assert len(set(alone)) > 1


def test_explanation_is_the_change_towards_the_typical(client: FlaskClient, diamond: Json, manifest: Json) -> None:
    """Each feature's dollars are what the API itself answers with the typical value."""
    told = content(client.post("/predict?explain=true", json=diamond))
    assert list(told["explanation"]) == FIELDS
    for feature in manifest["features"]:
        name, typical = feature["name"], feature["typical"]
        other = content(client.post("/predict", json=diamond | {name: typical}))["price"]
        expected = pytest.approx(other - told["price"], abs=0.005)
        assert told["explanation"][name] == expected
    batch = {"instances": [diamond | {"carat": 0.9}, diamond]}
    items = content(client.post("/predict/batch?explain=true", json=batch))["predictions"]
    assert items[1]["explanation"] == told["explanation"] != items[0]["explanation"]


@pytest.mark.parametrize("query", ["", "?explain=false", "?other=1&other=2", "?"])
def test_explanation_is_absent_unless_asked_for(client: FlaskClient, diamond: Json, query: str) -> None:
    """Without explain=true there is no explanation; unknown parameters are ignored."""
    assert "explanation" not in content(client.post(f"/predict{query}", json=diamond))


@pytest.mark.parametrize(
    "query",
    ["=", "", "=TRUE", "=1", "=true ", "=%ff", "=true&explain=true", "=no"],
)
def test_other_values_of_explain_are_refused(client: FlaskClient, diamond: Json, query: str) -> None:
    """Explain is exactly true or false, once."""
    reply = client.post(f"/predict?explain{query}", json=diamond)
    assert faults(reply) == [("query", "/explain", "type")]


def test_query_of_other_bytes_is_refused(client: FlaskClient, diamond: Json) -> None:
    """Bytes that are not UTF-8, and that a careless client leaves bare in the query, end in no 500."""
    environment = EnvironBuilder(path="/predict", method="POST", json=diamond).get_environ()
    body, status, _ = run_wsgi_app(client.application, environment | {"QUERY_STRING": "explain=\xd9"})
    assert status == "400 BAD REQUEST"
    assert json.loads(b"".join(body))["errors"][0]["code"] == "encoding"


def test_request_id_is_echoed_or_made(client: FlaskClient, diamond: Json) -> None:
    """A request id comes back as it was sent; without one a new UUID comes."""
    sent = client.post("/predict", json=diamond, headers={"X-Request-Id": ID})
    assert sent.headers["X-Request-Id"] == ID
    first, second = (client.get("/health").headers["X-Request-Id"] for _ in range(2))
    assert UUID(first).version == 4
    assert first != second


@pytest.mark.parametrize(
    "sent",
    ["", "1", ID + "0", ID.replace("-", ""), f"{{{ID}}}", f"{ID},{ID}", "é" * 36],
)
def test_other_request_ids_are_refused(client: FlaskClient, diamond: Json, sent: str) -> None:
    """A request id that is no UUID is refused, and not echoed."""
    reply = client.post("/predict", json=diamond, headers={"X-Request-Id": sent})
    assert faults(reply) == [("header", "/X-Request-Id", "pattern")]
    assert UUID(reply.headers["X-Request-Id"]).version == 4


def test_every_bound_category_and_integer_is_accepted(client: FlaskClient, diamond: Json, manifest: Json) -> None:
    """Each bound itself, each category, and integers for numbers get a prediction."""
    for feature in manifest["features"]:
        if feature["type"] == "number":
            values = [feature["minimum"], feature["maximum"], int(feature["maximum"])]
        else:
            values = feature["categories"]
        for value in values:
            reply = client.post("/predict", json=diamond | {feature["name"]: value})
            assert reply.status_code == 200, (feature["name"], value)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        *(("carat", value, "type") for value in NO_NUMBERS),
        *(("cut", value, "type") for value in NO_STRINGS),
        *(("cut", value, "enum") for value in ("ideal", "Ideal ", "VS1", "", "4")),
        ("carat", 5.0149, "maximum"),
        ("carat", 5.010000000000001, "maximum"),
        ("carat", 0.19999999999999998, "minimum"),
        ("carat", -0.0, "minimum"),
        ("carat", 2**53 + 1, "maximum"),
        ("carat", 10**400, "maximum"),
        ("carat", -(10**400), "minimum"),
        ("", 1, "additionalProperties"),
        ("price", 326, "additionalProperties"),
    ],
)
def test_one_fault_is_named_exactly(client: FlaskClient, diamond: Json, field: str, value: object, code: str) -> None:
    """One broken constraint gives one fault, at its place, alone and in a batch."""
    broken = diamond | {field: value}
    alone = client.post("/predict", json=broken)
    assert faults(alone) == [("body", f"/{field}", code)]
    batch = {"instances": [diamond, broken, diamond]}
    reply = client.post("/predict/batch", json=batch)
    assert faults(reply) == [("body", f"/instances/1/{field}", code)]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_required(client: FlaskClient, diamond: Json, field: str) -> None:
    """A missing property is reported at its own location."""
    del diamond[field]
    expected = [("body", f"/{field}", "required")]
    assert faults(client.post("/predict", json=diamond)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/instances", "required")]),
        ({"instances": []}, [("/instances", "minItems")]),
        ({"instances": {}}, [("/instances", "type")]),
        (
            {"instances": None, "a": 1},
            [("/instances", "type"), ("/a", "additionalProperties")],
        ),
        ([], [("", "type")]),
        (None, [("", "type")]),
    ],
)
def test_faults_of_the_batch_itself_are_named(
    client: FlaskClient, body: object, expected: list[tuple[str, str]]
) -> None:
    """What is wrong with a batch as a whole is reported where it stands."""
    reply = client.post("/predict/batch", data=json.dumps(body), content_type="application/json")
    assert faults(reply) == [("body", *fault) for fault in expected]


def test_faults_of_items_are_listed_beside_too_many_items(client: FlaskClient, diamond: Json) -> None:
    """A batch that is too long still gets the faults of as many items as it may have, each once."""
    body = {"instances": [*[diamond] * 63, 1, 1], "q": 1}
    assert faults(client.post("/predict/batch", json=body)) == [
        ("body", "/instances", "maxItems"),
        ("body", "/q", "additionalProperties"),
        ("body", "/instances/63", "type"),
    ]


def test_all_faults_are_listed_at_once(client: FlaskClient, diamond: Json) -> None:
    """Faults of body, query and header come in one reply, pointers escaped."""
    broken = diamond | {"carat": "1", "cut": "x", "a/b~c": 1}
    del broken["z"]
    reply = client.post("/predict?explain=x", json=broken, headers={"X-Request-Id": "x"})
    assert sorted(faults(reply)) == [
        ("body", "/a~1b~0c", "additionalProperties"),
        ("body", "/carat", "type"),
        ("body", "/cut", "enum"),
        ("body", "/z", "required"),
        ("header", "/X-Request-Id", "pattern"),
        ("query", "/explain", "type"),
    ]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"{", ("body", "", "json.syntax")),
        (b'{"carat": 1e400}', ("body", "/carat", "json.number")),
        (b'{"carat": NaN}', ("body", "/carat", "json.syntax")),
        (b'{"carat": 1, "carat": 1}', ("body", "/carat", "json.duplicate-name")),
        (b"\xef\xbb\xbf{}", ("body", "", "json.encoding")),
        (b"[" * 200_000, ("body", "", "json.depth")),
    ],
)
def test_bad_json_is_listed_beside_bad_parameters(client: FlaskClient, raw: bytes, fault: tuple[str, str, str]) -> None:
    """A body that is not strict JSON does not hide the faults of parameters."""
    reply = client.post("/predict?explain=", data=raw, content_type="application/json")
    assert faults(reply) == [fault, ("query", "/explain", "type")]


def test_floods_are_bounded(client: FlaskClient) -> None:
    """Neither many faults nor long names make a reply much larger than a request."""
    many = client.post("/predict", json={str(number): 1 for number in range(20_000)})
    assert len(faults(many)) == 1000
    assert content(many)["detail"] == "The request has more than 1000 faults. The first 1000 are listed."
    long = client.post("/predict", json={"a" * 100_000: 1, "\U0001f48e" * 9000: 1})
    assert len(faults(long)) == 11
    assert len(long.data) < 10_000


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        'Application/JSON;CHARSET="UTF-8"',
        "application/json",
    ],
)
def test_json_content_types_are_accepted(client: FlaskClient, diamond: Json, content_type: str) -> None:
    """Type and charset are read case-insensitively."""
    body = json.dumps(diamond)
    reply = client.post("/predict", data=body, content_type=content_type)
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/jsonx",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; version=1",
        "application/json, application/json",
    ],
)
def test_other_content_types_are_refused(client: FlaskClient, diamond: Json, content_type: str | None) -> None:
    """Anything but JSON in UTF-8 gets 415, with the other faults beside it."""
    reply = client.post("/predict?explain=x", data=json.dumps(diamond), content_type=content_type)
    assert faults(reply, 415) == [
        ("header", "/Content-Type", "media-type"),
        ("query", "/explain", "type"),
    ]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", ""])
def test_content_codings_are_refused(client: FlaskClient, diamond: Json, coding: str) -> None:
    """A coded body gets 415, whether or not it could be decoded."""
    reply = client.post("/predict", json=diamond, headers={"Content-Encoding": coding})
    assert faults(reply, 415) == [("header", "/Content-Encoding", "content-coding")]


def test_identity_coding_is_accepted(client: FlaskClient, diamond: Json) -> None:
    """The identity coding is no coding."""
    reply = client.post("/predict", json=diamond, headers={"Content-Encoding": "Identity"})
    assert reply.status_code == 200


def test_size_limit_is_exact(client: FlaskClient, diamond: Json) -> None:
    """256 KiB pass, one byte more gets 413, with the parameters' faults beside it."""
    body = json.dumps(diamond).ljust(256 * 1024)
    fits = client.post("/predict", data=body, content_type="application/json")
    over = client.post("/predict?explain=x", data=body + " ", content_type="application/json")
    assert fits.status_code == 200
    assert faults(over, 413) == [
        ("body", "", "body.too-large"),
        ("query", "/explain", "type"),
    ]


@pytest.mark.parametrize(
    ("length", "code"),
    [
        ("1000", "body.incomplete"),
        ("3", "json.syntax"),
        ("x", "json.syntax"),
        ("-1", "json.syntax"),
    ],
)
def test_wrong_content_length_is_refused(client: FlaskClient, diamond: Json, length: str, code: str) -> None:
    """A Content-Length that does not fit the body gets 400, and no hang."""
    reply = client.post(
        "/predict",
        data=json.dumps(diamond),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert faults(reply) == [("body", "", code)]


class BrokenCoding(io.RawIOBase):
    """What a server gives where chunks of a body cannot be told apart: reading raises an exception of its own."""

    def readinto(self, _: Any) -> int:
        """Fail, as gunicorn does."""
        raise InvalidChunkSize(b"+5")


def test_broken_transfer_coding_is_refused(client: FlaskClient) -> None:
    """A body that the server itself cannot read gets 400, whatever the server raises."""
    broken = {"wsgi.input": BrokenCoding(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    reply = client.post("/predict", content_type="application/json", environ_overrides=broken)
    assert faults(reply) == [("body", "", "body.transfer-coding")]


def test_chunks_that_the_server_does_not_decode_are_refused(client: FlaskClient, diamond: Json) -> None:
    """Where the server hands over no end of a body in chunks, the reply says what to send instead."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}
    for length in ("", "5"):
        sent = chunked | {"CONTENT_LENGTH": length}
        reply = client.post("/predict", json=diamond, environ_overrides=sent)
        assert faults(reply) == [("body", "", "body.transfer-coding")]
        assert "Content-Length" in content(reply)["errors"][0]["detail"]


CORPUS = Path(os.environ.get("PROVE400_CORPORA") or Path(__file__).parents[3] / "shared/corpora") / "json-parsing"
DUPLICATES = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
"""RFC 8259 lets a parser accept them; this API does not, on purpose."""


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
def test_json_test_suite(client: FlaskClient) -> None:
    """Each n_ file gets a json.* fault, no y_ file does, and none anything but 400."""
    files = sorted(CORPUS.glob("[niy]_*.json"))
    assert len(files) > 300
    for path in files:
        raw = path.read_bytes()
        for route in ("/predict", "/predict/batch"):
            reply = client.post(route, data=raw, content_type="application/json")
            codes = {code for _, _, code in faults(reply)}
            syntactic = {code for code in codes if code.startswith("json.")}
            assert codes, path.name
            if path.name.startswith("n_"):
                assert syntactic, path.name
            elif path.name in DUPLICATES:
                assert syntactic == {"json.duplicate-name"}
            elif path.name.startswith("y_"):
                assert not syntactic, path.name


def test_ids_do_not_follow_the_common_generator(client: FlaskClient) -> None:
    """A model that seeds the common generator makes no id come again."""
    made = []
    for _ in range(2):
        random.seed(0)
        made.append(client.get("/health").headers["X-Request-Id"])
    assert made[0] != made[1]
