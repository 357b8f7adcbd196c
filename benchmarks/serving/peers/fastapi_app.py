"""The same model behind FastAPI: the same strict pydantic model, log line, histogram and drift monitoring.

The route is async. FastAPI reads a body by `json.loads`, where the last of several members with one name wins, and NaN
is a number that the reply to a fault cannot hold, so that it is 500; a request class of its own, as its documentation
shows ("Custom Request and APIRoute class"), refuses both.
"""

import json
import os
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from api import metrics
from api.service import load
from api.settings import Settings
from benchmarks.serving.peers.cores import keep
from benchmarks.serving.peers.observed import PREDICTED, Observed
from benchmarks.serving.peers.prediction import Prediction

keep()
settings = Settings.read(os.environ)
model = load(settings.artefact, settings)
Diamond = model.wire.diamond


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Give an object, unless a name stands in it twice."""
    value = dict(members)
    if len(value) < len(members):
        raise HTTPException(400, "a name stands more than once in an object")
    return value


def no_number(name: str) -> None:
    """Refuse NaN, Infinity and -Infinity."""
    raise HTTPException(400, f"{name} is not JSON")


class StrictRequest(Request):
    """A request whose JSON names each member once, and all numbers of which are JSON's."""

    async def json(self) -> Any:
        """Read the body."""
        return json.loads(await self.body(), object_pairs_hook=unique, parse_constant=no_number)


class StrictRoute(APIRoute):
    """A route that reads strict requests."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Time a request in the histogram of the reference API."""
    metrics.latency(route, method, status).observe(seconds)


app = FastAPI(max_body_size=settings.body_bytes)
app.router.route_class = StrictRoute
app.add_middleware(Observed, settings=settings, model=model, observe=observe)


@app.exception_handler(RequestValidationError)
async def refused(_: Request, error: RequestValidationError) -> JSONResponse:
    """List the faults without what was sent, which FastAPI would quote: infinity is no JSON, and values leak."""
    return JSONResponse([{"loc": fault["loc"], "type": fault["type"]} for fault in error.errors()], 422)


@app.post("/predict")
async def predict(diamond: Diamond) -> Prediction:  # type: ignore[valid-type]
    """Price one diamond, without an explanation; the model takes microseconds, so that a thread would cost more."""
    row = diamond.model_dump()
    (item,) = model.predict([row], explain=False)
    PREDICTED.set((row, item["price"]))
    return Prediction(**item, **model.stamp)
