"""Requests that failed once: asked first, on every run."""

from __future__ import annotations

import pytest

from fuzz.conftest import Ask
from fuzz.kept import kept
from prove400 import Request

KEPT = kept()


@pytest.mark.parametrize("request_kept", KEPT.values(), ids=KEPT)
def test_what_failed_once_is_proven(request_kept: Request, ask: Ask) -> None:
    """A request that a search once failed with gets what the contract asks for."""
    ask(request_kept)
