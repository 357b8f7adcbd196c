"""Body bytes → what they may mean, by media type: JSON, forms, multipart and text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from prove400 import pointer
from prove400.errors import StrictJSONError
from prove400.media_types import Format, format_of, is_json
from prove400.model import Media, Part, Severity
from prove400.serialization import STYLES, Field, Pairs, Shape, belonging
from prove400.validation.fault import Fault
from prove400.validation.parameters import DECODERS, Typing, Whole, query_pairs, shapes
from prove400.validation.strict_json import parse

if TYPE_CHECKING:
    from email.message import EmailMessage
    from email.parser import BytesParser

ADVISED = frozenset({"json.bom", "json.duplicate-name", "json.surrogate"})
"""Rules of JSON that a parser may be lenient with (RFC 8259 sections 4, 8.1 and 8.2)."""
_decode = DECODERS[Part.QUERY]


def texts_of_body(media: Media, content_type: str, body: bytes, typing: Typing) -> Any:
    """Give the texts of a body in lists and dicts, `Whole` where it is JSON, or the `Fault` that keeps it unread.

    A `Fault` is of syntax, encoding or a repeated name. Of a type that we do not read there is nothing: None.
    """
    read = _READERS.get(format_of(content_type))
    place = media.location.rpartition("/schema")[0]
    try:
        return read(media, content_type, body, typing) if read else None
    except StrictJSONError as error:
        return Fault("", place, rule=error.rule, severity=Severity.WARNING if error.rule in ADVISED else Severity.ERROR)
    except UnicodeDecodeError:
        return Fault("", place, rule="text.encoding")


def _json(_media: Media, _content_type: str, body: bytes, _typing: Typing) -> Any:
    return Whole(parse(body))


def _text(_media: Media, _content_type: str, body: bytes, _typing: Typing) -> Any:
    return body.decode("utf-8")


def _form(media: Media, _content_type: str, body: bytes, typing: Typing) -> Any:
    """Read a form by the Encoding Objects of its properties; raises `UnicodeDecodeError`."""
    pairs = query_pairs(body.decode("utf-8"))
    claimed = frozenset(encoding.name for encoding in media.encodings)
    value: dict[str, Any] = {}
    taken: list[tuple[str, str]] = []
    for encoding in media.encodings:
        style = STYLES.get(encoding.style)
        for shape in reversed(shapes(typing.at(encoding.name))) if style else ():
            own = belonging(
                encoding.style,
                encoding.name,
                pairs,
                shape,
                explode=encoding.explode,
                claimed=claimed,
            )
            if style and own and (shape is not Shape.SCALAR or len(own) == 1):
                value[encoding.name] = style.read(Field(encoding.name, encoding.explode, _decode), own, shape)
                taken.extend(own)
                break
    rest: Pairs = tuple(pair for pair in pairs if pair not in taken)
    return _by_name(value, ((_decode(name), _decode(text)) for name, text in rest), media, typing)


def _by_name(value: dict[str, Any], pairs: Iterable[tuple[str, Any]], media: Media, typing: Typing) -> Any:
    """Add to a value what pairs give: for an array what a name has each time, else its one text."""
    grouped: dict[str, list[Any]] = {}
    for name, text in pairs:
        grouped.setdefault(name, []).append(text)
    for name, texts in grouped.items():
        types = typing.at(name)
        is_array = Shape.ARRAY in shapes(types) and (len(texts) > 1 or Shape.SCALAR not in shapes(types))
        if is_array and not _is_nested(texts, typing.at(name, 0)):
            value[name] = texts
        elif len(texts) > 1:
            place = media.location.rpartition("/schema")[0]
            return Fault(pointer.join("", name), place, rule="name.repeated")
        else:
            value[name] = texts[0]
    return value


def _is_nested(texts: list[Any], of_items: frozenset[str]) -> bool:
    """Tell whether the one text for an array is its JSON, as an array of arrays or objects is written."""
    text = texts[0] if len(texts) == 1 else None
    return isinstance(text, str) and text.startswith("[") and bool(of_items & {"array", "object"})


@cache
def _parser() -> BytesParser[EmailMessage]:
    """Give what reads header fields as the texts they are: the library's own objects cost a hundred times as much."""
    from email.message import EmailMessage  # noqa: PLC0415 — slow to import, and seldom needed
    from email.parser import BytesParser  # noqa: PLC0415
    from email.policy import HTTP  # noqa: PLC0415

    return BytesParser(EmailMessage, policy=HTTP.clone(header_factory=lambda _name, value: value))


def _multipart(media: Media, content_type: str, body: bytes, typing: Typing) -> Any:
    """Read `multipart/form-data` (RFC 7578); raises `UnicodeDecodeError` and `StrictJSONError` for a part."""
    head = b"Content-Type: " + content_type.encode("utf-8", "replace") + b"\r\n\r\n"
    message = _parser().parsebytes(head + body)
    if body.strip() == b"--%b--" % str(message.get_boundary()).encode("utf-8", "replace"):
        return {}  # no part at all, as browsers send it
    parts = list(message.iter_parts()) if message.is_multipart() else []
    pairs = [(part.get_param("name", header="Content-Disposition"), part) for part in parts]
    if message.defects or not message.is_multipart() or not all(isinstance(name, str) for name, _ in pairs):
        return Fault("", media.location.rpartition("/schema")[0], rule="multipart.syntax")
    named = ((_unquoted(str(name)), part) for name, part in pairs)
    return _by_name({}, ((name, _content(part, name, media, typing)) for name, part in named), media, typing)


def _unquoted(name: str) -> str:
    """Undo what a form does to a name (HTML section 4.10.21.8), and give UTF-8 back its characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8")
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _content(part: Any, name: str, media: Media, typing: Typing) -> Any:
    """Read one part; what is to be a string is its own text, whatever the part says of itself (RFC 7578, 4.4)."""
    content = part.get_payload(decode=True) or b""
    own = next((encoding.media_type for encoding in media.encodings if encoding.name == name), "")
    declared = is_json(own)
    is_string = "string" in typing.at(name) and not typing.at(name) & {"array", "object"}
    if is_json(part.get_content_type()) and (declared or not is_string):
        return Whole(parse(content))
    if part.get_content_maintype() == "text":
        return content.decode("utf-8")
    return Whole(content.decode("utf-8", "replace"))


_READERS: dict[Format, Callable[[Media, str, bytes, Typing], Any]] = {
    Format.JSON: _json,
    Format.FORM: _form,
    Format.MULTIPART: _multipart,
    Format.TEXT: _text,
}
"""Format → what reads its bytes; what has none is not read."""
