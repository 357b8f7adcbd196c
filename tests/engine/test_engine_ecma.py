"""Patterns for the second validator, read as ECMA-262 does."""

from __future__ import annotations

import pytest

from prove400.validation.ecma import ecma_to_python


@pytest.mark.parametrize(
    ("pattern", "python"),
    [
        ("^a$", r"^a\Z"),
        (r"^a\$", r"^a\$"),
        ("^[$]$", r"^[$]\Z"),
        (r"a[\]$]b", r"a[\]$]b"),
        ("a$|b$", r"a\Z|b\Z"),
        ("", ""),
    ],
)
def test_dollar_is_the_very_end(pattern: str, python: str) -> None:
    """A dollar that asserts the end is rewritten; one that is a character stays."""
    assert ecma_to_python(pattern) == python
