"""What `import prove400` promises: the names, and what they give."""

from __future__ import annotations

import prove400
from prove400 import Case, Contract
from prove400.contract import load


def test_a_contract_tells_its_obligations() -> None:
    """They are those of the plan, each once and in its order; whatever the contract was loaded from."""
    loaded = prove400.load("contracts/openapi.json")
    assert isinstance(loaded, Contract)
    planned = [item.obligation for item in prove400.plan(loaded) if isinstance(item, Case)]
    assert list(loaded.obligations()) == list(dict.fromkeys(planned))
    assert len(loaded.obligations()) < len(planned)
    assert prove400.load(load("contracts/openapi.json")).obligations() == loaded.obligations()
    assert [operation.label for operation in loaded.operations]


def test_every_name_is_there() -> None:
    """Each name that the package offers can be had of it, and says what it is."""
    assert all(getattr(prove400, name).__doc__ for name in prove400.__all__)
