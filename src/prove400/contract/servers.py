"""Server Objects → the path in front of every path template (OpenAPI 3.1 sections 4.8.5 and 4.8.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from prove400.errors import ContractError


def base_path(*holders: tuple[Mapping[str, Any], str]) -> str:
    """Give the path of the first server, its variables at their defaults, without a slash at its end.

    `holders` are the operation, the path item and the document, each with its location; the first with servers counts.
    """
    for holder, location in holders:
        if servers := holder.get("servers"):
            first = servers[0] if isinstance(servers, list) else None
            return _path(first, f"{location}/servers/0") if isinstance(first, Mapping) else ""
    return ""


def _path(server: Mapping[str, Any], location: str) -> str:
    declared = server.get("variables")
    variables = declared if isinstance(declared, Mapping) else {}

    def default(found: re.Match[str]) -> str:
        variable = variables.get(found[1])
        return str(variable.get("default", found[0])) if isinstance(variable, Mapping) else found[0]

    url = re.sub(r"\{([^{}]*)\}", default, str(server.get("url", "")))
    url = re.sub(r"^\{[^{}]*\}://", "https://", url)  # a scheme without a default changes nothing of the path
    try:
        path = urlsplit(url).path
    except ValueError as error:
        raise ContractError(f"not a URL: {url!r}", where=f"{location}/url") from error
    return urljoin("/", path).rstrip("/")
