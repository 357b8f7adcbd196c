"""Plans every real OpenAPI document of the corpus: no untyped exception, bounded time and memory, typed refusals.

usage: python -m benchmarks.openapi_corpus [--json PATH] [NAME …]

Prints one line for each document that is slow, refused or broken, then the totals. Exits with 1 where planning raised
anything but our own exceptions.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import prove400
from benchmarks.schema_suite import CORPORA

SLOW = 5.0  # seconds of CPU time from which a document is listed: planning waits for nothing


@dataclass(slots=True)
class Planned:
    """What planning one document gave."""

    name: str
    cases: int = 0
    isolated: int = 0  # constraints with an isolated case
    ruled_out: int = 0  # constraints that are proven not to be isolable
    undecided: int = 0  # constraints of which neither is known
    without_witness: int = 0
    seconds: float = 0.0
    refusal: str = ""
    exception: str = ""


def plan(path: Path) -> Planned:
    """Plan one document to its end."""
    found = Planned(path.stem)
    began = time.process_time()
    try:
        isolated = set()
        for item in prove400.plan(str(path)):
            if isinstance(item, prove400.Case):
                found.cases += 1
                if item.isolated:
                    isolated.add(item.obligation.constraint)
                    found.isolated = len(isolated)
            elif item.constraint.keyword == "witness":
                found.without_witness += 1
            elif item.proven:
                found.ruled_out += 1
            else:
                found.undecided += 1
    except prove400.Prove400Error as error:
        found.refusal = str(error).replace("\n", " ")
    except Exception as error:  # noqa: BLE001 — this is what the benchmark looks for
        found.exception = f"{type(error).__name__}: {error}"
    found.seconds = time.process_time() - began
    return found


def told(found: Planned) -> str:
    """Give the line of a document that is worth one."""
    if found.exception:
        return f"BROKEN   {found.name}: {found.exception[:160]}"
    if found.refusal:
        return f"refused  {found.name}: {found.refusal[:160]}"
    return f"slow     {found.name}: {found.seconds:.1f} s, {found.cases:,} cases" if found.seconds > SLOW else ""


def main() -> int:
    """Plan them all, print what is worth a line, and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only documents whose name has this in it")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures")
    options = parser.parse_args()
    files = sorted((CORPORA / "openapi").iterdir())
    every = []
    for path in files:
        if not options.names or any(name in path.name for name in options.names):
            every.append(plan(path))
            if line := told(every[-1]):
                print(line, flush=True)
    tally = Counter({"documents": len(every)})
    for found in every:
        tally["refused"] += bool(found.refusal)
        tally["broken"] += bool(found.exception)
        tally["cases"] += found.cases
        tally["constraints isolated"] += found.isolated
        tally["constraints proven not isolable"] += found.ruled_out
        tally["constraints undecided"] += found.undecided
        tally["operations without a witness"] += found.without_witness
    print(", ".join(f"{count:,} {name}" for name, count in tally.items()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    slowest = max(every, key=lambda found: found.seconds)
    print(f"slowest {slowest.seconds:.1f} s of CPU time ({slowest.name}), peak memory {memory} MB")
    if options.json:
        options.json.write_text(json.dumps([asdict(found) for found in every], indent=2) + "\n")
    return 1 if tally["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
