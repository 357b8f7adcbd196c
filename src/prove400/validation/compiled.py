"""Schema → compiled validator, by jsonschema-rs with the keywords of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs

from prove400.tensors import ELEMENTS, SHAPE, TENSORS, all_hold, are_named, fits


class _Annotation:
    """A keyword that asserts nothing: jsonschema-rs asserts the two of draft 7 that are optional there (section 8)."""

    def __init__(self, *_: Any) -> None:
        """Take what a keyword is made of."""

    def validate(self, _: Any) -> None:
        """Admit every value."""


class _Tensors:
    """`x-prove400-tensors`."""

    def __init__(self, _: Any, names: Any, __: Any) -> None:
        """Take the names."""
        self._names = names

    def validate(self, tensors: Any) -> None:
        """Refuse an array that lacks a tensor, or has one too many; raises `ValueError`."""
        if not are_named(self._names, tensors):
            raise ValueError(TENSORS)


class _Shape:
    """`x-prove400-shape`, where it is true."""

    def __init__(self, _: Any, is_asked: Any, __: Any) -> None:
        """Take whether anything is asked."""
        self._is_asked = is_asked is True

    def validate(self, tensor: Any) -> None:
        """Refuse a tensor whose data is not what its shape says; raises `ValueError`."""
        if self._is_asked and not fits(tensor):
            raise ValueError(SHAPE)


class _Elements:
    """`x-prove400-elements`."""

    def __init__(self, _: Any, datatype: Any, __: Any) -> None:
        """Take the datatype."""
        self._datatype = datatype

    def validate(self, data: Any) -> None:
        """Refuse data with an element that is not of the datatype; raises `ValueError`."""
        if not all_hold(self._datatype, data):
            raise ValueError(ELEMENTS)


_KEYWORDS: dict[str, type[jsonschema_rs.KeywordValidator]] = {
    "contentEncoding": _Annotation,
    "contentMediaType": _Annotation,
    TENSORS: _Tensors,
    SHAPE: _Shape,
    ELEMENTS: _Elements,
}


def registry_of(resources: dict[str, Any]) -> jsonschema_rs.Registry:
    """Give a registry of resources, by URI."""
    return jsonschema_rs.Registry(list(resources.items()))


def compiled_with(
    schema: Any, base: str, resources: dict[str, Any], registry: Callable[[], jsonschema_rs.Registry]
) -> jsonschema_rs.Validator:
    """Compile a schema; where it speaks of a metaschema, with all metaschemas at hand."""
    try:
        return compiled(schema, base, registry())
    except jsonschema_rs.ReferencingError:
        pass
    except ValueError as error:
        if "not present in a registry" not in str(error):
            raise
    from jsonschema_specifications import REGISTRY as METASCHEMAS  # noqa: PLC0415 — slow to import, and seldom needed

    known = [(uri.rstrip("#"), METASCHEMAS[uri].contents) for uri in METASCHEMAS]
    return compiled(schema, base, jsonschema_rs.Registry([*resources.items(), *known]))


def compiled(schema: Any, base: str, registry: jsonschema_rs.Registry) -> jsonschema_rs.Validator:
    """Compile a schema; raises `ValueError` or `jsonschema_rs.ReferencingError` where it is none."""
    return jsonschema_rs.validator_for(
        schema, registry=registry, base_uri=base, validate_formats=False, keywords=_KEYWORDS
    )
