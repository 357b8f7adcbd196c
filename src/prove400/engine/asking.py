"""A target is asked for its contract; one that does not listen yet is asked again."""

from __future__ import annotations

import time

from prove400.contract import Contract, parse
from prove400.errors import ContractError, TargetError
from prove400.model import Failure, Reply, Request
from prove400.readers import SERVED, Site, asked
from prove400.sanity import PAUSE
from prove400.transport import Transport

CONTRACT_PATH = "/openapi.json"
"""Where a target is asked for its contract."""
_WAIT = "`--wait SECONDS` waits until it has started"
_TIMEOUT = "`--timeout` gives it more time"


def answering(transport: Transport, request: Request, attempts: int) -> Reply:
    """Send a request until anything comes back, at most `attempts` times, and give the last reply."""
    reply = transport.send(request)
    for _ in range(attempts - 1):
        if reply.failure is not Failure.GONE:
            break
        time.sleep(PAUSE)
        reply = transport.send(request)
    return reply


def published(transport: Transport, path: str = CONTRACT_PATH, attempts: int = 1) -> Contract:
    """Give the contract that a target publishes at a path; one that does not listen yet is asked again.

    Raises `TargetError` where there is no reply, and `ContractError` where the reply is no usable contract.
    """
    reply = answering(transport, Request("GET", path, (("Accept", "application/json"),)), attempts)
    source = f"{transport.name} {path}"
    _replied(reply, source, attempts)
    return _parsed(reply, source)


def found(transport: Transport, attempts: int = 1, model: str = "") -> Contract:
    """Give the contract that the first reader makes of a target; `model` is the one meant, where there are several.

    Raises `TargetError` where there is no reply, and `ContractError` where no reader can make a contract.
    """
    site, source = Site(transport, model), f"{transport.name} {CONTRACT_PATH}"
    for _ in range(attempts - 1):
        if site.reply(CONTRACT_PATH).failure is not Failure.GONE:
            break
        time.sleep(PAUSE)
        site.forget()
    reply = site.reply(CONTRACT_PATH)
    _replied(reply, source, attempts)
    return asked(site) or _parsed(reply, source)


def _replied(reply: Reply, source: str, attempts: int) -> None:
    """Raise `TargetError` where there is no reply."""
    if reply.failure:
        is_gone = reply.failure is Failure.GONE
        hint = f"start the target, or check its address; {_WAIT if is_gone else _TIMEOUT}"
        waited = f" for {(attempts - 1) * PAUSE:g} s" if is_gone and attempts > 1 else ""
        raise TargetError(f"no reply when asked for the contract{waited}: {reply.detail}", where=source, hint=hint)


def _parsed(reply: Reply, source: str) -> Contract:
    """Give the contract in a reply; raises `ContractError` where it is none."""
    if reply.status != 200:  # noqa: PLR2004 — RFC 9110
        answer = f"answered {reply.status}"
        looked = ", ".join(reader.name for reader in SERVED)
        hint = f"give one: --contract FILE; it was looked for as {looked}"
        raise ContractError(f"the target publishes no contract: {answer}", where=source, hint=hint)
    return parse(reply.body, source)
