"""JSON Pointers (RFC 6901) that are safe to send back to whoever caused them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 256
"""Characters of a name that are echoed; a longer one is cut and ends in an ellipsis."""

LONGEST_POINTER = 1024
"""Characters of a pointer; a longer one is cut and ends in an ellipsis."""

SURROGATE = re.compile("[\ud800-\udfff]")


def extend(pointer: str, token: str | int) -> str:
    """Give the pointer one level below `pointer`, at name or index `token`.

    Lone surrogates become U+FFFD, since no reply can carry them as UTF-8. What was cut grows no further.
    """
    if len(pointer) >= LONGEST_POINTER:
        return pointer
    name = SURROGATE.sub("\ufffd", str(token))
    if len(name) > LONGEST_NAME:
        name = name[:LONGEST_NAME] + "…"
    longer = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
    # An escape that is cut in half would be none (RFC 6901, section 3).
    return longer if len(longer) < LONGEST_POINTER else longer[:LONGEST_POINTER].rstrip("~") + "…"


def locate(tokens: Iterable[str | int]) -> str:
    """Give the pointer that goes down `tokens` from the root."""
    pointer = ""
    for token in tokens:
        pointer = extend(pointer, token)
    return pointer
