"""Every check of the model says what its own examples say, and finds predictions where the contract has them."""

from __future__ import annotations

from typing import Any

import pytest

from prove400.contract.references import Document
from prove400.contract.schemas import Schemas
from prove400.errors import SettingsError
from prove400.model import Media, Operation, Response
from prove400.sanity import CHECKS, SLUGS, Check, Limits, Outputs, outputs_of
from prove400.sanity.checks import Example

EXAMPLES = [
    pytest.param(check, each, id=f"{check.slug}-{i}") for check in CHECKS for i, each in enumerate(check.examples)
]
NUMBER = {"type": "number"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_a_check_has_an_example_and_a_setting(check: Check) -> None:
    """An entry of the table without an example is a defect, and so is one that no setting turns off."""
    assert check.examples
    assert check.slug in SLUGS


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_a_check_does_what_its_example_says(check: Check, example: Example) -> None:
    """The passing series holds, the failing one does not and says why; both are of what the check concerns."""
    assert check.concerns(example.outputs)
    assert check.look(example.passing, example.outputs, Limits()).holds is True
    word = check.look(example.failing, example.outputs, Limits())
    assert word.holds is False
    assert word.message
    assert word.answer in example.failing


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_nothing_is_said_of_nothing(check: Check) -> None:
    """Where nothing was answered, no check passes or fails anything."""
    word = check.look((), Outputs(), Limits())
    assert word.holds is None
    assert word.message


def found(properties: dict[str, Any], path: str = "/predict") -> Outputs:
    """Give what an answer with these properties holds."""
    schema = {"type": "object", "properties": properties}
    document = Document({"openapi": "3.1.0", "components": {"schemas": {"A": schema}}})
    media = Media("application/json", schema, "/components/schemas/A")
    body = (Media("application/json", {}, "/components/schemas/A"),)
    operation = Operation("POST", path, "/paths/x/post", body=body, responses=(Response("200", (media,), ""),))
    return outputs_of(Schemas(document), operation)


PREDICTIONS = {
    "price": NUMBER,
    "label": {"type": "string"},
    "grade": {"enum": ["a", "b"], "type": "string"},
    "predicted_time": NUMBER,
    "score": {"type": "integer"},
    "took": {"type": "number", "x-prove400-prediction": True},
}
OTHERS = {
    "request_id": {"type": "string"},
    "requestId": NUMBER,
    "at": {"type": "string", "format": "date-time"},
    "trace": {"type": "string", "format": "uuid"},
    "output": {"type": "string", "format": "uri"},
    "elapsed_ms": NUMBER,
    "status": {"enum": ["ok", "late"], "type": "string"},
    "currency": {"const": "USD", "type": "string"},
    "unit": {"enum": ["kg"], "type": "string"},
    "scale": {"type": "number", "minimum": 1, "maximum": 1},
    "rows": {"type": "integer"},
    "note": {"type": "string"},
    "price_limit": {"type": "number"},
    "weight": {"type": "number", "x-prove400-prediction": False},
}


@pytest.mark.parametrize("name", PREDICTIONS)
def test_predictions_are_known(name: str) -> None:
    """Numbers, labels of an enum, and what names itself a prediction are predictions."""
    assert found({name: PREDICTIONS[name]}).predictions == {f"/{name}"}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_prediction_is_known(name: str) -> None:
    """Identifiers, times, states, units, counters and what has one value only are no predictions."""
    assert not found({name: OTHERS[name]}).predictions


def test_probabilities_are_known() -> None:
    """Numbers that belong together are probabilities by declaration or by name, and not where it is denied."""
    numbers = {"type": "array", "items": NUMBER}
    outputs = found(
        {
            "proba": numbers,
            "classProbabilities": {"type": "object", "additionalProperties": NUMBER},
            "shares": {**numbers, "x-prove400-probabilities": True},
            "predict_proba": {**numbers, "x-prove400-probabilities": False},
            "probability": NUMBER,
            "probabilities": {"type": "array", "items": {"type": "string"}},
        }
    )
    assert outputs.declared == {"/shares"}
    assert outputs.named == {"/proba", "/classProbabilities"}


def test_versions_are_known() -> None:
    """What names the model is known by its own name, or by a plain one below a path that speaks of models."""
    named = {"modelVersion": {"type": "string"}, "version": {"type": "string"}, "model_rows": {"type": "string"}}
    assert found(named).versions == {"/modelVersion"}
    assert found(named, "/model-info").versions == {"/modelVersion", "/version"}


def test_units_are_known() -> None:
    """A number's unit is its ``x-unit``, or what its description says after ``Unit:``."""
    price = {"type": "number", "description": "Predicted price. Unit: US dollar."}
    assert found({"price": price, "w": {"type": "number", "x-unit": "kg"}, "n": NUMBER}).units == (
        ("/price", "US dollar"),
        ("/w", "kg"),
    )


def test_slugs_need_no_quotes_in_toml() -> None:
    """A slug may be written with or without quotes, which TOML reads in two ways."""
    written = {"inputs": 3, "model": {"constant": False, "version": True}}
    assert Limits.of(written) == Limits.of({"inputs": 3, "model.constant": False, "model.version": True})
    assert Limits.of(written).off == {"model.constant"}


@pytest.mark.parametrize(
    "given",
    [
        {"inputs": 1},
        {"repeats": 0},
        {"tolerance": -1},
        {"sum_tolerance": "1"},
        {"first_request": 1},
        {"first_request_gates": 1},
        {"model.constant": 1},
        {"model.unknown": True},
    ],
    ids=str,
)
def test_impossible_settings_are_refused(given: dict[str, Any]) -> None:
    """A number out of its range, or a name that is none, is refused with what would be right."""
    with pytest.raises(SettingsError) as caught:
        Limits.of(given)
    assert caught.value.hint
