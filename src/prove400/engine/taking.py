"""How a run comes to its contract and its target: who is asked, what is put over it, how the target is spoken to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from prove400.contract import Contract, load
from prove400.contract.overlays import overlaid
from prove400.contract.servers import served_at
from prove400.engine.asking import found
from prove400.engine.settings import Settings
from prove400.errors import SettingsError
from prove400.model import Part
from prove400.oracle import SHAPES
from prove400.readers import opened
from prove400.readers.document import ERRORS
from prove400.transport import Polite, Transport, connect

AUTO = "auto"
"""The contract that the target is asked for."""


def reached(target: Any, settings: Settings, connections: int | None = None) -> Transport:
    """Connect to a target, with the headers, the budget and the authorities that the settings have."""
    verify: bool | str = False if settings.insecure else settings.ca_file or True
    count = connections or settings.most_connections
    inner = connect(target, timeout=settings.timeout, connections=count, verify=verify)
    return Polite(inner, settings.headers, settings.rate)


def taken(
    given: Any, transport: Transport, settings: Settings, *, pins: Any = None, allow: Iterable[str | Path] = ()
) -> Contract:
    """Give the contract that is given, or the target's own, with the overlays and the base path of the settings.

    What is given is a `Contract`, a document, or the path of one, of an MLmodel, an ONNX or a scikit-learn file; None
    and ``"auto"`` ask the target. Raises `ContractError`, `ModelError`, `TargetError`, or `SettingsError` for a header
    that the contract wants to be tried with other values.
    """
    if given is None or given == AUTO:
        contract = found(transport, settings.attempts, settings.model)
    else:
        of_model = opened(Path(given), pins) if isinstance(given, str | Path) else None
        contract = of_model or load(given, allow=allow)
    contract = overlaid(contract, settings.overlay)
    if settings.base_path:
        content = served_at(contract.document.content, settings.base_path)
        contract = replace(contract, document=replace(contract.document, content=content))
    _refuse_tried_headers(contract, settings)
    return contract


def _refuse_tried_headers(contract: Contract, settings: Settings) -> None:
    """Raise `SettingsError` for a header sent with every request that is also left out or broken on purpose."""
    fixed = {name.lower(): name for name, _ in settings.headers}
    secret = {name for name, _ in settings.credentials}
    for operation in contract.operations:
        declared = [p.name for p in operation.parameters if p.part is Part.HEADER]
        declared += [s.field for every in operation.security for s in every if s.name in secret]
        for name in declared:
            if name.lower() in fixed:
                hint = "give an example of it in the contract, or its secret under `credentials`, and no header"
                what = f"the header {fixed[name.lower()]} is one that the contract has us break"
                raise SettingsError(what, operation.label, hint)


def shape_of(contract: Contract, settings: Settings) -> str:
    """Give the shape of errors: the setting's, else what a reader said of the server, else ``auto``."""
    said = contract.document.content.get(ERRORS)
    return settings.errors if settings.errors != AUTO or said not in SHAPES else str(said)


def reached_notes(transport: Transport, settings: Settings) -> tuple[str, ...]:
    """Say what a reader must know of how the target was spoken to."""
    waited = transport.waited if isinstance(transport, Polite) else 0
    told = f"{waited} replies asked to come again later (429, or 503 with Retry-After), and were waited for"
    trusting = ("certificates were not checked (insecure)",) if settings.insecure else ()
    return (*trusting, told) if waited else trusting
