"""docs/comparison.md: something that is there shows what it says of prove400, and its cells are well formed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click import Command, Group

from prove400.cli import Later, main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/comparison.md").read_text(encoding="utf-8")
TOOLS = ["prove400", "Schemathesis", "CATS", "Specmatic", "StrykerJS", "pytest-html"]
CELL = re.compile(r"(yes|partly|no|n/a)((?:\[\^[\w-]+\])*)")
HTML = "tests/reporters/test_reporters_html.py"
VIEW = "tests/reporters/test_report_page.py"
PARTS = "tests/reporters/test_report_parts.py"
GITHUB = "tests/reporters/test_reporters_github.py"
FORMATS = "tests/reporters/test_reporters_formats.py"
BASELINE = "tests/engine/test_engine_baseline.py"
ACTION = "tests/init/test_action.py"

# What shows each row where prove400's column says yes: FILE::TEST, a file of the project, or a command with an option.
SHOWN = {
    "One file, which asks nothing of the network": [f"{HTML}::test_self_contained", f"{VIEW}::test_opens_from_a_file"],
    "Readable without JavaScript": [f"{VIEW}::test_without_a_script"],
    "Light and dark": [f"{VIEW}::test_light_and_dark"],
    "axe finds nothing serious": [f"{VIEW}::test_axe_finds_nothing", f"{VIEW}::test_axe_would_tell"],
    "Prints with all its evidence": [f"{VIEW}::test_prints"],
    "What was covered, by constraint and operator": [f"{HTML}::test_matrix_counts_everything"],
    "The reason for all that is not covered": [f"{HTML}::test_matrix_shows_why_not"],
    "Findings grouped by broken constraint": [f"{HTML}::test_findings_stand_under_their_constraint"],
    "The valid beside the broken, as a difference": [f"{HTML}::test_difference_is_lossless"],
    "The reply to what was sent": [f"{HTML}::test_every_finding_has_its_anchor"],
    "What was expected, by a rule that is explained": [
        f"{HTML}::test_findings_stand_under_their_constraint",
        "tests/reporters/test_reporters_sarif.py::test_every_rule_is_told",
    ],
    "The line of the contract": ["tests/engine/test_engine_sources.py::test_findings_tell_their_source"],
    "A curl line": ["tests/reporters/test_reporters_curl.py::test_same_bytes"],
    "A test that fails while the defect is there": [
        "tests/reporters/test_reporters_reproducer.py::test_a_reproducer_fails_for_as_long_as_the_defect_is_there"
    ],
    "One finding sent again": [f"{BASELINE}::test_a_replay_shows_a_finding_though_it_is_known", "replay"],
    "What a silent 200 did to the prediction": [f"{PARTS}::test_damage_plot", "run --rows"],
    "Filters": [f"{VIEW}::test_filters"],
    "A link to one finding, or to what is filtered": [f"{VIEW}::test_a_link_shows_its_finding_whatever_the_filter"],
    "New, known and fixed findings told apart": [f"{PARTS}::test_standings", f"{PARTS}::test_since_the_last_run"],
    "A trend over past runs": [f"{PARTS}::test_trend", "run --past"],
    "JSON with a published schema": ["tests/reporters/test_reporters_json.py::test_schema_admits_every_report"],
    "JUnit": [f"{FORMATS}::test_junit_schema"],
    "SARIF, with lines in the contract": [
        f"{FORMATS}::test_official_json_schemas",
        "tests/reporters/test_reporters_sarif.py::test_places",
    ],
    "Annotations on GitHub": [f"{GITHUB}::test_annotations"],
    "A job summary of GitHub": [f"{GITHUB}::test_markdown_tells_the_run", f"{ACTION}::test_a_good_pull_request_passes"],
    "A comment on the pull request": [f"{ACTION}::test_one_comment_is_kept_up_to_date"],
    "Code quality of GitLab": [f"{GITHUB}::test_gitlab"],
    "CTRF": ["tests/reporters/test_reporters_har.py::test_ctrf"],
    "HAR": [f"{FORMATS}::test_har_schema"],
    "A hook for other formats": ["tests/reporters/test_reporters_plugins.py::test_the_documented_example"],
    "Secrets masked": ["tests/engine/test_engine_secrets.py::test_no_format_holds_a_secret"],
    "A committed baseline of known findings": [
        f"{BASELINE}::test_what_is_known_does_not_fail_the_run_and_is_listed",
        "run --baseline",
    ],
    "Reason, owner and expiry of each": [
        f"{BASELINE}::test_an_expired_entry_accepts_nothing",
        "baseline add --reason",
        "baseline add --owner",
        "baseline add --expires",
    ],
    "A second defect on the same operation still fails": [
        f"{BASELINE}::test_a_second_defect_on_the_same_operation_fails",
        f"{BASELINE}::test_schemathesis_hides_that_second_defect",
    ],
    "What is fixed is pruned": [f"{BASELINE}::test_what_is_fixed_is_offered_and_pruned", "baseline prune"],
    "Fingerprints that stay the same": [
        "tests/engine/test_engine_fingerprints.py::test_fingerprints_outlive_order_names_and_examples"
    ],
    "Two contracts compared": ["tests/diff/test_diff_cli.py::test_the_exit_code_says_whether_anything_breaks", "diff"],
    "A request that shows each breaking change": [
        "tests/diff/test_diff_edits.py::test_an_edit_is_told_with_its_effect_and_witnesses_that_hold"
    ],
    "An action for GitHub": [f"{ACTION}::test_a_finding_is_annotated_and_fails_at_the_end", "action.yml"],
    "A template for GitLab": ["tests/init/test_init.py::test_gitlab_is_told_by_its_remote"],
    "A hook for pre-commit": ["tests/init/test_init.py::test_what_is_there_stays", ".pre-commit-hooks.yaml"],
    "An environment for tox": ["tests/init/test_init.py::test_what_is_there_stays"],
    "Set up in a project by one command": ["tests/init/test_init.py::test_a_fresh_example_gets_a_green_gate", "init"],
    "Runs of what changed only": [
        "tests/diff/test_diff_changed.py::test_only_the_touched_obligations_are_sent",
        "run --changed-only",
    ],
    "Exit codes that tell incomplete from failed": [
        "tests/engine/test_engine_resume.py::test_a_lost_target_leaves_what_was_seen"
    ],
    "An interrupted run is gone on with": [
        "tests/engine/test_engine_resume.py::test_what_is_gone_on_with_is_the_whole_run",
        "run --resume",
    ],
}


def read_rows() -> dict[str, list[str]]:
    """Give the cells of each feature, of all tables."""
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line] for line in lines]
    return {name: cells for name, *cells in table if name and set(name) != {"-"}}


ROWS = read_rows()


def is_there(shown: str) -> bool:
    """Tell whether a test stands in its file, a file in the project, or a command has its option."""
    file, _, test = shown.partition("::")
    if test:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        return test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    if (ROOT / shown).is_file():
        return True
    command: Command | None = main
    for word in shown.split():
        if word.startswith("--"):
            return command is not None and any(word in each.opts for each in command.params)
        command = command.commands.get(word) if isinstance(command, Group) else None
        command = command.loaded() if isinstance(command, Later) else command
    return command is not None


def test_every_yes_of_ours_is_shown_by_something() -> None:
    """A row says yes for prove400 exactly where the table above names what shows it."""
    assert {name for name, cells in ROWS.items() if cells[0].startswith("yes")} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_what_shows_it_is_there(name: str) -> None:
    """No test that was renamed or removed, and no option that is gone, still stands for a row."""
    assert SHOWN[name]
    assert not [each for each in SHOWN[name] if not is_there(each)]


def test_what_is_gone_would_be_told() -> None:
    """A test, a command or an option that is not there is seen to be missing."""
    assert not [each for each in (f"{HTML}::test_gone", "gone.yml", "run --gone", "baseline gone") if is_there(each)]


def test_every_cell_says_one_of_four_words() -> None:
    """Each row has a cell for each tool; what is partly so has a footnote."""
    headers = [line for line in PAGE.splitlines() if line.startswith("| |")]
    assert [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in headers] == [TOOLS] * 3
    for name, cells in ROWS.items():
        assert len(cells) == len(TOOLS), name
        for cell in cells:
            found = CELL.fullmatch(cell)
            assert found, (name, cell)
            assert found[1] != "partly" or found[2], (name, cell)


def test_footnotes_and_their_marks_fit() -> None:
    """No mark without its footnote, none twice, and no footnote that nothing refers to."""
    notes = re.findall(r"(?m)^\[\^([\w-]+)\]: ", PAGE)
    assert len(notes) == len(set(notes))
    assert set(re.findall(r"\[\^([\w-]+)\](?!:)", PAGE)) == set(notes)


def test_every_tool_has_how_it_was_checked() -> None:
    """A column without its line under the tables is an assertion without a source."""
    checked = PAGE.partition("## How it was checked")[2].partition("\n## ")[0]
    assert re.findall(r"(?m)^- \*\*([\w-]+)\*\*:", checked) == TOOLS
