"""The section of docs/explanation/performance.md about settlement."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.markdown import paragraph, table

Result = Mapping[str, Any]


def section(found: Result) -> Iterator[str]:
    """Yield the lines of the section."""
    few, more = found["nights"]
    each = found["each_capture"]
    yield "## Settlement"
    yield ""
    yield from paragraph(
        f"Counted, not timed: a night of {few['captures']} and one of {more['captures']} captures of"
        f" {found['merchants']} merchants, settled by the workers as the state machine's definition calls them, with an"
        " in-process AWS (`benchmarks/settlement.py`). The difference between the two nights is the cost per capture."
        " The rest is the fixed cost of shards and merchants."
    )
    yield from table(
        [
            "worker",
            *(f"invocations, {night['captures']}" for night in found["nights"]),
            f"calls, {more['captures']} captures",
            "write units",
            "calls per capture",
            "write units per capture",
        ],
        [
            [
                f"`{name}`",
                *(str(night["workers"][name]["invocations"]) for night in found["nights"]),
                _calls(worker["calls"]),
                f"{worker['write_units']:,}",
                _calls(each[name]["calls"]),
                f"{each[name]['write_units']:g}",
            ]
            for name, worker in ((name, more["workers"][name]) for name in found["order"])
        ],
    )
    yield from paragraph(
        f"The nights make {few['transitions']} and {more['transitions']} state transitions, and their largest states"
        f" have {few['largest_state_bytes']} and {more['largest_state_bytes']} bytes: a shard or a slice is a"
        f" number, and a"
        " worker processes many pages in one call."
    )


def _calls(calls: Mapping[str, float]) -> str:
    return ", ".join(f"{count:,g} {name}" for name, count in calls.items() if count) or "none"
