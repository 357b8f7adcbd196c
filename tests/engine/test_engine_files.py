"""Contracts in JSON and YAML, in one file and in several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import prove400
from prove400 import ContractError, UnresolvableReferenceError

YAML = """
openapi: 3.1.0
info: {title: Split, version: "1"}
paths:
  /p:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "REFERENCE"}
      responses:
        200: {description: ok}
        400: {description: invalid}
"""
THINGS = """
Thing:
  type: object
  required: [when]
  properties:
    when: {const: 2024-01-01}
    kind: {$ref: "#/Kind"}
    self: {$ref: "openapi.yaml#/components"}
Kind: {enum: [a, b]}
"""


def write(folder: Path, reference: str, things: str = THINGS) -> Path:
    """Write a contract that refers to another file; give its path."""
    (folder / "things.yaml").write_text(things.replace('    self: {$ref: "openapi.yaml#/components"}\n', ""))
    path = folder / "openapi.yaml"
    path.write_text(YAML.replace("REFERENCE", reference))
    return path


def keywords(path: Path, **allowed: Any) -> set[str]:
    """Give the keyword locations that a plan of a contract file breaks alone."""
    cases = prove400.plan(prove400.load(path, **allowed))
    return {c.keyword_location for c in cases if isinstance(c, prove400.Case) and c.isolated and c.violates_body_schema}


def test_other_file_in_the_folder_is_followed(tmp_path: Path) -> None:
    """A reference to a file beside the contract is followed, and its own references from there."""
    found = keywords(write(tmp_path, "things.yaml#/Thing"))
    assert "/x-prove400-files/things.yaml/Kind/enum" in found
    assert "/x-prove400-files/things.yaml/Thing/required" in found


def test_dates_stay_texts(tmp_path: Path) -> None:
    """A date in YAML is the text that it is, as in JSON."""
    contract = prove400.load(write(tmp_path, "things.yaml#/Thing"))
    files = contract.document.content["x-prove400-files"]
    assert files["things.yaml"]["Thing"]["properties"]["when"] == {"const": "2024-01-01"}
    assert "200" in contract.document.content["paths"]["/p"]["post"]["responses"]


def test_file_outside_the_folder_is_refused_unless_allowed(tmp_path: Path) -> None:
    """A reference out of the contract's folder is followed only into a folder that the user allows."""
    inner = tmp_path / "inner"
    inner.mkdir()
    write(tmp_path, "unused")
    path = write(inner, "../things.yaml#/Thing")
    with pytest.raises(UnresolvableReferenceError, match="out of the contract's folder"):
        prove400.load(path)
    assert keywords(path, allow=[tmp_path])


def test_network_is_never_asked(tmp_path: Path) -> None:
    """A reference to the network is an error that says what to do, not a request."""
    with pytest.raises(UnresolvableReferenceError, match="nothing is fetched"):
        prove400.load(write(tmp_path, "http://127.0.0.1:9/things.json"))


@pytest.mark.parametrize(("text", "word"), [("{", "not JSON"), ("a: [", "not YAML"), ("- 1", "an object")])
def test_broken_text_is_told(tmp_path: Path, text: str, word: str) -> None:
    """A file that is neither JSON nor YAML, or no object, is a contract error that says so."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text)
    with pytest.raises(ContractError, match=word):
        prove400.load(path)
