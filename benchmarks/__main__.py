"""`make bench`: measure, and store the last result of each benchmark in benchmarks/results.

    python -m benchmarks [BENCHMARK ...]
    python -m benchmarks before_and_after REV

Without a name, those run that need no sandbox and no browser: some minutes. Each prints how long it took.
`before_and_after` compares this checkout with any commit that has it, and stores nothing.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from typing import Final

from benchmarks.results import store

BENCHMARKS: Final = (
    "warm_authorize", "cold_import", "cost", "deployed", "webhooks", "noisy_neighbors", "start", "memory", "kills",
    "dashboard", "checkout",
)  # fmt: skip
"""Each is a module with a function `measure`. `cost` uses the result of `warm_authorize`."""

QUICK: Final = ("warm_authorize", "cold_import", "cost")


def main() -> int:
    """Run the selected benchmarks in order, store their results and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure and store the results.")
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=", ".join((*BENCHMARKS, "before_and_after REV")))
    names: list[str] = parser.parse_args().names
    if names[:1] == ["before_and_after"]:
        from benchmarks import before_and_after

        if len(names) != 2:
            parser.error("before_and_after takes a commit: python -m benchmarks before_and_after HEAD~1")
        print(json.dumps(before_and_after.measure(names[1])["cases"], indent=1))
        return 0
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    for name in (name for name in BENCHMARKS if name in (names or QUICK)):
        started = time.monotonic()
        sys.stderr.write(f"{name} …\n")
        found = import_module(f"benchmarks.{name}").measure()
        store(name, found)
        print(json.dumps({part: value for part, value in found.items() if part != "samples"}, indent=1))
        sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
