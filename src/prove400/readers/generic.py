"""Documents that say what a server takes for any model: the names that it lists are put into their paths.

Nothing has a name that we make up, and the server rightly answers 404; so a witness would reach no model. What loads
models or takes them away is left out: with the name of a real model it would do so. Of any document, what ends the
server is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from prove400 import pointer
from prove400.contract.operations import METHODS
from prove400.readers.naming import listed, metadata
from prove400.readers.reading import Site

_OF_ANY_MODEL = ("/v2/models/{", "/v1/models/{", "/predictions/{model_name}", "/invocations", "/gradio_api/run/{")
"""Beginnings of paths that servers describe for whatever model they have."""
_MODEL = re.compile(r"^/(?:v[12]/models|predictions)/\{([^}]+)\}")
_VERSION = re.compile(r"/versions/\{([^}]+)\}")
_ENDS = re.compile(r"/(?:shutdown|quitquitquit)$", re.IGNORECASE)
_MANAGES = re.compile(r"^/v2/repository/models/\{[^}]+\}/(?:un)?load$")


def is_generic(document: dict[str, Any]) -> bool:
    """Tell whether a document speaks of no model of its own."""
    paths = document.get("paths")
    return isinstance(paths, dict) and any(str(path).startswith(_OF_ANY_MODEL) for path in paths)


def named(document: dict[str, Any], site: Site) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give a document of any model with the names and versions that the server lists, and what is to be told of it.

    Where `--model` says which is meant, it has that name alone.
    """
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return document, ()
    ends = {path: "it ends the server" for path in paths if _ENDS.search(str(path))}
    document, told = _without(document, ends)
    own, of_models = _of_models(document, site) if any(_MODEL.match(str(path)) for path in paths) else (document, ())
    return own, (*told, *of_models)


def _without(document: dict[str, Any], left: dict[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Leave paths out, and tell each with its reason."""
    kept = {path: item for path, item in document["paths"].items() if path not in left}
    own = {**document, "paths": kept} if left else document
    return own, tuple(f"{path} is left out: {why}" for path, why in left.items())


def _of_models(document: dict[str, Any], site: Site) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Put the names and versions that the server lists into the paths of its models."""
    names = [site.model] if site.model else listed(site) or listed(site, "/v1/models")
    if not names:
        return document, ("the server lists no model: --model NAME says which one the paths are to have",)
    found = [metadata(site, name) for name in names]
    versions = [str(version) for each in found if each for version in each.get("versions") or ()]
    left = {path: why for path in document["paths"] if (why := _left_out(str(path), versions))}
    document, told = _without(document, left)
    paths = {path: _filled(document, str(path), item, names, versions) for path, item in document["paths"].items()}
    told = (f"the paths have the models that the server lists: {', '.join(names)}", *told)
    return {**document, "paths": paths}, told


def _left_out(path: str, versions: list[str]) -> str:
    if _MANAGES.match(path):
        return "it would load models or take them away"
    if _MODEL.match(path) and _VERSION.search(path) and not versions:
        return "the server lists no versions"
    return ""


def _filled(document: dict[str, Any], path: str, item: Any, names: list[str], versions: list[str]) -> Any:
    """Give a path item whose name, and version where it has one, are among those that are there."""
    found = _MODEL.match(path)
    if found is None or not isinstance(item, dict):
        return item
    listed_as = {found[1]: names} | dict.fromkeys(_VERSION.findall(path), versions)
    own = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "enum": values}}
        for name, values in listed_as.items()
    ]
    changed = dict(item)
    for method in (name for name in METHODS if isinstance(item.get(name), dict)):
        changed[method] = {**item[method], "parameters": list(_others(document, item[method], listed_as))}
    return {**changed, "parameters": [*_others(document, item, listed_as), *own]}


def _others(document: dict[str, Any], holder: dict[str, Any], names: dict[str, list[str]]) -> Iterator[Any]:
    """Give the parameters of a path item or an operation but for some of the path."""
    parameters = holder.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else ():
        reference = parameter.get("$ref") if isinstance(parameter, dict) else None
        inside = isinstance(reference, str) and reference.startswith("#/")
        told = pointer.get(document, reference[1:], parameter) if inside and reference else parameter
        if not (isinstance(told, dict) and told.get("in") == "path" and told.get("name") in names):
            yield parameter
