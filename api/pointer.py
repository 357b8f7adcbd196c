"""JSON Pointers (RFC 6901) that are safe to send back to whoever caused them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 256
"""Characters of a name that are echoed; a longer one is cut and ends in an ellipsis."""

SURROGATE = re.compile("[\ud800-\udfff]")


def extend(pointer: str, token: str | int) -> str:
    """Give the pointer one level below `pointer`, at name or index `token`.

    Lone surrogates become U+FFFD, since no reply can carry them as UTF-8.
    """
    name = SURROGATE.sub("\ufffd", str(token))
    if len(name) > LONGEST_NAME:
        name = name[:LONGEST_NAME] + "…"
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def locate(tokens: Iterable[str | int]) -> str:
    """Give the pointer that goes down `tokens` from the root."""
    pointer = ""
    for token in tokens:
        pointer = extend(pointer, token)
    return pointer
