"""Query and answer shapes of metrics, and how they are rendered."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.queries import Query
from paysandbox.metrics import usage_cost
from paysandbox.metrics.figures import (
    DeliverySample,
    RequestFigures,
    Traffic,
    attempts_of,
    by_code,
    by_endpoint,
    by_route,
    figures,
)
from paysandbox.metrics.price_list import PICODOLLARS
from paysandbox.metrics.time_range import TimeRange, buckets, since

_Rate = Annotated[float | None, Field(ge=0, le=1)]
_RATE_DIGITS: Final = 4
_USD_DIGITS: Final = 9


class GetMetrics(BaseModel):
    """The time range."""

    model_config = Query.model_config

    range: Annotated[
        Literal["15m", "1h", "24h"],
        Field(
            description="Length of the range, to which the running bucket is added. Buckets have 15 s, 60 s or 15 min."
        ),
    ] = "1h"


class Measures(Answer):
    """Counts, rates and percentiles of a span of time. A rate or percentile of nothing is null."""

    requests: Annotated[int, Field(description="Requests, of both APIs.")]
    per_s: Annotated[float, Field(description="Requests per second, on average.")]
    peak_per_s: Annotated[int, Field(description="Requests in the busiest second.")]
    errors_4xx: Annotated[int, Field(description="Requests that were refused. A declined card is not an error.")]
    errors_5xx: Annotated[int, Field(description="Requests that failed.")]
    error_rate: Annotated[_Rate, Field(description="Share of the requests with an error, 0 to 1.")]
    approved: Annotated[int, Field(description="Authorizations that the bank approved.")]
    declined: Annotated[int, Field(description="Authorizations that the bank declined.")]
    approval_rate: Annotated[_Rate, Field(description="Share of the bank's responses that approved, 0 to 1.")]
    p50_ms: Annotated[int | None, Field(description="Median processing time of a request, in milliseconds.")]
    p95_ms: Annotated[int | None, Field(description="95th percentile of the processing time.")]
    p99_ms: Annotated[int | None, Field(description="99th percentile of the processing time.")]
    events: Annotated[int, Field(description="Events that were published.")]
    deliveries: Annotated[int, Field(description="Attempts to deliver an event to a webhook endpoint.")]
    delivery_failures: Annotated[int, Field(description="Attempts without a 2xx response.")]
    delivery_p95_ms: Annotated[
        int | None, Field(description="95th percentile of an endpoint's response time, in milliseconds.")
    ]
    cost_usd: Annotated[
        float,
        Field(
            description="Modeled cost of this traffic on AWS, in US dollars: list prices times assumed usage. Also "
            "given locally, where nothing is billed.",
        ),
    ]


class Bucket(Measures):
    """The measures of one bucket. Its rate per second is over the whole bucket, also if it has not ended."""

    at: Annotated[str, Field(description="Start of the bucket (RFC 3339, UTC).")]


class RouteMeasures(Answer):
    """The requests to one route."""

    route: Annotated[str, Field(description="Operation id of the route.")]
    requests: Annotated[int, Field(description="Requests to it.")]
    errors: Annotated[int, Field(description="Requests with an error.")]
    p95_ms: Annotated[int | None, Field(description="95th percentile of the processing time, in milliseconds.")]


class CodeCount(Answer):
    """The requests with one error code."""

    code: Annotated[str, Field(description="Error code.")]
    count: Annotated[int, Field(description="Requests with it.")]


class AttemptCounts(Answer):
    """Attempts to deliver events to one webhook endpoint."""

    deliveries: Annotated[int, Field(description="Attempts.")]
    delivery_failures: Annotated[int, Field(description="Attempts without a 2xx response.")]


class EndpointBucket(AttemptCounts):
    """The attempts of one bucket."""

    at: Annotated[str, Field(description="Start of the bucket (RFC 3339, UTC).")]


class EndpointMeasures(AttemptCounts):
    """The attempts to one endpoint."""

    endpoint_id: Annotated[str, Field(description="ID of the endpoint. It may be deleted.")]
    buckets: Annotated[list[EndpointBucket], Field(description="Buckets with an attempt, oldest first.")]


class Metrics(Answer):
    """Metrics of a time range, computed from the feed: from at most 20,000 entries, the newest.

    Times are wall-clock time. Percentiles use the nearest rank. Requests, events and delivery attempts appear within
    seconds.
    """

    range: Annotated[Literal["15m", "1h", "24h"], Field(description="Length of the range, without the running bucket.")]
    start: Annotated[str, Field(alias="from", description="Start of the first bucket.")]
    end: Annotated[str, Field(alias="to", description="End of the last bucket, which is running.")]
    complete_since: Annotated[
        str,
        Field(
            description="Later than `from` if the range has more than 20,000 feed entries. Then the measures, also of "
            "the whole range, are of the time since then, and buckets before it are empty."
        ),
    ]
    step_s: Annotated[int, Field(description="Length of a bucket in seconds.")]
    stored_percent: Annotated[
        int,
        Field(
            description="Share of the events and of the successful requests and attempts that the environment stores, "
            "in percent. Below 100, the numbers are estimates. Errors and failed attempts are always stored."
        ),
    ]
    totals: Annotated[Measures, Field(description="Measures of the whole range.")]
    buckets: Annotated[list[Bucket], Field(description="Measures of each bucket, oldest first.")]
    by_route: Annotated[list[RouteMeasures], Field(description="Requests by route, the most frequent first.")]
    by_code: Annotated[list[CodeCount], Field(description="Errors by code, the most frequent first.")]
    by_endpoint: Annotated[
        list[EndpointMeasures], Field(description="Attempts to deliver events, by webhook endpoint that had some.")
    ]


def render_metrics(name: str, span: TimeRange, read: Traffic) -> Body:
    """Render the metrics of a time range. Traffic from before `span.complete_since` is left out."""
    traffic = since(read, span.complete_since)
    routes = by_route(traffic.requests, span.span_s, stored_percent=traffic.stored_percent)
    return {
        "range": name,
        "from": format_timestamp(span.start),
        "to": format_timestamp(span.end),
        "complete_since": format_timestamp(span.complete_since),
        "step_s": span.step_s,
        "stored_percent": traffic.stored_percent,
        "totals": _measures(traffic, span.span_s),
        "buckets": [
            {"at": format_timestamp(at), **_measures(part, span.step_s)} for at, part in buckets(span, traffic)
        ],
        "by_route": [_route(route) for route in sorted(routes, key=lambda route: (-route.requests, route.name))],
        "by_code": [{"code": code, "count": count} for code, count in by_code(traffic.requests)],
        "by_endpoint": [
            _endpoint(name, attempts, span, traffic.stored_percent)
            for name, attempts in by_endpoint(traffic.deliveries).items()
        ],
    }


def _endpoint(name: str, attempts: list[DeliverySample], span: TimeRange, stored_percent: int) -> Body:
    only = Traffic(deliveries=attempts, stored_percent=stored_percent)
    return {
        "endpoint_id": name,
        **_attempts(only),
        "buckets": [
            {"at": format_timestamp(at), **_attempts(part)} for at, part in buckets(span, only) if part.deliveries
        ],
    }


def _attempts(traffic: Traffic) -> Body:
    count, failures = attempts_of(traffic.deliveries, stored_percent=traffic.stored_percent)
    return {"deliveries": count, "delivery_failures": failures}


def _measures(traffic: Traffic, span_s: int) -> Body:
    found = figures(traffic, span_s)
    requests = found.requests
    return {
        "requests": requests.requests,
        "per_s": round(requests.per_s, _RATE_DIGITS),
        "peak_per_s": requests.peak_per_s,
        "errors_4xx": requests.failed_4xx,
        "errors_5xx": requests.failed_5xx,
        "error_rate": _rate(requests.error_rate),
        "approved": found.approved,
        "declined": found.declined,
        "approval_rate": _rate(found.approval_rate),
        **{f"p{percent}_ms": duration for percent, duration in requests.duration_ms.items()},
        "events": found.events,
        "deliveries": found.deliveries,
        "delivery_failures": found.delivery_failures,
        "delivery_p95_ms": found.delivery_ms[95],
        "cost_usd": round(usage_cost.cost(found) / PICODOLLARS, _USD_DIGITS),
    }


def _route(route: RequestFigures) -> Body:
    return {
        "route": route.name,
        "requests": route.requests,
        "errors": route.failed,
        "p95_ms": route.duration_ms[95],
    }


def _rate(rate: float | None) -> float | None:
    return None if rate is None else round(rate, _RATE_DIGITS)
