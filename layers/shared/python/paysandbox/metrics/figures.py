"""Metrics of requests, bank responses, events and delivery attempts: counts, rates and percentiles.

`GET /metrics` computes them from feed entries, and `paysandbox metrics` from log lines.

A percentile is by nearest rank: the smallest value that at least that share of all values does not exceed. So it is
always a value that occurred, a single value is every percentile of itself, and no values have no percentile.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from paysandbox.core.record import record

PERCENTILES: Final = (50, 95, 99)


@record(kw_only=True)
class RequestSample:
    """One request. `at_ms` is wall time in milliseconds since 1970. `duration_ms` is the handler's own time.

    `status` is 0 and `duration_ms` None if the request's log line does not have them.
    """

    at_ms: int
    route: str
    status: int
    duration_ms: float | None
    code: str | None = None
    declined: bool = False
    replayed: bool = False
    cold_start: bool = False

    @property
    def failed(self) -> bool:
        """Whether the request failed. A decline is a valid answer, also where it has the status 402, as in Stripe."""
        return self.status >= 400 and not self.declined


@record
class BankResponse:
    """The bank's response to one authorization. `at_ms` is wall time in milliseconds since 1970."""

    at_ms: int
    approved: bool


@record(kw_only=True)
class DeliverySample:
    """One attempt to deliver an event to a webhook endpoint. `at_ms` is wall time in milliseconds since 1970."""

    at_ms: int
    succeeded: bool
    latency_ms: int | None
    endpoint_id: str = ""


@record
class Traffic:
    """Everything that happened in a span of time. Of an event, only the time is needed (wall time, milliseconds).

    An environment may store only a share (`stored_percent`) of the events and of the successful requests and attempts.
    Then the numbers of these are estimates. If it stores none (0), only declines and failures are counted.
    """

    requests: list[RequestSample] = field(default_factory=list[RequestSample])
    bank_responses: list[BankResponse] = field(default_factory=list[BankResponse])
    events_ms: list[int] = field(default_factory=list[int])
    deliveries: list[DeliverySample] = field(default_factory=list[DeliverySample])
    stored_percent: int = 100


@record(kw_only=True)
class RequestFigures:
    """Metrics of the requests to one route, or of all. `duration_ms` is by percentile.

    `per_s` is over the whole span, `peak_per_s` the number of requests in the busiest second. `seconds` is the number
    of seconds with a request. Replays and cold starts are those of the stored requests.
    """

    name: str
    requests: int
    per_s: float
    peak_per_s: int
    seconds: int
    duration_ms: Mapping[int, float | None]
    failed_4xx: int
    failed_5xx: int
    replays: int
    cold_starts: int

    @property
    def failed(self) -> int:
        """The number of requests that failed, on either side."""
        return self.failed_4xx + self.failed_5xx

    @property
    def error_rate(self) -> float | None:
        """The share of requests that failed, 0 to 1; None without requests."""
        return share(self.failed, self.requests)


@record(kw_only=True)
class Figures:
    """Metrics of a span of time."""

    requests: RequestFigures
    approved: int
    declined: int
    events: int
    deliveries: int
    delivery_failures: int
    delivery_ms: Mapping[int, float | None]

    @property
    def approval_rate(self) -> float | None:
        """The share of the bank's responses that approved, 0 to 1; None without responses."""
        return share(self.approved, self.approved + self.declined)


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Return the nearest-rank percentile, for 1 to 100 percent, or None without values. They need not be sorted."""
    return percentiles(values, (percent,))[percent]


def percentiles(values: Iterable[float], percents: Sequence[int] = PERCENTILES) -> dict[int, float | None]:
    """Return several nearest-rank percentiles of the same values."""
    ordered = sorted(values)
    if not ordered:
        return dict.fromkeys(percents)
    # Rounded up, in whole numbers: 0.95 * 20 is not 19 in binary.
    return {percent: ordered[max(-(-percent * len(ordered) // 100), 1) - 1] for percent in percents}


def share(part: int, whole: int) -> float | None:
    """Return a part's share of the whole, 0 to 1, or None if the whole is 0."""
    return part / whole if whole else None


def request_figures(
    name: str, samples: Sequence[RequestSample], span_s: int, *, stored_percent: int = 100
) -> RequestFigures:
    """Return the metrics of these requests. `span_s` is in seconds, `stored_percent` as in `Traffic`."""
    failures = Counter(sample.status // 100 for sample in samples if sample.failed)
    seconds: dict[int, list[RequestSample]] = {}
    for sample in samples:
        seconds.setdefault(sample.at_ms // 1000, []).append(sample)
    requests = _requests(samples, stored_percent)
    return RequestFigures(
        name=name,
        requests=requests,
        per_s=requests / span_s,
        peak_per_s=max((_requests(second, stored_percent) for second in seconds.values()), default=0),
        seconds=len(seconds),
        duration_ms=percentiles(sample.duration_ms for sample in samples if sample.duration_ms is not None),
        failed_4xx=failures[4],
        failed_5xx=failures[5],
        replays=sum(sample.replayed for sample in samples),
        cold_starts=sum(sample.cold_start for sample in samples),
    )


def estimate(stored: int, stored_percent: int) -> int:
    """Return the number of which `stored` are the stored share; 0 where none is stored."""
    return stored * 100 // stored_percent if stored_percent else 0


def _requests(samples: Iterable[RequestSample], stored_percent: int) -> int:
    always = Counter(sample.failed or sample.declined for sample in samples)
    return always[True] + estimate(always[False], stored_percent)


def by_route(samples: Iterable[RequestSample], span_s: int, *, stored_percent: int = 100) -> tuple[RequestFigures, ...]:
    """Return the metrics of the requests to each route, by name."""
    found: dict[str, list[RequestSample]] = {}
    for sample in samples:
        found.setdefault(sample.route, []).append(sample)
    return tuple(request_figures(name, found[name], span_s, stored_percent=stored_percent) for name in sorted(found))


def by_endpoint(samples: Iterable[DeliverySample]) -> dict[str, list[DeliverySample]]:
    """Return the attempts to each endpoint, by its ID."""
    found: dict[str, list[DeliverySample]] = {}
    for sample in samples:
        found.setdefault(sample.endpoint_id, []).append(sample)
    return dict(sorted(found.items()))


def attempts_of(samples: Sequence[DeliverySample], *, stored_percent: int = 100) -> tuple[int, int]:
    """Return the number of attempts, and of those without a 2xx response. `stored_percent` is as in `Traffic`."""
    failures = sum(not sample.succeeded for sample in samples)
    return failures + estimate(len(samples) - failures, stored_percent), failures


def by_status_and_code(samples: Iterable[RequestSample]) -> dict[tuple[int, str], int]:
    """Return the number of failed requests by status and error code (`-`: without one), by status."""
    return dict(sorted(Counter((sample.status, sample.code or "-") for sample in samples if sample.failed).items()))


def by_code(samples: Iterable[RequestSample]) -> list[tuple[str, int]]:
    """Return the number of failed requests by error code, the most frequent first."""
    counts = Counter(sample.code or "-" for sample in samples if sample.failed)
    return sorted(counts.items(), key=lambda count: (-count[1], count[0]))


def figures(traffic: Traffic, span_s: int) -> Figures:
    """Return the metrics of a span of time, given in seconds."""
    percent = traffic.stored_percent
    approved = sum(response.approved for response in traffic.bank_responses)
    deliveries, failures = attempts_of(traffic.deliveries, stored_percent=percent)
    latencies = [sample.latency_ms for sample in traffic.deliveries if sample.latency_ms is not None]
    return Figures(
        requests=request_figures("all", traffic.requests, span_s, stored_percent=percent),
        approved=estimate(approved, percent),
        declined=estimate(len(traffic.bank_responses) - approved, percent),
        events=estimate(len(traffic.events_ms), percent),
        deliveries=deliveries,
        delivery_failures=failures,
        delivery_ms=percentiles(latencies),
    )
