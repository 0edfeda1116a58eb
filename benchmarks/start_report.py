"""The section of docs/explanation/performance.md about a sandbox of the wheel, with its targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.figure import Figure
from benchmarks.first_requests import REQUESTS
from benchmarks.idle import MEASURED_S, SETTLED_S
from benchmarks.markdown import paragraph, table

Result = Mapping[str, Any]

FIRST: Final = "First start after the installation"
FRESH: Final = "`up --fresh`"
AGAIN: Final = "`up` after `down`"
FIRST_PAYMENT: Final = "`up` after `down`, until a payment is authorized"
ADVANCE: Final = "`clock advance 8d`"
RESET: Final = "`clock reset`"
EDIT: Final = "Edited handler live, `up --watch`"
WARM: Final = "Authorization, p50 over one connection"
FIRST_OF_ROUTE: Final = "First request of a common route, the slowest one"
UNANSWERED: Final = "First requests without a 200"
IDLE_CPU: Final = "CPU while idle"
IDLE_MEMORY: Final = "Memory while idle (PSS)"
PROCESSES_LEFT: Final = "Processes after `down`"
FILES_LEFT: Final = "Temporary files after `down`"


@dataclass(frozen=True, slots=True)
class Target:
    """The largest value that is good enough, and the number of digits to show."""

    value: float
    unit: str = ""
    digits: int = 0


TARGETS: Final[Mapping[str, Target]] = {
    FIRST: Target(12, "s", 1),
    FRESH: Target(4, "s", 1),
    FIRST_PAYMENT: Target(3, "s", 1),
    EDIT: Target(2, "s", 1),
    ADVANCE: Target(1, "s", 1),
    RESET: Target(1, "s", 1),
    WARM: Target(4, "ms", 1),
    FIRST_OF_ROUTE: Target(100, "ms"),
    UNANSWERED: Target(0),
    IDLE_CPU: Target(1, "% of a core", 1),
    IDLE_MEMORY: Target(400, "MB"),
    PROCESSES_LEFT: Target(0),
    FILES_LEFT: Target(0),
}

# What is compared with the earlier commit.
STARTS: Final[tuple[str, ...]] = (FIRST, FRESH, AGAIN)


def unanswered(first: Sequence[Result]) -> int:
    """Return how many of the first requests were not answered with a 200, or not at all before the load ended."""
    return sum(REQUESTS - row["requests"] + row["not_200"] for row in first)


def figures(found: Result) -> Iterator[Figure]:
    """Yield the figures that have a target."""
    for name, target in TARGETS.items():
        measured = found["figures"][name]
        yield Figure(
            name,
            measured["median"],
            target.value,
            target.unit,
            digits=target.digits,
            least=measured["least"],
            most=measured["most"],
            may_equal_budget=True,
        )


def section(found: Result) -> Iterator[str]:
    """Yield the lines of the section."""
    traffic, disk = found["traffic"], found["traffic"]["disk_mb"]
    yield "## The installed program"
    yield ""
    yield from paragraph(
        "The wheel, installed by uv into an empty home, with no checkout and no Node.js on the PATH"
        f" (`benchmarks/start.py`). Rounds: {found['rounds']}, each with another empty home. The packages"
        f" were downloaded before; `uv tool install` then took {found['installed_s']['median']:.1f} s. Times are those"
        " of whole commands, but for the last step of the third one: it connects the donations to the payments."
        f" Load {found['machine']['load']}."
    )
    yield from table(["", "measured", "min – max", "target", ""], [figure.row() for figure in figures(found)])
    yield from paragraph(
        f"`up --fresh` restores the image that the first start saved. All later rows were measured on restored images:"
        f" the {REQUESTS:,} first requests over each number of connections once, everything else in each round. The"
        " edit is timed from the moment at which the file is saved until a request shows it: the code of `up --watch`"
        " watches a copy of the sources. Idle values are those of all processes of the sandbox, of"
        f" {MEASURED_S} s that begin {SETTLED_S} s after the last request."
    )
    yield from _compared(found["compared"])
    yield from _routes(found["routes"])
    yield from first_requests(traffic["first"])
    yield from footprint(traffic["footprint"])
    yield from paragraph(
        f"Disk after this traffic and `down`: {disk['home']:,} MB of state, {disk['cache']:,} MB in the cache for what"
        " the first start made (the engine's packages, layers, an image),"
        f" {disk['installation']:,} MB for the installation."
    )


def first_requests(rows: Sequence[Result]) -> Iterator[str]:
    """Yield the table of the first requests after a start, by connections (first_requests.py)."""
    yield "A sandbox right after its start. *p99 later* excludes the first second, in which functions start:"
    yield ""
    yield "| first requests | connections | requests/s | p50 ms | p99 ms | p99 later ms | not 200 |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        tail = " | ".join(f"{row[share]:,.1f}" for share in ("p50", "p99", "p99_later"))
        yield f"| {row['requests']:,} | {row['connections']} | {row['per_s']:,.0f} | {tail} | {row['not_200']} |"
    yield ""


def footprint(rows: Sequence[Result]) -> Iterator[str]:
    """Yield the table of the memory and disk after traffic (first_requests.py)."""
    yield "Memory (proportional set size) and disk after `paysandbox verify`, which calls all routes:"
    yield ""
    yield "| seconds after | processes | memory MB | disk MB |"
    yield "|---:|---:|---:|---:|"
    for row in rows:
        yield f"| {row['after_s']} | {row['processes']} | {row['memory_mb']:,} | {row['disk_mb']:,} |"
    yield ""


def _compared(found: Result) -> Iterator[str]:
    yield from paragraph(
        f"Compared with `up` in a checkout of commit `{found['before']}`, in turns, rounds: {found['rounds']}. There,"
        " all packages were installed before; here, the first start installs those of the engine:"
    )
    rows = [(kind, found["starts"][kind]) for kind in STARTS]
    yield from table(
        ["", "s before", "s now", "ratio", "min – max"],
        [
            [
                kind,
                f"{row['before']['median']:,.1f}",
                f"{row['after']['median']:,.1f}",
                f"{row['ratio']['median']:.2f}",
                f"{row['ratio']['least']:.2f} – {row['ratio']['most']:.2f}",
            ]
            for kind, row in rows
        ],
    )


def _routes(found: Mapping[str, Result]) -> Iterator[str]:
    yield from paragraph(
        "The first request of each common route, one after the other, right after an `up` that restored an image,"
        f" and the median of later ones (`benchmarks/common_routes.py`). Up to {TARGETS[FIRST_OF_ROUTE].value:g} ms"
        " counts as warm: a worker that imports its packages first takes 360 ms or more."
    )
    yield from table(
        ["", "first ms", "min – max", "later ms"],
        [
            [
                f"`{route}`",
                f"{times['first_ms']['median']:,.0f}",
                f"{times['first_ms']['least']:,.0f} – {times['first_ms']['most']:,.0f}",
                f"{times['later_ms']['median']:,.0f}",
            ]
            for route, times in sorted(found.items(), key=lambda row: -row[1]["first_ms"]["median"])
        ],
    )
