"""What a warm authorization spends its time on, function by function: `make profile`.

    python -m benchmarks.top_costs [HOW_MANY] [stripe]

With `stripe`, a PaymentIntent that is created and confirmed.

DynamoDB answers at once (`stubbed_aws`). cProfile makes small functions look dearer than they are, twice or so: use
it to find costs, and `benchmarks.warm_authorize` to weigh them.
"""

import cProfile
import pstats
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks import stripe_translation

TIMES: Final = 2_000
TOP: Final = 30

Row = tuple[str, float, float, float]
"""Function, calls per request, own microseconds per request, microseconds with everything that it calls."""


def rows(times: int = TIMES, *, stripe: bool = False) -> list[Row]:
    """Every function, dearest own time first."""
    with stripe_translation.surfaces() as handlers:
        make = stripe_translation.intent_event if stripe else stripe_translation.native_event
        call = stripe_translation.each_time(handlers[stripe], make, "manual")
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
    """`package/module.py:line function`, without where it is installed."""
    if file == "~":
        return function
    return f"{'/'.join(Path(file).parts[-2:])}:{line} {function}"


def table(found: list[Row], top: int) -> str:
    """The dearest functions, by own time and then by time with what they call."""
    lines = [f"{'own µs':>8} {'all µs':>8} {'calls':>6}  function"]
    for ranked in (found[:top], sorted(found, key=lambda row: -row[3])[:top]):
        lines += [f"{own:8.1f} {whole:8.1f} {calls:6.1f}  {name}" for name, calls, own, whole in ranked]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    words = sys.argv[1:]
    stripe = "stripe" in words
    print(table(rows(stripe=stripe), next((int(word) for word in words if word.isdigit()), TOP)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
