"""The reply of the peers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Prediction(BaseModel):
    """The price of one diamond."""

    price: Annotated[float, Field(gt=0)]
    currency: Literal["USD"]
    model_version: Annotated[str, Field(min_length=1)]
