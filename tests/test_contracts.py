"""The published contract and its models are what their own standards ask for."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

CONTRACTS = Path(__file__).parents[1] / "contracts"
SCHEMAS = sorted((CONTRACTS / "schemas").glob("*.json"))


def test_published_document_is_openapi_3_1() -> None:
    """The committed document validates against the OpenAPI 3.1 metaschema, examples and references included."""
    OpenAPIV31SpecValidator(json.loads((CONTRACTS / "openapi.json").read_text())).validate()


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_model_is_a_json_schema(path: Path) -> None:
    """Every committed model validates against the metaschema of its dialect."""
    schema = json.loads(path.read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_example_requests_are_valid_under_the_committed_models() -> None:
    """The examples are real rows, and the plain schema of the model admits each of them."""
    document = json.loads((CONTRACTS / "openapi.json").read_text())
    schema = json.loads((CONTRACTS / "schemas" / "Diamond.schema.json").read_text())
    media = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    examples = [entry["value"] for entry in media["examples"].values()]
    assert examples
    for example in examples:
        jsonschema.validate(example, schema)
