"""What the gate shares: the target under test, how it is asked, and what is kept of a failure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import currently_in_test_context, note

import prove400
from api import artefact, train
from api.errors import ArtefactError
from fuzz import kept
from fuzz.profiles import EXAMPLES, PROFILE, SEED
from prove400 import Reply, Request, Verdict
from prove400.cli.given import settings_of
from prove400.engine import Redaction
from prove400.transport import Transport

TARGET = "api:create_app"
CONTRACT = "contracts/openapi.json"


@dataclass
class Sent:
    """How many requests the session has sent."""

    requests: int = 0


SENT = pytest.StashKey[Sent]()
Ask = Callable[[Request], Reply]
"""Sends a request and gives its reply, proven to be what the contract asks for."""


@dataclass(eq=False)
class UnprovenError(AssertionError):
    """A request whose reply is not what the contract asks for."""

    request: Request
    message: str

    def __str__(self) -> str:
        """Say what is wrong."""
        return self.message


def pytest_configure(config: pytest.Config) -> None:
    """Train the model where none can be served: the gate needs no step before it."""
    config.stash[SENT] = Sent()
    try:
        artefact.load(artefact.default_folder())
    except ArtefactError:
        train.train(artefact.default_folder())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the searches began, so that they can be made again."""
    terminalreporter.write_line(f"searched by profile {PROFILE}: {EXAMPLES[PROFILE]} examples, PROVE400_SEED={SEED}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask first what failed once."""
    items.sort(key=lambda item: item.path.name != "test_regressions.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the requests that a search failed with, each the plainest of its kind."""
    if call.when == "call" and call.excinfo:
        item.user_properties.append(("requests", item.config.stash[SENT].requests))
    report = yield
    for error in _unproven(call.excinfo.value) if call.excinfo else ():
        path = kept.keep(error.request, item.nodeid, error.message, redaction=_redaction())
        report.sections.append(("prove400", f"kept as {path}: commit it, and every run asks it first"))
    return report


def _redaction() -> Redaction:
    """What is secret by the contract and the settings of the project: what is kept is committed."""
    chosen = settings_of()
    return Redaction.of(prove400.load(CONTRACT), chosen.credentials, chosen.redact)


def _unproven(error: BaseException) -> Iterator[UnprovenError]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _unproven(inner)
    elif isinstance(error, UnprovenError):
        yield error


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> str:
    """The target that the gate was pointed at, the reference API unless told otherwise."""
    return str(pytestconfig.getoption("prove400_target") or TARGET)


@pytest.fixture(scope="session")
def transport(target: str) -> Iterator[Transport]:
    """A connection to the target."""
    connection = prove400.connect(target)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def contract() -> prove400.Contract:
    """The committed contract."""
    return prove400.load(CONTRACT)


@pytest.fixture(scope="session")
def examiner(contract: prove400.Contract) -> prove400.Examiner:
    """The judge of requests that nobody planned."""
    return prove400.Examiner(contract)


@pytest.fixture(scope="session")
def ask(transport: Transport, examiner: prove400.Examiner, pytestconfig: pytest.Config) -> Ask:
    """Send a request and prove the reply: a structured 400 that names a fault, or an answer inside its schema."""

    def proven(sent: Request) -> Reply:
        pytestconfig.stash[SENT].requests += 1
        judged = examiner.judge(sent, transport.send(sent))
        if currently_in_test_context():
            note(repr(sent.body))
            note(repr(judged.reply))
        if judged.judgement.verdict is not Verdict.DISCHARGED:
            raise UnprovenError(sent, judged.judgement.message)
        return judged.reply

    return proven
