"""Values → request: parameters in their styles, a body in its media type, and credentials.

The inverse of what `prove400.validation` reads from the bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from prove400.media_types import Format, concrete, format_of
from prove400.model import EXPRESSION, Media, Operation, Parameter, Part, Request, Security
from prove400.pointer import ABSENT
from prove400.serialization import (
    STYLES,
    Code,
    Field,
    Pairs,
    form_bytes,
    form_field,
    joined_parts,
    json_bytes,
    multipart_bytes,
    multipart_field,
    multipart_type,
    percent_encode,
    scalar_text,
)

Values = tuple[tuple[Parameter, Any], ...]
"""Parameters with their values, in the order in which they are written."""
NO_CREDENTIALS: Mapping[str, str] = MappingProxyType({})
UNDECLARED = "1"
"""What fills a template expression that no parameter is declared for: a number, a name, and an index."""
_RESERVED = ":/?@!$'()*;[]"  # of RFC 3986 section 2.2, without what separates pairs and items
_COOKIE = "!#$&'()*+-./:<=>?@[]^_`{|}~"  # cookie-octets (RFC 6265 section 4.1.1)


def assemble(
    operation: Operation,
    parameters: Values,
    media: Media | None = None,
    body: Any = ABSENT,
    credentials: Mapping[str, str] = NO_CREDENTIALS,
) -> Request:
    """Give the request that holds the values; `credentials` are secrets by name of security scheme.

    A body that is `ABSENT` is left out, its content type is not.
    """
    headers = [("Accept", "*/*")]
    if media is not None:
        headers.append(("Content-Type", content_type(media, b"")))
    headers.extend(_written(Part.HEADER, parameters))
    cookies = [f"{name}={text}" for name, text in _written(Part.COOKIE, parameters)]
    if cookies:
        headers.append(("Cookie", "; ".join(cookies)))
    request = authorized(
        Request(operation.method, _target(operation, parameters), tuple(headers)), operation, credentials
    )
    return with_body(request, media, body)


def with_body(request: Request, media: Media | None, body: Any) -> Request:
    """Give the request with a value as its body; the Content-Type of a multipart body has another boundary then."""
    if media is None or body is ABSENT:
        return request
    return with_content(request, media, body_bytes(media, body))


def with_content(request: Request, media: Media, content: bytes) -> Request:
    """Give the request with the bytes of a body."""
    if format_of(media.media_type) is not Format.MULTIPART:
        return replace(request, body=content)
    kind = content_type(media, content)
    headers = tuple((name, kind if name == "Content-Type" else value) for name, value in request.headers)
    return replace(request, headers=headers, body=content)


def body_bytes(media: Media, body: Any) -> bytes:
    """Write a body in its media type; of a type that is not known, a text stands for its bytes."""
    match format_of(media.media_type):
        case Format.FORM:
            return form_bytes(body, media.encodings)
        case Format.MULTIPART:
            return multipart_bytes(body, media.encodings)
        case Format.JSON:
            return json_bytes(body)
        case _:
            return scalar_text(body).encode("utf-8", "surrogatepass")


def field_bytes(media: Media, name: str, item: Any) -> list[bytes] | None:
    """Give what one member of a form writes; None where a media type is no form."""
    match format_of(media.media_type):
        case Format.FORM:
            return form_field(name, item, media.encodings)
        case Format.MULTIPART:
            return multipart_field(name, item, media.encodings)
        case _:
            return None


def joined_fields(media: Media, every: list[bytes]) -> bytes:
    """Give the form that pairs or parts make."""
    return b"&".join(every) if format_of(media.media_type) is Format.FORM else joined_parts(every)


def content_type(media: Media, content: bytes) -> str:
    """Give the Content-Type of a body that `body_bytes` wrote."""
    is_multipart = format_of(media.media_type) is Format.MULTIPART
    return multipart_type(content) if is_multipart else concrete(media.media_type)


def _target(operation: Operation, parameters: Values) -> str:
    filled = "".join(path_pieces(operation, parameters))
    plain, _, fixed = filled.partition("?")
    own = (f"{name}={text}" for name, text in _written(Part.QUERY, parameters))
    query = "&".join((*filter(None, [fixed]), *own))
    return operation.base_path + plain + (f"?{query}" if query else "")


def path_pieces(operation: Operation, parameters: Values) -> list[str]:
    """Give the path in pieces: by turns what stands around its expressions, and what fills them."""
    own = ((p, value) for p, value in parameters if p.part is Part.PATH)
    texts = {p.path_name: text for p, value in own for _, text in pairs_of(Part.PATH, p, value)}
    pieces = EXPRESSION.split(operation.path.partition("#")[0])
    return [texts.get(piece, UNDECLARED) if index % 2 else piece for index, piece in enumerate(pieces)]


def path_text(parameter: Parameter, value: Any) -> str:
    """Give what a path parameter writes in the place of its expression."""
    return next((text for _, text in pairs_of(Part.PATH, parameter, value)), "")


def _written(part: Part, parameters: Values) -> Iterator[tuple[str, str]]:
    """Give what the parameters of one part write."""
    return (
        pair for parameter, value in parameters if parameter.part is part for pair in pairs_of(part, parameter, value)
    )


def pairs_of(part: Part, parameter: Parameter, value: Any) -> Pairs:
    """Give what a parameter writes, where it belongs to the part."""
    if parameter.part is not part:
        return ()
    encode = _encoder(parameter, value)
    if parameter.media_type:
        name = parameter.name if part in (Part.PATH, Part.HEADER) else encode(parameter.name)
        is_json = format_of(parameter.media_type) is Format.JSON
        return ((name, encode(json_bytes(value).decode() if is_json else scalar_text(value))),)
    style = STYLES.get(parameter.style, STYLES["form"])
    return style.write(Field(parameter.name, parameter.explode, encode), value)


def _encoder(parameter: Parameter, value: Any) -> Code:
    if parameter.part is Part.HEADER:
        return str
    if parameter.part is Part.COOKIE:
        return partial(percent_encode, safe=_COOKIE)
    if parameter.allow_reserved and parameter.part is Part.QUERY:
        return partial(percent_encode, safe=_RESERVED + ("" if isinstance(value, dict | list) else ","))
    return percent_encode


def alternatives(operation: Operation, credentials: Mapping[str, str]) -> tuple[tuple[Security, ...], ...]:
    """Give the alternatives of an operation's security that the credentials satisfy, each of them with a scheme.

    One request cannot carry two secrets in one field, nor a certificate.
    """
    return tuple(
        every
        for every in operation.security
        if every
        and all(s.name in credentials and s.kind != "mutualTLS" for s in every)
        and len({(s.part, s.field.lower()) for s in every}) == len(every)
    )


def authorized(request: Request, operation: Operation, credentials: Mapping[str, str]) -> Request:
    """Give the request with the credentials that the operation asks for, where there are any."""
    every = next(iter(alternatives(operation, credentials)), ())
    return with_secrets(request, every, credentials)


def with_secrets(request: Request, every: Iterable[Security], credentials: Mapping[str, str]) -> Request:
    """Give the request with the secret of each scheme."""
    for scheme in every:
        request = with_secret(request, scheme, secret_text(scheme, credentials[scheme.name]))
    return request


def secret_text(scheme: Security, secret: str) -> str:
    """Give what carries a secret; that of `basic` is ``user:password`` (RFC 7617), of others as it is (RFC 6750)."""
    if scheme.kind == "apiKey":
        return secret
    if scheme.kind == "basic":
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    return f"{scheme.kind.capitalize()} {secret}"


def with_secret(request: Request, scheme: Security, text: str | None) -> Request:
    """Give the request with another text in the place of a scheme's secret; None leaves it out."""
    if scheme.part is Part.QUERY:
        path, _, query = request.target.partition("?")
        name = percent_encode(scheme.field)
        kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] != name]
        own = [] if text is None else [f"{name}={percent_encode(text)}"]
        query = "&".join((*kept, *own))
        return replace(request, target=path + (f"?{query}" if query else ""))
    if scheme.part is Part.COOKIE:
        old = (request.header("Cookie") or "").split("; ")
        kept = [pair for pair in old if pair and pair.partition("=")[0] != scheme.field]
        cookies = kept if text is None else [*kept, f"{scheme.field}={percent_encode(text, _COOKIE)}"]
        return _with_header(request, "Cookie", "; ".join(cookies) if cookies else None)
    return _with_header(request, scheme.field, text)


def _with_header(request: Request, name: str, text: str | None) -> Request:
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return replace(request, headers=kept if text is None else (*kept, (name, text)))
