"""Requests that failed once: files of the repository, which every run asks first."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

from prove400 import Request
from prove400.engine import Redaction

FOLDER = Path(os.environ.get("PROVE400_REGRESSIONS") or Path(__file__).parent / "regressions")
PLAIN = Redaction()
"""Masks credentials and cookies."""


def keep(request: Request, found_by: str, message: str, folder: Path = FOLDER, redaction: Redaction = PLAIN) -> Path:
    """Write a request without its secrets, what found it and what was wrong; the same request has the same file."""
    request = redaction.request(request)
    content = {
        "found_by": found_by,
        "message": redaction.text(message),
        "method": request.method,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers],
        **_body(request.body),
    }
    digest = hashlib.sha256(repr(request).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    path = folder / f"{digest}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path


def kept(folder: Path = FOLDER) -> dict[str, Request]:
    """Give the requests by name of file; raises ValueError, which names the file, for one that cannot be read."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}


def _read(path: Path) -> Request:
    try:
        content = json.loads(path.read_text())
        body = content["body"].encode() if "body" in content else base64.b64decode(content["body_base64"])
        headers = tuple((name, value) for name, value in content["headers"])
        return Request(content["method"], content["target"], headers, body)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: no request that `fuzz.kept.keep` wrote: {error!r}; remove it, or restore it"
        ) from error


def _body(body: bytes) -> dict[str, str]:
    """Give the body as a text that people can read, where it is one."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
