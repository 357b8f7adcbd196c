"""The Open Inference Protocol: a contract from a model's metadata, and the obligations of tensors."""

from __future__ import annotations

import importlib.util
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import Result

import prove400
from prove400.cases.rows import Mutation
from prove400.contract import load
from prove400.errors import ContractError
from prove400.model import Case, Constraint, Obligation, Part, Request, Sample, Side, Unisolable, Verdict
from prove400.readers import Site, asked, inference
from prove400.tensors import DATATYPES, ELEMENTS, SHAPE, TENSORS
from prove400.transport import connect
from prove400.validation import SchemaValidators

_spec = importlib.util.spec_from_file_location("inference_server", Path(__file__).with_name("inference_server.py"))
assert _spec is not None
assert _spec.loader is not None
server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(server)

INFER = "/v2/models/diamonds/infer"
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


def test_every_tensor_is_obliged() -> None:
    """Of many tensors each has its constraints broken alone, wherever it stands, and their order is tried as valid."""
    named = [{"name": f"t{index}", "datatype": "BYTES", "shape": [-1, 1]} for index in range(9)]
    document = inference.contract({**server.METADATA, "inputs": named})
    planned = [each for each in prove400.plan(document) if each.operation.endswith("/infer")]
    lost = {each.constraint.keyword for each in planned if isinstance(each, Unisolable)}
    assert lost == {"type"}  # of an item: what is no object lacks a name, too
    alone = [each for each in planned if isinstance(each, Case) and each.isolated and each.side is Side.INVALID]
    broken = {(each.instance_location, each.obligation.constraint.keyword) for each in alone}
    for index in range(9):
        own = {(at.removeprefix(f"/inputs/{index}"), keyword) for at, keyword in broken if f"/{index}" in at}
        assert own >= {("", "required"), ("", SHAPE), ("/data", ELEMENTS), ("/data", "type"), ("/datatype", "const")}
    (order,) = [each for each in planned if isinstance(each, Case) and each.operator == f"{TENSORS}.order"]
    assert order.side is Side.VALID
    assert [tensor["name"] for tensor in json.loads(order.request.body)["inputs"]] == [
        f"t{index}" for index in reversed(range(9))
    ]


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


def test_columns_fill_the_tensors_of_their_names(tmp_path: Path) -> None:
    """Each column goes into each element of the tensor of its name; others, and rows that do not fit, are told.

    The server drops a tensor whose elements are texts, which moves the price by twice the number.
    """
    rows = tmp_path / "rows.csv"
    rows.write_text("numbers,cut,clarity,depth,name\n3,Ideal,2,1,x\n5,Fair,0,1,x\n7,12,300,1,x\n")
    run = prove400.prove(server.Server("elements"), operations=[f"POST {INFER}"], rows=str(rows))
    found = {s.operator: s for f in run.findings if f.damage and "numbers" in str(f.request.body)
             for s in f.damage.samples if f.instance_location == "/inputs/0/data"}  # fmt: skip
    assert found[f"{ELEMENTS}.numeric-text"] == Sample(f"{ELEMENTS}.numeric-text", 2, 8.0, 10.0)
    told = f"POST {INFER}: these columns have no place of their own in a request, and are not used: depth, name"
    assert told in run.notes
    assert f"POST {INFER}: 1 of 3 rows are left out: the request would not be valid with them" in run.notes


@pytest.mark.parametrize(
    ("tensors", "columns", "kept"),
    [
        ([["a", [1]], ["b", [[2], [2]]]], {"a", "b"}, ()),
        ([["a", [1]], ["b", ["x"]]], {"a"}, ("b",)),
        ([["a", [1]], ["a", [2]]], set(), ()),
    ],
)
def test_what_is_filled(tensors: list[Any], columns: set[str], kept: tuple[str, ...]) -> None:
    """A tensor without a column stays the witness's, and a name that stands twice has no column."""
    request = Request("POST", "/p", (("Content-Type", "application/json"),), b"{}")
    constraint = Constraint("POST /p", Part.BODY, "/inputs", "/x", TENSORS)
    case = Case(Obligation(constraint, "x", Side.INVALID), request, request, "/inputs", (), frozenset(), ())
    body = {"inputs": [{"name": name, "data": data} for name, data in tensors]}
    fit = Mutation(cast("Any", None), case, body, None, 0, {}, ()).fit([{"a": "7", **({"b": "8"} if not kept else {})}])
    assert (fit.home, fit.used, fit.kept) == (
        ("/inputs", columns, kept) if columns else (None, set(), ("name", "data"))
    )


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
