"""No secret leaves a run: an API that echoes all of them, and every way out of a run."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus

import pytest
from click.testing import CliRunner

import prove400
from fuzz.kept import keep, kept
from prove400.cases.security import altered
from prove400.cli import main
from prove400.engine.masking import ALTERED, MASK
from prove400.model import Run, Verdict
from prove400.reporters import REPORTERS, formats, plugins, reporter
from prove400.reporters.reproducer import as_test
from tests.engine import vault_service as vault
from tests.engine.test_engine_plugin import CATALOGUE
from tests.engine.test_engine_plugin import run as pytest_run

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ["password", "api_token"]
PASSWORD = vault.CREDENTIALS["basic"].partition(":")[2]
SENT = {**vault.CREDENTIALS, "password": PASSWORD, "body": vault.BODY_WORD}
ALL = {
    **SENT,
    **{f"altered {name}": altered(secret) for name, secret in vault.CREDENTIALS.items()},
    "altered password": altered(PASSWORD),
    "minted": vault.MINTED,
    "session": vault.SESSION,
}


def readings(text: str, depth: int = 3) -> Iterator[str]:
    """Give a text in each way in which anybody may read it: unescaped, decoded and inflated, one after another."""
    yield text
    if not depth:
        return
    read = {unquote(text), unquote_plus(text), html.unescape(text), unescaped(text)}
    read |= {*decoded(text)}
    for other in read - {text}:
        yield from readings(other, depth - 1)


def unescaped(text: str) -> str:
    """Undo the escapes of JSON and Python, once."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"\\(.)", r"\1", text)


def decoded(text: str) -> Iterator[str]:
    """Decode what may be base64, and inflate what may be compressed in it."""
    for found in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        try:
            raw = base64.b64decode(found.replace("-", "+").replace("_", "/") + "=" * (-len(found.rstrip("=")) % 4))
        except (binascii.Error, ValueError):
            continue
        yield raw.decode("latin-1")
        yield raw.decode("utf-8", "replace")
        for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
            try:
                yield zlib.decompressobj(wbits=bits).decompress(raw).decode("utf-8", "replace")
            except zlib.error:
                continue


def held(text: str, depth: int = 3) -> set[str]:
    """Name the secrets that a text holds, however it is read."""
    found = set(readings(text, depth))
    return {name for name, secret in ALL.items() if any(secret in reading for reading in found)}


@pytest.fixture(scope="module")
def run() -> Run:
    """Give a run with all credentials, and two configured fields."""
    vault.SEEN.clear()
    return prove400.prove(vault.app, vault.CONTRACT, credentials=vault.CREDENTIALS, redact=FIELDS)


@pytest.fixture
def third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution whose format writes all of the run."""
    tmp_path.joinpath("everything.py").write_text("render = repr\n", encoding="utf-8")
    info = tmp_path / "everything-1.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.4\nName: everything\nVersion: 1\n", encoding="utf-8")
    info.joinpath("entry_points.txt").write_text(f"[{plugins.GROUP}]\nthird = everything:render\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


def test_the_reader_reads() -> None:
    """What looks for secrets finds each of them in each encoding, alone and nested."""
    for name, secret in ALL.items():
        raw = secret.encode()
        packed = base64.b64encode(zlib.compress(json.dumps({"a": secret}).encode())).decode()
        basic = base64.b64encode(b"user:" + raw).decode()
        for text in (json.dumps({"a": json.dumps(secret)}), html.escape(secret), f"<x>{packed}</x>", f"Basic {basic}",
                     "".join(f"%{octet:02x}" for octet in raw), json.dumps({"text": html.escape(secret)})):  # fmt: skip
            assert name in held(text), text


def test_secrets_were_sent(run: Run) -> None:
    """The server saw each secret, in the place where its scheme puts it, and altered ones too; the run has findings."""
    seen = "\n".join(vault.SEEN)
    assert {name for name in SENT if SENT[name] in seen} >= {"header", "bearer", "body"}
    assert held(seen) >= {*SENT, *(f"altered {name}" for name in vault.CREDENTIALS)}
    assert {finding.operation for finding in run.findings} == {f"POST /{name}" for name in vault.SCHEMES}
    assert {finding.verdict for finding in run.findings} >= {Verdict.SILENT_200, Verdict.SERVER_ERROR}
    assert any(finding.constraint.keyword == "security" for finding in run.findings)
    replies = b"".join(finding.reply.body for finding in run.findings)
    assert replies.count(MASK.encode()) > 100
    assert any(note.startswith(MASK) for note in run.notes)


@pytest.mark.parametrize("name", [*REPORTERS, "third"])
@pytest.mark.usefixtures("third")
def test_no_format_holds_a_secret(name: str, run: Run) -> None:
    """No format shows a secret in any encoding, one of another distribution neither; all say where one was."""
    assert name in formats()
    text = reporter(name)(run)
    assert not held(text)
    assert name in ("junit", "github", "gitlab", "ctrf") or any("redacted" in reading for reading in readings(text))


def test_structure_stays(run: Run) -> None:
    """A reader still sees which secret was missing, malformed or wrong."""
    shown = {
        case.request.header("Authorization")
        for outcome in run.outcomes
        for case in outcome.tried
        if case.request is not None and outcome.obligation.constraint.operation == "POST /bearer"
    }
    assert shown >= {None, "Bearer", MASK, f"Bearer {MASK}", f"Bearer {ALTERED}", f"Basic {MASK}"}
    header = {case.request.header("X-Vault-Key") for o in run.outcomes for case in o.tried if case.request}
    assert header >= {None, "", MASK, ALTERED}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project whose settings name credentials and fields, and stand there."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(Path(vault.__file__), folder / "vault_service.py")
    folder.joinpath("contract.json").write_text(json.dumps(vault.CONTRACT, indent=1), encoding="utf-8")
    credentials = "\n".join(f'{name} = "$VAULT_{name.upper()}"' for name in vault.CREDENTIALS)
    settings = f"redact = {json.dumps(FIELDS)}\n[tool.prove400.credentials]\n{credentials}\n"
    folder.joinpath("pyproject.toml").write_text(f"[tool.prove400]\n{settings}", encoding="utf-8")
    for name, secret in vault.CREDENTIALS.items():
        monkeypatch.setenv(f"VAULT_{name.upper()}", secret)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    return folder


def test_no_command_shows_a_secret(project: Path, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """Console, log and files of `run`, `replay`, `plan` and `report` hold no secret."""
    every = [word for name in REPORTERS for word in ("--report", f"{name}=out/{name}")]
    security = next(f for f in run.findings if f.constraint.keyword == "security")
    for words in (
        ("run", "vault_service:app", "--contract", "contract.json", *every),
        ("replay", security.fingerprint, "vault_service:app", "--contract", "contract.json"),
        ("plan", "contract.json"),
        ("report", "out/json", "--report", "text=-"),
    ):
        result = CliRunner().invoke(main, list(words))
        assert result.exit_code in (0, 1), result.output
        assert not held(result.output, 2), words
    assert not held(caplog.text)
    written = {path.name: path.read_text(encoding="utf-8") for path in project.joinpath("out").iterdir()}
    assert set(written) == set(REPORTERS)
    for name, text in written.items():
        assert not held(text, 1), name


def test_no_failure_in_pytest_shows_a_secret(project: Path) -> None:
    """What the plugin prints for a failure, and writes, holds no secret; it says that one was masked."""
    more = f', contract="contract.json", credentials={vault.CREDENTIALS!r}, redact={FIELDS!r}'
    module = CATALOGUE.format(app="app", more=more).replace("price_service", "vault_service")
    project.joinpath("test_vault.py").write_text(module, encoding="utf-8")
    result = pytest_run(project, "-q", "-k", "security")
    assert result.returncode == 1, result.stdout
    assert MASK in result.stdout
    assert not held(result.stdout + result.stderr)
    for path in project.joinpath("reports").iterdir():
        assert not held(path.read_text(encoding="utf-8"))


def test_errors_and_judged_cases_show_no_secret(project: Path) -> None:
    """The text of a judged case, and the errors for a bad target or credentials, hold no secret."""
    proof = prove400.start(vault.app, vault.CONTRACT, credentials=vault.CREDENTIALS, redact=FIELDS)
    for judged in proof.events():
        assert not {name for name, secret in ALL.items() if secret in str(judged)}
    for words in (
        ("run", f"http://anna:{vault.MINTED}@127.0.0.1:1"),
        ("run", "vault_service:app", "--contract", f"http://anna:{quote(vault.MINTED, safe='')}@127.0.0.1:1/x.json"),
    ):
        result = CliRunner().invoke(main, list(words))
        assert result.exit_code in (2, 3)
        assert vault.MINTED.partition("/")[0] not in result.output


def test_kept_requests_hold_no_secret(tmp_path: Path) -> None:
    """A request that a search failed with is kept for everybody to read: without secrets."""
    proof = prove400.start(vault.app, vault.CONTRACT, credentials=vault.CREDENTIALS, redact=FIELDS)
    for case in proof.planned():
        keep(case.request, "here", "there", tmp_path, proof.redaction)
    assert len(kept(tmp_path)) > 100
    for path in tmp_path.iterdir():
        assert not held(path.read_text())


def test_without_credentials_nothing_is_masked() -> None:
    """Without credentials and fields, a run is told as it was."""
    plain: Any = prove400.prove(vault.app, vault.CONTRACT, operations="POST /bearer")
    assert vault.BODY_WORD.encode() in plain.findings[0].witness.body
    assert not any(MASK in note for note in plain.notes)


@pytest.mark.parametrize("name", formats())
def test_headers_beside_are_no_secret_out(name: str) -> None:
    """No format tells the value of a header that was sent beside a request's own; reproducers read a variable."""
    run = prove400.prove("tests.zoo.coerced:app", headers={"Authorization": "Bearer t0p-secret-word"}, sanity=False)
    assert run.findings
    text = reporter(name)(run)
    assert "t0p-secret" not in text
    if name in ("text", "markdown", "html"):
        line = "-H 'Authorization: '\"$AUTHORIZATION\""
        assert line in html.unescape(text)
    test = as_test(run.findings[0], run)
    compile(test, "test", "exec")
    assert "os.environ['AUTHORIZATION']" in test
    assert "t0p-secret" not in test
    left = replace(run.findings[0], verdict=Verdict.MISATTRIBUTED)
    assert "headers={'Authorization': '$AUTHORIZATION'}" in as_test(left, run)
