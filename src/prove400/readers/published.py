"""OpenAPI as servers publish it, at the places where their frameworks put it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from prove400.contract.files import parse_text
from prove400.errors import ContractError
from prove400.model import Reply
from prove400.readers.generic import is_generic, named
from prove400.readers.reading import Reader, Reading, Site

_OK = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where frameworks publish."""

    path: str
    by: str  # who does
    method: str = "GET"


PLACES = (
    Place("/openapi.json", "FastAPI, LitServe, Ray Serve, vetiver, cog, KServe, APIFlask, flask-smorest, connexion"),
    Place("/schema/openapi.json", "Litestar"),
    Place("/docs.json", "BentoML"),
    Place("/v2/docs/dataplane.json", "MLServer"),
    Place("/gradio_api/openapi.json", "Gradio, whose /openapi.json has the routes of its own page"),
    Place("/seldon.json", "Seldon Core"),
    Place("/v3/api-docs", "springdoc"),
    Place("/openapi.yaml", "files as they are served"),
    Place("/openapi/openapi.json", "flask-openapi3"),
    Place("/api/openapi.json", "an API behind a prefix"),
    Place("/api/schema/", "drf-spectacular"),
    Place("/swagger/v1/swagger.json", "Swashbuckle"),
    Place("/apispec_1.json", "flasgger"),
    Place("/swagger.json", "flask-restx, drf-yasg, connexion 2"),
    Place("/", "TorchServe", "OPTIONS"),
)
"""Where a contract is asked for, in this order."""


def _documents(site: Site) -> Iterator[tuple[Place, dict[str, Any]]]:
    for place in PLACES:
        if document := _described(site.reply(place.path, place.method), place.path):
            yield place, document


def _described(reply: Reply, path: str) -> dict[str, Any] | None:
    """Give what is answered if it is a document of OpenAPI or Swagger: a page that says so in HTML is none."""
    if reply.status != _OK or "html" in reply.media_type or not reply.body:
        return None
    try:
        value = parse_text(reply.body, path)
    except ContractError:
        return None
    return value if isinstance(value, dict) and not value.keys().isdisjoint({"openapi", "swagger"}) else None


def _read(site: Site) -> Reading | None:
    """Give the first document of OpenAPI 3 that says what this model takes.

    Where there is none, one for any model counts; at last one of Swagger 2.0, which is refused later.
    """
    generic: Reading | None = None
    last: Reading | None = None
    for place, document in _documents(site):
        if "openapi" not in document:
            last = last or Reading(document, f"{place.method} {place.path}")
        elif is_generic(document):
            generic = generic or _reading(document, place, site)
        else:
            return _reading(document, place, site)
    return generic or last


def _reading(document: dict[str, Any], place: Place, site: Site) -> Reading:
    """Give a document, placed, with the models that the site has, without schemes that it never declares.

    Such is Gradio's `login_check`.
    """
    unknown = sorted(_undeclared(document))
    notes = tuple(f"the document asks for {name}, and does not declare it: it is not tried" for name in unknown)
    known = _without(document, unknown) if unknown else document
    own, told = named(_placed(known, place.path), site)
    return Reading(own, f"{place.method} {place.path}", is_generic(document), (*notes, *told))


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give whatever may have `security`: the document, and its operations."""
    yield document
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, dict) else ():
        yield from (value for value in item.values() if isinstance(value, dict)) if isinstance(item, dict) else ()


def _undeclared(document: dict[str, Any]) -> set[str]:
    components = document.get("components")
    declared = components.get("securitySchemes") if isinstance(components, dict) else None
    asked = {name for holder in _operations(document) for entry in _required(holder) for name in entry}
    return asked - set(declared or ())


def _required(holder: dict[str, Any]) -> list[dict[str, Any]]:
    listed = holder.get("security")
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _without(document: dict[str, Any], unknown: list[str]) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    for holder in _operations(copied):
        if any(name in entry for entry in _required(holder) for name in unknown):
            holder["security"] = [entry for entry in _required(holder) if entry.keys().isdisjoint(unknown)]
    return copied


def _placed(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Give a document whose first server is told from the root: a relative URL is one from the document's own place."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = first.get("url")
    if not isinstance(url, str) or "{" in url or urljoin(path, url) == urljoin("/", url):
        return document
    return {**document, "servers": [{**first, "url": urljoin(path, url)}]}


READER = Reader("OpenAPI", "an OpenAPI document at one of the usual places", _read)
