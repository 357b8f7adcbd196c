"""The reference API with three defects of the zoo at once, as the sample report under `reports/sample` shows them."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from tests.zoo import coerced
from tests.zoo.diamonds import DEFECTS

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

NAMES = ("rare-category-500", "misspelt-field")


def app() -> WSGIApplication:
    """Give the API with silent 200s on clarity, a server error and a wrong name in refusals, on the trained model."""
    chosen = [defect for defect in DEFECTS if defect.name in NAMES]
    return reduce(lambda inner, defect: defect.build(inner), chosen, coerced.app())
