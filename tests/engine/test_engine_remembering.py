"""What is kept of replies is what would be said anew."""

from __future__ import annotations

import pytest

from prove400.oracle.remembering import KEPT, LATEST, SHORT, remembered


@pytest.mark.parametrize(("size", "kept"), [(SHORT, KEPT), (SHORT + 1, LATEST)], ids=["short", "long"])
def test_what_is_said_of_the_last_bodies_is_kept(size: int, kept: int) -> None:
    """Of short bodies many are kept, of long ones few; each is told apart by its bytes and by what else is asked."""
    asked: list[tuple[bytes, int]] = []

    @remembered
    def said(body: bytes, status: int) -> str:
        asked.append((body, status))
        return f"{body[:2].decode()} {status}"

    bodies = [str(index).rjust(size).encode() for index in range(kept)]
    assert [said(body, 400) for body in bodies * 2] == [f"{body[:2].decode()} 400" for body in bodies * 2]
    assert asked == [(body, 400) for body in bodies]
    assert said(bodies[0], 422) == f"{bodies[0][:2].decode()} 422"
    assert len(asked) == kept + 1
