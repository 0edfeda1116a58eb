"""GET /metrics: counts, rates and latencies of the merchant's requests, events and deliveries, from the feed."""

from paysandbox.aws.runtime import settings_of, wall_now
from paysandbox.aws.settings import SamplingSettings
from paysandbox.feed.feed_table import read_between
from paysandbox.feed.tables import feed
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.metrics.routes import GET_METRICS
from paysandbox.metrics.samples import MAX_ENTRIES, limit_entries, traffic_of
from paysandbox.metrics.schemas import GetMetrics, render_metrics
from paysandbox.metrics.time_range import time_range


@endpoint(GET_METRICS, prepare=feed)
def handler(call: Call[None, GetMetrics]) -> Answer:
    """Query the partition of each hour in the range, newest first, until the limit is reached."""
    now = wall_now()
    span = time_range(call.query.range, now)
    read = read_between(feed(), call.merchant, span.start, now, limit=MAX_ENTRIES + 1)
    span, entries = limit_entries(span, read)
    traffic = traffic_of(entries, stored_percent=settings_of(SamplingSettings).request_log_sample_percent)
    return Answer(render_metrics(call.query.range, span, traffic), outcome="shown")
