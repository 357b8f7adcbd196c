"""The URL of a server → its parts, and connections to it, which urllib3 opens."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection

from prove400.errors import TargetError


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """The parts of a base URL."""

    scheme: str
    host: str
    port: int
    authority: bytes  # value of the Host header field
    path: str  # what stands in front of each target

    @classmethod
    def parse(cls, base_url: str) -> Server:
        """Read a URL; TargetError where it is not one of a server."""
        try:
            url = urlsplit(base_url)
            host, port = url.hostname or "", url.port
            ascii_host = host if host.isascii() else host.encode("idna").decode()
        except ValueError as error:  # a port that is no number, a bracket left open, a host that IDNA refuses
            reason = "" if "@" in base_url else f": {error}"  # which may quote a password
            raise TargetError(f"not a URL{reason}", _public(base_url), "Write it like http://host:8000.") from error
        _refuse(url, host)
        bracketed = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
        authority = bracketed if port is None else f"{bracketed}:{port}"
        default = HTTPSConnection.default_port if url.scheme == "https" else HTTPConnection.default_port
        return cls(url.scheme, ascii_host, port or default, authority.encode(), url.path.rstrip("/"))

    def connection(self, timeout: float, context: ssl.SSLContext | None) -> HTTPConnection:
        """Give a connection to it that is not open yet."""
        if context is None:
            return HTTPConnection(self.host, self.port, timeout=timeout)
        return HTTPSConnection(self.host, self.port, timeout=timeout, ssl_context=context)


def _refuse(url: SplitResult, host: str) -> None:
    """Raise TargetError for a URL that is not one of a server."""
    where = _public(url.geturl())
    if url.scheme not in {"http", "https"} or not host:
        raise TargetError(
            "a target URL begins with http:// or https:// and a host",
            where,
            "Write it like http://127.0.0.1:8000, or give module:attr for an application in process.",
        )
    if url.username is not None:
        raise TargetError(
            "a target URL may not carry user and password",
            where,
            "Send an Authorization header with the requests instead.",
        )
    if url.query or url.fragment:
        raise TargetError(
            "a target URL has no query and no fragment",
            where,
            "Give scheme, host, port and base path only; the contract names the rest.",
        )


def _public(url: str) -> str:
    """Give a URL without user and password: error messages end up in logs."""
    return re.sub(r"//.*@", "//", url)


def tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - the public signature has it by keyword
    """Give what TLS is spoken with; TargetError where the authorities cannot be read."""
    place = None if isinstance(verify, bool) else verify
    folder = place is not None and Path(place).is_dir()
    try:
        context = ssl.create_default_context(cafile=None if folder else place, capath=place if folder else None)
    except OSError as error:
        raise TargetError(
            f"cannot read certificate authorities: {error}",
            str(verify),
            "Give a PEM file, or a folder prepared by openssl rehash.",
        ) from error
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
