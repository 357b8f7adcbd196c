"""OpenAPI 3.1 document → operations, with every `$ref` outside schemas followed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from prove400 import media_types, pointer
from prove400.contract.references import Document
from prove400.contract.security import security
from prove400.contract.servers import base_path
from prove400.errors import ContractError
from prove400.model import EXPRESSION, Encoding, Media, Operation, Parameter, Part, Response

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""Fixed fields of a Path Item Object that hold operations, in the order of the specification."""
DEFAULT_STYLES = {Part.PATH: "simple", Part.QUERY: "form", Part.HEADER: "simple", Part.COOKIE: "form"}
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # OpenAPI 3.1 section 4.8.12.2


def operations(document: Document) -> Iterator[Operation]:
    """Give every operation of the document in its order; raises `ContractError` where one is malformed."""
    paths = document.content.get("paths", {})
    if not isinstance(paths, Mapping):
        raise ContractError("`paths` is not an object", where="/paths")
    for path, item in paths.items():
        if _is_extension(path):
            continue
        item_location = pointer.join("/paths", path)
        path_item, item_location = document.follow(item, item_location)
        if not isinstance(path_item, Mapping):
            raise ContractError("a path item is not an object", where=item_location)
        for method in METHODS:
            if method in path_item:
                yield _operation(document, path, method, path_item, item_location)


def _operation(
    document: Document, path: str, method: str, path_item: Mapping[str, Any], item_location: str
) -> Operation:
    location = pointer.join(item_location, method)
    content = path_item[method]
    if not isinstance(content, Mapping):
        raise ContractError("an operation is not an object", where=location)
    shared = _parameters(document, path_item.get("parameters", []), f"{item_location}/parameters")
    own = _parameters(document, content.get("parameters", []), f"{location}/parameters")
    body, body_location = document.follow(content.get("requestBody", {}), f"{location}/requestBody")
    parameters, unplaced = _placed(path, list({(p.part, p.name): p for p in (*shared, *own)}.values()))
    return Operation(
        method=method.upper(),
        path=path,
        location=location,
        parameters=parameters,
        body=_preferred(_media(document, _object(body, body_location).get("content", {}), f"{body_location}/content")),
        body_required=bool(body.get("required", False)),
        body_location=body_location,
        responses=tuple(_responses(document, content.get("responses", {}), f"{location}/responses")),
        base_path=base_path((content, location), (path_item, item_location), (document.content, "")),
        security=security(document, content, location),
        unplaced=unplaced,
        document=document,
    )


def _placed(path: str, declared: list[Parameter]) -> tuple[tuple[Parameter, ...], tuple[Parameter, ...]]:
    """Give each path parameter its template expression; give those that find none apart.

    Names must be equal (OpenAPI 3.1 section 4.8.12.1). Where they are not, what is left over belongs together if only
    case and punctuation differ, or if there is but one of each.
    """
    names = {p.name for p in declared if p.part is Part.PATH}
    free = [name for name in dict.fromkeys(EXPRESSION.findall(path)) if name not in names]
    lost = [p for p in declared if p.part is Part.PATH and f"{{{p.name}}}" not in path]
    found: dict[str, str] = {}
    for parameter in lost:
        alike = [name for name in free if _letters(name) == _letters(parameter.name)]
        if len(alike) == 1 and [_letters(p.name) for p in lost].count(_letters(parameter.name)) == 1:
            found[parameter.name] = alike[0]
    lost = [p for p in lost if p.name not in found]
    free = [name for name in free if name not in found.values()]
    if len(lost) == len(free) == 1:
        found[lost.pop().name] = free[0]
    placed = (
        replace(p, expression=found[p.name]) if p.part is Part.PATH and p.name in found else p
        for p in declared
        if p not in lost
    )
    return tuple(placed), tuple(lost)


def _letters(name: str) -> str:
    """Give a name as it is compared: ``user_id`` is ``userId``, and ``+name`` and ``name:[a-z]+`` are ``name``."""
    return re.sub(r"[\W_]", "", name.partition(":")[0]).lower()


def _is_extension(name: Any) -> bool:
    """Tell whether a member is a Specification Extension, whose content says nothing here (OpenAPI 3.1 section 4.9)."""
    return str(name).startswith("x-")


def _object(value: Any, location: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContractError("expected an object", where=location)
    return value


def _preferred(media: Iterator[Media]) -> tuple[Media, ...]:
    """Give the media types of a body with the one that witnesses use in front: JSON if there is one."""
    return tuple(sorted(media, key=lambda entry: media_types.preference(entry.media_type)))


def _parameters(document: Document, listed: Any, location: str) -> Iterator[Parameter]:
    if not isinstance(listed, list):
        raise ContractError("`parameters` is not an array", where=location)
    for index, entry in enumerate(listed):
        content, place = document.follow(entry, f"{location}/{index}")
        parameter = _parameter(document, _object(content, place), place)
        if not (parameter.part is Part.HEADER and parameter.name.lower() in _IGNORED_HEADERS):
            yield parameter


def _parameter(document: Document, content: Mapping[str, Any], location: str) -> Parameter:
    try:
        name, part = str(content["name"]), Part(content["in"])
        style = str(content.get("style", DEFAULT_STYLES[part]))
    except (KeyError, ValueError) as error:
        hint = "a Parameter Object has a `name`, and `in` is path, query, header or cookie"
        if content.get("in") in ("body", "formData"):
            hint = f"`in: {content['in']}` is Swagger 2; OpenAPI 3 has `requestBody` for it"
        raise ContractError("a parameter is malformed", where=location, hint=hint) from error
    media = next(_media(document, content.get("content", {}), f"{location}/content"), None)
    if (media.schema if media else content.get("schema")) is None:
        hint = "a Parameter Object has a `schema`, or a `content` with one media type"
        raise ContractError("a parameter has no schema", where=location, hint=hint)
    if "schema" in content:
        document.follow(content["schema"], f"{location}/schema")  # a reference that leads nowhere is told at once
    return Parameter(
        name=name,
        part=part,
        required=bool(content.get("required", part is Part.PATH)),
        location=location,
        schema=media.schema if media else content["schema"],
        schema_location=media.location if media else f"{location}/schema",
        style=style,
        explode=bool(content.get("explode", style == "form")),
        examples=_examples(document, content, location) + (media.examples if media else ()),
        allow_reserved=content.get("allowReserved") is True,
        allow_empty=content.get("allowEmptyValue") is True and part is Part.QUERY,
        media_type=media.media_type if media else "",
    )


def _media(document: Document, content: Any, location: str) -> Iterator[Media]:
    for media_type, entry in _object(content, location).items():
        place = pointer.join(location, media_type)
        media, place = document.follow(entry, place)
        schema = _object(media, place).get("schema")
        encodings = tuple(_encodings(document, str(media_type), media, place))
        yield Media(str(media_type).lower(), schema, f"{place}/schema", _examples(document, media, place), encodings)


def _encodings(document: Document, media_type: str, media: Mapping[str, Any], location: str) -> Iterator[Encoding]:
    """Give how the properties of a form are written, where the contract says so (OpenAPI 3.1 section 4.8.15)."""
    if media_types.format_of(media_type) not in (media_types.Format.FORM, media_types.Format.MULTIPART):
        return
    declared = media.get("encoding") or {}
    schema, _ = document.follow(media.get("schema"), f"{location}/schema")
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    for name in dict.fromkeys((*_object(declared, f"{location}/encoding"), *_object(properties, location))):
        content = _object(declared.get(name, {}), f"{location}/encoding")
        own, _ = document.follow(properties.get(name), f"{location}/schema")
        content_type = str(content.get("contentType", "")).partition(",")[0].strip()
        content_type = content_type or _content_type(document, own, f"{location}/schema")
        style = str(content.get("style", "form" if {"explode", "allowReserved"} & set(content) else ""))
        explode = bool(content.get("explode", style in ("", "form")))
        yield Encoding(str(name), content_type, style, explode, content.get("allowReserved") is True)


def _content_type(document: Document, schema: Any, location: str) -> str:
    """Give the content type of a file in a form, which each item of an array is; nothing for what is none."""
    items, _ = document.follow(schema.get("items"), location) if isinstance(schema, Mapping) else (None, "")
    for holder in (schema, items):
        if isinstance(holder, Mapping):
            stated = holder.get("contentMediaType")
            if isinstance(stated, str) and media_types.parse(stated):
                return stated
            if holder.get("format") == "binary":
                return "application/octet-stream"
    return ""


def _examples(document: Document, holder: Mapping[str, Any], location: str) -> tuple[Any, ...]:
    """Give `example` and the values of `examples`, in the order written (OpenAPI 3.1 section 4.8.14)."""
    named = holder.get("examples") or {}
    found = [holder["example"]] if "example" in holder else []
    for name, entry in named.items() if isinstance(named, Mapping) else ():
        example, _ = document.follow(entry, pointer.join(f"{location}/examples", name))
        if isinstance(example, Mapping) and "value" in example:
            found.append(example["value"])
    return tuple(found)


def _responses(document: Document, content: Any, location: str) -> Iterator[Response]:
    for status, entry in _object(content, location).items():
        if _is_extension(status):
            continue
        place = pointer.join(location, str(status))
        response, place = document.follow(entry, place)
        media = tuple(_media(document, _object(response, place).get("content", {}), f"{place}/content"))
        headers = tuple(_headers(document, response.get("headers", {}), f"{place}/headers"))
        yield Response(str(status).upper(), media, place, headers)


def _headers(document: Document, content: Any, location: str) -> Iterator[Parameter]:
    """Give the headers of a response; `Content-Type` is not one (section 4.8.17), and one without a schema is free."""
    for name, entry in _object(content, location).items():
        header, place = document.follow(entry, pointer.join(location, name))
        if isinstance(header, Mapping) and str(name).lower() != "content-type":
            own = _parameter(document, {"schema": True, **header, "name": name, "in": "header"}, place)
            yield own if "schema" in header or own.media_type else replace(own, schema_location="")
