"""Bytes → values → faults: the ground truth of every verdict."""

from prove400.validation.fault import Fault
from prove400.validation.formats import is_of_format
from prove400.validation.parameters import value_of
from prove400.validation.requests import RequestJudge, media_of
from prove400.validation.routes import Routes, leads_elsewhere
from prove400.validation.schemas import SchemaValidator, SchemaValidators
from prove400.validation.strict_json import parse
from prove400.validation.types import AdmittedTypes

__all__ = [
    "AdmittedTypes",
    "Fault",
    "RequestJudge",
    "Routes",
    "SchemaValidator",
    "SchemaValidators",
    "is_of_format",
    "leads_elsewhere",
    "media_of",
    "parse",
    "value_of",
]
