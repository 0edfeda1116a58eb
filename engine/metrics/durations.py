"""How often something was done, by what it was, and how long it took."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Final

from engine.metrics.exposition import Family, Labels, Sample

BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of all histograms: those of Prometheus' own client libraries."""

Key = tuple[str, ...]
"""The values of the labels."""


class Durations:
    """Counts by the values of `labels`. None of them is ever forgotten, so each label has few values."""

    def __init__(self, labels: Sequence[str], known: Iterable[Key] = ()) -> None:
        self._labels = labels
        self._buckets: dict[Key, list[int]] = {}
        self._sums_s: dict[Key, float] = {}
        for key in known:
            self._add(key)

    def count(self, key: Key, duration_s: float) -> None:
        """Count one. Not for several threads at once."""
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._add(key)
        buckets[bisect_left(BOUNDS_S, duration_s)] += 1
        self._sums_s[key] += duration_s

    def counter(self, name: str, text: str) -> Family:
        """Return how often each was done."""
        samples = [Sample(sum(buckets), self._named(key)) for key, buckets in self._buckets.items()]
        return Family(name, "counter", text, samples)

    def histogram(self, name: str, text: str, labels: Sequence[str]) -> Family:
        """Return how long it took, by the first of the labels."""
        return Family(name, "histogram", text, [*self._samples(len(labels))])

    def _add(self, key: Key) -> list[int]:
        self._sums_s[key] = 0.0
        self._buckets[key] = buckets = [0] * (len(BOUNDS_S) + 1)
        return buckets

    def _named(self, key: Key) -> Labels:
        return [*zip(self._labels, key, strict=False)]

    def _samples(self, labels: int) -> Iterator[Sample]:
        for key, (buckets, sum_s) in self._together(labels).items():
            named, count = self._named(key), 0
            for bound, within in zip((*map(str, BOUNDS_S), "+Inf"), buckets, strict=True):
                count += within
                yield Sample(count, [*named, ("le", bound)], "_bucket")
            yield Sample(count, named, "_count")
            yield Sample(sum_s, named, "_sum")

    def _together(self, labels: int) -> Mapping[Key, tuple[list[int], float]]:
        """Return buckets and sums by the first of the labels."""
        found: dict[Key, tuple[list[int], float]] = {}
        for key, buckets in self._buckets.items():
            before, sum_s = found.get(key[:labels], ([0] * len(buckets), 0.0))
            found[key[:labels]] = [*map(add, before, buckets)], sum_s + self._sums_s[key]
        return found
