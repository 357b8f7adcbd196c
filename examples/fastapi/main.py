"""A price API on FastAPI that holds its contract: strict models, and JSON that is read strictly before them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

CUTS = {"Fair": 1.0, "Good": 1.1, "Ideal": 1.3}


class Row(BaseModel):
    """One diamond; nothing is coerced, and nothing unknown is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")

    carat: float = Field(ge=0.2, le=5.01)
    cut: Literal["Fair", "Good", "Ideal"]


class Price(BaseModel):
    """What a diamond is worth, in US dollars."""

    price: float = Field(gt=0)


class StrictRoute(APIRoute):
    """A route that reads JSON as RFC 8259 and RFC 7493 have it, which FastAPI does not."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """Give FastAPI's handler behind the check."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            kind, _, rest = request.headers.get("content-type", "").partition(";")
            is_json = kind.strip().lower() == "application/json" and ("charset" not in rest or "utf-8" in rest.lower())
            if not is_json or request.headers.get("content-encoding", "identity") != "identity":
                raise HTTPException(415, "send application/json in UTF-8, without a content coding")
            try:
                body = await request.body()
                value = json.loads(body.decode("utf-8"), object_pairs_hook=members, parse_constant=constant)
                json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
            except (ValueError, RecursionError, ClientDisconnect) as error:
                raise HTTPException(400, "the body is not strict JSON, or not whole") from error
            return await handler(request)

        return strict


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that occurs twice."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def constant(name: str) -> float:
    """Refuse NaN and Infinity."""
    raise ValueError(f"{name} is not JSON")


app = FastAPI(title="Prices", version="1.0.0")
router = APIRouter(route_class=StrictRoute)


@router.post("/price")
def price(row: Row) -> Price:
    """Price one diamond."""
    return Price(price=round(4000 * row.carat * CUTS[row.cut], 2))


@app.exception_handler(RequestValidationError)
def refused(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong and where, without the value: infinity, which 1e400 is read as, is no JSON."""
    told = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": told}, 422)


app.include_router(router)
