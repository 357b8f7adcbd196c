"""Ask the server of this machine whether it is ready: `python -m api.healthcheck`; exit code 0 where it is.

For containers, whose image has no curl. It asks where DIAMONDS_BIND says: `HOST:PORT` or `unix:PATH`.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from api.settings import Settings

PATIENCE = 2.0
"""Seconds for the reply."""
_UNIX = "unix:"
_PORT = 8000
"""Where gunicorn listens unless told."""
_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened to
"""Where a server answers that listens everywhere."""


def ready(environment: Mapping[str, str]) -> bool:
    """Tell whether the server that `environment` describes answers that it is ready."""
    bind = Settings.read(environment).bind
    place = urlsplit(f"//{bind}")
    host = place.hostname or "127.0.0.1"
    connection = HTTPConnection(_NEAR.get(host, host), place.port or _PORT, timeout=PATIENCE)
    try:
        if bind.startswith(_UNIX):
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(PATIENCE)
            connection.sock.connect(bind.removeprefix(_UNIX))
        connection.request("GET", "/readiness")
        return connection.getresponse().status == 200  # noqa: PLR2004 - OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not ready(os.environ))
