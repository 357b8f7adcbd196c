"""A server of the Open Inference Protocol with one model, right but for what `defects` names; written for the tests."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

INPUTS = [
    {"name": "numbers", "datatype": "FP64", "shape": [-1, 2]},
    {"name": "cut", "datatype": "BYTES", "shape": [-1, 1]},
    {"name": "clarity", "datatype": "UINT8", "shape": [-1, 1]},
]
METADATA = {
    "name": "diamonds",
    "versions": ["3"],
    "platform": "tests",
    "inputs": INPUTS,
    "outputs": [{"name": "price", "datatype": "FP64", "shape": [-1, 1]}],
}
KINDS: dict[str, Callable[[Any], bool]] = {
    "FP64": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "BYTES": lambda v: isinstance(v, str),
    "UINT8": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and v % 1 == 0 and 0 <= v <= 255,
}
ROUTES = {
    "/v2/health/live": "GET",
    "/v2/health/ready": "GET",
    "/v2/models/diamonds": "GET",
    "/v2/models/diamonds/ready": "GET",
    "/v2/models/diamonds/infer": "POST",
    "/v2/repository/index": "POST",
}


class BadRequestError(Exception):
    """What is wrong, and with which status it is refused."""

    def __init__(self, text: str, status: int = 400) -> None:
        """Take both."""
        super().__init__(text)
        self.status = status


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise BadRequestError("duplicate name")
    return dict(pairs)


def _never(text: str) -> Any:
    raise BadRequestError(f"not a number: {text}")


class Server:
    """The application; `defects` are names of checks that it leaves out."""

    def __init__(self, *defects: str, models: tuple[str, ...] = ("diamonds",), inputs: Any = INPUTS) -> None:
        """Take what is wrong with it, the models that it lists, and the inputs of its one model."""
        self.defects, self.models, self.inputs = defects, models, inputs

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            headers, answer, status = [], self._answer(environ), 200
        except BadRequestError as error:
            status, answer = error.status, {"error": str(error)}
            headers = [("Allow", ROUTES[environ["PATH_INFO"]])] if status == 405 else []
        body = b"" if answer is None else json.dumps(answer).encode()
        start(f"{status} x", [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Any:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path not in ROUTES:
            raise BadRequestError(f"nothing at {path}", 404)
        if method != ROUTES[path] and not (method == "HEAD" and ROUTES[path] == "GET"):
            raise BadRequestError(f"{method} is not allowed", 405)
        if path == "/v2/repository/index":
            return [{"name": name, "state": "READY"} for name in self.models]
        if path == "/v2/models/diamonds":
            return {**METADATA, "inputs": self.inputs}
        return self._infer(environ) if path.endswith("infer") else None

    def _infer(self, environ: dict[str, Any]) -> Any:
        if environ.get("HTTP_CONTENT_ENCODING") or not self._is_json(environ.get("CONTENT_TYPE", "")):
            raise BadRequestError("not JSON", 415)
        stated = environ.get("CONTENT_LENGTH") or "0"
        text = environ["wsgi.input"].read(int(stated))
        if len(text) != int(stated):
            raise BadRequestError("the body is short")
        try:
            value = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_never)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise BadRequestError(f"not JSON: {error}") from error
        return self._predicted(value)

    def _is_json(self, content_type: str) -> bool:
        kind, _, parameter = content_type.partition(";")
        return kind.strip().lower() == "application/json" and parameter.strip().lower() in ("", "charset=utf-8")

    def _predicted(self, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("inputs"), list):
            raise BadRequestError("inputs is missing")
        if not isinstance(value.get("id", ""), str):
            raise BadRequestError("id is no text")
        known = {entry["name"]: entry for entry in self.inputs}
        seen: dict[str, list[Any]] = {}
        for tensor in value["inputs"]:
            name = tensor.get("name") if isinstance(tensor, dict) else None
            if not isinstance(name, str) or (name not in known and "unknown" not in self.defects):
                raise BadRequestError(f"the name of one of inputs is unknown: {name!r}")
            if name in seen and "twice" not in self.defects:
                raise BadRequestError(f"{name} of inputs is there twice")
            if name in known:
                seen[name] = self._elements(tensor, known[name])
        for name in known.keys() - seen.keys():
            if "missing" not in self.defects:
                raise BadRequestError(f"{name} is missing in inputs")
        moved = sum(v for v in seen.get("numbers", []) if isinstance(v, int | float))
        rows = len(seen.get("cut", [])) or 1
        data = [moved + 1.5 + index for index in range(rows)]
        return {
            "model_name": "diamonds",
            "outputs": [{"name": "price", "datatype": "FP64", "shape": [rows, 1], "data": data}],
        }

    def _elements(self, tensor: dict[str, Any], known: dict[str, Any]) -> list[Any]:
        name = known["name"]
        if tensor.get("datatype") != known["datatype"] and "datatype" not in self.defects:
            raise BadRequestError(f"datatype of {name} is {known['datatype']}")
        shape, data = tensor.get("shape"), tensor.get("data")
        whole = isinstance(shape, list) and all(
            isinstance(n, int | float) and not isinstance(n, bool) and n % 1 == 0 for n in shape
        )
        if not whole or len(shape) != len(known["shape"]) or not isinstance(data, list):
            raise BadRequestError(f"shape or data of {name} are none")
        if any(want not in (-1, got) or got < 0 for want, got in zip(known["shape"], shape, strict=True)):
            raise BadRequestError(f"shape of {name} is not as declared")
        flat = _flat([int(n) for n in shape], data)
        if flat is None:
            if "shape" not in self.defects:
                raise BadRequestError(f"data of {name} has not that shape")
            flat = [item for item in data if not isinstance(item, list)]
        if not all(map(KINDS[known["datatype"]], flat)):
            if "elements" not in self.defects:
                raise BadRequestError(f"data of {name} is not {known['datatype']}")
            flat = []
        return flat


def _flat(shape: list[int], data: Any) -> list[Any] | None:
    if not any(isinstance(item, list) for item in data):
        return data if len(data) == math.prod(shape) else None
    if len(shape) < 2:
        return None
    found: list[Any] = []
    for item in data:
        inner = _flat(shape[1:], item) if isinstance(item, list) else None
        if inner is None or len(data) != shape[0]:
            return None
        found += inner
    return found
