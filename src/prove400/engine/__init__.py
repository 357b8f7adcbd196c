"""Drives all of it: plan, send, judge, fold into a `Run`."""

from __future__ import annotations

from typing import Any

from prove400.engine.asking import found, published
from prove400.engine.examiner import Examiner
from prove400.engine.findings import Judged
from prove400.engine.proof import Proof
from prove400.engine.redaction import Redaction, redacted
from prove400.engine.settings import Settings
from prove400.engine.taking import reached, taken
from prove400.errors import Prove400Error
from prove400.model import Run, fingerprint
from prove400.transport import connect

__all__ = [
    "Examiner",
    "Judged",
    "Proof",
    "Redaction",
    "Settings",
    "connect",
    "fingerprint",
    "found",
    "prove",
    "published",
    "reached",
    "redacted",
    "start",
    "taken",
]


def prove(target: Any, contract: Any = None, **settings: Any) -> Run:
    """Prove a target against its contract and give the run.

    `target` is a URL, ``"module:attr"``, a WSGI or ASGI application, or a factory of one; `contract` is a file, a
    parsed document or a `Contract`, otherwise the readers ask the target (``"auto"``). `settings` are the fields of
    `Settings`. Raises `TargetError`, `ContractError` or `SettingsError`; faults of the target are findings.
    """
    proof = start(target, contract, **settings)
    try:
        if proof.settings.wait:
            proof.watch_start()
        for _ in proof.events():
            pass
        return proof.run()
    finally:
        proof.transport.close()


def start(target: Any, contract: Any = None, **settings: Any) -> Proof:
    """Connect to a target and take its contract, as `prove` does, but send no case yet; the caller closes."""
    chosen = Settings.of(settings)
    transport = reached(target, chosen)
    try:
        return Proof(transport, taken(contract, transport, chosen), chosen)
    except Prove400Error:
        transport.close()
        raise
