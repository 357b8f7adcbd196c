"""JSON Schema 2020-12 by python-jsonschema, exact where it is loose, with every fault at its own JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema._utils import find_evaluated_property_keys_by_schema
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

BASE = "urn:contract"
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d|23:59:60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
Errors = Iterator[ValidationError]


@cache
def matcher(pattern: str) -> re.Pattern[str]:
    """Compile a pattern so that ``$`` stands for the very end, as in ECMA-262; Python's lets a newline follow."""
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern))


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Errors:
    if isinstance(instance, str) and not matcher(pattern).search(instance):
        yield ValidationError(f"must match {pattern}")


def _required(_: Any, names: list[str], instance: Any, __: Any) -> Errors:
    if isinstance(instance, dict):
        yield from (ValidationError(f"{n!r} is required", path=(n,)) for n in names if n not in instance)


def _properties(validator: Any, schemas: dict[str, Any], instance: Any, _: Any) -> Errors:
    """Judge members as python-jsonschema does, but for its losing the place of one that a ``false`` schema forbids."""
    for name, schema in schemas.items():
        if not isinstance(instance, dict) or name not in instance:
            continue
        if schema is False:
            yield ValidationError(f"{name!r} is not allowed here", path=(name,))
        else:
            yield from validator.descend(instance[name], schema, path=name, schema_path=name)


def _additional(validator: Any, schema: Any, instance: Any, around: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    patterns = around.get("patternProperties", {})
    for name in instance.keys() - around.get("properties", {}).keys():
        if any(matcher(pattern).search(name) for pattern in patterns):
            continue
        if schema is False:
            yield ValidationError(f"{name!r} is not known", path=(name,))
        else:
            yield from validator.descend(instance[name], schema, path=name)


def _items(validator: Any, schema: Any, instance: Any, around: Any) -> Errors:
    """Judge items as python-jsonschema does, but for its losing the place of one that a ``false`` schema forbids."""
    for index in range(len(around.get("prefixItems", ())), len(instance) if isinstance(instance, list) else 0):
        if schema is False:
            yield ValidationError("is one item too many", path=(index,))
        else:
            yield from validator.descend(instance[index], schema, path=index)


def _unevaluated(validator: Any, schema: Any, instance: Any, around: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    known = find_evaluated_property_keys_by_schema(validator, instance, around)
    for name in instance.keys() - set(known):
        if any(True for _ in validator.descend(instance[name], schema)):
            yield ValidationError(f"{name!r} is not known", path=(name,))


def _names(validator: Any, schema: Any, instance: Any, _: Any) -> Errors:
    for name in instance if isinstance(instance, dict) else ():
        for _error in validator.descend(name, schema):
            yield ValidationError(f"{name!r} is no valid name", path=(name,))


def _dependent(_: Any, needs: dict[str, list[str]], instance: Any, __: Any) -> Errors:
    if not isinstance(instance, dict):
        return
    for trigger in needs.keys() & instance.keys():
        missing = (name for name in needs[trigger] if name not in instance)
        yield from (ValidationError(f"{name!r} is required beside {trigger!r}", path=(name,)) for name in missing)


def _multiple(_: Any, step: float, instance: Any, __: Any) -> Errors:
    if isinstance(instance, int | float) and not isinstance(instance, bool) and not is_multiple(instance, step):
        yield ValidationError(f"must be a multiple of {step}")


def is_multiple(value: float, step: float) -> bool:
    """Tell whether the decimal that `value` is written as is a multiple of that of `step`."""
    dividend, divisor = Decimal(repr(value)), Decimal(repr(step))
    _, __, exponent = dividend.as_tuple()
    scale = Decimal(10) ** -min(int(exponent), int(divisor.as_tuple().exponent), 0)
    return int(dividend * scale) % int(divisor * scale) == 0


def _format(_: Any, name: str, instance: Any, __: Any) -> Errors:
    judge = _FORMATS.get(name)
    if judge and isinstance(instance, str) and not judge(instance):
        yield ValidationError(f"must be a {name}, as its RFC writes it")


def is_date(text: str) -> bool:
    """Tell whether a text is a full-date of RFC 3339."""
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID of RFC 4122."""
    return bool(_UUID.fullmatch(text))


def is_date_time(text: str) -> bool:
    """Tell whether a text is a date-time of RFC 3339."""
    return text[10:11] in {"T", "t"} and is_date(text[:10]) and bool(_TIME.fullmatch(text[11:]))


_FORMATS: dict[str, Callable[[str], bool]] = {"date": is_date, "date-time": is_date_time, "uuid": is_uuid}

_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "required": _required,
        "properties": _properties,
        "items": _items,
        "additionalProperties": _additional,
        "unevaluatedProperties": _unevaluated,
        "propertyNames": _names,
        "dependentRequired": _dependent,
        "multipleOf": _multiple,
        "format": _format,
    },
)


class Validators:
    """Validators of the schemas of one contract, by their JSON Pointer in it."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Prepare the references of `document`."""
        self._registry = Registry().with_resource(BASE, DRAFT202012.create_resource(document))
        self._made: dict[str, Any] = {}

    def _at(self, location: str) -> Any:
        if location not in self._made:
            self._made[location] = _Validator({"$ref": f"{BASE}#{location}"}, registry=self._registry)
        return self._made[location]

    def is_valid(self, location: str, value: Any) -> bool:
        """Tell whether `value` fits the schema at `location`."""
        return bool(self._at(location).is_valid(value))

    def faults(self, location: str, value: Any) -> list[tuple[str, str, str]]:
        """List (JSON Pointer, keyword, sentence) of all that is wrong with `value`, in the order of pointers."""
        errors = (leaf for error in self._at(location).iter_errors(value) for leaf in leaves(error))
        return sorted({(pointer(e.absolute_path), str(e.validator), e.message[:200]) for e in errors})


def pointer(path: Any) -> str:
    """Write a path as JSON Pointer (RFC 6901)."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Give an error and those of the branch of its oneOf or anyOf that the value is nearest to."""
    yield error
    branches = [list(errors) for _, errors in groupby(error.context or (), lambda e: e.schema_path[0])]
    if branches:
        for child in min(branches, key=_distance):
            yield from leaves(child)


def _distance(errors: list[ValidationError]) -> tuple[bool, int]:
    """Say how far a value is from a branch: another tag is further than any number of faults."""
    return any(error.validator == "const" for error in errors), len(errors)
