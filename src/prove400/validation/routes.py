"""Which paths and methods a contract declares (OpenAPI 3.1 section 4.8.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prove400.model import Operation


class Routes:
    """The path templates of a contract, each with its declared methods."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Read the path templates of the operations."""
        self._methods: dict[re.Pattern[str], set[str]] = {}
        for operation in operations:
            template = re.split(r"(\{[^{}]*\})", operation.base_path + operation.path)
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template)
            self._methods.setdefault(re.compile(pattern), set()).add(operation.method)

    def methods(self, target: str) -> frozenset[str]:
        """Give the methods declared for a request target; none where no template matches its path."""
        path = target.partition("?")[0]
        matching = (methods for pattern, methods in self._methods.items() if pattern.fullmatch(path))
        return frozenset(method for methods in matching for method in methods)
