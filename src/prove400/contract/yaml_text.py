"""YAML texts → values, and the nodes that they are made of; importing this costs as much as planning a contract."""

from __future__ import annotations

from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """YAML's JSON schema, near enough: dates and times stay the texts that they are (YAML 1.2.2, section 10.2)."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def value_of(text: str | bytes) -> Any:
    """Give the value of a text; raises `ValueError` where it is not YAML."""
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 — a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def root_of(loader: Loader) -> Any:
    """Give the root of the nodes that a loader reads, None for an empty text; raises `ValueError`."""
    try:
        return loader.get_single_node()
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
