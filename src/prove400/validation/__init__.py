"""Bytes → values → faults: the ground truth of every verdict."""

from prove400.validation.annotations import ANNOTATIONS, follows, follows_all
from prove400.validation.discriminators import DISCRIMINATOR, discriminator_fault, named_schema
from prove400.validation.fault import Fault
from prove400.validation.inside import Change
from prove400.validation.parameters import Rewriting, field_name, value_of
from prove400.validation.requests import RequestJudge, media_of
from prove400.validation.routes import Routes, leads_elsewhere
from prove400.validation.schemas import SchemaValidator, SchemaValidators, Without
from prove400.validation.strict_json import LIMITED_DEPTH, is_deep, parse
from prove400.validation.types import ALL as ALL_TYPES
from prove400.validation.types import AdmittedTypes

__all__ = [
    "ALL_TYPES",
    "ANNOTATIONS",
    "DISCRIMINATOR",
    "LIMITED_DEPTH",
    "AdmittedTypes",
    "Change",
    "Fault",
    "RequestJudge",
    "Rewriting",
    "Routes",
    "SchemaValidator",
    "SchemaValidators",
    "Without",
    "discriminator_fault",
    "field_name",
    "follows",
    "follows_all",
    "is_deep",
    "leads_elsewhere",
    "media_of",
    "named_schema",
    "parse",
    "value_of",
]
