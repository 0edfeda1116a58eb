"""The part of docs/explanation/performance.md that says what settlement asks for."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.markdown import paragraph, table

Result = Mapping[str, Any]


def section(found: Result) -> Iterator[str]:
    """The section, line by line."""
    few, more = found["nights"]
    each = found["each_capture"]
    yield "## Settlement"
    yield ""
    yield from paragraph(
        f"Counted, not timed: a night of {few['captures']} and one of {more['captures']} captures of"
        f" {found['merchants']} merchants, settled by the real workers as the state machine's own definition calls"
        " them, over an AWS in one process (`benchmarks/settlement.py`). What the larger night asks for more is what"
        " each of its captures does; the rest belongs to shards and merchants, however few captures they have."
    )
    yield from table(
        [
            "worker",
            *(f"invocations, {night['captures']}" for night in found["nights"]),
            f"calls, {more['captures']} captures",
            "write units",
            "calls of each capture",
            "its write units",
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
        f"A night makes {few['transitions']} and {more['transitions']} state transitions, and its largest state has"
        f" {few['largest_state_bytes']} and {more['largest_state_bytes']} bytes: a shard or a slice is a number, and a"
        " worker goes through many pages in a call."
    )


def _calls(calls: Mapping[str, float]) -> str:
    return ", ".join(f"{count:,g} {name}" for name, count in calls.items() if count) or "none"
