"""`make bench`: measure, store the results and write the report.

    python -m benchmarks [BENCHMARK ...] [--report]

Without a name, all benchmarks run. With --report, nothing is measured: docs/explanation/performance.md is rewritten
from the stored results.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks import report


def _warm() -> dict[str, Any]:
    from benchmarks import warm_authorize

    return warm_authorize.measure()


def _stripe() -> dict[str, Any]:
    from benchmarks import stripe_translation

    return stripe_translation.measure()


def _cold() -> dict[str, Any]:
    from benchmarks import cold_import

    return cold_import.measure()


def _before_and_after() -> dict[str, Any]:
    from benchmarks import before_and_after

    return before_and_after.measure()


def _shared_functions() -> dict[str, Any]:
    from benchmarks import shared_functions

    return shared_functions.measure()


def _units() -> dict[str, Any]:
    from benchmarks import units_of_operations

    return units_of_operations.measure()


def _deployed() -> dict[str, Any]:
    from benchmarks import deployed

    return deployed.measure()


def _earlier_sandbox() -> dict[str, Any]:
    from benchmarks import earlier_sandbox

    return earlier_sandbox.measure()


def _modelled() -> dict[str, Any]:
    from benchmarks import modelled

    return modelled.measure(report.result("warm_authorize"), report.result("units_of_operations"))


def _latency_by_traffic() -> dict[str, Any]:
    from benchmarks import latency_by_traffic

    cold, warm = report.result("cold_import"), report.result("warm_authorize")
    return latency_by_traffic.measure(
        cold["own"]["cases"]["authorize_payment, with its client"]["value"]["median"],
        warm["cases"]["ours"]["value"]["median"] / 1_000,
    )


def _payment_cost() -> dict[str, Any]:
    from benchmarks import payment_cost

    return payment_cost.measure(
        {name: report.result(name) for name in ("units_of_operations", "modelled", "webhooks", "settlement")}
    )


def _webhooks() -> dict[str, Any]:
    from benchmarks import webhooks

    return webhooks.measure()


def _noisy_neighbors() -> dict[str, Any]:
    from benchmarks import noisy_neighbors

    return noisy_neighbors.measure()


def _settlement() -> dict[str, Any]:
    from benchmarks import settlement

    return settlement.measure()


def _kills() -> dict[str, Any]:
    from benchmarks import kills

    return kills.measure()


def _memory() -> dict[str, Any]:
    from benchmarks import memory

    return memory.measure()


def _due_timers() -> dict[str, Any]:
    from benchmarks import due_timers

    return due_timers.measure()


def _dashboard() -> dict[str, Any]:
    from benchmarks import dashboard

    return dashboard.measure()


def _start() -> dict[str, Any]:
    from benchmarks import start

    return start.measure()


def _command_start() -> dict[str, Any]:
    from benchmarks import command_start

    return command_start.measure()


def _donations() -> dict[str, Any]:
    from benchmarks import donations

    return donations.measure()


BENCHMARKS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "warm_authorize": _warm,
    "stripe_translation": _stripe,
    "cold_import": _cold,
    "before_and_after": _before_and_after,
    "shared_functions": _shared_functions,
    "units_of_operations": _units,
    "deployed": _deployed,
    "earlier_sandbox": _earlier_sandbox,
    "webhooks": _webhooks,
    "noisy_neighbors": _noisy_neighbors,
    "settlement": _settlement,
    "donations": _donations,
    "kills": _kills,
    "memory": _memory,
    "due_timers": _due_timers,
    "dashboard": _dashboard,
    "command_start": _command_start,
    "start": _start,
    # Last, because they use the results of others.
    "modelled": _modelled,
    "latency_by_traffic": _latency_by_traffic,
    "payment_cost": _payment_cost,
}


def main() -> int:
    """Run the selected benchmarks in order and write their results and the report."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run benchmarks and write docs/explanation/performance.md."
    )
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=", ".join(BENCHMARKS))
    parser.add_argument("--report", action="store_true", help="only rewrite the report from the stored results")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    selected = arguments.names or ([] if arguments.report else list(BENCHMARKS))
    for name in (name for name in BENCHMARKS if name in selected):
        started = time.monotonic()
        sys.stderr.write(f"{name} …\n")
        found = BENCHMARKS[name]()
        report.RESULTS.mkdir(exist_ok=True)
        (report.RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
    for path, text in report.documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    print(report.DOCUMENT.read_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
