"""How long searches take, where they begin, and where examples are kept: Hypothesis's settings, by profile.

`PROVE400_PROFILE` chooses `dev`, `ci` or `nightly` (else `ci` where CI is set, and `dev`); `PROVE400_SEED` is where
every search begins: 400 in `ci`, else new each time, and printed. Examples are kept in `.hypothesis/examples`, or for a
team in the Redis, or the folder, that `PROVE400_EXAMPLES` names. `PROVE400_SHRINK=off` stops at the first failure.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

EXAMPLES = {"dev": 30, "ci": 150, "nightly": 3_000}
"""Requests, or sequences of them, that each property is asked with."""
STEPS = {"dev": 20, "ci": 30, "nightly": 50}
"""Requests in a sequence."""
CI_SEED = 400


def profile(environment: Mapping[str, str]) -> str:
    """Give the profile; raises ValueError for one that there is not."""
    chosen = environment.get("PROVE400_PROFILE") or ("ci" if environment.get("CI") else "dev")
    if chosen not in EXAMPLES:
        raise ValueError(f"PROVE400_PROFILE is {chosen!r}, not one of: {', '.join(EXAMPLES)}")
    return chosen


def first_seed(environment: Mapping[str, str]) -> int:
    """Give what searches begin with; raises ValueError where it is no integer."""
    if given_seed := environment.get("PROVE400_SEED"):
        return int(given_seed)
    return CI_SEED if profile(environment) == "ci" else secrets.randbelow(2**32)


def examples(environment: Mapping[str, str]) -> ExampleDatabase:
    """Give where examples that failed are kept; raises ValueError for an address that is no Redis's."""
    address = environment.get("PROVE400_EXAMPLES") or str(Path(".hypothesis") / "examples")
    if "://" not in address:
        return DirectoryBasedExampleDatabase(address)
    from hypothesis.extra.redis import RedisExampleDatabase  # noqa: PLC0415 - a team's choice, with the extra `redis`
    from redis import Redis  # noqa: PLC0415

    return RedisExampleDatabase(Redis.from_url(address))


PROFILE = profile(os.environ)
SEED = first_seed(os.environ)
DATABASE = examples(os.environ)
PHASES = (Phase.reuse, Phase.generate) if os.environ.get("PROVE400_SHRINK") == "off" else tuple(Phase)
SETTINGS = settings(
    max_examples=EXAMPLES[PROFILE],
    stateful_step_count=STEPS[PROFILE],
    database=DATABASE,
    deadline=None,
    print_blob=True,
    phases=PHASES,
    report_multiple_bugs=tuple(Phase) == PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def searched(*strategies: Any, **named: Any) -> Callable[[Any], Any]:
    """Ask a property with what the strategies give, from the printed seed; what failed before is asked first."""

    def decorate(test: Any) -> Any:
        return SETTINGS(seed(SEED)(given(*strategies, **named)(test)))  # type: ignore[no-untyped-call]

    return decorate
