"""Wire rules: what a request may break before any schema is asked (RFC 8259, RFC 9110).

Each rule takes the witness of one operation and gives requests that break it. The rules of a family stand under one
keyword of the contract: ``json`` under the media type, ``content-type`` under `content`, ``method`` under the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from prove400 import pointer
from prove400.media_types import FORM, Format, format_of, is_json
from prove400.model import Operation, Request, Severity, Side
from prove400.serialization import Raw, json_bytes, multipart_bytes, multipart_type

WARNING = Severity.WARNING
DEPTH = 10_000  # containers inside one another: ten times what a recursive parser in Python survives
CLIENT_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")


@dataclass(frozen=True, slots=True)
class Wire:
    """What a wire rule works on."""

    request: Request  # the witness
    value: Any  # the witness's body as a value
    operation: Operation
    declared_methods: frozenset[str]  # of the path


Break = Callable[[Wire], Iterator[Request]]


@dataclass(frozen=True, slots=True)
class WireRule:
    """One named way to break, or to stretch without breaking, what a request is on the wire."""

    name: str  # `json.truncated`
    apply: Break
    statuses: tuple[int, ...] = ()  # accepted answers; empty: the operation's own for invalid input
    severity: Severity = Severity.ERROR
    side: Side = Side.INVALID

    @property
    def family(self) -> str:
        """The rule's keyword: the name up to the dot."""
        return self.name.partition(".")[0]


def with_header(request: Request, name: str, *values: str) -> Request:
    """Give the request with a header field set to the values, one line each; without any, the field is removed."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return replace(request, headers=(*kept, *((name, value) for value in values)))


def rewritten(*edits: Callable[[bytes], bytes]) -> Break:
    """Make a rule that edits the bytes of the body."""

    def apply(wire: Wire) -> Iterator[Request]:
        for edit in edits:
            body = edit(wire.request.body)
            if body != wire.request.body:
                yield replace(wire.request, body=body)

    return apply


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Give every scalar of a value with its place."""
    return ((at, found) for at, found in pointer.walk(value) if not isinstance(found, dict | list))


def literal(kind: type | tuple[type, ...], *texts: str) -> Break:
    """Make a rule that puts raw text where the first value of a kind stands."""

    def apply(wire: Wire) -> Iterator[Request]:
        place = next((at for at, v in leaves(wire.value) if isinstance(v, kind) and not isinstance(v, bool)), None)
        if place is not None:
            for text in texts:
                body = json_bytes(pointer.replace(wire.value, place, Raw(text)))
                yield replace(wire.request, body=body)

    return apply


def control_character(wire: Wire) -> Iterator[Request]:
    """Put a raw control character inside the first text, and between two tokens (RFC 8259 section 7)."""
    place = next((at for at, value in leaves(wire.value) if isinstance(value, str) and value), None)
    if place is not None:
        text = json_bytes(pointer.get(wire.value, place)).decode()
        body = json_bytes(pointer.replace(wire.value, place, Raw(f"{text[:-2]}\x01{text[-2:]}")))
        yield replace(wire.request, body=body)
    yield replace(wire.request, body=b"\x01" + wire.request.body)


def not_a_number(wire: Wire) -> Iterator[Request]:
    """Put NaN where a number stands, at each place in turn."""
    for at, value in leaves(wire.value):
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield replace(wire.request, body=json_bytes(pointer.replace(wire.value, at, Raw("NaN"))))


def duplicated(build: Callable[[str, str], str]) -> Break:
    """Make a rule that lets a scalar member occur twice: in the body's first object, and in one further inside."""

    def apply(wire: Wire) -> Iterator[Request]:
        first = _first_member(wire.value)
        if first is not None:
            yield twice(wire, *first)
            root = pointer.get(wire.value, first[0])
            inner = (_first_member(item, pointer.join(first[0], name)) for name, item in root.items())
            yield from (twice(wire, *found) for found in [next(filter(None, inner), None)] if found)

    def twice(wire: Wire, holder: str, name: str, value: Any) -> Request:
        own, other = json_bytes({name: value}).decode()[1:-1], json_bytes({name: None}).decode()[1:-1]
        rest = {key: item for key, item in pointer.get(wire.value, holder).items() if key != name}
        tail = json_bytes(rest).decode()[1:-1]
        text = "{" + build(own, other) + ("," + tail if tail else "") + "}"
        return replace(wire.request, body=json_bytes(pointer.replace(wire.value, holder, Raw(text))))

    return apply


def _first_member(value: Any, at: str = "") -> tuple[str, str, Any] | None:
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(item, dict | list):
                return at, name, item
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next(filter(None, (_first_member(item, pointer.join(at, token)) for token, item in items)), None)


def typed(*content_types: str) -> Break:
    """Make a rule that declares another content type for the same body."""

    def apply(wire: Wire) -> Iterator[Request]:
        for content_type in content_types:
            yield with_header(wire.request, "Content-Type", content_type)

    return apply


def typed_near(*edits: Callable[[str], str]) -> Break:
    """Make a rule that declares the body's own content type in another spelling."""

    def apply(wire: Wire) -> Iterator[Request]:
        own = wire.request.header("Content-Type") or ""
        for near in (retyped(own, edit) for edit in edits):
            if own and near != own:
                yield with_header(wire.request, "Content-Type", near)

    return apply


def retyped(content_type: str, edit: Callable[[str], str]) -> str:
    """Edit the type of a content type; its parameters are kept, but for the charset."""
    essence, *parameters = content_type.split(";")
    kept = (parameter for parameter in parameters if not parameter.strip().lower().startswith("charset="))
    return ";".join((edit(essence.strip()), *kept))


def with_utf_8(essence: str) -> str:
    """Add the charset that a text has anyway."""
    return f"{essence}; charset=utf-8"


def typed_as_json(*content_types: str) -> Break:
    """Make a rule that declares another type of JSON for a JSON body."""

    def apply(wire: Wire) -> Iterator[Request]:
        if is_json(wire.request.header("Content-Type") or ""):
            yield from typed(*content_types)(wire)

    return apply


def untyped(wire: Wire) -> Iterator[Request]:
    """Leave the content type out."""
    yield with_header(wire.request, "Content-Type")


def form_encoded(wire: Wire) -> Iterator[Request]:
    """Send the members of the body as an HTML form does."""
    if isinstance(wire.value, dict):
        body = urlencode([(name, item) for name, item in wire.value.items()], doseq=True).encode()
        yield replace(with_header(wire.request, "Content-Type", FORM), body=body)


def json_encoded(wire: Wire) -> Iterator[Request]:
    """Send the fields of a form as JSON."""
    if not is_json(wire.request.header("Content-Type") or ""):
        yield replace(with_header(wire.request, "Content-Type", "application/json"), body=json_bytes(wire.value))


def in_parts(wire: Wire) -> Iterator[Request]:
    """Send the fields of a form as the other kind of form, in parts (RFC 7578)."""
    if isinstance(wire.value, dict) and format_of(wire.request.header("Content-Type") or "") is Format.FORM:
        body = multipart_bytes(wire.value)
        yield replace(with_header(wire.request, "Content-Type", multipart_type(body)), body=body)


def bad_gzip(wire: Wire) -> Iterator[Request]:
    """Declare gzip for a body that is none."""
    yield with_header(wire.request, "Content-Encoding", "gzip")


def declared_length(change: Callable[[int], int]) -> Break:
    """Make a rule that declares another length than the body has (RFC 9112 section 6.3)."""

    def apply(wire: Wire) -> Iterator[Request]:
        yield with_header(wire.request, "Content-Length", str(change(len(wire.request.body))))

    return apply


def no_body(wire: Wire) -> Iterator[Request]:
    """Send no body at all, though one is required."""
    if wire.operation.body_required:
        yield replace(with_header(wire.request, "Content-Type"), body=b"")


def oversize(wire: Wire) -> Iterator[Request]:
    """Pad the body with 4 MiB of white space; only where the operation documents 413."""
    if any(response.status == "413" for response in wire.operation.responses):
        body = wire.request.body
        yield replace(wire.request, body=body.ljust(len(body) + (4 << 20)))


def undeclared_methods(wire: Wire) -> Iterator[Request]:
    """Use every common method that the path does not declare."""
    for method in CLIENT_METHODS:
        if method not in wire.declared_methods:
            yield replace(wire.request, method=method)


def on_path(edit: Callable[[str], str]) -> Break:
    """Make a rule that edits the path and keeps the query."""

    def apply(wire: Wire) -> Iterator[Request]:
        path, mark, query = wire.request.target.partition("?")
        if path != "/":
            yield replace(wire.request, target=edit(path) + mark + query)

    return apply


def reversed_names(value: Any) -> Any:
    """Give the value with the members of every object in reverse order."""
    if isinstance(value, dict):
        return {name: reversed_names(item) for name, item in reversed(value.items())}
    return list(map(reversed_names, value)) if isinstance(value, list) else value


def reordered(wire: Wire) -> Iterator[Request]:
    """Write the names in reverse order; objects are unordered (RFC 8259 section 4)."""
    body = json_bytes(reversed_names(wire.value))
    if body != wire.request.body:
        yield replace(wire.request, body=body)


def escaped(wire: Wire) -> Iterator[Request]:
    """Write every character of every string as an escape (RFC 8259 section 7)."""

    def escape(value: Any) -> Any:
        if isinstance(value, str):
            units = value.encode("utf-16-be", "surrogatepass")
            return Raw('"' + "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"')
        if isinstance(value, dict):
            return {name: escape(item) for name, item in value.items()}
        return list(map(escape, value)) if isinstance(value, list) else value

    body = json_bytes(escape(wire.value))
    if body != wire.request.body:
        yield replace(wire.request, body=body)


def _spaced(body: bytes) -> bytes:
    return b" \r\n\t" + body + b" \r\n\t"


JSON_RULES = (
    WireRule("json.empty", rewritten(lambda _: b"")),
    WireRule("json.white-space-only", rewritten(lambda _: b" \n")),
    WireRule("json.truncated", rewritten(lambda b: b[:-1], lambda b: b[: len(b) // 2])),
    WireRule("json.two-documents", rewritten(lambda b: b + b, lambda b: b + b"\n" + b)),
    WireRule("json.trailing-text", rewritten(lambda b: b + b"prove400", lambda b: b + b"}")),
    WireRule("json.trailing-comma", rewritten(lambda b: b[:-1] + b"," + b[-1:])),
    WireRule("json.comment", rewritten(lambda b: b"/* prove400 */" + b, lambda b: b + b"// prove400")),
    WireRule("json.single-quotes", rewritten(lambda b: b.replace(b'"', b"'"))),
    WireRule(
        "json.unquoted-names", rewritten(lambda b: b.replace(b'":', b":").replace(b'{"', b"{").replace(b',"', b","))
    ),
    WireRule("json.nan", not_a_number),
    WireRule("json.infinity", literal((int, float), "Infinity", "-Infinity")),
    WireRule("json.leading-zero", literal((int, float), "01")),
    WireRule("json.plus-sign", literal((int, float), "+1")),
    WireRule("json.hexadecimal", literal((int, float), "0x1")),
    WireRule("json.bare-fraction", literal((int, float), ".5", "1.")),
    WireRule("json.control-character", control_character),
    WireRule("json.bad-escape", literal(str, r'"\x41"')),
    WireRule("json.python-literal", literal((int, float, str), "None", "True")),
    WireRule(
        "json.bad-utf-8", rewritten(lambda b: b.replace(b'"', b'"\xff', 1), lambda b: b.replace(b'"', b'"\xc0\xaf', 1))
    ),
    WireRule("json.utf-16", rewritten(lambda b: b.decode().encode("utf-16"), lambda b: b.decode().encode("utf-16-le"))),
    WireRule(
        "json.deep", rewritten(lambda _: b"[" * DEPTH + b"]" * DEPTH, lambda _: b'{"a":' * DEPTH + b"1" + b"}" * DEPTH)
    ),
    WireRule("json.byte-order-mark", rewritten(lambda b: b"\xef\xbb\xbf" + b), severity=WARNING),
    WireRule("json.lone-surrogate", literal(str, r'"\ud800"', r'"\udc00\ud800"'), severity=WARNING),
    WireRule("json.duplicate-equal", duplicated(lambda own, _: f"{own},{own}"), severity=WARNING),
    WireRule("json.duplicate-first", duplicated(lambda own, other: f"{other},{own}"), severity=WARNING),
    WireRule("json.duplicate-last", duplicated(lambda own, other: f"{own},{other}"), severity=WARNING),
    WireRule("json.white-space", rewritten(_spaced), side=Side.VALID),
    WireRule("json.member-order", reordered, side=Side.VALID),
    WireRule("json.escapes", escaped, side=Side.VALID),
)
"""What is wrong with, or odd about, a JSON text."""

CONTENT_RULES = (
    WireRule("content-type.missing", untyped, (415, 400)),
    WireRule("content-type.plain", typed("text/plain", "application/octet-stream"), (415, 400)),
    WireRule("content-type.html", typed("text/html", "application/xml"), (415, 400)),
    WireRule("content-type.form", form_encoded, (415, 400)),
    WireRule("content-type.json", json_encoded, (415, 400)),
    WireRule("content-type.multipart", in_parts, (415, 400)),
    WireRule("content-type.plain-json", typed_as_json("application/json"), (415, 400)),
    WireRule(  # a reader of any JSON may go by the suffix (RFC 6839 section 3.1)
        "content-type.sibling",
        typed_as_json("application/merge-patch+json", "application/vnd.prove400+json"),
        (415, 400),
        WARNING,
    ),
    WireRule(
        "content-type.near-miss",
        typed_near(lambda t: f"{t}x", lambda t: f"text/{t.partition('/')[2]}", lambda t: f"{t}/x"),
        (415, 400),
    ),
    WireRule("content-type.malformed", typed("json", ";"), (415, 400)),
    WireRule("content-type.charset", typed_near(lambda t: f"{t}; charset=utf-16"), (415, 400), WARNING),
    WireRule("content-type.parameter", typed_near(with_utf_8, str.title), side=Side.VALID),
    WireRule("content-encoding.bad-gzip", bad_gzip, (415, 400)),
    WireRule("content-length.too-long", declared_length(lambda n: n + 20)),
    WireRule("content-length.too-short", declared_length(lambda n: n // 2)),
    WireRule("content-length.oversize", oversize, (413, 400)),
    WireRule("body.missing", no_body, (400, 415, 411)),
)
"""What is wrong with the frame of a body."""

ROUTE_RULES = (
    WireRule("method.undeclared", undeclared_methods, (405,)),
    WireRule("path.unknown", on_path(lambda path: f"{path}/prove400-unknown"), (404,)),
    WireRule("path.trailing-slash", on_path(lambda path: path.rstrip("/") + "/"), (404, 301, 307, 308), WARNING),
    WireRule("path.other-case", on_path(str.upper), (404,), WARNING),
)
"""What is wrong with the request line."""
