"""Native thread pools, pinned to one thread each: workers share the cores, so teams of threads only fight."""

from __future__ import annotations

from collections.abc import MutableMapping

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What OpenMP and the BLAS libraries read, once, when numpy and scikit-learn are first imported."""


def pin(environment: MutableMapping[str, str]) -> None:
    """Ask for one thread in each pool, where the operator has not said otherwise."""
    for name in VARIABLES:
        environment.setdefault(name, "1")
