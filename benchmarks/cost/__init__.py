"""The cost of a million payments with everything that follows, line by line.

    make bench ARGS=cost        about two minutes

A payment is an authorization, its capture, and its settlement: two requests, three events, each delivered to one
endpoint, in an environment with the settings of prod. Counted, while the real functions run against moto: write units
of the operations, of deliveries and of a night. Modeled: list prices (`stacks/operations/prices.py`) times these
counts, with the last result of `warm_authorize` for the functions' duration. Nothing of it ran in AWS.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.cost import deliveries, latency, operations as counted_operations, settlement, stripe_payments
from benchmarks.cost.deliveries import used_by
from benchmarks.cost.latency import WRITES
from benchmarks.cost.operations import DESCRIBED, OTHER_LOG_BYTES, SWEEP, TEXTS
from benchmarks.cost.write_units import UNIT_BYTES
from benchmarks.payment_kinds import NATIVE
from benchmarks.results import result
from paysandbox.aws.schema import MERCHANT_FUNDS
from paysandbox.metrics.usage_cost import FEED_WRITES, REQUEST_LOG_WRITES
from stacks.environments import ENVIRONMENTS
from stacks.functions import MEMORY_MB, PAYMENT_MEMORY_MB
from stacks.operations.monitoring.usage_cost import TRACED_OF_THE_REST
from stacks.operations.prices import BYTES_OF_A_GB, DAYS_OF_A_MONTH, PRICES, PROVENANCE, Item, usd

PAYMENTS: Final = 1_000_000
BATCH: Final = 10

# Events of a payment: authorized, captured, settled.
EVENTS: Final = 3
REQUESTS: Final = len(WRITES)
# Assumed billed time of the function that stores requests.
STORE_MS: Final = 40
# Assumed billed time of the Stripe-compatible API's authorizer, which reads one item.
AUTHORIZE_MS: Final = 10
# Of the settlement: the item is read to collect and to announce it.
SETTLEMENT_READS: Final = 2
# Of the sweep of expired authorizations: their item. Each night before reads it too.
EXPIRY_READS: Final = 1 + ENVIRONMENTS["prod"].authorization_validity_days
# The share of successful requests that prod and dev store; all requests here are successful.
SAMPLED: Final = ENVIRONMENTS["prod"].request_log_sample_percent / 100
EVERY: Final = ENVIRONMENTS["dev"].request_log_sample_percent / 100

CASES: Final = {
    f"{batches}; {share:.0%} in the log": (batch, share)
    for batch, batches in ((BATCH, "full batches, as under load"), (1, "batches of one, as at low rates"))
    for share in (SAMPLED, EVERY)
}
"""How many events and log lines a worker gets at once, and the share of requests in the request log and the feed."""

Use = Counter[Item]


def measure() -> dict[str, Any]:
    """Count what operations, deliveries and settlement use, and return the counts and the model."""
    counts = {
        "operations": counted_operations.measure(),
        "latency": latency.measure(result("warm_authorize")),
        "deliveries": deliveries.cost(),
        "settlement": settlement.measure(),
        "stripe": stripe_payments.measure(),
    }
    return counts | {"payments": model(counts)}


def model(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Compute the cost of a million payments from the counts.

    They are `operations`, `latency`, `deliveries`, `settlement`, and `stripe`: payments through the Stripe-compatible
    API, and a native one counted alike.
    """
    cases = {name: _lines(results, batch, share) for name, (batch, share) in CASES.items()}
    lines = _lines(results, BATCH, SAMPLED)
    return {
        "modeled": True,
        "prices": PROVENANCE,
        "payment": "authorized, captured and settled; three events, each delivered to one endpoint in batches of ten. "
        f"Of its requests, {SAMPLED:.0%} are stored in the request log, as in prod",
        "usd_by_line": {name: _by_item(use) for name, use in lines.items()},
        "usd_in_all": round(_usd_of(lines), 2),
        "usd_by_case": {name: round(_usd_of(of_case), 2) for name, of_case in cases.items()},
        "usd_by_kind": {
            kind: {case: round(_usd_of(_kind(results, kind, *of_case)), 2) for case, of_case in CASES.items()}
            for kind in results["stripe"]
        },
        "usd_of_a_v1_key_per_month": round(usd(_authorizer_of_a_month(), beyond_free=False), 3),
        "usd_of_expiry": round(PAYMENTS * usd(_expiry(results), beyond_free=False), 2),
        "text_bytes": _text_bytes(results["operations"]["operations"][DESCRIBED]),
    }


def _expiry(results: Mapping[str, Mapping[str, Any]]) -> Use:
    """Return what the expiry of an authorization uses, without its event."""
    operations = results["operations"]["operations"]
    return _use({Item.WRITE_UNIT: sum(operations[step]["all"] for step in SWEEP), Item.READ_UNIT: EXPIRY_READS})


def _text_bytes(described: Mapping[str, Any]) -> int:
    """Return how long the texts of a payment may be for its capture to be one write unit of the table.

    Rounded down to tens, since the names of merchants and partitions differ by some bytes.
    """
    return (sum(map(len, TEXTS.values())) + UNIT_BYTES - described["item_bytes"]) // 10 * 10


def _lines(results: Mapping[str, Mapping[str, Any]], batch: int, share: float) -> dict[str, Use]:
    """Return the usage of one payment, by line of the table. See `CASES`."""
    operations, latencies = results["operations"]["operations"], results["latency"]["latency_ms"]
    found = {
        name: _use(
            {
                Item.GATEWAY_REQUEST: 1,
                Item.FUNCTION_REQUEST: 1,
                Item.FUNCTION_GB_S: _gb_s(latencies[name]["billed_ms"], PAYMENT_MEMORY_MB),
                Item.WRITE_UNIT: operations[name]["all"],
                Item.LOG_GB: (_line_bytes(operations[name], share) + OTHER_LOG_BYTES) / BYTES_OF_A_GB,
            }
        )
        for name in WRITES
    }
    found["journal of balances"] = _use({Item.WRITE_UNIT: _journal_units(results["stripe"][NATIVE], batch)})
    return found | _what_follows(results, batch, share, requests=REQUESTS, events=EVENTS)


def _journal_units(counts: Mapping[str, Any], batch: int) -> float:
    """Return the write units of a payment's entries in the journal of balances, and of their sums.

    Of a batch of payments of one merchant, the sums are written once, in the transaction of the entries.
    """
    return counts["write_units"][MERCHANT_FUNDS] - 2 * counts["journal_sums"] * (1 - 1 / batch)


def _what_follows(
    results: Mapping[str, Mapping[str, Any]], batch: int, share: float, *, requests: int, events: int
) -> dict[str, Use]:
    """Return the usage after the answers to a payment's requests, by line of the table."""
    of_batch = results["deliveries"]["by_batch"][str(batch)]
    settled = sum(worker["write_units"] for worker in results["settlement"]["each_capture"].values())
    found: dict[str, Use] = {}
    found["request log"] = _use(
        {
            # The feed has a request, and each event with its delivery.
            Item.WRITE_UNIT: (requests * (REQUEST_LOG_WRITES + 1) + events * (FEED_WRITES - 1)) * share,
            Item.FUNCTION_REQUEST: requests / batch,
            Item.FUNCTION_GB_S: requests / batch * _gb_s(STORE_MS),
        }
    )
    followed = {item: amount * events / batch for item, amount in used_by(of_batch).items()}
    # The lines of events and of successful attempts are written of the share that the feed has.
    found["events and deliveries"] = _use(followed | {Item.LOG_GB: followed[Item.LOG_GB] * share})
    found["settlement"] = _use({Item.WRITE_UNIT: settled, Item.READ_UNIT: SETTLEMENT_READS})
    found["traces of requests"] = _use({Item.TRACE: requests * TRACED_OF_THE_REST})
    return found


def _kind(results: Mapping[str, Mapping[str, Any]], kind: str, batch: int, share: float) -> dict[str, Use]:
    """Return the usage of one payment of a kind of `stripe_payments`, by line.

    Assumed: a request takes as long as an authorization, and longer by what a capture does for each further call.
    """
    counts, latencies = results["stripe"][kind], results["latency"]["latency_ms"]
    requests, first = counts["requests"], latencies["authorize"]["billed_ms"]
    further = max(0, sum(counts["calls"].values()) - requests) * (latencies["capture"]["billed_ms"] - first)
    in_batches = _journal_units(counts, batch) - counts["write_units"][MERCHANT_FUNDS]
    answered = _use(
        {
            Item.GATEWAY_REQUEST: requests,
            Item.FUNCTION_REQUEST: requests,
            Item.FUNCTION_GB_S: _gb_s(requests * first + further, PAYMENT_MEMORY_MB),
            Item.WRITE_UNIT: sum(counts["write_units"].values()) + in_batches,
            Item.READ_UNIT: counts["read_units"],
            Item.LOG_GB: (_line_bytes(counts, share) + requests * OTHER_LOG_BYTES) / BYTES_OF_A_GB,
        }
    )
    # One more event than before the settlement.
    follows = _what_follows(results, batch, share, requests=requests, events=counts["events"] + 1)
    return {"requests": answered, **follows}


def _authorizer_of_a_month() -> Use:
    """Return the usage of the Stripe-compatible API's authorizer for a key that is in use all the time."""
    runs = DAYS_OF_A_MONTH * 86_400 / ENVIRONMENTS["prod"].key_cache_s
    return _use(
        {
            Item.FUNCTION_REQUEST: runs,
            Item.FUNCTION_GB_S: runs * _gb_s(AUTHORIZE_MS),
            Item.READ_UNIT: runs,
            Item.LOG_GB: runs * OTHER_LOG_BYTES / BYTES_OF_A_GB,
        }
    )


def _line_bytes(operation: Mapping[str, Any], share: float) -> float:
    """Return the mean bytes of a request's log line: one that is stored has its bodies."""
    return share * operation["log_bytes"] + (1 - share) * operation["log_bytes_unsampled"]


def _gb_s(ms: float, memory_mb: int = MEMORY_MB) -> float:
    return ms / 1_000 * memory_mb / 1_024


def _use(amounts: Mapping[Item, float]) -> Use:
    """Return a counter of fractional amounts, which its type does not allow."""
    use: Use = Counter()
    for item, amount in amounts.items():
        use[item] = amount  # pyright: ignore[reportArgumentType] - see above
    return use


def _usd_of(lines: Mapping[str, Use]) -> float:
    return PAYMENTS * sum(usd(use, beyond_free=False) for use in lines.values())


def _by_item(use: Use) -> dict[str, float]:
    return {str(item): round(PAYMENTS * amount * PRICES[item].usd, 2) for item, amount in use.items()}
