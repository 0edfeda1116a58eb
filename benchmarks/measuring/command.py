"""The command line of a benchmark: `python -m benchmarks.start --rounds 2`."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.results import store

Measure = Callable[..., dict[str, Any]]


def command(name: str, measure: Measure, description: str | None, **numbers: int) -> None:
    """Run a benchmark with the options that were given. `numbers` are the options, with their defaults.

    Its result is stored if all of them have their defaults, and printed in any case.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, default in numbers.items():
        parser.add_argument(f"--{option}", type=int, default=default, help=f"number of {option} (default: {default:,})")
    wanted = vars(parser.parse_args())
    run(name, lambda: measure(**wanted), stored=wanted == numbers)


def run(name: str, measure: Measure, *, stored: bool = True) -> None:
    """Measure, store the result, and print it without its samples."""
    started = time.monotonic()
    sys.stderr.write(f"{name} …\n")
    found = measure()
    if stored:
        store(name, found)
    print(json.dumps({part: value for part, value in found.items() if part != "samples"}, indent=1))
    sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
