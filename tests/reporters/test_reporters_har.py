"""HAR and CTRF: what was sent, and results as tests."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prove400.model import Reply, Request, Run
from prove400.reporters import REPORTERS, tool

if TYPE_CHECKING:
    from collections.abc import Callable


def entries(run: Run) -> list[dict[str, Any]]:
    """Give the entries of the archive."""
    found: list[dict[str, Any]] = json.loads(REPORTERS["har"](run))["log"]["entries"]
    return found


def test_gold(governed: Run, small: Run, gold: Callable[[str, str], str]) -> None:
    """Both documents stay as they are."""
    kept = tuple(outcome for outcome in governed.outcomes if outcome.fingerprints)
    for name, run, file in (
        ("har", replace(governed, outcomes=kept), "governed.har"),
        ("ctrf", small, "small.ctrf.json"),
    ):
        text = REPORTERS[name](run).replace(f'"version": "{tool.version()}"', '"version": "0"')
        assert text == gold(file, text)


def test_every_case_is_told(governed: Run) -> None:
    """Each case that the run kept is an entry with its request and status; each finding, once, with its whole reply."""
    told = entries(governed)
    kept = [case for outcome in governed.outcomes for case in outcome.tried]
    assert len(told) == len(kept)
    assert [entry["response"]["status"] for entry in told] == [case.status for case in kept]
    whole = [entry for entry in told if "fingerprint" in entry["_prove400"]]
    assert {entry["_prove400"]["fingerprint"] for entry in whole} == {f.fingerprint for f in governed.findings}
    assert len(whole) == len(governed.findings)
    first = next(entry for entry in whole if entry["_prove400"]["fingerprint"] == "3fa9d2c81e06")
    assert first["request"]["url"] == "http://127.0.0.1:5000/predict"
    assert json.loads(first["request"]["postData"]["text"])["cut"] == 2
    assert json.loads(first["response"]["content"]["text"])["price"] == 10273.0
    assert first["time"] == first["timings"]["wait"] == 2.1


def test_what_is_not_kept_is_said(governed: Run) -> None:
    """A reply of which only the status is kept, and a body that was too large, say so."""
    plain = next(entry for entry in entries(governed) if "fingerprint" not in entry["_prove400"])
    assert plain["response"]["comment"] == "only the status is kept"
    assert plain["response"]["statusText"] == "Bad Request"
    large = next(entry for entry in entries(governed) if "comment" in entry["request"])
    assert large["request"]["bodySize"] == 70_000
    assert large["request"]["url"] == "http://127.0.0.1:5000/predict"
    assert large["response"]["status"] == 413


def test_bytes_and_fields(failing: Run) -> None:
    """Bytes that are no text are in base64; query and cookies are read; a target that is no URL becomes one."""
    headers = (("Content-Type", "application/json"), ("Cookie", "a=b%20c; d=e"))
    sent = Request("POST", "/predict?x=1&y=a+b&é \x00", headers, b"\xff\x00")
    found = replace(failing.findings[0], request=sent, reply=Reply(200, (), b"\xfe"))
    (entry,) = entries(replace(failing, findings=(found,), outcomes=()))
    assert base64.b64decode(entry["request"]["postData"]["text"]) == b"\xff\x00"
    assert entry["request"]["postData"]["_encoding"] == "base64"
    assert entry["response"]["content"] == {"size": 1, "mimeType": "x-unknown", "text": "/g==", "encoding": "base64"}
    assert entry["request"]["url"] == "http://127.0.0.1:5000/predict?x=1&y=a+b&%C3%A9%20%00"
    assert entry["request"]["queryString"][1] == {"name": "y", "value": "a b"}
    assert entry["request"]["cookies"] == [{"name": "a", "value": "b c"}, {"name": "d", "value": "e"}]


def test_no_reply(hostile: Run) -> None:
    """A request without a reply has status 0, and says why."""
    gone = entries(hostile)[-1]
    assert gone["response"]["status"] == 0
    assert gone["response"]["_error"].startswith("dropped: ")


def test_ctrf(governed: Run, incomplete: Run, failing: Run) -> None:
    """Each obligation is a test with its status, message and place; the summary counts them."""
    document = json.loads(REPORTERS["ctrf"](governed))["results"]
    tests = {test["testId"]: test for test in document["tests"]}
    assert len(tests) == document["summary"]["tests"] == len(governed.outcomes) + len(governed.unisolable) + 1
    broken = tests["POST /predict › body/cut › enum › index"]
    assert (broken["status"], broken["tags"], broken["filePath"], broken["line"]) == (
        "failed", ["silent-200"], "contracts/openapi.json", 43)  # fmt: skip
    assert "10,273" in broken["trace"]
    assert tests["POST /predict › body/carat › maximum › ulp"]["status"] == "skipped"
    summary = document["summary"]
    assert summary["stop"] - summary["start"] == summary["duration"] == 2300
    assert summary["start"] == 1_763_803_800_000
    assert [summary[status] for status in ("failed", "skipped", "other")] == [5, 7, 0]
    assert json.loads(REPORTERS["ctrf"](incomplete))["results"]["summary"]["other"] == 10
    assert json.loads(REPORTERS["ctrf"](replace(failing, started="?")))["results"]["summary"]["start"] == 0
