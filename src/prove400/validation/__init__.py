"""Bytes → values → faults: the ground truth of every verdict."""

from prove400.validation.fault import Fault
from prove400.validation.parameters import types_of, value_of
from prove400.validation.requests import RequestJudge, media_of, parameter_texts
from prove400.validation.routes import Routes
from prove400.validation.schemas import SchemaValidator, SchemaValidators
from prove400.validation.strict_json import parse

__all__ = [
    "Fault",
    "RequestJudge",
    "Routes",
    "SchemaValidator",
    "SchemaValidators",
    "media_of",
    "parameter_texts",
    "parse",
    "types_of",
    "value_of",
]
