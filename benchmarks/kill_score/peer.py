"""The same servers under Schemathesis, in process: its examples, coverage and fuzzing phases with a fixed seed."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from benchmarks.kill_score.bench import Planted, Score

MOST_EXAMPLES = 50
SETTINGS: dict[str, Any] = {
    "seed": 1,
    "generation": {"max-examples": MOST_EXAMPLES},
    "phases": {
        "examples": {"enabled": True},
        "coverage": {"enabled": True},
        "fuzzing": {"enabled": True},
        "stateful": {"enabled": False},
    },
}
Failure = tuple[str, str, str]
"""Operation, check and the failure's title."""


class Peer:
    """Schemathesis over servers of one contract."""

    def __init__(self, document: dict[str, Any], correct: WSGIApplication) -> None:
        """Learn what it reports on the correct server."""
        self._document = document
        self.alarms = self.failures(correct)[0]

    def finds(self, server: WSGIApplication) -> bool:
        """Tell whether it reports on a server what it does not on the correct one; ask no further then."""
        return any(failure not in self.alarms for failure in self._reported(server))

    def _reported(self, server: WSGIApplication) -> Iterator[Failure]:
        config = SchemathesisConfig.from_dict(copy.deepcopy(SETTINGS))
        schema = schemathesis.openapi.from_dict(copy.deepcopy(self._document), config=config)
        schema.app = server
        for event in from_schema(schema).execute():
            yield from _failed(event)

    def failures(self, server: WSGIApplication) -> tuple[set[Failure], int]:
        """Give the failures that it reports on a server, and how many requests it sent."""
        sent = 0

        def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            nonlocal sent
            sent += 1
            return server(environ, start_response)

        failures = set(self._reported(counted))
        return failures, sent


def _failed(event: Any) -> Iterator[Failure]:
    if isinstance(event, events.NonFatalError):
        yield event.label, "error", event.info.title
    if isinstance(event, events.FatalError):
        raise event.exception
    if not isinstance(event, events.ScenarioFinished):
        return
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                yield event.recorder.label, check.name, check.failure_info.failure.title


def score(name: str, kind: str, servers: Iterable[tuple[Peer, Planted]], seconds: float) -> Score:
    """Run every server until the time is up, and count; `servers` come with the peer that knows the correct one."""
    total = Score(name, kind)
    began = time.perf_counter()
    for peer, planted in servers:
        if time.perf_counter() - began > seconds:
            total.left_out += 1
            continue
        total.false_alarms = sorted({*total.false_alarms, *(" ".join(failure) for failure in peer.alarms)})
        failures, sent = peer.failures(planted.server())
        total.sent += sent
        total.killable += 1
        total.found += bool(failures - peer.alarms)
        if failures <= peer.alarms:
            total.missed.append(planted.name)
    total.seconds = round(time.perf_counter() - began, 1)
    return total
