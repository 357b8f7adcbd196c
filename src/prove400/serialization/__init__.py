"""Values → bytes: JSON text with raw literals in it, parameter texts by style, form and multipart bodies.

The inverse of `prove400.validation`.
"""

from prove400.serialization.forms import (
    BINARY,
    form_bytes,
    form_field,
    is_nested,
    joined_parts,
    multipart_bytes,
    multipart_field,
    multipart_type,
)
from prove400.serialization.json_text import Raw, Written, json_around, json_bytes, scalar_text
from prove400.serialization.styles import (
    STYLES,
    Code,
    Example,
    Field,
    Pairs,
    Shape,
    Style,
    belonging,
    decoded_name,
    percent_encode,
)

__all__ = [
    "BINARY",
    "STYLES",
    "Code",
    "Example",
    "Field",
    "Pairs",
    "Raw",
    "Shape",
    "Style",
    "Written",
    "belonging",
    "decoded_name",
    "form_bytes",
    "form_field",
    "is_nested",
    "joined_parts",
    "json_around",
    "json_bytes",
    "multipart_bytes",
    "multipart_field",
    "multipart_type",
    "percent_encode",
    "scalar_text",
]
