"""What the gate shares: the target under test, its contract, and the judge of requests that nobody planned."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import prove400
from api.artefact import location
from fuzz import CONTRACT, TARGET
