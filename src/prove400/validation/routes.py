"""Which paths and methods a contract declares (OpenAPI 3.1 section 4.8.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prove400.model import Operation

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
# Servers decode a path before they route it, or remove its dot segments (RFC 3986 section 6.2.2): an encoded slash or
# a segment of dots may lead to another path.
_ELSEWHERE = re.compile(r"%2f|%5c|(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


class PathTemplate:
    """A path with expressions in it: ``/rows/{id}``."""

    def __init__(self, template: str) -> None:
        """Read the template."""
        pieces = _EXPRESSION.split(template)
        self.names = tuple(pieces[1::2])
        self.slashes = sum(piece.count("/") for piece in pieces[::2])
        self._pattern = re.compile("([^/]+)".join(map(re.escape, pieces[::2])))

    def match(self, target: str) -> dict[str, str] | None:
        """Give the text, still encoded, of each expression in a request target; None where the path is another."""
        path = target.partition("?")[0]
        found = self._pattern.fullmatch(path)
        if found is None or (self.names and _ELSEWHERE.search(path)):
            return None
        return dict(zip(self.names, found.groups(), strict=True))


class Routes:
    """The path templates of a contract, each with its declared methods."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Read the path templates of the operations."""
        self._methods: dict[str, set[str]] = {}
        for operation in operations:
            self._methods.setdefault(operation.base_path + operation.path, set()).add(operation.method)
        templates = [(text, PathTemplate(text)) for text in self._methods]
        self._templates: dict[int, list[tuple[str, PathTemplate]]] = {}  # number of slashes → templates
        for text, template in sorted(templates, key=lambda item: len(item[1].names)):
            self._templates.setdefault(template.slashes, []).append((text, template))

    def template(self, target: str) -> str | None:
        """Give the template that a target's path is matched to, a concrete one before a templated one."""
        path = target.partition("?")[0]
        likely = self._templates.get(path.count("/"), ())
        return next((text for text, template in likely if template.match(path) is not None), None)

    def methods(self, target: str) -> frozenset[str]:
        """Give the methods declared for a request target; none where no template matches its path."""
        found = self.template(target)
        return frozenset() if found is None else frozenset(self._methods[found])
