"""Which services may be proven at once: those that share a host with a budget wait for one another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from prove400.fleet.reading import Service

RATE = "rate"
"""The setting that is a target's budget, in requests a second."""


def lanes(services: Iterable[Service]) -> list[deque[Service]]:
    """Give the services in lanes, the longest first; those of one lane are proven one after the other.

    Where any service of a host has a budget, the least one of the host holds for all of it, and the host is one lane:
    the budget is then kept by whoever is under way, with nothing to be agreed between processes.
    """
    hosts: dict[str, list[Service]] = {}
    for service in services:
        hosts.setdefault(host(service), []).append(service)
    found: list[deque[Service]] = []
    for name, there in hosts.items():
        budget = min((rate for rate in map(rate_of, there) if rate), default=0.0)
        if name and budget:
            found.append(deque(replace(each, settings={**each.settings, RATE: budget}) for each in there))
        else:
            found.extend(deque([each]) for each in there)
    return sorted(found, key=len, reverse=True)


def host(service: Service) -> str:
    """Give the host of a URL, without its port; nothing for an application in process."""
    return (urlsplit(service.target).hostname or "") if "://" in service.target else ""


def rate_of(service: Service) -> float:
    """Give the requests a second that a service's entry allows; 0 where it sets no budget."""
    return float(service.settings.get(RATE, 0.0))
