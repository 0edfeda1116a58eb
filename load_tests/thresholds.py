"""Compare the measurements of a load test with thresholds.toml. Pure; does not import Locust."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from load_tests.evidence import Evidence

DEFAULT_FILE: Final = Path(__file__).with_name("thresholds.toml")
EVERY: Final = "every"


class ThresholdError(ValueError):
    """An invalid thresholds file: an unknown name, a value that is not a number, or a missing threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The thresholds of one scenario. Shares are of all requests; times are measured at the client."""

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
    """The statistics of one scenario after its warm-up, and its evidence from the start."""

    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    times: Mapping[int, int] = field(default_factory=dict)
    """Number of requests by duration in milliseconds. Locust rounds durations from 100 ms on to two digits."""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def failure_share(self) -> float:
        """Failed requests as a share of all requests."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def p95_ms(self) -> int:
        """The 95th percentile by nearest rank, always a duration that occurred; 0 if there are no requests."""
        rank = -(-sum(self.times.values()) * 95 // 100)
        for took_ms, number in sorted(self.times.items()):
            rank -= number
            if rank <= 0:
                return took_ms
        return 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one scenario, with a sentence for each threshold that was missed."""

    scenario: str
    measured: Measured
    breaches: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether all thresholds were met."""
        return not self.breaches


def read(file: Path, scenario: str) -> Thresholds:
    """Return a scenario's thresholds. Raises ThresholdError: a misspelt threshold would never be missed."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ThresholdError(f"{file}: {error}") from None
    named = [known.name for known in fields(Thresholds)]
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ThresholdError(f"{file}: {name} is not in a table; use [{EVERY}] for all scenarios")
        for key, value in table.items():
            if key not in named:
                raise ThresholdError(f"{file}: [{name}] has the unknown {key}; valid names: {', '.join(named)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ThresholdError(f"{file}: [{name}] {key} is {value!r}, which is not a number")
    values: dict[str, Any] = {**tables.get(EVERY, {}), **tables.get(scenario, {})}
    if missing := [name for name in named if name not in values]:
        raise ThresholdError(f"{file}: {scenario} has no {', '.join(missing)}")
    return Thresholds(**values)


def judge(scenario: str, measured: Measured, limits: Thresholds) -> Verdict:
    """Compare the measurements with the thresholds."""
    return Verdict(scenario, measured, tuple(_breaches(measured, limits)))


def _breaches(measured: Measured, limits: Thresholds) -> Iterator[str]:
    evidence = measured.evidence
    if measured.requests == 0:
        yield "no request after the warm-up"
    if measured.failure_share > limits.failure_share_max:
        yield f"{measured.failure_share:.2%} of requests failed, at most {limits.failure_share_max:.2%}"
    if measured.p95_ms > limits.p95_ms_max:
        yield f"p95 is {measured.p95_ms:,} ms, at most {limits.p95_ms_max:,}"
    difference = abs(evidence.captured - evidence.intended)
    for found, most, what in (
        (evidence.double_authorizations, limits.double_authorizations_max, "keys took effect more than once"),
        (evidence.differing_replays, limits.differing_replays_max, "keys got responses with different bytes"),
        (evidence.miscaptured, limits.miscaptured_max, "payments have unexpected amounts"),
        (
            difference,
            limits.capture_difference_max,
            f"minor units between the captured ({evidence.captured:,}) and the expected amount",
        ),
        (evidence.unread, limits.unread_max, "payments could not be read back"),
    ):
        if found > most:
            yield f"{found:,} {what}, at most {most:,}"
    for found, least, what in (
        (evidence.keys, limits.keys_min, "keys with a response"),
        (evidence.read_back, limits.read_back_min, "payments read back"),
    ):
        if found < least:
            yield f"{found:,} {what}, at least {least:,}"


def render_verdicts(verdicts: Iterable[Verdict]) -> str:
    """Render the verdicts as a table, each followed by the thresholds that it missed."""
    lines = [_row("scenario", "requests", "a second", "failed", "p95 ms", "keys", "replays", "captured", "verdict")]
    for verdict in verdicts:
        measured, evidence = verdict.measured, verdict.measured.evidence
        rate = measured.requests / measured.seconds if measured.seconds else 0.0
        lines.append(
            _row(
                verdict.scenario,
                f"{measured.requests:,}",
                f"{rate:,.1f}",
                f"{measured.failure_share:.2%}",
                f"{measured.p95_ms:,}",
                f"{evidence.keys:,}",
                f"{evidence.replays:,}",
                f"{evidence.captured:,} of {evidence.intended:,}",
                "passed" if verdict.passed else "FAILED",
            )
        )
        lines.extend(f"    {breach}" for breach in verdict.breaches)
    return "\n".join(lines)


def _row(*cells: str) -> str:
    name, requests, rate, failed, p95, keys, replays, captured, verdict = cells
    return f"{name:<13}{requests:>9}{rate:>10}{failed:>9}{p95:>8}{keys:>8}{replays:>9}{captured:>26}  {verdict}"
