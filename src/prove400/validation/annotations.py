"""Keywords that say something of a text without asserting it (JSON Schema 2020-12 validation, sections 7 and 8).

In most dialects they are annotations, so that what a server makes of them is a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema_rs

from prove400.errors import StrictJSONError
from prove400.serialization.contents import coding_of, holds_json
from prove400.validation.strict_json import parse


@lru_cache(maxsize=256)
def _checker(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True, ignore_unknown_formats=True)


def _format(keywords: dict[str, Any], text: str) -> bool:
    """Tell whether a text is of a format; of an unknown one everything is."""
    return _checker(str(keywords["format"])).is_valid(text)


def _content(keywords: dict[str, Any], text: str) -> bytes | None:
    """Give what a text holds; None where it is not in its encoding, or nobody knows that."""
    coding = coding_of(keywords)
    try:
        return coding.read(text) if coding else None
    except ValueError:
        return None


def _content_encoding(keywords: dict[str, Any], text: str) -> bool:
    return coding_of(keywords) is None or _content(keywords, text) is not None


def _content_media_type(keywords: dict[str, Any], text: str) -> bool:
    """Tell whether the content is JSON where it is to be; of no other media type we can tell."""
    content = _content(keywords, text)
    if content is None or not holds_json(keywords):
        return True
    try:
        parse(content)
    except StrictJSONError:
        return False
    return True


ANNOTATIONS: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "format": _format,
    "contentEncoding": _content_encoding,
    "contentMediaType": _content_media_type,
}
"""Annotation keyword → whether a text is what the keyword of a schema says."""


def follows(keyword: str, keywords: dict[str, Any], value: Any) -> bool:
    """Tell whether a value is what one annotation keyword of a schema says; what is no text always is."""
    return not isinstance(value, str) or ANNOTATIONS[keyword](keywords, value)


def follows_all(keywords: dict[str, Any], value: Any) -> bool:
    """Tell whether a value is what every annotation keyword of a schema says."""
    return all(follows(keyword, keywords, value) for keyword in ANNOTATIONS if keyword in keywords)
