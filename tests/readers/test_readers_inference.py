"""The Open Inference Protocol: a contract from a model's metadata, and the obligations of tensors."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import prove400
from prove400.contract import load
from prove400.errors import ContractError
from prove400.model import Verdict
from prove400.readers import Site, asked, inference
from prove400.tensors import DATATYPES, ELEMENTS, SHAPE, TENSORS
from prove400.transport import connect
from prove400.validation import SchemaValidators

_spec = importlib.util.spec_from_file_location("inference_server", Path(__file__).with_name("inference_server.py"))
assert _spec is not None
assert _spec.loader is not None
server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(server)

ONE = [{"name": "rows", "datatype": "FP32", "shape": [-1, 3]}]


def test_a_right_server_passes() -> None:
    """A server that keeps to its metadata has every obligation discharged, each broken alone, and the run says how."""
    run = prove400.prove(server.Server())
    assert run.ok, [(f.verdict, f.constraint.label, f.operators, f.message) for f in run.findings]
    assert "the contract was read as open-inference from GET /v2/models/diamonds" in run.notes
    own = [o for o in run.outcomes if o.obligation.constraint.keyword in (TENSORS, SHAPE, ELEMENTS)]
    assert {o.obligation.constraint.keyword for o in own} == {TENSORS, SHAPE, ELEMENTS}
    assert all(outcome.isolated for outcome in own)
    assert not run.disputed


@pytest.mark.parametrize(
    ("defect", "keyword", "operator"),
    [
        ("unknown", TENSORS, "unknown"),
        ("missing", TENSORS, "missing"),
        ("twice", TENSORS, "twice"),
        ("shape", SHAPE, "short"),
        ("elements", ELEMENTS, "numeric-text"),
        ("datatype", "const", "other"),
    ],
)
def test_a_defect_is_found(defect: str, keyword: str, operator: str) -> None:
    """What a server takes that its metadata does not admit is a silent 200 of the keyword that says so."""
    run = prove400.prove(server.Server(defect), operations=["POST /v2/models/diamonds/infer"])
    shown = {(f.verdict, f.constraint.keyword, name.rpartition(".")[2]) for f in run.findings for name in f.operators}
    assert (Verdict.SILENT_200, keyword, operator) in shown
    assert {f.constraint.keyword for f in run.findings} <= {keyword, "required"}


def test_several_models_are_listed() -> None:
    """Where there are several models, one is to be named, and the error lists them; the one named is read."""
    transport = connect(server.Server(models=("a", "diamonds")))
    with pytest.raises(ContractError, match=r"2 models") as caught:
        asked(Site(transport))
    assert "--model NAME, one of: a, diamonds" in caught.value.hint
    with pytest.raises(ContractError, match="no model 'b'"):
        asked(Site(transport, "b"))
    found = asked(Site(transport, "diamonds"))
    assert found is not None
    assert found.operations[0].label == "POST /v2/models/diamonds/infer"


def test_the_command_line_names_a_model(cli: Callable[..., Result]) -> None:
    """--model says which of several models is proven; without, the usage error lists them."""
    target = "inference_server:Server(models=('a', 'diamonds'))"
    refused = cli("run", target)
    assert (refused.exit_code, "one of: a, diamonds" in " ".join(refused.output.split())) == (2, True)
    result = cli("run", target, "--model", "diamonds", "-v")
    assert result.exit_code == 0, result.output
    assert "read as open-inference from GET /v2/models/diamonds" in result.output
    assert cli("export", target, "--model", "diamonds").exit_code == 0
    planned = cli("plan", "contracts/openapi.json").output
    assert "[isolated] POST /v2/models/diamonds/infer › body/inputs › x-prove400-tensors › missing" in planned


def test_kserve_lists_its_models(publish: Callable[[dict[str, Any]], Any]) -> None:
    """KServe lists models under /v2/models, and TorchServe puts metadata into an array: both are read."""
    metadata = {**server.METADATA, "inputs": ONE}
    found = asked(Site(connect(publish({"/v2/models": {"models": ["m"]}, "/v2/models/m": [metadata]}))))
    assert found is not None
    assert found.notes[0] == "the contract was read as open-inference from GET /v2/models/m"


def test_a_server_that_hides_its_models_asks_for_a_name(publish: Callable[[dict[str, Any]], Any]) -> None:
    """Triton behind PyTriton answers its list with 403: the error says what to give, and with it the model is read."""
    metadata = {"name": "diamonds", "versions": ["1"], "platform": "python", "inputs": ONE, "outputs": []}
    app = publish({"/v2": {"name": "triton", "version": "2.51.0", "extensions": []}, "/v2/models/diamonds": metadata})
    with pytest.raises(ContractError, match="does not list its models") as caught:
        asked(Site(connect(app)))
    assert caught.value.hint == "say which: --model NAME"
    assert asked(Site(connect(app), "diamonds")) is not None
    assert asked(Site(connect(app), "rubies")) is None
    assert asked(Site(connect(publish({"/v2": {"name": "another"}})))) is None


def test_a_model_without_inputs_is_no_contract(publish: Callable[[dict[str, Any]], Any]) -> None:
    """Where the metadata says nothing of inputs, what the server publishes of any model is taken, and noted so."""
    generic = {"openapi": "3.1.0", "info": {}, "paths": {"/v2/models/{model_name}/infer": {"post": {"responses": {}}}}}
    metadata = {**server.METADATA, "inputs": []}
    app = publish({"/v2/models": {"models": ["m"]}, "/v2/models/m": metadata, "/openapi.json": generic})
    found = asked(Site(connect(app)))
    assert found is not None
    assert "for any model" in found.notes[1]
    app.answers["/v2/models/m"] = {**server.METADATA, "inputs": ONE}
    assert "open-inference" in str(asked(Site(connect(app))).notes)


def test_a_tensor_without_a_shape_is_an_error() -> None:
    """Metadata that leaves out what the protocol requires of a tensor makes no contract."""
    with pytest.raises(ContractError, match="not described"):
        inference.contract({**server.METADATA, "inputs": [{"name": "x", "datatype": "FP32"}]})


def _tensors() -> list[Any]:
    shapes: list[Any] = [[], [0], [1], [2], [1, 2], [2, 1], [-1, -2], [1.0, 2], [True], "x", None, [2, 2]]
    datas: list[Any] = [[], [1], [1, 2], [[1, 2]], [[1], [2]], [1, [2]], [[1, 2], [3, 4]], [[1, 2], [3]], [[]], [[[1]]],
                        [1, 2, 3, 4], [True], ["a"], [None], [{}], [1.5], [256], [-1], [2**64], "x", None]  # fmt: skip
    pairs = itertools.product(shapes, datas)
    return [{"shape": shape, "data": data} for shape, data in pairs] + [{}, [], {"shape": [1]}, {"data": [1]}]


@pytest.mark.parametrize("datatype", DATATYPES)
def test_both_validators_agree_on_tensors(datatype: str) -> None:
    """Two implementations of our keywords see every small tensor alike."""
    schema = {SHAPE: True, "properties": {"data": {ELEMENTS: datatype}}}
    content = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"S": schema}}}
    validators = SchemaValidators(load(content).document)
    at = "/components/schemas/S"
    seen = [(validators.at(at).is_valid(value), validators.second_opinion(at, value)) for value in _tensors()]
    assert [first for first, _ in seen] == [second for _, second in seen]
    assert {first for first, _ in seen} == {True, False}


def test_both_validators_agree_on_names() -> None:
    """Two implementations of the keyword that names tensors see every small array alike."""
    content = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"S": {TENSORS: ["a", "b"]}}}}
    validators = SchemaValidators(load(content).document)
    a, b, others = {"name": "a"}, {"name": "b"}, [{"name": "c"}, {}, {"name": 1}, 1, None, {"name": None}]
    values: list[Any] = [[], [a], [a, b], [b, a], [a, b, a], [a, a], *([a, other] for other in others), {}, "ab"]
    at = "/components/schemas/S"
    seen = [(validators.at(at).is_valid(value), validators.second_opinion(at, value)) for value in values]
    assert [first for first, _ in seen] == [second for _, second in seen]
    assert sum(first for first, _ in seen) == 4
