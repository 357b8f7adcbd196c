"""Routes are found as Werkzeug finds them, and what a request needed is freed when it ends."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.test import EnvironBuilder

from api.app import Api

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "post"]
ODD = ["", "/", "//predict", "/predict/", "/predict/x", "/PREDICT", "/pr%65dict", "/predict;a", "/docs/x.js", "/x"]


def found(adapter: MapAdapter) -> Any:
    """Give what an adapter finds for its request, as values that can be compared."""
    try:
        return adapter.match(return_rule=True)
    except HTTPException as error:
        return type(error), error.code, sorted(getattr(error, "valid_methods", None) or ())


@pytest.mark.parametrize("method", METHODS)
def test_routes_are_those_of_werkzeug(app: Flask, method: str) -> None:
    """Every path of the API and odd ones lead where its search leads, whatever the method."""
    equal(app, method)


def test_a_route_with_a_parameter_is_searched_for() -> None:
    """What stands in its place is found, even where that reads as the rule itself."""
    app = Api("api")
    app.add_url_rule("/items/<name>", "items")
    equal(app, "GET")


def equal(app: Flask, method: str) -> None:
    """Compare what is found for all paths of an application and odd ones."""
    for path in [*(rule.rule for rule in app.url_map.iter_rules()), *ODD]:
        with app.test_request_context(path, method=method) as context:
            ours = app.create_url_adapter(context.request)
        assert ours is not None
        theirs = MapAdapter(app.url_map, "", "", "", "http", ours.path_info, method)
        assert found(ours) == found(theirs), path
        assert ours.allowed_methods() == theirs.allowed_methods()


def test_requests_leave_nothing_to_the_collector(app: Flask, client: FlaskClient, manifest: dict[str, Any]) -> None:
    """A request that had to wait for it would be among the slow ones."""
    row = manifest["samples"][0]
    assert client.post("/predict", json=row).status_code == 200  # what is made once is there by now
    environs = [EnvironBuilder("/predict", method="POST", json=row).get_environ() for _ in range(50)]
    flags = gc.get_debug()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for environ in environs:
            b"".join(app.wsgi_app(environ, lambda *_: lambda _: None))
        gc.collect()
        assert len(gc.garbage) < len(environs), gc.garbage[:9]  # another thread may leave some
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
