"""OpenAPI 3.1 document → operations, with every `$ref` outside schemas followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from prove400 import pointer
from prove400.contract.references import Document
from prove400.errors import ContractError
from prove400.model import Media, Operation, Parameter, Part, Response

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
    return Operation(
        method=method.upper(),
        path=path,
        location=location,
        parameters=tuple({(p.part, p.name): p for p in (*shared, *own)}.values()),
        body=tuple(_media(document, _object(body, body_location).get("content", {}), f"{body_location}/content")),
        body_required=bool(body.get("required", False)),
        body_location=body_location,
        responses=tuple(_responses(document, content.get("responses", {}), f"{location}/responses")),
        base_path=base_path(document),
    )


def _object(value: Any, location: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContractError("expected an object", where=location)
    return value


def base_path(document: Document) -> str:
    """Give the path of the first server, without a slash at its end (OpenAPI 3.1 section 4.8.5)."""
    servers = document.content.get("servers") or [{}]
    first = servers[0] if isinstance(servers, list) and isinstance(servers[0], Mapping) else {}
    return urlsplit(str(first.get("url", ""))).path.rstrip("/")


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
    except (KeyError, ValueError) as error:
        hint = "a Parameter Object has a `name`, and `in` is path, query, header or cookie"
        raise ContractError("a parameter is malformed", where=location, hint=hint) from error
    schema, schema_location = document.follow(content.get("schema", True), f"{location}/schema")
    style = str(content.get("style", DEFAULT_STYLES[part]))
    return Parameter(
        name=name,
        part=part,
        required=bool(content.get("required", part is Part.PATH)),
        location=location,
        schema=schema,
        schema_location=schema_location,
        style=style,
        explode=bool(content.get("explode", style == "form")),
        examples=_examples(document, content, location),
    )


def _media(document: Document, content: Any, location: str) -> Iterator[Media]:
    for media_type, entry in _object(content, location).items():
        place = pointer.join(location, media_type)
        media, place = document.follow(entry, place)
        schema = _object(media, place).get("schema")
        yield Media(str(media_type).lower(), schema, f"{place}/schema", _examples(document, media, place))


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
        place = pointer.join(location, str(status))
        response, place = document.follow(entry, place)
        media = tuple(_media(document, _object(response, place).get("content", {}), f"{place}/content"))
        headers = tuple(_required_headers(document, response.get("headers", {}), f"{place}/headers"))
        yield Response(str(status).upper(), media, place, headers)


def _required_headers(document: Document, content: Any, location: str) -> Iterator[str]:
    """Give the names of the headers that a response always has; `Content-Type` is not one (section 4.8.17)."""
    for name, entry in _object(content, location).items():
        header, _ = document.follow(entry, pointer.join(location, name))
        if isinstance(header, Mapping) and header.get("required") is True and name.lower() != "content-type":
            yield str(name)
