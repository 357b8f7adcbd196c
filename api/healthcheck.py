"""Ask the server of this machine whether it is ready: `python -m api.healthcheck`; exit code 0 where it is.

For containers, whose image has no curl. The port is that of DIAMONDS_BIND.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from api.settings import Settings

PATIENCE = 2.0
"""Seconds for the reply."""


def ready(environment: Mapping[str, str]) -> bool:
    """Tell whether the server that `environment` describes answers that it is ready."""
    port = int(Settings.read(environment).bind.rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readiness")
        return connection.getresponse().status == 200  # noqa: PLR2004 - OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not ready(os.environ))
