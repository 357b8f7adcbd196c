"""Faults of the nested, the tensor and the conditional contract."""

from __future__ import annotations

from typing import Any

from benchmarks.kill_score.defects.defect import (
    GONE,
    Defect,
    crashed,
    each,
    loosened,
    member,
    mended,
    number,
    post,
    sample,
    within,
)
from tests.zoo.wsgi import Build

INFER = "/v2/models/fraud/infer"
TENSORS_ASKED = 3


def _nested(name: str, story: str, build: Build, pin: str, example: str = "image", **changes: Any) -> Defect:
    """Plant a fault that swallows a changed submission."""
    request = post("/moderate", sample("nested", example, **changes))
    return Defect(name, "nested", story, build, request, 400, 200, (pin,))


def _tensors(name: str, story: str, build: Build, pin: str, **changes: Any) -> Defect:
    """Plant a fault that swallows a changed inference."""
    return Defect(name, "tensors", story, build, post(INFER, sample("tensors", "all", **changes)), 400, 200, (pin,))


def _quote(name: str, story: str, build: Build, pin: str, example: str = "car", **changes: Any) -> Defect:
    """Plant a fault that swallows a changed quote."""
    request = post("/quote", sample("conditional", example, **changes))
    return Defect(name, "conditional", story, build, request, 400, 200, (pin, *(("oneOf",) if "oneOf" in pin else ())))


def _kind_guessed(asset: Any) -> None:
    """Guess what an asset is from its members, whatever its kind says."""
    guess = "text" if "body" in asset else "image" if "width" in asset else "audio"
    if "kind" in asset:
        asset["kind"] = guess


def _numbers(tensor: Any) -> None:
    """Read the texts among a tensor's data as numbers."""
    if isinstance(tensor.get("data"), list):
        tensor["data"] = [number(item) for item in tensor["data"]]


def _last_unchecked(value: Any) -> None:
    """Put a good tensor in the place of the last."""
    if isinstance(value.get("inputs"), list) and len(value["inputs"]) == TENSORS_ASKED:
        value["inputs"][2] = sample("tensors", "all")["inputs"][2]


def _flattened(tensor: Any) -> None:
    """Flatten nested data as numpy's ravel() does."""
    if isinstance(tensor.get("data"), list):
        rows = (item if isinstance(item, list) else [item] for item in tensor["data"])
        tensor["data"] = [item for row in rows for item in row]


def _padded(tensor: Any) -> None:
    """Fill missing data up with zeros."""
    if tensor.get("name") == "amounts" and isinstance(tensor.get("data"), list) and tensor["data"]:
        tensor["data"] += [0.0] * (6 - len(tensor["data"]))


def _unshaped(tensor: Any) -> None:
    """Believe the data's own shape."""
    if tensor.get("name") == "amounts" and isinstance(tensor.get("shape"), list):
        tensor["shape"] = [2, 3]


def _sorted(value: Any) -> None:
    """Look tensors up by name, in whatever order they stand."""
    order = ["amounts", "channels", "mask"]
    tensors = value.get("inputs")
    objects = isinstance(tensors, list) and all(isinstance(t, dict) for t in tensors)
    if objects and sorted(str(t.get("name")) for t in tensors) == order:
        tensors.sort(key=lambda t: order.index(t["name"]))


def _limits(policy: Any) -> None:
    """Take out limits that are null."""
    if isinstance(policy.get("limits"), dict):
        kept = {name: v for name, v in policy["limits"].items() if v is not None}
        policy["limits"] = kept or policy["limits"]


def _null_reviewer(value: Any) -> bool:
    """Tell whether a reviewer is null."""
    policy = value.get("policy")
    reviewers = policy.get("reviewers") if isinstance(policy, dict) else None
    return isinstance(reviewers, list) and None in reviewers


def _only(kind: str, name: str, change: Any) -> Any:
    """Give a change of one member of assets of a kind."""
    return within("asset", lambda asset: member(name, change)(asset) if asset.get("kind") == kind else None)


NESTED = (
    _nested(
        "kind-ignored",
        "The branch is guessed from the members.",
        mended(within("asset", _kind_guessed)),
        "kind/const",
        asset__kind="text",
    ),
    _nested(
        "kind-cased",
        "The kind is compared in lower case.",
        mended(within("asset", member("kind", lambda v: v.lower() if isinstance(v, str) else v))),
        "kind/const",
        asset__kind="Image",
    ),
    _nested(
        "image-unbounded",
        "Only the first branch's bounds are checked.",
        loosened("Image/properties/width", maximum=None),
        "width/maximum",
        asset__width=5000,
    ),
    _nested(
        "audio-silent",
        "Zero seconds pass.",
        loosened("Audio/properties/seconds", exclusiveMinimum=None, minimum=0),
        "seconds/exclusiveMinimum",
        "audio",
        asset__seconds=0,
    ),
    _nested(
        "image-extra",
        "The second branch takes unknown members.",
        loosened("Image", additionalProperties=None),
        "Image/additionalProperties",
        asset__alt="x",
    ),
    _nested(
        "channels-text",
        "A form's text is read as a number.",
        mended(_only("audio", "channels", number)),
        "channels/enum",
        "audio",
        asset__channels="2",
    ),
    _nested(
        "url-searched",
        "https:// may stand anywhere in the text.",
        mended(
            _only("image", "url", lambda v: v[v.index("https://") :] if isinstance(v, str) and "https://" in v else v)
        ),
        "Image/properties/url/pattern",
        asset__url="see https://cdn.example/a.png",
    ),
    _nested(
        "policy-extra",
        "Unknown members of the nested object are ignored.",
        loosened("Policy", additionalProperties=None),
        "Policy/additionalProperties",
        policy__note="x",
    ),
    _nested(
        "reviewer-extra",
        "Members of objects in arrays are not counted.",
        loosened("Policy/properties/reviewers/items", additionalProperties=None),
        "items/additionalProperties",
        policy__reviewers__1__team="x",
    ),
    _nested(
        "limit-null",
        "Null limits are taken out.",
        mended(within("policy", _limits)),
        "limits/additionalProperties/type",
        policy__limits__spam=None,
    ),
    _nested(
        "limit-names",
        "Names of a map are never judged.",
        loosened("Policy/properties/limits", propertyNames=None),
        "propertyNames",
        policy__limits__Hate=0.5,
    ),
    _nested(
        "limit-many",
        "One limit too many.",
        loosened("Policy/properties/limits", maxProperties=4),
        "limits/maxProperties",
        policy__limits={"a": 0, "b": 0, "c": 0, "d": 0},
    ),
    _nested(
        "reviewers-object",
        "A single reviewer is wrapped in an array.",
        mended(within("policy", member("reviewers", lambda v: [v] if isinstance(v, dict) else v))),
        "reviewers/type",
        policy__reviewers={"name": "Ada", "level": 2},
    ),
    Defect(
        "reviewer-crash",
        "nested",
        "reviewer['name'] of null raises.",
        crashed(_null_reviewer),
        post("/moderate", sample("nested", "text", policy__reviewers__0=None)),
        400,
        500,
        ("reviewers/items/type",),
    ),
)
TENSORS = (
    _tensors(
        "last-unchecked",
        "The loop ends one tensor early.",
        mended(_last_unchecked),
        "Mask/properties/data/items/type",
        inputs__2__data=[True, 1],
    ),
    _tensors(
        "shape-ignored",
        "reshape(-1) believes the data.",
        mended(each("inputs", _unshaped)),
        "Amounts/properties/shape/const",
        inputs__0__shape=[3, 2],
    ),
    _tensors(
        "data-padded",
        "Missing numbers are filled with zeros.",
        mended(each("inputs", _padded)),
        "Amounts/properties/data/minItems",
        inputs__0__data=[1.5],
    ),
    _tensors(
        "data-cut",
        "Surplus numbers are cut off.",
        mended(each("inputs", member("data", lambda v: v[:6] if isinstance(v, list) else v))),
        "Amounts/properties/data/maxItems",
        inputs__0__data=[1.5] * 7,
    ),
    _tensors(
        "data-nested",
        "ravel() flattens rows.",
        mended(each("inputs", _flattened)),
        "Amounts/properties/data/items/type",
        inputs__0__data=[[1.5], 2, 3, 4, 5, 6],
    ),
    _tensors(
        "data-text",
        "numpy reads numbers from texts.",
        mended(each("inputs", _numbers)),
        "Amounts/properties/data/items/type",
        inputs__0__data=["1.5", 2, 3, 4, 5, 6],
    ),
    _tensors(
        "int-from-float",
        "astype(int64) cuts fractions off.",
        loosened("Channels/properties/data/items", type="number"),
        "Channels/properties/data/items/type",
        inputs__1__data=[0.5, 4],
    ),
    _tensors(
        "datatype-ignored",
        "The declared datatype is never read.",
        loosened("Channels/properties/datatype", const=None),
        "Channels/properties/datatype/const",
        inputs__1__datatype="INT32",
    ),
    _tensors(
        "order-free",
        "Tensors are looked up by name.",
        mended(_sorted),
        "inputs/prefixItems",
        inputs=[sample("tensors", "all")["inputs"][index] for index in (1, 0, 2)],
    ),
    _tensors(
        "mask-empty",
        "A mask that masks all passes.",
        loosened("Mask/properties/data", contains=None),
        "Mask/properties/data/contains",
        inputs__2__data=[False, False],
    ),
    _tensors(
        "outputs-repeated",
        "Outputs are put in a set.",
        loosened("Inference/properties/outputs", uniqueItems=None),
        "outputs/uniqueItems",
        outputs=[{"name": "score"}, {"name": "score"}],
    ),
    _tensors(
        "parameters-deep",
        "Parameters of any type pass.",
        loosened("Inference/properties/parameters/additionalProperties", type=None),
        "additionalProperties/type",
        parameters__a=[1],
    ),
    _tensors(
        "tensor-more",
        "Further tensors are ignored.",
        mended(member("inputs", lambda v: v[:3] if isinstance(v, list) else v)),
        "inputs/maxItems",
        inputs=[*sample("tensors", "all")["inputs"], {"name": "x"}],
    ),
)
CONDITIONAL = (
    _quote(
        "then-unchecked",
        "What a car needs is checked in the front end only.",
        loosened("Quote/then", required=None),
        "then/required",
        engine_kw=GONE,
    ),
    _quote(
        "then-allows",
        "A car may have floor space.",
        loosened("Quote/then", properties=None),
        "then/properties/floor_m2",
        floor_m2=80,
    ),
    _quote(
        "else-unchecked",
        "A home's floor space defaults to the mean.",
        loosened("Quote/else", required=None),
        "else/required",
        "home",
        floor_m2=GONE,
    ),
    _quote(
        "else-allows",
        "A home may have an engine.",
        loosened("Quote/else/properties", engine_kw=True),
        "else/properties/engine_kw",
        "home",
        engine_kw=77,
    ),
    _quote(
        "bank-unasked",
        "The dependency is a comment in the code.",
        loosened("Quote", dependentRequired=None),
        "dependentRequired",
        "financed",
        loan_bank=GONE,
    ),
    _quote(
        "until-unasked",
        "A code without an end is taken for endless.",
        loosened("Quote/dependentSchemas/discount_code", required=None),
        "discount_code/required",
        "financed",
        discount_until=GONE,
    ),
    _quote(
        "code-any",
        "The code's form is checked by another service.",
        loosened("Quote/dependentSchemas/discount_code", properties=None),
        "discount_code/pattern",
        "financed",
        discount_code="spring",
    ),
    _quote(
        "both",
        "Discount and cover together are let through.",
        loosened("Quote", not_=None),
        "Quote/not",
        "financed",
        cover=["fire"],
    ),
    _quote(
        "extra",
        "Unevaluated members are ignored.",
        loosened("Quote", unevaluatedProperties=None),
        "unevaluatedProperties",
        colour="red",
    ),
    _quote(
        "learners",
        "Nobody checks for one full licence.",
        loosened("Quote/properties/drivers", contains=None),
        "drivers/contains",
        drivers__0__licence="learner",
    ),
    _quote(
        "insured-extra",
        "The nested object is not closed.",
        loosened("Quote/properties/insured", additionalProperties=None),
        "insured/additionalProperties",
        insured__age=41,
    ),
    _quote(
        "cover-repeated",
        "Covers are put in a set.",
        loosened("Quote/properties/cover", uniqueItems=None),
        "cover/uniqueItems",
        "home",
        cover=["fire", "fire"],
    ),
    _quote(
        "born-later",
        "The last year is one off.",
        loosened("Quote/properties/insured/properties/born", maximum=2011),
        "born/maximum",
        insured__born=2011,
    ),
)
BODIES = (*NESTED, *TENSORS, *CONDITIONAL)
