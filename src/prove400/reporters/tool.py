"""What reports say of the tool that wrote them, from its own package metadata."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata

NAME = "prove400"


def version() -> str:
    """Give our version; ``0`` where the package is not installed."""
    try:
        return str(metadata(NAME)["Version"])
    except PackageNotFoundError:
        return "0"


def documentation(anchor: str = "") -> str:
    """Give the address of the documentation of the formats, where the package names one, at an anchor."""
    try:
        named = metadata(NAME).get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    pages = (url.strip() for label, _, url in (entry.partition(",") for entry in named) if label == "Documentation")
    return next((f"{page}#{anchor}" if anchor else page for page in pages), "")
