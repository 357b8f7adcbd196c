"""A price API on Flask that holds its contract: JSON is read strictly, and jsonschema decides."""

import json
from pathlib import Path

from flask import Flask, Response, request
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException, abort

CONTRACT = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
ROW = Draft202012Validator(CONTRACT["components"]["schemas"]["Row"])
CUTS = {"Fair": 1.0, "Good": 1.1, "Ideal": 1.3}

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 65_536


@app.get("/openapi.json")
def contract() -> dict:
    """Publish the contract."""
    return CONTRACT


@app.post("/price")
def price() -> dict:
    """Price one diamond."""
    row = strict_json()
    error = next(ROW.iter_errors(row), None)
    if error is not None:
        abort(problem(400, error.message, "/".join(["", *map(str, error.absolute_path)])))
    return {"price": round(4000 * row["carat"] * CUTS[row["cut"]], 2)}


def strict_json() -> object:
    """Read the body as RFC 8259 and RFC 7493 have it: UTF-8, no name twice, no NaN."""
    charset = request.mimetype_params.get("charset", "utf-8")
    if request.mimetype != "application/json" or charset.lower() != "utf-8":
        abort(problem(415, "send application/json"))
    if request.headers.get("Content-Encoding", "identity") != "identity":
        abort(problem(415, "send it without a content coding"))
    body = request.get_data()
    if len(body) < (request.content_length or 0):
        abort(problem(400, "the body is shorter than its Content-Length"))
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=members, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError):
        abort(problem(400, "the body is not strict JSON"))
    return value


def members(pairs: list) -> dict:
    """Refuse a name that occurs twice."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def constant(name: str) -> float:
    """Refuse NaN and Infinity."""
    raise ValueError(f"{name} is not JSON")


def problem(status: int, detail: str, place: str = "") -> Response:
    """Give a problem as RFC 9457 has it."""
    body = {"title": "Invalid request", "status": status, "errors": [{"pointer": place, "detail": detail}]}
    return Response(json.dumps(body), status, content_type="application/problem+json")


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """Give every refusal the same form, that of an unknown path or method too."""
    if error.response is not None:
        return error.response
    reply = problem(error.code or 500, error.name)
    reply.headers.extend(h for h in error.get_headers() if h[0] == "Allow")
    return reply
