"""Alternating rounds: the compared cases take turns within one run, so that other load on the machine affects all.

Ratios are comparable with other machines, absolute values are not. A ratio is computed in each round. The median of
the rounds is reported, with the smallest and the largest as the spread.
"""

import platform
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from os import cpu_count, getloadavg
from typing import Any, Final

MIN_ROUNDS: Final = 5

Samples = Mapping[str, list[float]]
"""One value per round, by case."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, smallest and largest value of the rounds."""

    median: float
    least: float
    most: float


def alternate(cases: Mapping[str, Callable[[], float]], rounds: int) -> Samples:
    """Measure each case once per round; every other round in reverse order, so that none is always first."""
    samples: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in reversed([*cases]) if number % 2 else cases:
            samples[name].append(cases[name]())
    return samples


def spread(values: list[float], digits: int = 3) -> dict[str, float]:
    """Return the spread of the rounds, in the form of the stored results."""
    return asdict(
        Spread(round(statistics.median(values), digits), round(min(values), digits), round(max(values), digits))
    )


def ratios(samples: Samples, name: str, base: str) -> list[float]:
    """Return the ratio of one case to another in each round."""
    return [mine / other for mine, other in zip(samples[name], samples[base], strict=True)]


def summary(samples: Samples, base: str) -> dict[str, Any]:
    """Return the spread of each case and of its ratio to `base`."""
    return {
        name: {"value": spread(values), "ratio": spread(ratios(samples, name, base))}
        for name, values in samples.items()
    }


def machine() -> dict[str, Any]:
    """Return the properties of the machine that explain the figures; nothing that identifies a machine or a person.

    `load` is the load average of the last minute, including this program.
    """
    return {
        "cores": cpu_count(),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processor": platform.machine(),
        "load": round(getloadavg()[0], 1),
    }
