"""The time of a warm authorization by function: `make profile`.

    python -m benchmarks.top_costs [HOW_MANY]

DynamoDB responds at once (`stubbed_aws`). cProfile about doubles the apparent cost of small functions: use it to find
costs, and `benchmarks.warm_authorize` to measure them.
"""

import cProfile
import pstats
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks import stubbed_aws
from benchmarks.warm_authorize import each_time

TIMES: Final = 2_000
TOP: Final = 30

Row = tuple[str, float, float, float]
"""Function, calls per request, own microseconds per request, and microseconds including the functions it calls."""


def rows(times: int = TIMES) -> list[Row]:
    """Return every function, by own time in descending order."""
    with stubbed_aws.function() as handler:
        call = each_time(handler)
        call()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(times):
            call()
        profile.disable()
    stats: Any = pstats.Stats(profile)
    found = [
        (_name(*where), calls / times, own / times * 1e6, whole / times * 1e6)
        for where, (_, calls, own, whole, _) in stats.stats.items()
    ]
    return sorted(found, key=lambda row: -row[2])


def _name(file: str, line: int, function: str) -> str:
    """Return `package/module.py:line function`, without the installation path."""
    if file == "~":
        return function
    return f"{'/'.join(Path(file).parts[-2:])}:{line} {function}"


def table(found: list[Row], top: int) -> str:
    """Return the most expensive functions, by own time and by cumulative time."""
    lines = [f"{'own µs':>8} {'all µs':>8} {'calls':>6}  function"]
    for ranked in (found[:top], sorted(found, key=lambda row: -row[3])[:top]):
        lines += [f"{own:8.1f} {whole:8.1f} {calls:6.1f}  {name}" for name, calls, own, whole in ranked]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Print both tables."""
    print(table(rows(), int(sys.argv[1]) if sys.argv[1:] else TOP))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
