"""The table of all planted defects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoo.grades import CATEGORY_DEFECTS
from tests.zoo.kinds import TYPES
from tests.zoo.media import MEDIA
from tests.zoo.ranges import RANGES
from tests.zoo.replies import REPLIES
from tests.zoo.routing import ROUTING
from tests.zoo.shapes import SHAPES
from tests.zoo.wire import WIRE

if TYPE_CHECKING:
    from tests.zoo.defect import Defect

DEFECTS: tuple[Defect, ...] = (*TYPES, *RANGES, *CATEGORY_DEFECTS, *SHAPES, *WIRE, *MEDIA, *REPLIES, *ROUTING)
