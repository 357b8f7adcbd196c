"""One trained model for the whole session, and an application that serves it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient

from api import artefact, create_app, diamonds
from api.app import Api
from api.formats import FORMATS
from api.train import serialise, split, train

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse


class Sending(FlaskClient):
    """A client that takes the whole reply and closes it, as servers do: then the request was logged and counted."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        """Ask, and give the reply."""
        return super().open(*args, buffered=buffered, **options)


Api.test_client_class = Sending


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an artefact, trained once."""
    path = tmp_path_factory.mktemp("artefact")
    train(path)
    return path


@pytest.fixture(scope="session")
def every_format(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same model in every format."""
    path = tmp_path_factory.mktemp("every-format")
    found = artefact.load(folder)
    test = split(diamonds.load().rows).test
    written = {name: serialise(name, found.model.model, test) for name in FORMATS}
    first, *others = (entry.file for entry in written.values())
    manifest = found.manifest.model_copy(update={**dict(first), "others": others})
    artefact.save(path, {name: entry.raw for name, entry in written.items()}, manifest)
    return path


@pytest.fixture(scope="session")
def manifest(folder: Path) -> dict[str, Any]:
    """Content of that artefact's manifest."""
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return content


@pytest.fixture(scope="session")
def app(folder: Path) -> Flask:
    """Application that serves that artefact."""
    return create_app(folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Client of that application."""
    return app.test_client()


@pytest.fixture
def diamond(manifest: dict[str, Any]) -> dict[str, Any]:
    """Give a valid diamond, which a test may change."""
    return dict(manifest["samples"][0])
