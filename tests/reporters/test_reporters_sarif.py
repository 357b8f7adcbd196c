"""SARIF 2.1.0: rules, places, fingerprints, suppressions, and the limits of GitHub."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sarif_pydantic import Sarif

from prove400.model import Run, Severity, Source, Verdict
from prove400.oracle import RULES as ORACLE
from prove400.reporters import REPORTERS, sarif, tool
from prove400.reporters.rules import RULES
from prove400.sanity import SLUGS

if TYPE_CHECKING:
    from collections.abc import Callable

render = REPORTERS["sarif"]
TEN_MEGABYTES = 10 * 1024 * 1024


def log(run: Run) -> dict[str, Any]:
    """Give the one run of the log, which an independent reader has read, too."""
    text = render(run)
    read = Sarif.model_validate_json(text)
    (only,) = json.loads(text)["runs"]
    assert len(read.runs[0].results or []) == len(only["results"])
    found: dict[str, Any] = only
    return found


def test_gold(governed: Run, gold: Callable[[str, str], str]) -> None:
    """The log stays as it is."""
    text = render(governed).replace(f'"version": "{tool.version()}"', '"version": "0"')
    assert text == gold("governed.sarif", text)


def test_every_rule_is_told() -> None:
    """Each slug that a finding can have has a sentence and advice, and nothing else has."""
    assert set(RULES) == {*ORACLE, *SLUGS, "unstable"} - {"unreachable", "unknown-name"}
    for rule in RULES.values():
        assert rule.said.endswith(".")
        assert rule.matters.endswith(".")
        assert len(rule.said) + len(rule.matters) < 1000


def test_results(governed: Run) -> None:
    """Results stand worst first, by the rule's slug, with level, stable fingerprint, and the keyword's line."""
    run = log(governed)
    first, *_, last = run["results"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "error", "warning"]
    assert first["ruleId"] == "status.2xx"
    assert first["partialFingerprints"] == {"prove400/fingerprint/v1": "3fa9d2c81e06"}
    place = first["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "contracts/openapi.json", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 43, "startColumn": 11, "snippet": {"text": '"enum": 1'}},
    }
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "POST /predict"
    assert first["webResponse"]["body"]["text"].startswith('{"price": 10273.0')
    assert last["level"] == "warning"
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_history(governed: Run, failing: Run) -> None:
    """What the baseline accepts is suppressed with its reason, and what the last run had is not new."""
    results = {entry["partialFingerprints"]["prove400/fingerprint/v1"]: entry for entry in log(governed)["results"]}
    assert results["91b7e3d05c42"]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "accepted until 2026-05-31 by the pricing team: the model is replaced in May",
        }
    ]
    assert results["3fa9d2c81e06"]["suppressions"] == []
    assert results["3fa9d2c81e06"]["baselineState"] == "unchanged"
    assert results["91b7e3d05c42"]["baselineState"] == "new"
    assert not any({"suppressions", "baselineState"} & entry.keys() for entry in log(failing)["results"])


def test_an_incomplete_run(incomplete: Run, passing: Run) -> None:
    """An incomplete run is no successful execution, and says why; a whole one is."""
    (call,) = log(incomplete)["invocations"]
    assert call["executionSuccessful"] is False
    texts = [entry["message"]["text"] for entry in call["toolExecutionNotifications"]]
    assert texts == ["9 cases without a verdict", "The target stopped listening after 977 requests."]
    assert call["startTimeUtc"] == "2025-11-22T09:30:00Z"
    assert log(passing)["invocations"][0]["executionSuccessful"] is True
    assert log(replace(passing, outcomes=()))["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("source", "contract", "artifact"),
    [
        (Source("a b/é.json", 3, 1, ""), "x", {"uri": "a%20b/%C3%A9.json", "uriBaseId": "%SRCROOT%"}),
        (Source("./c.json", 3, 1, ""), "x", {"uri": "c.json", "uriBaseId": "%SRCROOT%"}),
        (Source("/srv/c.json", 3, 1, ""), "x", {"uri": "file:///srv/c.json"}),
        (None, "contracts/openapi.json", {"uri": "contracts/openapi.json", "uriBaseId": "%SRCROOT%"}),
        (None, "http://x:1 /openapi.json", {"uri": "openapi.json", "uriBaseId": "%SRCROOT%"}),
        (None, "<document>", {"uri": "openapi.json", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_places(source: Source | None, contract: str, artifact: dict[str, str], failing: Run) -> None:
    """Every result has a place, since GitHub refuses a log otherwise: a relative one, where the file has one."""
    found = replace(failing.findings[0], source=source)
    run = replace(failing, findings=(found,), contract=replace(failing.contract, source=contract))
    at = log(run)["results"][0]["locations"][0]["physicalLocation"]
    assert at["artifactLocation"] == artifact
    assert at["region"]["startLine"] == (3 if source else 1)


def test_limits_of_github(failing: Run) -> None:
    """Of 30,000 findings the 25,000 gravest stay, in a file of less than 10 MB compressed, within all other limits."""
    model = failing.findings[0]
    many = tuple(
        replace(
            model,
            fingerprint=f"{at:012x}",
            severity=Severity.WARNING if at % 3 else Severity.ERROR,
            verdict=list(Verdict)[1 + at % 10],
            message=f"{at} " * 400,
            rule=f"rule-{at % 50}",
        )
        for at in range(30_000)
    )
    run = replace(failing, findings=many)
    text = render(run)
    (only,) = json.loads(text)["runs"]
    assert len(gzip.compress(text.encode(), 6)) < TEN_MEGABYTES
    assert len(only["results"]) == 25_000
    levels = [result["level"] for result in only["results"]]
    assert levels.count("error") == 10_000
    assert sum("webRequest" in result for result in only["results"]) == sarif.EXCHANGES
    assert levels == sorted(levels)
    assert "5,000 findings more" in only["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert all(len(result["locations"]) <= 10 and len(result["message"]["text"]) <= 1_000 for result in only["results"])
    for rule in only["tool"]["driver"]["rules"]:
        assert len(rule["properties"]["tags"]) <= 10
        assert max(len(rule["fullDescription"]["text"]), len(rule["shortDescription"]["text"])) <= 1_024
        assert len(rule["name"]) <= 255


def test_documentation(monkeypatch: pytest.MonkeyPatch, governed: Run) -> None:
    """Where the package names its documentation, each rule leads to its anchor there; the sample names none."""
    assert not any("helpUri" in rule for rule in log(governed)["tool"]["driver"]["rules"])
    page = {"Project-URL": "Documentation, https://example.org/formats"}
    monkeypatch.setattr(
        tool, "metadata", lambda _name: type("Metadata", (dict,), {"get_all": lambda s, n: [s[n]]})(page, Version="1")
    )
    driver = log(governed)["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/formats"
    assert driver["rules"][0]["helpUri"] == "https://example.org/formats#rule-status-2xx"


def test_no_text_is_a_link(failing: Run) -> None:
    """What a reply holds is no link of ours, in the syntax that SARIF has for them."""
    found = replace(failing.findings[0], message="see [here](http://evil.example) and [there][](1)")
    (result,) = log(replace(failing, findings=(found,)))["results"]
    assert "](" not in result["message"]["text"]
    assert "[here] (http://evil.example)" in result["message"]["text"]


def test_large_bodies(failing: Run) -> None:
    """Only the first results hold what was exchanged, and no body beyond the limit."""
    large = replace(failing.findings[0], request=replace(failing.findings[0].request, body=b"x" * (sarif.BODY + 1)))
    (result,) = log(replace(failing, findings=(large,)))["results"]
    assert "body" not in result["webRequest"]
    assert "body" in result["webResponse"]
