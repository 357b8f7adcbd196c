"""Where keywords stand: JSON Pointer → line and column of the contract's file, in JSON and YAML, split or not."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import prove400
from prove400 import pointer
from prove400.contract.files import FILES, bundle, parse_text
from prove400.contract.sources import LONGEST, Sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from prove400.model import Source

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str | bytes, str], tuple[int, int, str]]:
    """Give a function (text of a file, location) -> line, column and text."""

    def find(text: str | bytes, location: str) -> tuple[int, int, str]:
        path = tmp_path / "contract.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = Sources(path).at(location)
        assert found is not None
        assert found.file == path.as_posix()
        return found.line, found.column, found.text

    return find


PLAIN = '{\n  "a": {\n\t"b/c": [1,\n  {"d~e": 2}, 3]\n  }\n}\n'
YAML = """a: &x
  b:
  - 1
  - {c: 2}
200: yes
'q': !!str 5
d:
  <<: *x
  e: 1
f: *x
g: {<<: [{h: 1}, {h: 2, i: 3}]}
"""
PLACES = [
    (PLAIN, "", (1, 1, "{")),
    (PLAIN, "/a", (2, 3, '"a": {')),
    (PLAIN, "/a/b~1c", (3, 2, '"b/c": [1,')),
    (PLAIN, "/a/b~1c/0", (3, 10, '"b/c": [1,')),
    (PLAIN, "/a/b~1c/1/d~0e", (4, 4, '{"d~e": 2}, 3]')),
    (PLAIN, "/a/b~1c/1/none/deeper", (4, 3, '{"d~e": 2}, 3]')),
    (PLAIN, "/a/b~1c/7", (3, 2, '"b/c": [1,')),
    (PLAIN, "/a/b~1c/0/1", (3, 10, '"b/c": [1,')),
    ('{"x": 1, "x":\n{"y": 2}}', "/x/y", (2, 2, '{"y": 2}}')),
    ('{"\\ud83d\\ude00": 1,\n"\\u00e9": 2}', "/é", (2, 1, '"\\u00e9": 2}')),
    ('{"\\ud83d\\ude00": 1,\n"b": 2}', "/😀", (1, 2, '{"\\ud83d\\ude00": 1,')),
    ('{\r\n"a": 1,\r\n"b": 2}', "/b", (3, 1, '"b": 2}')),
    ("[]", "/0", (1, 1, "[]")),
    ("{ }", "/a", (1, 1, "{ }")),
    (codecs.BOM_UTF8 + b'{"a":\n1}', "/a", (1, 2, '{"a":')),
    ('{"a":\n 1}'.encode("utf-16"), "/a", (1, 2, '{"a":')),
    (YAML, "/a/b/1/c", (4, 6, "- {c: 2}")),
    (YAML, "/a/b/1", (4, 5, "- {c: 2}")),
    (YAML, "/200", (5, 1, "200: yes")),
    (YAML, "/q", (6, 1, "'q': !!str 5")),
    (YAML, "/d/e", (9, 3, "e: 1")),
    (YAML, "/d/b", (2, 3, "b:")),
    (YAML, "/f/b/0", (3, 5, "- 1")),
    (YAML, "/g/h", (11, 11, "g: {<<: [{h: 1}, {h: 2, i: 3}]}")),
    (YAML, "/g/i", (11, 25, "g: {<<: [{h: 1}, {h: 2, i: 3}]}")),
    ("# said\n\nx: é\ny: 2\n", "/y", (4, 1, "y: 2")),
]


@pytest.mark.parametrize(("text", "location", "place"), PLACES, ids=lambda value: repr(value)[:30])
def test_places(
    text: str | bytes,
    location: str,
    place: tuple[int, int, str],
    at: Callable[[str | bytes, str], tuple[int, int, str]],
) -> None:
    """A location leads to where its name or item stands; one that is not there, to what holds it."""
    assert at(text, location) == place


def test_every_place_of_a_contract() -> None:
    """Each value of the published contract is found on the line that holds its name."""
    path = ROOT / "contracts" / "openapi.json"
    sources, lines = Sources(path), path.read_text(encoding="utf-8").splitlines()
    places = list(pointer.walk(json.loads(path.read_text(encoding="utf-8"))))
    assert len(places) > 1000
    for location, _ in places[1:]:
        found = sources.at(location)
        name = pointer.tokens(location)[-1]
        assert found is not None
        rest = lines[found.line - 1][found.column - 1 :]
        assert rest.startswith(json.dumps(name)) or (name.isdecimal() and rest[0] in '{["-0123456789tfn'), location


def test_json_and_yaml_agree(service: ModuleType, tmp_path: Path) -> None:
    """A JSON text is also YAML: read as that, each place is the same."""
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(service.CONTRACT, indent=1), encoding="utf-8")
    other = tmp_path / "contract.yaml"
    other.write_text(f"# is not JSON\n{path.read_text(encoding='utf-8')}", encoding="utf-8")

    def places(file: Path, more: int) -> list[tuple[int, int, str]]:
        found: list[Source | None] = [Sources(file).at(location) for location, _ in pointer.walk(service.CONTRACT)]
        return [(source.line - more, source.column, source.text) for source in found if source]

    assert places(path, 0) == places(other, 1)
    assert parse_text(other.read_bytes(), "") == service.CONTRACT


def test_a_minified_file(at: Callable[[str | bytes, str], tuple[int, int, str]]) -> None:
    """Of a very long line, what stands at the place is shown."""
    line, column, text = at(json.dumps({"a": "x" * 5000, "b": {"c": "y" * 5000}}), "/b/c")
    assert (line, column) == (1, 5017)
    assert text.startswith('"c": "yyy')
    assert len(text) == LONGEST


def test_split_contracts(tmp_path: Path) -> None:
    """A keyword in a file that the contract refers to is told with that file's path."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "row.yaml").write_text("Row:\n  type: object\n  required:\n  - a\n", encoding="utf-8")
    main = tmp_path / "openapi.yaml"
    main.write_text("x:\n  $ref: parts/row.yaml#/Row\n", encoding="utf-8")
    document = bundle(main)
    sources = Sources(main)
    assert document["x"]["$ref"] == f"#/{FILES}/parts~1row.yaml/Row"
    found = sources.at(f"/{FILES}/parts~1row.yaml/Row/required/0")
    assert found is not None
    assert (found.file, found.line, found.text) == (f"{tmp_path.as_posix()}/parts/row.yaml", 4, "- a")
    inside = sources.at("/x/$ref")
    assert inside is not None
    assert (inside.line, inside.file) == (2, main.as_posix())


def test_what_has_no_place(tmp_path: Path, service: ModuleType) -> None:
    """A file that is gone, and a contract that came from no file, have no places."""
    assert Sources(tmp_path / "gone.json").at("/a") is None
    assert prove400.load(service.CONTRACT).sources is None
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"\xff\xfe\xff")
    assert Sources(broken).at("/a") is None


def test_findings_tell_their_source(service: ModuleType, project: Path) -> None:
    """A finding of a contract from a file tells the line of its keyword; of a published one, none."""
    file = project / "contract.json"
    file.write_text(json.dumps(service.CONTRACT, indent=2), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines()
    run = prove400.prove("price_service:silent", "contract.json")
    assert run.findings
    for finding in run.findings:
        assert finding.source is not None
        assert finding.source.file == "contract.json"
        assert lines[finding.source.line - 1].strip() == finding.source.text
        value = pointer.get(service.CONTRACT, finding.keyword_location)
        assert finding.source.text.startswith(json.dumps(finding.keyword_location.rpartition("/")[2])), value
    assert all(finding.source is None for finding in prove400.prove("price_service:silent").findings)
