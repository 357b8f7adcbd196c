"""What the gate shares: the target under test, and the judge of requests that nobody planned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

import prove400
from api import artefact, train
from api.errors import ArtefactError
from prove400.transport import Transport

TARGET = "api:create_app"
CONTRACT = "contracts/openapi.json"


settings.register_profile("gate", deadline=None, derandomize=True, print_blob=True)


def pytest_configure() -> None:
    """Make searches repeatable, and train the model where none can be served: the gate needs no step before it."""
    settings.load_profile("gate")
    try:
        artefact.load(artefact.default_folder())
    except ArtefactError:
        train.train(artefact.default_folder())


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
