"""docs/debugging.md: every command is run, and says what the page says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import api
from api.artefact import default_folder

ROOT = Path(api.__file__).parents[1]
ACTIVATE = ". .tox/fuzz/bin/activate"
TRAIN = "python -m api.train"
MARK = "\x1e"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the page, and the lines that it shows."""

    text: str
    shown: tuple[str, ...]

    def shows(self, said: str) -> bool:
        """Tell whether `said` has the lines shown, in their order; `…` stands for anything."""
        lines = [".*".join(map(re.escape, line.split("…"))) for line in self.shown]
        return re.search("(?s:.*)".join(f"^{line}$" for line in lines), said, re.MULTILINE) is not None


def sections() -> dict[str, list[Command]]:
    """Give the commands of each section."""
    text = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
    titled = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {title: list(commands(body)) for title, body in titled}


def commands(body: str) -> list[Command]:
    """Give the commands of the blocks in `body`."""
    entries = [
        entry.splitlines()
        for block in re.findall(r"^```console\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    return [Command(first, tuple(shown)) for first, *shown in entries]


SECTIONS = sections()
BEFORE = [command for command in SECTIONS.pop("Before") if command.text != ACTIVATE]
TRAINED = [command for command in BEFORE if command.text != TRAIN]


def free_port() -> str:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def said_by(listed: list[Command], folder: Path, artefact: Path) -> list[str]:
    """Run commands in one shell, at ports of their own, with the model in `artefact`, and give what each said."""
    ports = {"127.0.0.1:8000": f"127.0.0.1:{free_port()}", "127.0.0.1:8080": f"127.0.0.1:{free_port()}"}
    configuration = folder / "nginx.conf"
    script = "\n".join(f"printf '{MARK}'\n{command.text}" for command in listed)
    script = script.replace("$PWD/deploy/nginx.conf", str(configuration))
    proxy = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for told, used in ports.items():
        script, proxy = script.replace(told, used), proxy.replace(told, used)
    configuration.write_text(proxy, encoding="utf-8")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "DIAMONDS_BIND": ports["127.0.0.1:8000"],
        "DIAMONDS_ARTEFACT": str(artefact),
        "TMPDIR": str(folder),
    }
    shell = subprocess.Popen(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return shell.communicate(timeout=200)[0].split(MARK)[1:]
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()


def check(listed: list[Command], said: list[str]) -> None:
    """Demand that each command said what it shows, and nothing where it shows nothing."""
    assert len(said) == len(listed)
    for command, text in zip(listed, said, strict=True):
        assert command.shows(text), f"$ {command.text}\n{text}"
        assert command.shown or not text.strip(), f"$ {command.text}\n{text}"


def test_page_begins_where_the_readme_ends(tmp_path: Path) -> None:
    """The environment that the page enters is the one of the README's gate, and there it makes a model."""
    check(BEFORE, said_by(BEFORE, tmp_path, tmp_path / "artefact"))
    assert (tmp_path / "artefact" / "manifest.json").exists()
    assert ACTIVATE in (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
    assert "tox -qe fuzz" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_page_has_every_symptom() -> None:
    """Each symptom has a section with commands that show something."""
    assert len(SECTIONS) == 6
    assert all(len([command for command in listed if command.shown]) >= 2 for listed in SECTIONS.values())


@pytest.mark.parametrize("title", SECTIONS)
def test_commands_of_the_page_say_what_it_says(title: str, tmp_path: Path) -> None:
    """From the repository's root, in one shell, every output of the section comes."""
    needed = {"curl", "pgrep", *(["nginx"] if any("nginx" in command.text for command in SECTIONS[title]) else [])}
    absent = {name for name in needed if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None}
    if absent or not sys.platform.startswith("linux"):
        pytest.skip(f"the page is about Linux, with {', '.join(sorted(needed))}")
    listed = TRAINED + SECTIONS[title]
    check(listed, said_by(listed, tmp_path, default_folder()))
