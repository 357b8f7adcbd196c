"""Prove servers that nobody here wrote.

usage: python -m interop [NAME…] [--check | --accept | --page]

Each server is installed into an environment of its own (below INTEROP_VENVS, else `.interop/`), started, proven and
stopped. Its row goes to `interop/results/NAME.json`, and docs/servers.md is written from all rows.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys

from interop.catalogue import BY_NAME
from interop.expectations import EXPECTED, differences, expectation, summary
from interop.page import PAGE, RESULTS, page, results
from interop.proving import row


def main() -> int:
    """Prove what is named, all where nothing is; 1 where `--check` sees other findings than were expected."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*BY_NAME, []], metavar="NAME", help=", ".join(BY_NAME))
    parser.add_argument("--check", action="store_true", help="compare with interop/expected, and write nothing")
    parser.add_argument("--accept", action="store_true", help="write interop/expected anew, once it has been looked at")
    parser.add_argument("--page", action="store_true", help="only write docs/servers.md from the rows that there are")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was started is ended
    unlike = []
    wanted = () if options.page else options.names or BY_NAME
    for name in wanted:
        if BY_NAME[name].absent:
            continue
        found = row(BY_NAME[name])
        if options.check:
            unlike += [f"{name}: {text}" for text in differences(name, found)]
            continue
        (RESULTS / f"{name}.json").write_text(_json(summary(found)), "utf-8")
        if options.accept:
            (EXPECTED / f"{name}.json").write_text(_json(expectation(found)), "utf-8")
    if not options.check:
        PAGE.write_text(page(results()), "utf-8")
    print(*unlike, sep="\n", end="\n" if unlike else "", file=sys.stderr)
    return 1 if unlike else 0


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
