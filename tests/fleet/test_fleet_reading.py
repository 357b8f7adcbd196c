"""The file of a fleet: what it says, and what is refused, with the entry and the place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prove400.errors import SettingsError
from prove400.fleet import Service, host, lanes, rate_of, read_fleet
from tests.fleet.conftest import cli

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRY = '[[service]]\nname = "a"\ntarget = "x:y"\n'
BROKEN = [
    ("", "the fleet has no service"),
    ("service = 3", "service is no list of tables"),
    ("service = [3]", "not a table: 3 (at fleet.toml [[service]] 1)"),
    ("defaults = 3\n" + ENTRY, "not a table: 3 (at fleet.toml [defaults])"),
    ("services = 1\n" + ENTRY, "unknown key 'services' (at fleet.toml)"),
    ("[[service]", "not TOML"),
    ('[[service]]\ntarget = "x:y"', "no name (at fleet.toml [[service]] 1)"),
    ('[[service]]\nname = "a"', 'no target (at fleet.toml [[service]] 1 "a")'),
    ('[[service]]\nname = "a"\ntarget = 3', "target has an impossible value: 3"),
    (ENTRY + "owner = 3", "owner has an impossible value: 3"),
    (ENTRY + "contract = true", "contract has an impossible value: True"),
    (ENTRY + "speed = 3", 'setting \'speed\' (at fleet.toml [[service]] 1 "a")'),
    (ENTRY + "report = []", "unknown setting 'report'"),
    (ENTRY + "timeout = -1", 'timeout is out of its range: -1 (at fleet.toml [[service]] 1 "a")'),
    (ENTRY + 'credentials = {key = "$NOT_THERE"}', '[[service]] 1 "a" credentials.key'),
    (ENTRY + ENTRY, 'the services 1 and 2 have the same name, "a"'),
    (ENTRY + ENTRY.replace('"a"', '"A"'), 'the services 1 and 2 have the same name, "A"'),
    ("output = 3\n" + ENTRY, "output has an impossible value: 3"),
    *(
        (ENTRY.replace('"a"', name), "no name of a file")
        for name in ('"../a"', '"a/b"', '".a"', '"a."', '"index"', '"Fleet"', '"<b>"', '"ä"', f'"{"a" * 101}"', '"a b"')
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_file_that_cannot_be_used_is_refused_with_its_place(project: Path, text: str, said: str) -> None:
    """Nothing is sent or written for such a file: the error tells the entry and the setting, and the exit code is 2."""
    Path("fleet.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_fleet(Path("fleet.toml"))
    assert said in str(caught.value)
    assert caught.value.hint
    result = cli("run", "--fleet", "fleet.toml")
    assert result.exit_code == 2
    assert not Path("reports").exists()


def test_a_file_that_is_not_there_is_refused(project: Path) -> None:
    """The error names the file."""
    result = cli("run", "--fleet", "nowhere.toml")
    assert (result.exit_code, "nowhere.toml" in result.output) == (2, True)


def test_entries_go_before_defaults(fleet: Callable[..., Path]) -> None:
    """What `[defaults]` says holds for each service that does not say it itself; dashes are as good as underscores."""
    file = fleet(
        {"name": "a", "target": "http://a"},
        {"name": "b", "target": "http://b", "owner": "us", "timeout": 1, "contract": "b.json"},
        before='output = "there"\n[defaults]\nowner = "them"\ntimeout = 2\nfail-on = "warning"\n',
    )
    found = read_fleet(file)
    assert found.folder == Path("there")
    assert found.services == (
        Service("a", "http://a", "", "them", {"timeout": 2, "fail_on": "warning"}),
        Service("b", "http://b", "b.json", "us", {"timeout": 1, "fail_on": "warning"}),
    )


def entry(name: str, target: str, **settings: Any) -> Service:
    """Make an entry."""
    return Service(name, target, "", "", settings)


def test_services_of_a_host_with_a_budget_wait_for_one_another() -> None:
    """They are one lane with the least of their budgets, whatever their ports; every other one is alone."""
    found = lanes(
        [
            entry("free", "http://a.example:1"),
            entry("also free", "http://a.example:2"),
            entry("in process", "module:app", rate=3),
            entry("also in process", "module:app"),
            entry("slow", "http://B.example:1", rate=5),
            entry("slower", "https://b.example/there", rate=2),
            entry("unbounded", "http://b.example:3"),
        ]
    )
    assert [[service.name for service in lane] for lane in found] == [
        ["slow", "slower", "unbounded"],
        ["free"],
        ["also free"],
        ["in process"],
        ["also in process"],
    ]
    assert [rate_of(service) for service in found[0]] == [2, 2, 2]
    assert {host(service) for service in found[0]} == {"b.example"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("http://127.0.0.1:1",), "TARGET"),
        (("--report", "html=x.html"), "--report"),
        (("--contract", "x.json"), "--contract"),
        (("--timeout", "3"), "--timeout"),
        (("--operation", "GET /"), "--operation"),
        (("--resume", "run.json"), "--resume"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_the_file_says_is_not_said_beside_it(
    fleet: Callable[..., Path], words: tuple[str, ...], named: str
) -> None:
    """A target, a report or a setting beside `--fleet` is refused, and the hint says where it goes."""
    file = fleet({"name": "a", "target": "price_service:app"})
    result = cli("run", "--fleet", str(file), *words)
    assert result.exit_code == 2
    assert f"Error: {named} does not go with --fleet" in result.output
    assert "[defaults]" in result.output
    assert not Path("reports").exists()
