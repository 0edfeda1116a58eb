"""Whether a load test passed: what was measured against what is written in thresholds.toml. Pure; knows no Locust."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from load_tests.evidence import Evidence

WRITTEN: Final = Path(__file__).with_name("thresholds.toml")
EVERY: Final = "every"


class ThresholdError(ValueError):
    """A file of thresholds that cannot be meant: an unknown word, a value that is no number, one that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What one scenario must hold. Shares are of all requests; times are the client's."""

    failure_share_max: float
    p95_ms_max: float
    double_authorizations_max: float
    differing_replays_max: float
    miscaptured_max: float
    capture_difference_max: float
    unread_max: float
    keys_min: float
    read_back_min: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one scenario did, after its warm-up, and what it saw, from the first second on."""

    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    times: Mapping[int, int] = field(default_factory=dict)
    """How many requests took so many milliseconds. Locust rounds to two digits from 100 on."""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def failure_share(self) -> float:
        """Failed requests of all."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def p95_ms(self) -> int:
        """By nearest rank: a time that occurred, which 95 % of the requests did not exceed. 0 where there are none."""
        rank = -(-sum(self.times.values()) * 95 // 100)
        for took_ms, number in sorted(self.times.items()):
            rank -= number
            if rank <= 0:
                return took_ms
        return 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one scenario did, and each threshold that it broke, in words."""

    scenario: str
    measured: Measured
    breaches: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether no threshold was broken."""
        return not self.breaches


def read(file: Path, scenario: str) -> Thresholds:
    """A scenario's thresholds. Raises ThresholdError; a misspelt threshold would hold for ever."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ThresholdError(f"{file}: {error}") from None
    named = [known.name for known in fields(Thresholds)]
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ThresholdError(f"{file}: {name} stands in no table; [{EVERY}] is for each scenario")
        for key, value in table.items():
            if key not in named:
                raise ThresholdError(f"{file}: [{name}] has {key}; there are {', '.join(named)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ThresholdError(f"{file}: [{name}] {key} is {value!r}, which is no number")
    values: dict[str, Any] = {**tables.get(EVERY, {}), **tables.get(scenario, {})}
    if missing := [name for name in named if name not in values]:
        raise ThresholdError(f"{file}: {scenario} has no {', '.join(missing)}")
    return Thresholds(**values)


def judge(scenario: str, measured: Measured, limits: Thresholds) -> Verdict:
    """Compare the measurements with the thresholds."""
    return Verdict(scenario, measured, tuple(_breaches(measured, limits)))


def _breaches(measured: Measured, limits: Thresholds) -> Iterator[str]:
    seen = measured.evidence
    if measured.requests == 0:
        yield "no request after the warm-up"
    if measured.failure_share > limits.failure_share_max:
        yield f"{measured.failure_share:.2%} of requests failed, at most {limits.failure_share_max:.2%}"
    if measured.p95_ms > limits.p95_ms_max:
        yield f"p95 is {measured.p95_ms:,} ms, at most {limits.p95_ms_max:,}"
    difference = abs(seen.captured - seen.intended)
    for found, most, what in (
        (seen.double_authorizations, limits.double_authorizations_max, "keys acted more than once"),
        (seen.differing_replays, limits.differing_replays_max, "keys were answered with different bytes"),
        (seen.miscaptured, limits.miscaptured_max, "payments are not what was meant"),
        (difference, limits.capture_difference_max, f"minor units between captured ({seen.captured:,}) and meant"),
        (seen.unread, limits.unread_max, "payments could not be read again"),
    ):
        if found > most:
            yield f"{found:,} {what}, at most {most:,}"
    for found, least, what in (
        (seen.keys, limits.keys_min, "keys answered"),
        (seen.read_back, limits.read_back_min, "payments read again"),
    ):
        if found < least:
            yield f"{found:,} {what}, at least {least:,}"


def page(verdicts: Iterable[Verdict]) -> str:
    """The verdicts to read, and under each the thresholds that it broke."""
    lines = [_row("scenario", "requests", "a second", "failed", "p95 ms", "keys", "replays", "captured", "verdict")]
    for verdict in verdicts:
        measured, seen = verdict.measured, verdict.measured.evidence
        rate = measured.requests / measured.seconds if measured.seconds else 0.0
        lines.append(
            _row(
                verdict.scenario,
                f"{measured.requests:,}",
                f"{rate:,.1f}",
                f"{measured.failure_share:.2%}",
                f"{measured.p95_ms:,}",
                f"{seen.keys:,}",
                f"{seen.replays:,}",
                f"{seen.captured:,} of {seen.intended:,}",
                "passed" if verdict.passed else "FAILED",
            )
        )
        lines.extend(f"    {breach}" for breach in verdict.breaches)
    return "\n".join(lines)


def _row(*cells: str) -> str:
    name, requests, rate, failed, p95, keys, replays, captured, verdict = cells
    return f"{name:<13}{requests:>9}{rate:>10}{failed:>9}{p95:>8}{keys:>8}{replays:>9}{captured:>26}  {verdict}"
