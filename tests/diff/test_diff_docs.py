"""docs/diff.md says what the product does: its example is what the command prints, and its words are all there."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest

from prove400 import compare, load
from prove400.cli.differing import FAIL_ON
from prove400.diff import Effect
from prove400.diff.rendering import text

PAGE = Path("docs/diff.md").read_text(encoding="utf-8")


def test_the_example_is_what_is_printed() -> None:
    """The page's text is the start of what the command prints for the edit that it describes."""
    document = load("contracts/openapi.json").document.content
    new = copy.deepcopy(document)
    properties = new["components"]["schemas"]["Diamond"]["properties"]
    properties["cut"]["enum"].remove("Fair")
    properties["carat"]["maximum"] = 3
    (shown,) = re.findall(r"(?s)```text\n(.*?)```", PAGE)
    told = text(compare(document, new)).replace("<document> → <document>", shown.partition("\n")[0])
    assert told.startswith(shown)


@pytest.mark.parametrize("word", [*Effect, *FAIL_ON])
def test_every_word_is_explained(word: str) -> None:
    """Each effect, and each word of `--fail-on`, stands on the page."""
    assert f"`{word}`" in PAGE
