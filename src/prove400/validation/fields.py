"""Forms in which one field was exchanged → faults, by what that field alone writes.

What the others write stays theirs, as long as no field of the form takes names that are not its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prove400 import pointer
from prove400.contract.discriminators import discriminates
from prove400.model import Media, Request
from prove400.serialization import Shape
from prove400.validation.bodies import texts_of_body
from prove400.validation.fault import Fault
from prove400.validation.parameters import Typing, shapes
from prove400.validation.schemas import SchemaValidators


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How a request came of another one: in its form, one field writes something else."""

    base: Request
    name: str
    alone: Request  # with no more in its body than the field


@dataclass(frozen=True, slots=True)
class ValidForm:
    """A form without a fault: its media type, what types its texts, and whether it is valid as plain texts, too."""

    media: Media
    typing: Typing
    is_valid_plain: bool

    def of(self, name: str) -> Media:
        """Give the media type of a form with no other field."""
        return replace(self.media, encodings=tuple(each for each in self.media.encodings if each.name == name))


def valid_form(validators: SchemaValidators, media: Media, typing: Typing, base: Request) -> ValidForm | None:
    """Give what tells the faults of a form with one field exchanged; None where only the whole of it does."""
    schemas = validators.schemas
    is_open = any(Shape.OBJECT in shapes(typing.at(each.name)) for each in media.encodings)
    if is_open or discriminates(schemas, schemas.node(media.location)):
        return None
    texts = texts_of_body(media, base.header("Content-Type") or "", base.body, typing)
    if not isinstance(texts, dict):
        return None
    validator = validators.at(media.location)
    typed, *plain = map(validator.is_valid, typing.readings(texts))
    return ValidForm(media, typing, all(plain)) if typed else None


def field_faults(validators: SchemaValidators, form: ValidForm, change: FieldChange) -> tuple[Fault, ...] | None:
    """Give the faults of a form in which one field was exchanged; None where only the whole of it tells them.

    Where a text is a string and a number, the fields of a form are all read the one way or all the other.
    """
    name, alone = change.name, change.alone
    inside = validators.inside(form.media.location, pointer.join("", name))
    if inside is None:
        return None
    texts = texts_of_body(form.of(name), alone.header("Content-Type") or "", alone.body, form.typing)
    if isinstance(texts, Fault):
        return (texts,)
    if not isinstance(texts, dict) or texts.keys() != {name}:
        return None
    typed, *plain = (reading[name] for reading in form.typing.readings(texts))
    faults = inside.validator.faults(typed, inside.at)
    if not faults or not any(map(inside.validator.is_valid, plain)):
        return faults
    return () if form.is_valid_plain else None
