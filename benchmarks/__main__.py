"""`make bench`: measure, and store the last result of each benchmark in benchmarks/results.

    python -m benchmarks [BENCHMARK ...]
    python -m benchmarks before_and_after REV
    python -m benchmarks budget [REV]
    python -m benchmarks stalls

Without a name, those run that need no sandbox and no browser: some minutes. Each prints how long it took.
`before_and_after` and `budget` compare this checkout with an earlier commit, and store nothing. `stalls` stores the
result of its long run only. The options of a benchmark are in `python -m benchmarks.dashboard --help`.
"""

import argparse
import sys
from importlib import import_module
from typing import Final

from benchmarks import before_and_after, budget, stalls
from benchmarks.measuring.command import run

BENCHMARKS: Final = (
    "warm_authorize", "cold_import", "cost", "deployed", "peers", "webhooks", "noisy_neighbors", "fairness", "start",
    "memory", "kills", "dashboard", "dynamodb_operations", "growth", "findable", "renewals",
)  # fmt: skip
"""Each is a module with a function `measure`. `cost` uses the result of `warm_authorize`."""

WITH_OPTIONS: Final = {"before_and_after": before_and_after.main, "budget": budget.main, "stalls": stalls.main}
"""Each is given all words after its name: the commit to compare with, and options of its own."""

QUICK: Final = ("warm_authorize", "cold_import", "cost", "dynamodb_operations")


def main() -> int:
    """Run the selected benchmarks in order, store their results and print them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="BENCHMARK", help=", ".join((*BENCHMARKS, *map("{} …".format, WITH_OPTIONS)))
    )
    if sys.argv[1:] and (program := WITH_OPTIONS.get(sys.argv[1])) is not None:
        return program(sys.argv[2:])
    names: list[str] = parser.parse_args().names
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    for name in (name for name in BENCHMARKS if name in (names or QUICK)):
        run(name, import_module(f"benchmarks.{name}").measure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
