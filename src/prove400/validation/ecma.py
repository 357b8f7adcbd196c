"""Patterns of ECMA-262 as Python reads them (2020-12 core, section 6.4)."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$|[^\\\[$]+|.", re.DOTALL)


@lru_cache(maxsize=1024)
def ecma_to_python(pattern: str) -> str:
    """Give a pattern for Python's `re` in which ``$``, outside a class and not escaped, means the very end."""
    return "".join(r"\Z" if piece == "$" else piece for piece in _TOKEN.findall(pattern))
