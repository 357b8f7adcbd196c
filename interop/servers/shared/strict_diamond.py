"""The diamond as the model learned it: nothing is coerced, and nothing unknown is passed over."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Diamond(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    carat: float = Field(ge=0.2, le=5.01)
    cut: Literal["Fair", "Good", "Very Good", "Premium", "Ideal"]
    color: Literal["J", "I", "H", "G", "F", "E", "D"]
    clarity: Literal["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]
    depth: float = Field(ge=50.8, le=79)
    table: float = Field(ge=43, le=95)
    x: float = Field(ge=3.73, le=10.74)
    y: float = Field(ge=3.68, le=10.54)
    z: float = Field(ge=2.24, le=6.98)
