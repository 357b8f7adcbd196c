"""Coded faults of behaviour, planted without a look at the engine's mutation tables."""

from benchmarks.kill_score.defects.blind import VOICE_DEFECTS
from benchmarks.kill_score.defects.blind_homes import HOME_DEFECTS
from benchmarks.kill_score.defects.bodies import BODIES
from benchmarks.kill_score.defects.defect import Defect
from benchmarks.kill_score.defects.replies import REPLIES
from benchmarks.kill_score.defects.rows import ROWS
from benchmarks.kill_score.defects.texts import TEXTS

__all__ = ["BLIND_DEFECTS", "DEFECTS", "Defect"]

BLIND_DEFECTS: tuple[Defect, ...] = (*VOICE_DEFECTS, *HOME_DEFECTS)
DEFECTS: tuple[Defect, ...] = (*ROWS, *BODIES, *TEXTS, *REPLIES)
