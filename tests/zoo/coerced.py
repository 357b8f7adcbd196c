"""The reference API behind preprocessing that mends clarity, as real front ends made it do: HTTP 200s, wrong prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import create_app
from tests.zoo.signature import GRADES, TYPICAL
from tests.zoo.wsgi import on_fields

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

CODES = sorted(GRADES["clarity"])
"""What an encoder that sorts makes of the grades; the front end counts them from worst to best."""


def mended(_: str, value: Any) -> Any:
    """Decode an index by the wrong order, and take a grade in another case for one that is not given."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(CODES):
        return CODES[value]
    is_other_case = isinstance(value, str) and value not in CODES and value.upper() in CODES
    return TYPICAL["clarity"] if is_other_case else value


def app() -> WSGIApplication:
    """Give the API with that defect and the trained model."""
    return on_fields(mended, "clarity")(create_app())
