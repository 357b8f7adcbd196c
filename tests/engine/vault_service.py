"""An API that asks for every kind of credentials, refuses nothing, and tells all that it was given to everybody."""

from __future__ import annotations

import base64
import gzip
import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse

SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Vault-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "vault key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "vault_sid"},
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
CREDENTIALS = {
    "header": 'hdr-k3y/"+<x>&z9',
    "query": "qry k3y/é+<x>&y8",
    "cookie": "ck-s1d/+x&w7~",
    "basic": "anna:b4s1c/w+rd<&>6",
    "bearer": "brr.t0k-en_5~x+/v=",
}
BODY_WORD = "b0dy-p4ss/<&>4"
MINTED = "m1nt3d-t0ken/3+"
SESSION = "s3ss10n-c00kie-2"
BODY = {
    "type": "object",
    "required": ["amount", "password"],
    "properties": {"amount": {"type": "number", "maximum": 9}, "password": {"type": "string", "maxLength": 40}},
}
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Vault", "version": "1"},
    "paths": {
        f"/{name}": {
            "post": {
                "security": [{name: []}],
                "requestBody": {
                    "required": True,
                    "content": {
                        kind: {
                            "schema": {"$ref": "#/components/schemas/Body"},
                            "example": {"amount": 1, "password": BODY_WORD},
                        }
                        for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
                    },
                },
                "responses": {"200": {"description": "All of it", "content": {"application/json": {"schema": {}}}}},
            }
        }
        for name in SCHEMES
    },
    "components": {"schemas": {"Body": BODY}, "securitySchemes": SCHEMES},
}
SEEN: list[str] = []
"""What requests held, as a server reads it: header fields, and query."""


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer 200 with all that was sent, in every spelling; `/basic` fails with it, and `/cookie` compresses it."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    given = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    SEEN.extend([*given.values(), environ.get("QUERY_STRING", ""), body.decode("latin-1")])
    if environ["PATH_INFO"] == "/openapi.json":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(CONTRACT).encode()]
    secrets = [given.get("AUTHORIZATION", ""), given.get("X_VAULT_KEY", ""), given.get("COOKIE", "")]
    answer = {
        "given": given,
        "query": environ.get("QUERY_STRING", ""),
        "percent": [quote(secret, safe="") for secret in secrets],
        "base64": [base64.b64encode(f"{'x' * at}{secret}".encode()).decode() for at in range(3) for secret in secrets],
        "html": [html.escape(secret) for secret in secrets],
        "json": json.dumps(given),
        "nested": {"api_token": {"value": MINTED}},
        "body": body.decode("latin-1"),
    }
    text = json.dumps(answer).encode()
    headers = [("Set-Cookie", f"session={SESSION}; HttpOnly"), ("X-Echo", quote(secrets[1])), ("Api_Token", MINTED)]
    if environ["PATH_INFO"] == "/basic":
        start_response("500 Oh", [("Content-Type", "text/plain"), *headers])
        return [f'Traceback (most recent call last):\n  File "app.py", line 1\n{given!r} {text!r}'.encode()]
    if environ["PATH_INFO"] == "/cookie":
        text = gzip.compress(text, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    start_response("200 OK", [("Content-Type", "application/json"), *headers])
    return [text]
