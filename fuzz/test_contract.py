"""The committed contract is the one that the target publishes."""

from __future__ import annotations

import prove400
from prove400.contract.difference import changes
from prove400.engine import published
from prove400.transport import Transport


def test_published_contract_is_the_committed_one(transport: Transport, contract: prove400.Contract) -> None:
    """What the target publishes has not drifted from what reviewers have seen."""
    drift = [str(change) for change in changes(contract.document.content, published(transport).document.content)]
    assert not drift, "\n".join(["run `prove400 export` and review the difference:", *drift])
