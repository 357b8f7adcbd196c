"""Whether answers that the contract admits are those of a sound model: checks on the valid side, in one table."""

from prove400.sanity.answers import Answer, Reader, Word, identity
from prove400.sanity.checks import CHECKS, Check, differing
from prove400.sanity.limits import SLUGS, Limits
from prove400.sanity.outputs import Outputs, outputs_of
from prove400.sanity.readiness import PAUSE, Sighting, judged_start, readiness_of, watched

__all__ = [
    "CHECKS",
    "PAUSE",
    "SLUGS",
    "Answer",
    "Check",
    "Limits",
    "Outputs",
    "Reader",
    "Sighting",
    "Word",
    "differing",
    "identity",
    "judged_start",
    "outputs_of",
    "readiness_of",
    "watched",
]
