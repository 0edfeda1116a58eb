"""Alternating rounds: what is compared is measured in turns within one run, so that a noisy neighbour strikes them all.

Ratios carry to other machines, absolute values do not. A ratio is taken within each round; of the rounds the median
counts, and the smallest and largest are the spread.
"""

import platform
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from os import cpu_count, getloadavg
from typing import Any, Final

MIN_ROUNDS: Final = 5

Samples = Mapping[str, list[float]]
"""One value per round, by what was measured."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, smallest and largest of the rounds."""

    median: float
    least: float
    most: float


def alternate(cases: Mapping[str, Callable[[], float]], rounds: int) -> Samples:
    """Measure each case once per round, in turns; every other round backwards, so that nobody is always first."""
    samples: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in reversed([*cases]) if number % 2 else cases:
            samples[name].append(cases[name]())
    return samples


def spread(values: list[float], digits: int = 3) -> dict[str, float]:
    """The spread of some rounds, as it is kept."""
    return asdict(
        Spread(round(statistics.median(values), digits), round(min(values), digits), round(max(values), digits))
    )


def ratios(samples: Samples, name: str, base: str) -> list[float]:
    """How often one case takes the time of another, round by round."""
    return [mine / other for mine, other in zip(samples[name], samples[base], strict=True)]


def summary(samples: Samples, base: str) -> dict[str, Any]:
    """Every case's spread, and the spread of its ratio to `base`."""
    return {
        name: {"value": spread(values), "ratio": spread(ratios(samples, name, base))}
        for name, values in samples.items()
    }


def machine() -> dict[str, Any]:
    """What it ran on, as far as it explains a figure; nothing that names a machine or a person.

    `load` is the average of the last minute, this program and everybody else's included.
    """
    return {
        "cores": cpu_count(),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processor": platform.machine(),
        "load": round(getloadavg()[0], 1),
    }
