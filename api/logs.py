"""Structured logs: one JSON object a line, on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from api.settings import Settings


def logger(settings: Settings) -> FilteringBoundLogger:
    """Make the logger that `settings` ask for; no setting of other loggers is touched."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[_line],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
    ).bind()  # at once, not at each event
    return log


def _line(_: object, level: str, event: EventDict) -> bytes:
    """Write an event, its level and the time; a chain of processors would cost more than the line itself.

    What orjson has no bytes for (lone surrogates, large integers), Python's own writer escapes.
    """
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(None, level, event)
    now = datetime.now(UTC)
    event.update(level=level, timestamp=now)
    try:
        return orjson.dumps(event, option=orjson.OPT_UTC_Z)
    except TypeError:
        return json.dumps({**event, "timestamp": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"}, default=repr).encode()


class Mask:
    """Shows the shape of a text and none of its values: letters become x, digits 0, but known names stay."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names that may be shown."""
        known = "|".join(re.escape(name) for name in (*names, "true", "false", "null", "NaN", "Infinity"))
        self._pattern = re.compile(rf"\b(?:{known})\b|[^\W_]|[^\x00-\x7f]")

    def __call__(self, text: str) -> str:
        """Give the masked text."""
        return self._pattern.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    """Keep what is known, else give the kind of the character."""
    found = match.group()
    if len(found) > 1:
        return found
    return "0" if found.isdigit() else "x"
