"""The documentation page: Swagger UI on the contract, at `/docs`, where the extra `docs` is installed.

It is no part of the contract. Everything it loads comes from this very origin, and its policy admits nothing else.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, send_from_directory

PACKAGE = "flask_swagger_ui"
"""Brings the files of Swagger UI; nothing of it is run here."""

_ASSETS = ("favicon-32x32.png", "index.css", "swagger-ui-bundle.js", "swagger-ui.css")
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Diamond prices</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/index.css">
<link rel="stylesheet" href="docs/swagger-ui.css">
<script defer src="docs/swagger-ui-bundle.js"></script>
<script defer src="docs/start.js"></script>
</head>
<body><div id="swagger-ui"></div></body>
</html>
"""
_START = """\
SwaggerUIBundle({dom_id: "#swagger-ui", url: "openapi.json", validatorUrl: null, tryItOutEnabled: true});
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI's style sheet holds its arrows as data: images."""


def register(app: Flask) -> None:
    """Add the page to `app`; nothing where the extra is not installed."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "dist"

    @app.get("/docs")
    def docs() -> Response:
        """Show the contract."""
        return Response(_PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})

    @app.get("/docs/start.js")
    def docs_start() -> Response:
        """Start Swagger UI: a script of its own, because the policy admits none within the page."""
        return Response(_START, content_type="text/javascript; charset=utf-8")

    for asset in _ASSETS:
        app.add_url_rule(f"/docs/{asset}", f"docs/{asset}", lambda name=asset: send_from_directory(folder, name))
