"""The imports before a route's first request, compared with the version in which each route had its own function.

    make bench ARGS=shared_functions

CPU time of a whole process. A function that several routes share loads its dispatcher, and for its first request only
the requested route.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from api_reference.routes import ROUTES
from benchmarks.before_and_after import case, checkout
from benchmarks.cold_import import shipped_folders
from benchmarks.markdown import ratio_cells
from benchmarks.rounds import alternate, machine, ratios, spread
from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import ROUTES as V1_ROUTES

BEFORE: Final = "536b319"
"""The last commit in which each route had its own function."""

TARGET: Final = 1.05

_TOOK: Final = "import time; print(time.process_time() * 1e3)"


def measure(rounds: int = 7) -> dict[str, Any]:
    """Return milliseconds and ratios by route: those that share a function now, and had one of their own then."""
    with checkout(BEFORE) as earlier:
        # Some groups have been renamed since.
        modules = {file.stem: f"{file.parent.name}.{file.stem}" for file in (earlier / "lambdas").glob("*/*.py")}
        shared = [r for r in (*ROUTES, *V1_ROUTES) if r.function is not None and r.name in modules]
        packages = shipped_folders()[0]
        before = [packages, *(str(earlier / folder) for folder in ("layers/shared/python", "lambdas"))]
        after = shipped_folders()
        cases: dict[str, Callable[[], float]] = {}
        for route in shared:
            loads = f"import {modules[route.name]}; {_TOOK}"
            cases[f"before: {route.name}"] = case(loads, earlier, before, alone=True)
            cases[f"after: {route.name}"] = case(_loads(route), earlier, after, alone=True)
        for one in cases.values():
            one()  # the first run writes the byte code
        samples = alternate(cases, rounds)
    return {
        "machine": machine(),
        "unit": "milliseconds of CPU time",
        "rounds": rounds,
        "before": BEFORE,
        "target": TARGET,
        "routes": {
            route.name: {
                "function": route.function_name,
                "before": spread(samples[f"before: {route.name}"]),
                "after": spread(samples[f"after: {route.name}"]),
                "ratio": spread(ratios(samples, f"after: {route.name}", f"before: {route.name}")),
            }
            for route in shared
        },
    }


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Return the section of docs/explanation/performance.md."""
    yield "## A cold start of a shared function"
    yield ""
    yield "CPU time of the imports before the first request of a route, compared with commit"
    yield f"`{found['before']}`, in which each route had its own function: {found['rounds']} rounds in turns."
    yield f"Target: at most {found['target']:.2f} (`benchmarks/shared_functions.py`). A shared function loads two more"
    yield "modules, its own and the dispatcher (a test counts them). Routes that have moved to another function since"
    yield f"this was measured are left out. Load {found['machine']['load']}."
    yield ""
    yield "| route | function | ms before | ms now | ratio | min – max |"
    yield "|---|---|---:|---:|---:|---:|"
    for name, row in still_shared(found["routes"]).items():
        yield f"| {name} | {row['function']} | {ratio_cells(row)}"
    yield ""


def still_shared(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return the measured routes that are still in the function in which they were measured."""
    function_of = {route.name: route.function for route in (*ROUTES, *V1_ROUTES)}
    return {name: row for name, row in measured.items() if function_of.get(name) == row["function"]}


def _loads(route: Route) -> str:
    """Return a program with the imports at the function's start and those of the dispatcher at the first request."""
    return f"import {route.group}.{route.function_name}, {route.module}; {_TOOK}"
