"""The modeled cost on AWS of a merchant's requests, events and deliveries, in picodollars (price_list.py).

Modeled, not measured: list prices times assumed and counted usage, without free tiers and without what an environment
costs when it is not used. The cost on the CloudWatch dashboard (`stacks/operations/monitoring/usage_cost.py`) uses the
same model of a request.
"""

from typing import Final

from paysandbox.core.record import record
from paysandbox.metrics import price_list
from paysandbox.metrics.figures import Figures

MEMORY_MB: Final = 512
"""Memory of a function, except those whose routes write payments."""
# The share of a processor grows with memory: by `benchmarks/cost/latency.py` p95 falls by 1 ms of 23, and by 8 ms of 45
# at one payment a minute, for nine cents per million payments.
PAYMENT_MEMORY_MB: Final = 1_024
"""Memory of the functions whose routes write payments."""

# Per request: its own line, a line of the gateway's access log, and room for what Lambda says of a failed run.
# The line has the bodies of request and response, each of up to 2,048 bytes.
LOG_BYTES_OF_A_REQUEST: Final = 4_000
# The longest line that a function logs of a request to a public route, which has no merchant: what a stranger sends is
# not in it (a test sends it).
LOG_BYTES_OF_A_STRANGERS_REQUEST: Final = 700
# X-Ray traces the first request of each second, and this share of the others
# (stacks/operations/monitoring/trace_sampling.py).
TRACED_PERCENT_OF_THE_REST: Final = 1
# Assumed, and above the modeled mean of a capture (`benchmarks/cost/latency.py`), the longest of the frequent
# requests. One that waits for Stripe or takes a cold start lasts longer: at a second, it costs almost three times the
# estimate.
FUNCTION_MS_OF_A_REQUEST: Final = 50
READ_UNITS_OF_A_REQUEST: Final = 1
# A stored request has a table write and an index write.
REQUEST_LOG_WRITES: Final = 2
# Of a request, of the event that it causes, and of the event's delivery to one endpoint.
FEED_WRITES: Final = 3
# A write of a payment also updates each index that the item has a key of: at most four.
LEDGER_WRITES: Final = 5

_FEED_WRITE: Final = 1

# Of an event that is delivered to one endpoint alone, as counted by `benchmarks/cost/deliveries.py`. In batches of ten
# it costs less than half.
_PUBLISH_AND_PLAN_MS: Final = 25 + 30
_DELIVER_MS: Final = 125
_LOG_BYTES_OF_A_DELIVERY: Final = 1_002


def function_run(ms: int, memory_mb: int = MEMORY_MB) -> int:
    """Return the cost of an invocation of this duration."""
    return price_list.FUNCTION_REQUEST + ms * memory_mb * price_list.FUNCTION_GB_S // (1000 * 1024)


REQUEST: Final = (
    price_list.GATEWAY_REQUEST
    + function_run(FUNCTION_MS_OF_A_REQUEST, PAYMENT_MEMORY_MB)
    # At most: the function that stores requests handles many in one invocation.
    + price_list.FUNCTION_REQUEST
    + LOG_BYTES_OF_A_REQUEST * price_list.LOG_BYTE
    + READ_UNITS_OF_A_REQUEST * price_list.READ_UNIT
    + (REQUEST_LOG_WRITES + _FEED_WRITE) * price_list.WRITE_UNIT
)
"""A request without its trace and without the payment that it writes."""

EVENT: Final = (
    price_list.TOPIC_REQUEST
    + 2 * price_list.QUEUE_REQUEST  # received and deleted
    + function_run(_PUBLISH_AND_PLAN_MS)
    + price_list.FUNCTION_REQUEST
    + (2 + _FEED_WRITE) * price_list.WRITE_UNIT  # the table and its index, and the feed
    + 2 * price_list.READ_UNIT  # the merchant's endpoints, and again to deliver
)
"""An event, from the stream of the payments until its deliveries are planned."""

DELIVERY: Final = (
    3 * (price_list.QUEUE_REQUEST + price_list.FAIR_QUEUE_REQUEST)  # sent, received and deleted
    + function_run(_DELIVER_MS)
    + (1 + _FEED_WRITE) * price_list.WRITE_UNIT  # the table, and the feed
    + price_list.READ_UNIT  # the event and the delivery, each at half the price
    + _LOG_BYTES_OF_A_DELIVERY * price_list.LOG_BYTE
)
"""An attempt to deliver an event to an endpoint."""


def cost(found: Figures) -> int:
    """Return the modeled cost of a span of time, as if no other merchant made requests.

    Each event stands for a write of a payment. Delivery attempts beyond the first of an event are included.
    """
    return (
        found.requests.requests * REQUEST
        + _traces(found.requests.requests, found.requests.seconds)
        + found.events * (EVENT + LEDGER_WRITES * price_list.WRITE_UNIT)
        + found.deliveries * DELIVERY
    )


def _traces(requests: int, seconds: int) -> int:
    return (100 * seconds + TRACED_PERCENT_OF_THE_REST * (requests - seconds)) * price_list.TRACE // 100


@record(kw_only=True)
class DashboardTab:
    """How a tab of the dashboard is used in a month, and how often it then polls the feed."""

    days: int = 22
    hours_per_day: int = 8
    active_percent: int = 10
    active_poll_s: int = 1
    # On average: 3 while somebody is there, and from the tenth quiet minute on 15 (dashboard/src/api/feed.ts).
    idle_poll_s: int = 10

    @property
    def active_polls(self) -> int:
        """The polls of a month while something happens."""
        return self._seconds * self.active_percent // 100 // self.active_poll_s

    @property
    def idle_polls(self) -> int:
        """The polls of a month while nothing happens."""
        return self._seconds * (100 - self.active_percent) // 100 // self.idle_poll_s

    @property
    def _seconds(self) -> int:
        return self.days * self.hours_per_day * 3600


# A poll reads the entries of the last minute again (the feed's cursor stays that far behind): assumed, one of up to
# 1 KB a second while something happens, by consistent reads of each shard. A poll without news reads empty pages.
READ_UNITS_OF_AN_IDLE_POLL: Final = 4
READ_UNITS_OF_AN_ACTIVE_POLL: Final = 15 + READ_UNITS_OF_AN_IDLE_POLL - 1
# The gateway's access log only: a successful read by the dashboard's key writes no line of its own.
LOG_BYTES_OF_A_POLL: Final = 200

POLL: Final = (
    price_list.GATEWAY_REQUEST
    + function_run(FUNCTION_MS_OF_A_REQUEST)
    + LOG_BYTES_OF_A_POLL * price_list.LOG_BYTE
    # Every poll is the first request of its second, so a sampling rule of its own leaves out that part.
    + TRACED_PERCENT_OF_THE_REST * price_list.TRACE // 100
)
"""A poll of the feed without its reads."""


def tab_cost(tab: DashboardTab) -> int:
    """Return the modeled cost of a month of a dashboard tab. Not included: data transfer, of which 100 GB are free."""
    return (
        (tab.active_polls + tab.idle_polls) * POLL
        + tab.active_polls * READ_UNITS_OF_AN_ACTIVE_POLL * price_list.READ_UNIT
        + tab.idle_polls * READ_UNITS_OF_AN_IDLE_POLL * price_list.READ_UNIT
    )
