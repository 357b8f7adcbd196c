"""What is told of a reply is told of many: servers say the same of all that breaks one constraint."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

KEPT = 64
"""Short bodies of replies of which is kept what a function says."""
SHORT = 4_096
"""Bytes of a short body."""
LATEST = 2
"""Longer bodies of which it is kept: several rules look at one."""


def remembered(function: Callable[Concatenate[bytes, P], T]) -> Callable[Concatenate[bytes, P], T]:
    """Keep what a function says of the last bodies; what it gives is not to be changed."""
    of_short, of_long = lru_cache(KEPT)(function), lru_cache(LATEST)(function)

    def recalled(body: bytes, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return (of_short if len(body) <= SHORT else of_long)(body, *args, **kwargs)  # type: ignore[arg-type]

    return recalled
