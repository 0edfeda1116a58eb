"""Figures over the lines that requests log: how many, how fast, how they ended. Pure; the reading is elsewhere.

A percentile is by nearest rank: the smallest value that at least that share of all values does not exceed. It is always
a value that occurred, a single value is every percentile of itself, and of no values there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PERCENTILES: Final = (50, 95, 99)


@dataclass(frozen=True)
class RouteFigures:
    """One route, or all of them. `duration_ms` is the handler's own time by percentile (None: it was never told)."""

    name: str
    requests: int
    per_s: float
    duration_ms: Mapping[int, float | None]
    failed_4xx: int
    failed_5xx: int
    cold_starts: int


@dataclass(frozen=True)
class Figures:
    """What the lines of a span add up to. `failures` are (status, code) with how many; a decline is no failure."""

    span_s: int
    every: RouteFigures
    routes: tuple[RouteFigures, ...]
    peak_per_s: int
    approved: int
    declined: int
    replays: int
    failures: Mapping[tuple[int, str], int]

    @property
    def approval_rate(self) -> float | None:
        """Of the bank's answers (replays are none), the share that approved, 0 to 1; None where there were none."""
        asked = self.approved + self.declined
        return self.approved / asked if asked else None


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile, for 1 to 100 percent. The values need not be sorted."""
    if not values:
        return None
    rank = -(-percent * len(values) // 100)  # rounded up, in whole numbers: 0.95 * 20 is not 19 in binary
    return sorted(values)[max(rank, 1) - 1]


def figures(lines: Iterable[tuple[int, Mapping[str, Any]]], *, span_s: int) -> Figures:
    """The figures of requests' lines, each with its time in milliseconds. Rates are over the whole span."""
    found = list(lines)
    requests = [line for _, line in found]
    by_route: dict[str, list[Mapping[str, Any]]] = {}
    for line in requests:
        by_route.setdefault(str(line.get("route", "-")), []).append(line)
    first_answers = Counter(line.get("outcome") for line in requests if not _is_replay(line) and _status(line) < 400)
    seconds = Counter(at_ms // 1000 for at_ms, _ in found)
    failures = Counter((_status(line), str(line.get("code", "-"))) for line in requests if _status(line) >= 400)
    return Figures(
        span_s=span_s,
        every=_figures("all", requests, span_s),
        routes=tuple(_figures(name, by_route[name], span_s) for name in sorted(by_route)),
        peak_per_s=max(seconds.values(), default=0),
        approved=first_answers["approved"],
        declined=first_answers["declined"],
        replays=sum(map(_is_replay, requests)),
        failures=dict(sorted(failures.items())),
    )


def _figures(name: str, lines: Sequence[Mapping[str, Any]], span_s: int) -> RouteFigures:
    durations = [float(ms) for line in lines if isinstance(ms := line.get("duration_ms"), (int, float))]
    classes = Counter(_status(line) // 100 for line in lines)
    return RouteFigures(
        name=name,
        requests=len(lines),
        per_s=len(lines) / span_s,
        duration_ms={percent: percentile(durations, percent) for percent in PERCENTILES},
        failed_4xx=classes[4],
        failed_5xx=classes[5],
        cold_starts=sum(line.get("cold_start") is True for line in lines),
    )


def _status(line: Mapping[str, Any]) -> int:
    status = line.get("status")
    return status if isinstance(status, int) else 0


def _is_replay(line: Mapping[str, Any]) -> bool:
    return line.get("replayed") is True
