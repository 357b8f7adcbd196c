"""What native libraries are told before they are imported: threads that they start do not survive a server's fork."""

from __future__ import annotations

from collections.abc import MutableMapping

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What OpenMP and the BLAS libraries read, once, when numpy and scikit-learn are first imported."""


TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""What onnxruntime reads when it is imported. Its thread for telemetry would not survive the fork of a server that
preloads, and hang or abort the workers at their end; and nothing here reports to anybody unasked."""


def pin(environment: MutableMapping[str, str]) -> None:
    """Ask for one thread in each pool, since workers share the cores, and for none of telemetry.

    What the operator has set stays.
    """
    for name in (*VARIABLES, TELEMETRY):
        environment.setdefault(name, "1")
