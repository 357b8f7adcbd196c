"""Where a contract comes from when nobody wrote one: what a server publishes, or what a model's file tells.

Each reader is one file with one function, in one of the two tables; the first that has something to say is believed. A
document that only says what a server takes for any model waits until no reader knows the model itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from prove400.contract import Contract, from_document
from prove400.readers import artefacts, generic, inference, mlflow, published, tensorflow
from prove400.readers.reading import Artefact, Reader, Reading, Site

__all__ = ["SAVED", "SERVED", "Artefact", "Reader", "Reading", "Site", "asked", "named", "opened"]

SERVED: tuple[Reader[Site], ...] = (published.READER, inference.READER, tensorflow.READER, mlflow.SERVED)
"""Readers of running servers, in the order in which they are asked."""
SAVED: tuple[Reader[Artefact], ...] = (mlflow.SAVED, artefacts.GRAPH, artefacts.PIPELINE)
"""Readers of files, in the order in which they are asked."""


def asked(site: Site) -> Contract | None:
    """Give the contract that a running server lets us read, or None; raises `ContractError` where it is unusable."""
    of_any: Contract | None = None
    for reader in SERVED:
        reading = reader.read(site)
        if reading is not None and not reading.is_generic:
            return _contract(reader, reading, site.transport.name)
        if reading is not None:
            of_any = of_any or _contract(reader, reading, site.transport.name)
    return of_any


def opened(path: Path, pins: Any = None) -> Contract | None:
    """Give the contract that a model's file lets us make, or None where it is no such file.

    `pins` is the table of files that may be loaded. Raises `ContractError` or `ModelError` where it is unusable.
    """
    for reader in SAVED:
        if (reading := reader.read(Artefact(path, pins))) is not None:
            return _contract(reader, reading, "")
    return None


def named(contract: Contract, site: Site) -> Contract:
    """Give a contract of any model with the names that a running server lists; any other as it is."""
    content, notes = generic.named(contract.document.content, site)
    return replace(contract, document=replace(contract.document, content=content), notes=(*contract.notes, *notes))


def _contract(reader: Reader[Any], reading: Reading, where: str) -> Contract:
    """Make the contract, and note who read it where."""
    told = f"the contract was read as {reader.name} from {reading.place}"
    of_any = ("it says what the server takes for any model, and not what this one does",) if reading.is_generic else ()
    source = f"{where} {reading.place.removeprefix('GET ')}".strip()
    return from_document(reading.document, source, (told, *of_any, *reading.notes))
