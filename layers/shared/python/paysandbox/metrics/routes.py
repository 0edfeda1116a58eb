"""The route of metrics, which are computed from the feed."""

from typing import Final

from paysandbox.aws.resources import FEED, Grant
from paysandbox.aws.settings import SamplingSettings
from paysandbox.http.route import Access, Route
from paysandbox.metrics import schemas as contract

GET_METRICS: Final = Route(
    name="get_metrics",
    group="metrics",
    method="GET",
    path="/metrics",
    summary="Get counts, rates and latencies of requests, events and deliveries",
    access=Access.API_KEY,
    query=contract.GetMetrics,
    answer=contract.Metrics,
    # As long as it takes to read 20,000 entries.
    timeout_s=20,
    grants=(Grant(FEED, ("Query",)),),
    needs=(SamplingSettings,),
)

ROUTES: Final = (GET_METRICS,)
