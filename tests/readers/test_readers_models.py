"""Contracts from what a model says of itself: TensorFlow Serving, MLflow, ONNX and scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prove400.cases import plan
from prove400.contract import Contract, load
from prove400.errors import ContractError, ModelError
from prove400.model import Case, Unisolable
from prove400.readers import Site, asked, opened
from prove400.transport import connect
from prove400.validation import SchemaValidators

METADATA = Path(__file__).with_name("tensorflow")
REQUEST = "/components/schemas/Request"
Publish = Callable[[dict[str, Any]], Any]


def admits(contract: Contract, value: Any, at: str = REQUEST) -> bool:
    """Tell whether both validators admit a value; they agree."""
    validators = SchemaValidators(contract.document)
    found = validators.at(at).is_valid(value)
    assert found is validators.second_opinion(at, value)
    return found


def is_planned(contract: Contract) -> None:
    """Every operation has a witness, and what is planned breaks constraints alone."""
    planned = list(plan(contract))
    assert not [item for item in planned if isinstance(item, Unisolable) and item.constraint.keyword == "witness"]
    assert sum(isinstance(item, Case) and item.isolated for item in planned) > 20


def tensorflow(publish: Publish, name: str, model: str = "") -> Contract:
    """Read the contract of a model whose metadata the official definitions wrote."""
    metadata = json.loads(METADATA.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    contract = asked(Site(connect(publish({f"/v1/models/{model or 'model'}/metadata": metadata})), model))
    assert contract is not None
    assert contract.notes == (
        f"the contract was read as tensorflow-serving from GET /v1/models/{model or 'model'}/metadata",
    )
    return contract


TENSORFLOW: list[tuple[str, Any, bool]] = [
    ("single", {"instances": [{"x": [1, 2.5, 3]}]}, True),
    ("single", {"instances": [[1, 2, 3], [1, 2, 3]]}, True),
    ("single", {"inputs": [[1, 2, 3]]}, True),
    ("single", {"inputs": {"x": [[1, 2, 3]]}, "signature_name": "serving_default"}, True),
    ("single", {"instances": [{"x": [1, 2]}]}, False),
    ("single", {"instances": [{"x": [1, 2, 3, 4]}]}, False),
    ("single", {"instances": [{"x": [1, 2, "3"]}]}, False),
    ("single", {"instances": [{"x": [1, 2, True]}]}, False),
    ("single", {"instances": [{"y": [1, 2, 3]}]}, False),
    ("single", {"instances": [[1, 2, 3]], "inputs": [[1, 2, 3]]}, False),
    ("single", {}, False),
    ("several", {"instances": [{"carat": 0.2, "cut": ["Ideal"], "flag": True, "n": 3}]}, True),
    ("several", {"instances": [{"carat": 0.2, "cut": [{"b64": "SWRlYWw="}], "flag": True, "n": 3}]}, True),
    ("several", {"inputs": {"carat": [0.2], "cut": [["Ideal"]], "flag": [True], "n": [3]}}, True),
    ("several", {"instances": [{"carat": 0.2, "cut": ["Ideal"], "flag": 1, "n": 3}]}, False),
    ("several", {"instances": [{"carat": 0.2, "cut": ["Ideal"], "flag": True, "n": 256}]}, False),
    ("several", {"instances": [{"carat": 0.2, "cut": ["Ideal"], "flag": True}]}, False),
    ("several", {"instances": [0.2]}, False),
    ("ranks", {"instances": [[[1]], 2]}, True),
]


@pytest.mark.parametrize(("name", "value", "expected"), TENSORFLOW)
def test_tensorflow_requests(name: str, value: Any, *, expected: bool, publish: Publish) -> None:
    """Rows and columns are what the signature says, in each of the forms that the server reads."""
    assert admits(tensorflow(publish, name), value) is expected


@pytest.mark.parametrize("name", ["single", "several", "ranks"])
def test_tensorflow_is_planned(name: str, publish: Publish) -> None:
    """A contract of a signature has a witness for every operation, under the model's own name."""
    contract = tensorflow(publish, name, "mine" if name == "single" else "")
    assert contract.operations[0].label == f"POST /v1/models/{name}:predict"
    assert contract.info.version == "7"
    is_planned(contract)


def test_tensorflow_answers(publish: Publish) -> None:
    """Of one output rows stand for themselves, of several each has its name."""
    answer = "/components/schemas/Answer"
    single, several = tensorflow(publish, "single"), tensorflow(publish, "several")
    assert admits(single, {"predictions": [[0.5]]}, answer)
    assert admits(single, {"outputs": [[0.5]]}, answer)
    assert not admits(single, {"predictions": [["a"]]}, answer)
    assert admits(several, {"predictions": [{"price": 1.5, "rank": [1]}]}, answer)
    assert not admits(several, {"predictions": [{"price": 1.5, "rank": [1.5]}]}, answer)


def test_a_model_that_does_not_predict(publish: Publish) -> None:
    """Metadata without a signature of the predict API is of TensorFlow Serving, and makes no contract."""
    with pytest.raises(ContractError, match="no signature that predicts"):
        asked(Site(connect(publish({"/v1/models/model/metadata": {"metadata": {"signature_def": {}}}}))))


COLUMNS = [
    {"type": "double", "name": "carat", "required": True},
    {"type": "string", "name": "cut", "required": True},
    {"type": "long", "name": "depth", "required": False},
]
TENSOR = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]
NAMED = [
    {"type": "tensor", "name": "a", "tensor-spec": {"dtype": "int8", "shape": [-1]}},
    {"type": "tensor", "name": "b", "tensor-spec": {"dtype": "str", "shape": [-1, 1]}},
]
NESTED = [
    {"type": "array", "items": {"type": "string"}, "name": "tags", "required": True},
    {
        "type": "object",
        "name": "stone",
        "properties": {"cut": {"type": "string", "required": True}, "n": {"type": "integer", "required": False}},
    },
    {"type": "map", "values": {"type": "boolean"}, "name": "flags"},
    {"type": "datetime", "name": "at"},
    {"type": "binary", "name": "raw"},
]
PARAMS = [{"name": "top", "type": "long", "default": 1, "shape": None}, {"name": "w", "type": "float", "shape": [-1]}]


def mlmodel(folder: Path, inputs: Any, params: Any = None) -> Path:
    """Write an MLmodel file as MLflow does: JSON inside YAML, one side of the signature each."""
    signature = {"inputs": json.dumps(inputs), "outputs": json.dumps(TENSOR), "params": params and json.dumps(params)}
    file = folder / "MLmodel"
    file.write_text(json.dumps({"mlflow_version": "3.17.0", "signature": signature}), encoding="utf-8")
    return file


def mlflow(folder: Path, inputs: Any, params: Any = None) -> Contract:
    """Read the contract of a signature."""
    contract = opened(mlmodel(folder, inputs, params))
    assert contract is not None
    return contract


ROW = {"carat": 0.2, "cut": "Ideal", "depth": 3}
MLFLOW: list[tuple[Any, Any, bool]] = [
    (COLUMNS, {"dataframe_records": [ROW, ROW]}, True),
    (COLUMNS, {"dataframe_records": [{"carat": 1, "cut": "Ideal"}]}, True),
    (COLUMNS, {"dataframe_records": [{**ROW, "id": 7}]}, True),
    (COLUMNS, {"dataframe_split": {"columns": ["carat", "cut", "depth"], "data": [[0.2, "Ideal", 3]]}}, True),
    (COLUMNS, {"instances": [ROW]}, True),
    (COLUMNS, {"inputs": {"carat": [0.2], "cut": ["Ideal"]}}, True),
    (COLUMNS, {"dataframe_records": [{"carat": 0.2}]}, False),
    (COLUMNS, {"dataframe_records": [{**ROW, "carat": "0.2"}]}, False),
    (COLUMNS, {"dataframe_records": [{**ROW, "cut": 3}]}, False),
    (COLUMNS, {"dataframe_records": [{**ROW, "depth": 2**63}]}, False),
    (COLUMNS, {"dataframe_split": {"columns": ["carat", "cut", "depth"], "data": [[0.2, "Ideal"]]}}, False),
    (COLUMNS, {"dataframe_split": {"data": [[0.2, "Ideal", 3]]}}, False),
    (COLUMNS, {"inputs": {"carat": ["0.2"], "cut": ["Ideal"]}}, False),
    (COLUMNS, {"instances": [ROW], "inputs": {"carat": [0.2], "cut": ["Ideal"]}}, False),
    (COLUMNS, {"rows": [ROW]}, False),
    (COLUMNS, [ROW], False),
    (TENSOR, {"inputs": [[1, 2.5]]}, True),
    (TENSOR, {"instances": [[1, 2.5], [3, 4]]}, True),
    (TENSOR, {"inputs": [[1]]}, False),
    (TENSOR, {"inputs": [[1, 2, 3]]}, False),
    (TENSOR, {"inputs": [["1", 2]]}, False),
    (TENSOR, {"dataframe_records": [{"0": 1}]}, False),
    (NAMED, {"inputs": {"a": [1], "b": [["x"]]}}, True),
    (NAMED, {"instances": [{"a": 1, "b": ["x"]}]}, True),
    (NAMED, {"instances": [{"a": 128, "b": ["x"]}]}, False),
    (NAMED, {"inputs": {"a": [1]}}, False),
    (NESTED, {"dataframe_records": [{"tags": ["a"], "stone": {"cut": "x"}, "flags": {"f": True}, "at": "", "raw": ""}]},
     True),
    (NESTED, {"dataframe_records": [{"tags": ["a"], "stone": {"n": 1}, "flags": {}, "at": "", "raw": ""}]}, False),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "value", "expected"), MLFLOW)
def test_mlflow_requests(inputs: Any, value: Any, *, expected: bool, tmp_path: Path) -> None:
    """Each of the four formats is what the signature says, and only one of them is in a request."""
    assert admits(mlflow(tmp_path, inputs), value) is expected


@pytest.mark.parametrize("inputs", [COLUMNS, TENSOR, NAMED, NESTED])
def test_mlflow_is_planned(inputs: Any, tmp_path: Path) -> None:
    """A contract of a signature has a witness, by the file or by its folder."""
    is_planned(mlflow(tmp_path, inputs))
    assert opened(tmp_path) is not None


def test_mlflow_params(tmp_path: Path) -> None:
    """What a signature says of params is what a request may have of them."""
    contract = mlflow(tmp_path, COLUMNS, PARAMS)
    for params, expected in (({"top": 3, "w": [0.5]}, True), ({}, True), ({"top": "3"}, False), ({"w": 0.5}, False)):
        assert admits(contract, {"instances": [ROW], "params": params}) is expected


def test_mlflow_without_a_signature(tmp_path: Path) -> None:
    """A model without a signature makes no contract, and the hint says how to log one."""
    file = tmp_path / "MLmodel"
    file.write_text("mlflow_version: 3.17.0\n", encoding="utf-8")
    with pytest.raises(ContractError, match="no signature") as caught:
        opened(file)
    assert "infer_signature" in caught.value.hint


def test_a_running_mlflow_asks_for_the_file(publish: Publish) -> None:
    """The scoring server publishes operations without schemas, and not its signature: the error names it."""
    generic = {"openapi": "3.1.0", "info": {}, "paths": {"/invocations": {"post": {"responses": {}}}}}
    app = publish({"/openapi.json": generic, "/version": b"3.17.0", "/ping": b"\n"})
    with pytest.raises(ContractError, match=r"MLflow 3\.17\.0 does not publish") as caught:
        asked(Site(connect(app)))
    assert "--contract PATH/MLmodel" in caught.value.hint


def test_onnx(tmp_path: Path) -> None:
    """An ONNX graph tells names, types and shapes of its inputs, and weights are none."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    inputs = [
        helper.make_tensor_value_info("carat", kinds.DOUBLE, [None, 1]),
        helper.make_tensor_value_info("cut", kinds.STRING, ["N", 1]),
        helper.make_tensor_value_info("sizes", kinds.UINT8, [None, 3]),
        helper.make_tensor_value_info("w", kinds.FLOAT, [1]),
    ]
    weight = helper.make_tensor("w", kinds.FLOAT, [1], [1.0])
    graph = helper.make_graph([], "diamonds", inputs, [helper.make_tensor_value_info("p", kinds.FLOAT, [None, 1])],
                              [weight])  # fmt: skip
    file = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph), str(file))
    contract = opened(file)
    assert contract is not None
    row = {"carat": 0.2, "cut": "Ideal", "sizes": [1, 2, 3]}
    at = "/components/schemas/Features"
    assert admits(contract, row, at)
    for wrong in ({"sizes": [1, 2]}, {"sizes": [1, 2, 256]}, {"carat": "0.2"}, {"cut": 1}, {"w": 1.0}):
        assert not admits(contract, {**row, **wrong}, at)
    is_planned(contract)
    file.write_bytes(b"no model")
    with pytest.raises(ModelError, match="no ONNX model"):
        opened(file)
    with pytest.raises(ModelError, match="cannot read"):
        opened(tmp_path / "none.onnx")


def test_scikit_learn(tmp_path: Path) -> None:
    """A pipeline is read where it is pinned, as `init` reads it."""
    joblib = pytest.importorskip("joblib")
    pandas, linear = pytest.importorskip("pandas"), pytest.importorskip("sklearn.linear_model")
    file = tmp_path / "model.joblib"
    joblib.dump(
        linear.LinearRegression().fit(pandas.DataFrame({"carat": [0.2, 1.0], "depth": [60.0, 61.0]}), [1, 2]), file
    )
    with pytest.raises(ModelError, match="not pinned") as caught:
        opened(file)
    sha256 = caught.value.hint.partition("--sha256 ")[2].partition("\n")[0]
    contract = opened(file, {str(file): sha256})
    assert contract is not None
    assert admits(contract, {"carat": 0.2, "depth": 3}, "/components/schemas/Features")
    assert not admits(contract, {"carat": 0.2}, "/components/schemas/Features")


def test_other_files_are_contracts(tmp_path: Path) -> None:
    """What no reader knows is left to the one of OpenAPI documents."""
    assert opened(tmp_path / "openapi.json") is None
    assert opened(tmp_path) is None
    assert load({"openapi": "3.1.0", "info": {}, "paths": {}}).notes == ()
