"""Where a contract is weaker than a model: one weakening at a time, and what the audit says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from prove400 import pointer
from prove400.audit import Facts, Feature, Kind, Level, Rule, draft, read
from prove400.audit.facts import Categories, Range
from prove400.audit.places import Place
from prove400.pointer import ABSENT
from prove400.validation import SchemaValidators
from tests.audit.conftest import ARTEFACT, CUTS, DIAMOND, MODELS, diamonds_features, found, priced, told, weakened

if TYPE_CHECKING:
    import pandas as pd


WEAK: list[tuple[str, Any, Rule, Any]] = [
    ("cut", {"type": "string"}, Rule.FREE_STRING, "fair"),
    ("cut", {"$ref": "#/components/schemas/Loose"}, Rule.FREE_STRING, "fair"),
    ("cut", {"type": "string", "pattern": "^[A-Z]"}, Rule.FREE_STRING, "FAIR"),
    ("cut", {"type": "string", "pattern": f"^({'|'.join(CUTS)}|c[0-9]{{3}})$"}, Rule.FREE_STRING, ...),
    ("cut", {"type": "string", "not": {"enum": ["fair", "FAIR", " Fair"]}}, Rule.FREE_STRING, ...),
    ("cut", {"anyOf": [{"enum": CUTS}, {"type": "string", "maxLength": 2}]}, Rule.FREE_STRING, ...),
    ("cut", {"enum": [*CUTS, "Excellent"]}, Rule.UNKNOWN_CATEGORY, "Excellent"),
    ("cut", {"anyOf": [{"enum": CUTS}, {"const": "Excellent"}]}, Rule.UNKNOWN_CATEGORY, "Excellent"),
    (
        "cut",
        {"oneOf": [{"enum": [*CUTS, "Excellent"]}, {"const": "None"}, {"const": "None"}]},
        Rule.UNKNOWN_CATEGORY,
        "Excellent",
    ),
    ("cut", {"enum": [*CUTS, 3]}, Rule.TYPE, 3),
    ("cut", {"anyOf": [{"enum": CUTS}, {"type": "integer"}]}, Rule.TYPE, 1),
    ("cut", {"anyOf": [{"enum": CUTS}, {"type": "boolean"}]}, Rule.TYPE, True),
    ("cut", {"enum": [*CUTS, None]}, Rule.NULL, None),
    ("cut", {"enum": CUTS[:4]}, Rule.NARROW_CATEGORY, "Ideal"),
    ("carat", {"type": "number", "minimum": 0.2}, Rule.UNBOUNDED_NUMBER, 1e300),
    ("carat", {"type": "number", "maximum": 5.01}, Rule.UNBOUNDED_NUMBER, -1e300),
    ("carat", {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}, Rule.UNBOUNDED_NUMBER, ...),
    ("carat", {"type": "number", "minimum": 0, "maximum": 1e18}, Rule.UNBOUNDED_NUMBER, 1e18),
    ("carat", {"type": "number", "minimum": 0, "maximum": 100}, Rule.WIDE_BOUNDS, ...),
    ("carat", {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.5}, Rule.WIDE_BOUNDS, ...),
    ("carat", {"type": ["number", "string"], "minimum": 0.2, "maximum": 5.01}, Rule.TYPE, "2.605"),
    ("carat", {"type": ["number", "boolean"], "minimum": 0.2, "maximum": 5.01}, Rule.TYPE, True),
    ("carat", {"type": ["number", "null"], "minimum": 0.2, "maximum": 5.01}, Rule.NULL, None),
]
"""Feature, its schema, the one rule that it breaks, and the evidence (`...`: whatever the validator admits)."""
SOUND: list[tuple[str, Any]] = [
    ("cut", {"allOf": [{"type": "string"}, {"enum": [*CUTS, "Excellent"]}, {"not": {"const": "Excellent"}}]}),
    ("cut", {"enum": [*CUTS, "Excellent", 3, None], "type": "string", "pattern": "^([FGPI]|Very)"}),
    ("cut", {"type": "string", "pattern": "^(Fair|Good|Very Good|Premium|Ideal)$"}),
    ("cut", {"oneOf": [{"const": cut} for cut in CUTS]}),
    ("carat", {"allOf": [{"type": "number", "minimum": 0.2}, {"maximum": 5.01}]}),
    ("carat", {"type": "number", "not": {"anyOf": [{"exclusiveMinimum": 5.01}, {"exclusiveMaximum": 0.2}]}}),
    ("carat", {"type": "integer", "exclusiveMinimum": 0, "maximum": 6}),
]
"""Feature, and a schema that is as strict as the model although its keywords do not show it at a glance."""


@pytest.mark.parametrize(("name", "schema", "rule", "evidence"), WEAK, ids=lambda value: str(value)[:40])
def test_each_weakness_is_found_alone(
    name: str, schema: Any, rule: Rule, evidence: Any, document: dict[str, Any]
) -> None:
    """One feature is weakened: one rule speaks, in both operations, of that feature, with what the contract admits."""
    facts = read(ARTEFACT / "model.joblib")
    said = found(weakened(document, name, schema), facts)
    assert [(w.rule, w.operation, w.instance_location) for w in said] == [
        (rule, "POST /predict", f"/{name}"),
        (rule, "POST /predict/batch", f"/instances/*/{name}"),
    ]
    assert evidence is ... or said[0].evidence == evidence
    assert type(said[0].evidence) is type(evidence) or evidence is ...
    assert pointer.get(document, said[0].keyword_location, ABSENT) is not ABSENT
    admits = Draft202012Validator({"$ref": f"#{DIAMOND}/properties/{name}", **document}).is_valid
    assert admits(said[0].evidence) is (rule is not Rule.NARROW_CATEGORY)


@pytest.mark.parametrize(
    ("name", "schema", "location"),
    [
        ("carat", {"allOf": [{"type": "number", "minimum": 0.2}]}, f"{DIAMOND}/properties/carat"),
        ("carat", {"allOf": [{"type": "number", "maximum": 5}]}, f"{DIAMOND}/properties/carat"),
        ("cut", {"$ref": "#/components/schemas/Loose"}, "/components/schemas/Loose/type"),
        ("cut", {"anyOf": [{"enum": [*CUTS, "x"]}]}, f"{DIAMOND}/properties/cut/anyOf/0/enum"),
    ],
)
def test_the_place_is_the_keyword_s_or_that_of_its_absence(
    name: str, schema: Any, location: str, document: dict[str, Any]
) -> None:
    """A finding points at the keyword that is too weak, wherever it stands, or at the property that lacks one."""
    assert {w.keyword_location for w in found(weakened(document, name, schema), read(ARTEFACT))} == {location}


@pytest.mark.parametrize(("name", "schema"), SOUND, ids=str)
def test_what_is_as_strict_as_the_model_is_quiet(name: str, schema: Any, document: dict[str, Any]) -> None:
    """A validator is asked, not keywords: strictness by any means is strictness."""
    assert found(weakened(document, name, schema), read(ARTEFACT / "model.joblib")) == []


@pytest.mark.parametrize(("name", "schema", "rule"), [row[:3] for row in WEAK if row[2] is not Rule.NARROW_CATEGORY])
def test_the_suggestion_closes_it(name: str, schema: Any, rule: Rule, document: dict[str, Any]) -> None:
    """With the suggested fragment beside the weak schema, the rule is silent."""
    facts = read(ARTEFACT / "model.joblib")
    suggestion = found(weakened(document, name, schema), facts)[0].suggestion
    closed = found(weakened(document, name, {"allOf": [schema, suggestion]}), facts)
    assert rule not in {w.rule for w in closed}


LEVELS = {"ignoring": Level.ERROR, "coding": Level.ERROR, "grouping": Level.ERROR, "refusing": Level.WARNING}


@pytest.mark.parametrize("model", LEVELS)
def test_the_level_follows_the_encoder(model: str, fitted: dict[str, Any], document: dict[str, Any]) -> None:
    """An unknown category is an error where it is encoded without a word, and a warning where the encoder raises."""
    said = found(weakened(document, "cut", {"enum": [*CUTS, "Excellent"]}), told(fitted[model]))
    assert {w.level for w in said if w.rule is Rule.UNKNOWN_CATEGORY} == {LEVELS[model]}


TYPES: list[tuple[str, str, Any, Level]] = [
    ("refusing", "carat", {"type": ["number", "string"]}, Level.ERROR),
    ("refusing", "carat", {"type": ["number", "boolean"]}, Level.ERROR),
    ("refusing", "carat", {"type": ["number", "array"]}, Level.WARNING),
    ("refusing", "cut", {"enum": [*CUTS, 3]}, Level.WARNING),
    ("ignoring", "cut", {"enum": [*CUTS, 3]}, Level.ERROR),
]


@pytest.mark.parametrize(("model", "name", "schema", "level"), TYPES, ids=str)
def test_the_level_of_a_type_follows_what_becomes_of_it(  # noqa: PLR0913 — a row of the table, and fixtures
    model: str, name: str, schema: Any, level: Level, fitted: dict[str, Any], document: dict[str, Any]
) -> None:
    """What numpy coerces, or an encoder takes for a category never seen, is an error; what raises is a warning."""
    said = found(weakened(document, name, schema), told(fitted[model]))
    assert {w.level for w in said if w.rule is Rule.TYPE} == {level}


def test_what_is_not_told_is_said_so(document: dict[str, Any]) -> None:
    """A manifest does not tell what becomes of what was never seen, and the messages claim nothing."""
    weakened(document, "cut", {"type": ["string", "null"]})
    document["components"]["schemas"]["Diamond"]["required"].remove("cut")
    messages = {w.message for w in found(document, read(ARTEFACT)) if w.operation == "POST /predict"}
    assert {message.rpartition("; ")[2] for message in messages} == {
        "it may become anything",
        "the gap may become anything",
        'the encoder knows "Fair", "Good", "Very Good", "Premium", "Ideal", and another may become anything',
    }


def test_features_that_can_never_come(document: dict[str, Any]) -> None:
    """Features that are declared and forbidden are all missing, and each learned category is refused."""
    diamond = document["components"]["schemas"]["Diamond"]
    for name in diamond["properties"]:
        diamond["properties"][name] = False
    diamond["required"] = []
    said = [w for w in found(document, read(ARTEFACT)) if w.operation == "POST /predict"]
    assert [w.rule for w in said].count(Rule.MISSING) == 9
    assert [w.rule for w in said].count(Rule.NARROW_CATEGORY) == 3
    assert len(said) == 12


GAP = "the model raises for a row without the column; from NaN that an API or a batch puts there it predicts silently"


def test_what_is_imputed_may_be_missing(fitted: dict[str, Any], document: dict[str, Any]) -> None:
    """A feature that may be left out is quiet with an imputer, else a warning: without the column the model raises."""
    document["components"]["schemas"]["Diamond"]["required"] = []
    levels = {}
    for model in ("imputing", "dropping", "refusing"):
        said = [w for w in found(document, told(fitted[model])) if w.rule is Rule.MISSING]
        levels[model] = {(w.instance_location, w.level) for w in said if w.operation == "POST /predict"}
        assert all(w.evidence is ABSENT for w in said)
    assert levels["imputing"] == set()
    for model in ("dropping", "refusing"):
        assert {level for _, level in levels[model]} == {Level.WARNING}
        assert len(levels[model]) == 9
    messages = {w.message for w in found(document, told(fitted["dropping"])) if w.instance_location == "/carat"}
    assert messages == {
        f"may be left out; {GAP}",
    }


@pytest.fixture
def untyped(rows: pd.DataFrame) -> Facts:
    """Give the facts of a model with a column of booleans that no step reads, and one that a scaler does."""
    given = rows[["carat"]].assign(garden=rows["carat"] > 1, balcony=rows["x"] > 5)
    columns = ColumnTransformer([("scaled", MinMaxScaler(), ["carat", "balcony"])], remainder="passthrough")
    return told(make_pipeline(columns, Ridge()).fit(given, rows["price"]))


BOOLEANS: list[tuple[Any, set[tuple[Level, str]], Any]] = [
    ({"type": "boolean"}, {(Level.NOTE, "bool")}, None),
    ({"const": False}, {(Level.NOTE, "bool")}, None),
    ({"type": ["boolean", "string"]}, {(Level.NOTE, "bool"), (Level.ERROR, "str")}, ["boolean", "number"]),
    ({"type": ["number", "string"], "minimum": 0}, {(Level.ERROR, "str")}, "number"),
]


@pytest.mark.parametrize(("schema", "said", "closing"), BOOLEANS, ids=[str(schema) for schema, _, _ in BOOLEANS])
def test_what_may_be_a_boolean_may_be_declared_one(
    schema: Any, said: set[tuple[Level, str]], closing: Any, untyped: Facts
) -> None:
    """Of a column whose type no step tells, a boolean is a note, and no suggestion would refuse one."""
    document = draft(untyped)
    properties = document["components"]["schemas"]["Features"]["properties"]
    for name in ("garden", "balcony"):
        properties[name] = schema
        about = [w for w in found(document, untyped) if w.instance_location == f"/{name}" and w.rule is Rule.TYPE]
        assert {(w.level, type(w.evidence).__name__) for w in about} == said
        assert [w.suggestion["type"] for w in about if w.suggestion] == ([closing] if closing else [])


def test_a_draft_says_what_may_be_a_boolean(untyped: Facts) -> None:
    """A draft says so of the columns that no step tells the type of, and of no other; as it stands it is strict."""
    document = draft(untyped)
    properties = document["components"]["schemas"]["Features"]["properties"]
    assert {name for name, schema in properties.items() if "boolean" in schema.get("description", "")} == {
        "garden",
        "balcony",
    }
    assert found(document, untyped) == []


def test_null_beside_an_imputer(rows: pd.DataFrame, document: dict[str, Any]) -> None:
    """A null is quiet where an imputer sees it, and an error for a text that the imputer of NaN lets pass."""
    model = MODELS["imputing"]().fit(rows[diamonds_features()], rows["price"])
    weakened(document, "carat", {"type": ["number", "null"], "minimum": 0.2, "maximum": 5})
    weakened(document, "cut", {"enum": [*CUTS, None]})
    said = [w for w in found(document, told(model)) if w.operation == "POST /predict" and w.rule is Rule.NULL]
    assert [(w.instance_location, w.level) for w in said] == [("/cut", Level.ERROR)]


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_extra_properties(keyword: str, document: dict[str, Any]) -> None:
    """Properties that nobody declared are found where the object is open, and not where either keyword closes it."""
    facts, diamond = read(ARTEFACT), document["components"]["schemas"]["Diamond"]
    del diamond["additionalProperties"]
    diamond[keyword] = False
    assert found(document, facts) == []
    diamond[keyword] = {"type": "number"}
    said = found(document, facts)
    assert {(w.rule, w.evidence, w.level) for w in said} == {(Rule.EXTRA_PROPERTIES, 1, Level.WARNING)}
    assert said[0].instance_location == "/CARAT"


def test_properties_and_features_that_the_other_side_lacks(document: dict[str, Any]) -> None:
    """A declared property that the model does not know, and a feature that the contract does not, are told apart."""
    diamond = document["components"]["schemas"]["Diamond"]
    diamond["properties"]["colour"] = diamond["properties"].pop("color")
    diamond["required"].remove("color")
    said = [w for w in found(document, read(ARTEFACT / "model.joblib")) if w.operation == "POST /predict"]
    assert [(w.rule, w.instance_location) for w in said] == [
        (Rule.ABSENT_FEATURE, "/color"),
        (Rule.UNKNOWN_PROPERTY, "/colour"),
    ]
    assert (said[1].evidence, said[1].level, said[1].suggestion) == ("J", Level.NOTE, None)
    assert said[1].keyword_location == f"{DIAMOND}/properties/colour"


def test_categories_may_be_numbers(rows: pd.DataFrame, document: dict[str, Any]) -> None:
    """Integers that an encoder learned are categories: another is unknown, a text or a boolean of another type."""
    given = rows[diamonds_features()].copy()
    given["color"] = given["color"].map({grade: code for code, grade in enumerate("DEFGHIJ")})
    encoder = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = priced(OneHotEncoder(handle_unknown="ignore"), MinMaxScaler())
    columns.set_params(columntransformer__grades=encoder)
    facts = told(columns.fit(given.assign(cut=0, clarity=1), rows["price"]))
    assert {feature.kind for feature in facts.features if feature.categories} == {Kind.CATEGORY}
    strict = draft(facts)
    assert strict["components"]["schemas"]["Features"]["properties"]["color"] == {
        "type": "integer",
        "enum": list(range(7)),
    }
    properties = strict["components"]["schemas"]["Features"]["properties"]
    properties["color"] = {"type": ["integer", "string", "boolean"]}
    said = {(w.rule, json.dumps(w.evidence)) for w in found(strict, facts)}
    assert said == {(Rule.TYPE, '"0"'), (Rule.UNKNOWN_CATEGORY, "7")}


def test_messages_have_no_more_digits_than_people_read() -> None:
    """A message rounds numbers; the evidence stays what a validator admitted."""
    area = Feature("area", Kind.NUMBER, "", Range(18.123456789, 103.987654321, ""))
    facts = Facts("m", "", (area,))
    document = draft(facts)
    document["components"]["schemas"]["Features"]["properties"]["area"] = {
        "type": ["number", "string"],
        "minimum": 18,
        "maximum": 378.94145266486987,
    }
    said = {w.rule: w for w in found(document, facts)}
    assert said[Rule.WIDE_BOUNDS].message == "far outside: 189.852 admitted; training saw 18.1235 to 103.988"
    assert said[Rule.WIDE_BOUNDS].evidence == pytest.approx(189.851851853)
    assert said[Rule.TYPE].evidence == "61.0556"


def test_fractions_where_training_saw_integers() -> None:
    """A number for a feature that a manifest calls an integer is another type."""
    rooms = Feature("rooms", Kind.NUMBER, "", Range(1, 9, ""), is_integer=True)
    facts = Facts("m", "", (rooms,))
    document = draft(facts)
    assert found(document, facts) == []
    document["components"]["schemas"]["Features"]["properties"]["rooms"]["type"] = "number"
    assert [(w.rule, w.evidence) for w in found(document, facts)] == [(Rule.TYPE, 5.5)]


LABELS: list[tuple[Any, list[str]]] = [
    ({"enum": CUTS}, []),
    ({"type": "string"}, []),
    ({"enum": CUTS[:3]}, ["Ideal"]),
    ({"anyOf": [{"enum": CUTS[:3]}, {"const": "Premium"}]}, ["Ideal"]),
    ({"allOf": [{"enum": CUTS}, {"not": {"const": "Fair"}}]}, ["Fair"]),
    ({"enum": ["low", "high"]}, []),
]


@pytest.mark.parametrize(("label", "lacking"), LABELS, ids=str)
def test_labels(label: Any, lacking: list[str], classifier: Any) -> None:
    """A label enum that lacks a class is an error; one that has all, or speaks of something else, is none."""
    facts = told(classifier)
    document = draft(facts)
    document["components"]["schemas"]["Prediction"]["properties"]["prediction"] = label
    said = found(document, facts)
    assert [(w.rule, w.level, f"{w.part}{w.instance_location}") for w in said] == [
        (Rule.LABEL, Level.ERROR, "response/prediction") for _ in lacking
    ]
    assert [w.evidence for w in said] == lacking


def test_a_feature_is_no_misspelling_of_another() -> None:
    """Names that differ in case only may all be features."""
    facts = Facts("m", "", tuple(Feature(name, Kind.NUMBER, "") for name in ("x", "X", "x_", "x2")))
    assert found(draft(facts), facts) == []


def test_nothing_is_claimed_of_what_is_not_known() -> None:
    """Without a range no bound is asked for, and a feature of which nothing is told may be of any type."""
    facts = Facts("m", "", (Feature("a", Kind.NUMBER, ""), Feature("b", Kind.UNTOLD, "")))
    document = draft(facts)
    assert found(document, facts) == []


def test_many_categories_cost_no_more_than_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Near misses are bounded by a count, whatever an encoder learned; one past the bound is still asked for itself."""
    known = tuple(f"c{index}" for index in range(3000))
    facts = Facts("m", "", (Feature("c", Kind.CATEGORY, "", categories=Categories(known, "")),))
    document = draft(facts)
    asked: list[Any] = []
    admits = Place.admits

    def counted(place: Place, name: str, value: Any = ABSENT) -> bool:
        asked.append(value)
        return admits(place, name, value)

    monkeypatch.setattr(Place, "admits", counted)
    assert found(document, facts) == []
    assert len(asked) < 400
    document["components"]["schemas"]["Features"]["properties"]["c"]["enum"][-1] = "d"
    assert {(w.rule, w.evidence) for w in found(document, facts)} == {
        (Rule.UNKNOWN_CATEGORY, "d"),
        (Rule.NARROW_CATEGORY, "c2999"),
    }


def test_nothing_is_claimed_that_validators_dispute(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What only one of two validators admits is no proof, and no refusal either."""
    weakened(document, "cut", {"enum": [*CUTS, "Excellent"]})
    monkeypatch.setattr(SchemaValidators, "second_opinion", lambda *_: False)
    assert found(document, read(ARTEFACT)) == []


def test_the_same_contract_gives_the_same_audit(document: dict[str, Any]) -> None:
    """Two audits of one contract are equal, finding for finding."""
    facts = Facts(
        "m",
        "",
        tuple(Feature(name, Kind.CATEGORY, "", categories=Categories(tuple("ab"), "")) for name in diamonds_features()),
    )
    assert found(document, facts) == found(document, facts) != []
