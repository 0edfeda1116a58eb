"""The section of docs/explanation/performance.md about the dashboard, with its budgets."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.figure import Figure
from benchmarks.markdown import paragraph, table
from benchmarks.page_timing import MIN_INTERACTION_MS
from paysandbox.metrics.usage_cost import DashboardTab
from tests.support.dashboard_build import CHUNK_BUDGET, INITIAL_BUDGET

PAINTED_BUDGET_MS: Final = 1_000
MOUNTED_BUDGET: Final = 100
TASK_BUDGET_MS: Final = 50
INTERACTION_BUDGET_MS: Final = 100
HEAP_BUDGET_MIB: Final = 10
SHIFT_BUDGET: Final = 0.1
TAB_BUDGET_USD: Final = 2

_MIB: Final = 1 << 20
_KB: Final = 1_000

Result = Mapping[str, Any]


def figures(found: Result) -> Iterator[Figure]:
    """Yield the figures that have a budget."""
    rows, shifts, javascript = found["list"], found["layout_shift"], found["javascript"]
    worst = max(shifts, key=lambda page: shifts[page])
    yield Figure("Response to painted row, p95", found["painted"]["p95_ms"], PAINTED_BUDGET_MS, "ms")
    yield _median("Mounted rows", rows["mounted"], MOUNTED_BUDGET, "rows", may_equal_budget=True)
    for name, spread in rows["task_ms"].items():
        yield _median(f"Longest task, {name}", spread, TASK_BUDGET_MS, "ms")
    for name, spread in rows["interaction_ms"].items():
        yield _median(f"Interaction to next paint, {name}", spread, INTERACTION_BUDGET_MS, "ms")
    heap_mib = {part: size / _MIB for part, size in rows["heap_kept_bytes"].items()}
    yield _median("Heap kept after leaving", heap_mib, HEAP_BUDGET_MIB, "MiB", digits=1)
    yield Figure(f"Largest layout shift ({worst})", shifts[worst], SHIFT_BUDGET, "", digits=3)
    for name, size, budget in (
        ("Initial JavaScript, compressed", javascript["initial_bytes"], INITIAL_BUDGET),
        ("Largest chunk, compressed", javascript["largest_chunk_bytes"], CHUNK_BUDGET),
    ):
        yield Figure(name, size / _KB, budget / _KB, "kB", digits=1, may_equal_budget=True)
    yield Figure("A month of one tab on AWS, modeled", found["tab_usd_per_month"], TAB_BUDGET_USD, "USD", digits=2)


def section(found: Result) -> Iterator[str]:
    """Yield the lines of the section."""
    painted, rows, tab = found["painted"], found["list"], DashboardTab()
    cpu_ms = ", ".join(f"{name} {spread['median']:.0f} ms" for name, spread in rows["task_cpu_ms"].items())
    yield "## The dashboard"
    yield ""
    yield from paragraph(
        f"In Chromium, with a new local sandbox on the same cores (`benchmarks/dashboard.py`): {painted['payments']}"
        " payments, from the arrival of the response to the frame that shows the row (p50"
        f" {painted['p50_ms']:,.0f} ms), and a list of {rows['entries']:,} entries, which is opened, used and left in"
        f" each of {found['rounds']} rounds. Load {found['machine']['load']}."
    )
    yield from table(["", "measured", "min – max", "budget", ""], [figure.row() for figure in figures(found)])
    yield from paragraph(
        "Tasks are those of the page's main thread, in wall time; the longest ones used less of a core's time:"
        f" {cpu_ms}. Browsers report no interaction below {MIN_INTERACTION_MS} ms. The heap is compared with that of"
        " the same page before the entries came, and includes the entries, which the page keeps. Every page was"
        f" opened in two window widths. The cost is that of `paysandbox metrics`: a tab open {tab.hours_per_day} h on"
        f" {tab.days} days, active {tab.active_percent}% of the time."
    )


def _median(name: str, spread: Mapping[str, float], budget: float, unit: str, **more: Any) -> Figure:
    return Figure(name, spread["median"], budget, unit, least=spread["least"], most=spread["most"], **more)
