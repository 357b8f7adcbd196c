"""Many services at once: a file that lists them → a run of each, its pages, and one overview of all.

Each service is proven in a process of its own, so that whatever ends one of them leaves the others alone; what it shows
is written there, and only a row of the overview comes back.
"""

from __future__ import annotations

from prove400.fleet.document import schema
from prove400.fleet.lanes import host, lanes, rate_of
from prove400.fleet.reading import Fleet, Service, read_fleet
from prove400.fleet.rows import Row, Word, headline, word_of
from prove400.fleet.running import Running, prepare, write_overview

__all__ = [
    "Fleet",
    "Row",
    "Running",
    "Service",
    "Word",
    "headline",
    "host",
    "lanes",
    "prepare",
    "rate_of",
    "read_fleet",
    "schema",
    "word_of",
    "write_overview",
]
