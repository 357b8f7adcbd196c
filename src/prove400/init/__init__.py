"""A project gets its gate: settings, a contract, a baseline, and the files of its CI, tox, pre-commit and pytest."""

from __future__ import annotations

from prove400.init.applications import Application, applications
from prove400.init.pieces import ACTION, BASELINE, CONTRACT, PIECES, Piece, Setup, settings

__all__ = ["ACTION", "BASELINE", "CONTRACT", "PIECES", "Application", "Piece", "Setup", "applications", "settings"]
