"""What a contract says: operations and their constraints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prove400.model.words import Part

SPARSE = MappingProxyType({"sparse": True})
"""Metadata of a field that reports leave out where it has its default."""
EXPRESSION = re.compile(r"\{([^{}]*)\}")
"""A template expression in a path (OpenAPI 3.1 section 4.8.8.1)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter (OpenAPI Parameter Object) with the place where its schema stands."""

    name: str
    part: Part
    required: bool
    location: str  # JSON Pointer of the Parameter Object in the contract
    schema: Any
    schema_location: str  # JSON Pointer of its schema as written, before `$ref`
    style: str
    explode: bool
    examples: tuple[Any, ...] = ()
    allow_reserved: bool = False
    allow_empty: bool = False
    media_type: str = ""  # of the text, where the contract gives `content` instead of a schema
    expression: str = ""  # that it fills in the path template, where that has another spelling of its name

    @property
    def path_name(self) -> str:
        """Name of the template expression that a path parameter fills."""
        return self.expression or self.name


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one property of a form or multipart body is written (OpenAPI Encoding Object)."""

    name: str
    media_type: str = ""  # of the part; empty: by the value's type
    style: str = ""  # empty: none is given
    explode: bool = True
    allow_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Security:
    """One security scheme that an operation requires (OpenAPI Security Scheme Object)."""

    name: str  # of the scheme in the contract
    kind: str  # `apiKey`, `basic`, `bearer`, or another that no secret satisfies: `mutualTLS`
    part: Part
    field: str  # name of the parameter that carries the secret: "X-API-Key", "Authorization"
    location: str  # JSON Pointer of the Security Requirement's entry


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a request body or a response, with its schema."""

    media_type: str
    schema: Any  # a JSON Schema, or None where the contract gives none
    location: str  # JSON Pointer of the schema as written, before `$ref`
    examples: tuple[Any, ...] = ()
    encodings: tuple[Encoding, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One documented response: its status ("200", "4XX", "default") and media types."""

    status: str
    media: tuple[Media, ...]
    location: str
    headers: tuple[Parameter, ...] = ()  # a Header Object is a Parameter Object (OpenAPI 3.1 section 4.8.21)

    @property
    def required_headers(self) -> tuple[str, ...]:
        """Names of the headers that it always has."""
        return tuple(header.name for header in self.headers if header.required)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template of the contract."""

    method: str  # upper case
    path: str
    location: str  # JSON Pointer of the Operation Object
    parameters: tuple[Parameter, ...] = ()
    body: tuple[Media, ...] = ()
    body_required: bool = False
    body_location: str = ""  # JSON Pointer of the Request Body Object
    responses: tuple[Response, ...] = ()
    base_path: str = ""
    security: tuple[tuple[Security, ...], ...] = ()  # alternatives; an empty one admits anybody
    unplaced: tuple[Parameter, ...] = ()  # path parameters that the path template has no expression for
    document: Any = field(default=None, repr=False, compare=False)  # that its references lead into

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The template expressions that no parameter fills."""
        filled = {p.path_name for p in self.parameters if p.part is Part.PATH}
        return tuple(name for name in dict.fromkeys(EXPRESSION.findall(self.path)) if name not in filled)

    def further(self, media: Media | None) -> str:
        """Give a media type of the body that stands behind the preferred one; of that one, or of none, nothing."""
        return media.media_type if media is not None and media is not self.body[0] else ""

    @property
    def label(self) -> str:
        """Method and path template, as people write it: ``POST /predict``."""
        return f"{self.method} {self.path}"

    def __str__(self) -> str:
        """Give the label."""
        return self.label


@dataclass(frozen=True, slots=True)
class Constraint:
    """One occurrence of one assertion keyword, or one wire rule, at one place of one operation.

    `instance_location` is a template: ``*`` stands for any item of an array. `member` tells apart what one
    keyword asks of several names: ``required`` is one constraint for each name that it lists. `media_type` does so for
    a body that may be sent as several types, which often share one schema: the preferred type has none.
    """

    operation: str
    part: Part
    instance_location: str
    keyword_location: str
    keyword: str
    expected: Any = field(default=None, hash=False)  # the keyword's value in the contract
    member: str = ""
    media_type: str = field(default="", metadata=SPARSE)
    ordinal: int = field(default=0, metadata=SPARSE)  # of those of this keyword at this place: branches

    @property
    def label(self) -> str:
        """Part and place, as people read it: ``body/instances/*/carat``, ``body[text/json]/instances/*/carat``."""
        part = f"{self.part}[{self.media_type}]" if self.media_type else str(self.part)
        member = f"/{self.member}" if self.member else ""
        return f"{part}{self.instance_location}{member}"


@dataclass(frozen=True, slots=True)
class ContractInfo:
    """What a report says of the contract: title, version, and sha256 of its canonical JSON."""

    title: str
    version: str
    sha256: str
    source: str
