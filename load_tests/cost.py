"""The modeled cost of a load test in AWS: counted usage times stacks/operations/prices.py, never compared with a bill.

    python -m load_tests.cost [PAYMENTS_A_SECOND [SECONDS]]

A payment is an authorization and its capture, as in benchmarks/capacity.py. Prices are list prices, because the
always-free allowance is used up within seconds. Not included: the load generators, storage afterwards, data transfer.
"""

import sys
from collections.abc import Mapping
from typing import Final

from benchmarks.capacity import REQUESTS_PER_PAYMENT
from benchmarks.hot_keys import LOADS, simulate
from paysandbox.metrics.usage_cost import FEED_WRITES, LOG_BYTES_OF_A_REQUEST, REQUEST_LOG_WRITES
from stacks.functions import MEMORY_MB, PAYMENT_MEMORY_MB
from stacks.operations.monitoring.usage_cost import TRACED_OF_THE_REST
from stacks.operations.prices import BYTES_OF_A_GB, PRICES, Item, usd

# Assumed for a warm function: its share of the 50 ms promised at the gateway.
FUNCTION_S: Final = 0.025
# Assumed: the function that stores the request log receives requests in batches of a hundred.
REQUESTS_PER_DELIVERY: Final = 100


def usage(payments_per_s: int, seconds: int) -> Mapping[Item, float]:
    """Return the usage, by item of the price table."""
    payments = payments_per_s * seconds
    requests = payments * REQUESTS_PER_PAYMENT
    stored = requests / REQUESTS_PER_DELIVERY
    heat = simulate(next(load for load in LOADS if load.captured and load.merchants == 1), seconds=1)
    return {
        Item.GATEWAY_REQUEST: requests,
        Item.FUNCTION_REQUEST: requests + stored,
        Item.FUNCTION_GB_S: FUNCTION_S * (requests * PAYMENT_MEMORY_MB + stored * MEMORY_MB) / 1024,
        Item.WRITE_UNIT: payments * heat.units_per_payment
        + requests * (REQUEST_LOG_WRITES + FEED_WRITES - 1),  # no endpoints
        Item.LOG_GB: requests * LOG_BYTES_OF_A_REQUEST / BYTES_OF_A_GB,
        Item.TRACE: requests * TRACED_OF_THE_REST,
    }


def main() -> int:
    """Print the modeled usage and cost."""
    payments_per_s, seconds = (*map(int, sys.argv[1:]), *(5_000, 60)[len(sys.argv) - 1 :])
    items = usage(payments_per_s, seconds)
    for item, amount in items.items():
        print(f"{item:<30}{amount:>16,.0f}{amount * PRICES[item].usd:>10.2f} USD")
    what = f"{payments_per_s:,} payments a second, {seconds} s"
    print(f"{what:<46}{usd(items, beyond_free=False):>10.2f} USD (modeled)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
