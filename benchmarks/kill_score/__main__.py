"""Print the kill score: ``python -m benchmarks.kill_score [--contract NAME] [--no-peer] [--diamonds]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.kill_score import bench, diamonds
from benchmarks.kill_score.bench import Prover, Score
from benchmarks.kill_score.defects.defect import BLIND, NAMES, contract, correct

HEAD = (
    f"{'tester':13}{'contract':12}{'kind':10}{'killable':>9}{'found':>7}{'missed':>8}{'pinned':>8}{'alarms':>8}{'sent':>9}"
    f"{'s':>8}"
)
SEEN = {"ablation": bench.planted_ablations, "behaviour": bench.planted_defects}
UNSEEN = {"blind": bench.planted_blind}


def line(tester: str, score: Score) -> str:
    """Write one row of the table; only prove400 says where a fault is."""
    pinned = str(score.pinned) if tester == "prove400" else "-"
    counts = (
        f"{score.killable:9}{score.found:7}{len(score.missed):8}{pinned:>8}{len(score.false_alarms):8}{score.sent:9}"
        f"{score.seconds:8.1f}"
    )
    return f"{tester:13}{score.contract:12}{score.kind:10}{counts}"


def details(score: Score) -> Iterator[str]:
    """Write the names of what a score leaves open."""
    for title in ("missed", "unpinned", "unknown", "false_alarms"):
        yield from (f"    {title.replace('_', ' ')}: {name}" for name in getattr(score, title))
    if score.left_out:
        yield f"    {score.left_out} servers left out, no time"


def show(tester: str, score: Score, rows: list[dict[str, Any]]) -> None:
    """Print a score, and keep it."""
    rows.append({"tester": tester, **asdict(score)})
    print(line(tester, score), *details(score), sep="\n", flush=True)


def run_contract(name: str, peer_seconds: float, rows: list[dict[str, Any]]) -> None:
    """Score all servers of one contract, under the peer too where it is given time."""
    prover = Prover(name)
    kinds = UNSEEN if name in BLIND else SEEN
    scores = {}
    for kind, planted in kinds.items():
        scores[kind] = bench.score(name, kind, prover, planted(name))
        show("prove400", scores[kind], rows)
    if peer_seconds:
        from benchmarks.kill_score import peer  # noqa: PLC0415 — an optional dependency

        judge = peer.Peer(contract(name), correct(name))
        for kind, planted in kinds.items():
            killable = ((judge, server) for server in planted(name) if server.name not in scores[kind].unknown)
            show("schemathesis", peer.score(name, kind, killable, peer_seconds), rows)


def run_diamonds(peer_seconds: float, rows: list[dict[str, Any]]) -> None:
    """Score the defects of the reference API, under the peer too where it is given time."""
    with diamonds.served() as service:
        show("prove400", diamonds.score(service), rows)
        if peer_seconds:
            show("schemathesis", diamonds.peer_score(service, peer_seconds), rows)


def totals(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Write one row for each tester and kind over all contracts, with the names of all that is missed or not pinned."""
    fields = ("killable", "found", "pinned", "sent", "seconds", "left_out")
    for tester, kind in dict.fromkeys((row["tester"], row["kind"]) for row in rows):
        chosen = [row for row in rows if (row["tester"], row["kind"]) == (tester, kind)]
        sums = {name: sum(row[name] for row in chosen) for name in fields}
        names = {
            title: list(dict.fromkeys(f"{row['contract']} {name}" for row in chosen for name in row[title]))
            for title in ("missed", "unpinned", "false_alarms")
        }
        score = Score("all", kind, **sums, **names)
        yield line(tester, score)
        yield from details(score)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill_score", description="Print the kill score.")
    parser.add_argument("--contract", choices=(*NAMES, *BLIND), action="append", help="only this one; may be repeated")
    parser.add_argument("--no-peer", action="store_true", help="leave Schemathesis out")
    parser.add_argument("--peer-seconds", type=float, default=300, help="for each contract and kind of server")
    parser.add_argument("--diamonds", action="store_true", help="the defects of the reference API, too")
    parser.add_argument("--json", type=Path, help="write all counts and names here")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print(HEAD)
    for name in given.contract or (*NAMES, *BLIND):
        run_contract(name, 0 if given.no_peer else given.peer_seconds, rows)
    if given.diamonds:
        run_diamonds(0 if given.no_peer else given.peer_seconds, rows)
    print(HEAD, *totals(rows), sep="\n")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
