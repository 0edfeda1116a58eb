"""Which resource limits the payment rate, and how to raise it. A model: nothing ran on AWS.

    python -m benchmarks.capacity [PAYMENTS_A_SECOND]

A payment is an authorization and its capture, with both events delivered to one endpoint. What it uses follows from
the routes, the item functions and the key scheme. What is available are AWS's default quotas, each with its source,
and the settings of `prod`, which `sizes` computes.
"""

import argparse
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from benchmarks.hot_keys import LOADS, PARTITION_PER_S, simulate
from benchmarks.payment_kinds import OF_STRIPE
from benchmarks.results import result
from paysandbox.aws.schema import (
    DUE_SHARDS,
    EVENTS,
    FEED,
    FEED_SHARDS,
    INDEX_SHARDS,
    LEDGER,
    REQUEST_LOG,
    SEARCH_INDEX,
    STRIPE_OBJECTS,
    STRIPE_OBJECTS_DUE_SHARDS,
    TIMER_SHARDS,
)
from stacks.api.gateway import ACCOUNT_LIMITS
from stacks.data.warm_throughput import DEFAULT_WRITES_PER_S, WARM_WRITES_PER_PAYMENT, WRITES_PER_PAYMENT, writes_per_s
from stacks.environments import ENVIRONMENTS, Environment
from stacks.operations.prices import PRICES, Item
from stacks.workers import queues, streams
from stacks.workers.settlement_machine import AT_ONCE as SETTLING_AT_ONCE

PROMISED_PER_S: Final = 5_000
"""The rate that `prod` is sized for."""

REQUESTS_PER_PAYMENT: Final = 2
EVENTS_PER_PAYMENT: Final = 2
STRIPE_JS_FILES: Final = 5
"""What a page with one Payment Element loads of Stripe.js's frames: two pages, their scripts and their style sheet."""
DONATION_PAGE_FILES: Final = 2
RECORDS_PER_PAYMENT: Final = WRITES_PER_PAYMENT[LEDGER][LEDGER]
"""Changes in the ledger's stream: the payment twice, and the capture's idempotency record, which a filter drops."""

# From AWS's documentation, November 2026. Some Regions have lower quotas, and so do new accounts.
GATEWAY_PER_S: Final = 10_000
GATEWAY_BURST: Final = 5_000
GATEWAY_PER_S_OF_A_NEWER_REGION: Final = 2_500
# Assumed. A dashboard that somebody looks at makes up to four requests a second, and the probe one a minute.
GATEWAY_PER_S_OF_OTHERS: Final = 200
GATEWAY_BURST_OF_A_NEWER_REGION: Final = 1_250
NEWER_REGIONS: Final = (
    "af-south-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ca-west-1",
    "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "mx-central-1",
)  # fmt: skip
"""Of the lower quota of API Gateway: Amazon API Gateway developer guide, "Quotas"."""
LAMBDA_CONCURRENCY: Final = 1_000
LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT: Final = 10
REQUESTS_PER_ENVIRONMENT_AND_S: Final = 10
TABLE_PER_S: Final = 40_000
PLAN_PER_MINUTE: Final = 100
# From memory: us-east-1 has 30,000; eu-west-1 and us-west-2 have these; most Regions have fewer.
TOPIC_PER_S: Final = 9_000
MAILS_PER_S: Final = 14
SECRETS_PER_S: Final = 10_000
STARTED_WITHIN_S: Final = 1
"""In which the load rises from nothing, or a rollout replaces every execution environment."""

# Assumed run times in seconds, warm, at 512 MB; replace them with Lambda's Duration metric once there is one. Receivers
# are assumed to answer in 0.1 s, except that one delivery in a hundred takes the full ten seconds.
API_S: Final = 0.025
PUBLISH_S: Final = 0.2
PLAN_S: Final = 0.06
DELIVER_S: Final = 0.25
UNHEALTHY_S: Final = 10.0
UNHEALTHY_SHARE: Final = 0.01
PAY_S: Final = 0.5
STORE_S: Final = 0.1
LINES_PER_STORE: Final = 100
# The same for a batch of one, as at low rates; `benchmarks/cost/deliveries.py` bills the same times.
ALONE_S: Final[Mapping[str, float]] = {
    "publish_event": 0.025,
    "plan_deliveries": 0.030,
    "deliver_event": 0.125,
    "store_requests": 0.020,
}
# Steps of a settlement run: payments per page and time per page; for `announce`, concurrent payments and time of each.
# A burst delays settlement beyond the next morning, but nothing is lost.
COLLECTED: Final = 100
COLLECT_S: Final = 0.25
MARKED_AT_ONCE: Final = 8
MARK_S: Final = 0.015
# `close_books` is one invocation that reads each entry twice.
ENTRIES_PER_S: Final = 3_000

HEADROOM: Final = 1.25
"""Factor by which a setting exceeds what is needed."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A limited resource: units available per second, units per payment, how to raise it, and the source."""

    name: str
    per_s: float
    per_payment: float
    more: str
    source: str

    @property
    def payments_per_s(self) -> float:
        """The payment rate that uses up the resource."""
        return self.per_s / self.per_payment


def sizes(payments_per_s: float) -> Mapping[str, int]:
    """Return the settings that an environment needs for this payment rate, with headroom, by name.

    Settings of donations do not depend on it: see `resources`.
    """
    events = payments_per_s * EVENTS_PER_PAYMENT
    unhealthy = events * UNHEALTHY_SHARE

    def workers(messages_per_s: float, batch_s: float) -> int:
        return math.ceil(messages_per_s / queues.BATCH * batch_s * HEADROOM)

    return {
        "planners_max": workers(events, PLAN_S),
        "deliverers_max": workers(events - unhealthy, DELIVER_S),
        "unhealthy_deliverers_max": workers(unhealthy, UNHEALTHY_S),
        # A shard carries one partition's changes, so at most as many records per second as a partition accepts writes.
        "stream_lanes": math.ceil(PARTITION_PER_S * PUBLISH_S / streams.BATCH * HEADROOM),
        "warm_payments_per_s": math.ceil(payments_per_s),
    }


@cache
def resources(environment: Environment = ENVIRONMENTS["prod"]) -> Sequence[Resource]:
    """Return the resources of an environment, the scarcest first."""
    return sorted(
        [*_accounts(), *_pages(environment), *_requests(environment), *_workers(environment)],
        key=lambda resource: resource.payments_per_s,
    )


def _accounts() -> Iterator[Resource]:
    """Yield the quotas of API keys and accounts."""
    yield Resource(
        "A key on the `sandbox` plan",
        PLAN_PER_MINUTE / 60,
        REQUESTS_PER_PAYMENT,
        "A key on the `load` plan: `paysandbox keys create --plan load`",
        "stacks/environments.py",
    )
    yield Resource(
        "A new AWS account: ten concurrent executions for the API, the probe and all workers",
        LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT,
        REQUESTS_PER_PAYMENT * (API_S + sum(ALONE_S.values())),
        "Service Quotas: Lambda, Concurrent executions",
        "AWS Lambda developer guide, Lambda quotas",
    )
    yield Resource(
        f"API Gateway, all APIs of the account and Region: {GATEWAY_PER_S:,} requests a second, of which "
        f"{GATEWAY_PER_S_OF_OTHERS} are left to lists, dashboards and the probe",
        GATEWAY_PER_S - GATEWAY_PER_S_OF_OTHERS,
        REQUESTS_PER_PAYMENT,
        f"Service Quotas: API Gateway, Throttle rate. One method stays below {ACCOUNT_LIMITS.per_s:,} a second",
        "Amazon API Gateway developer guide, quotas",
    )
    yield Resource(
        "API Gateway, one method of a stage, with any account quota",
        ACCOUNT_LIMITS.per_s,
        1,
        "`ACCOUNT_LIMITS` in `stacks/api/gateway.py`, where AWS takes more for a stage of your Region",
        "stacks/api/gateway.py",
    )
    yield Resource(
        f"API Gateway in the {len(NEWER_REGIONS)} Regions with a [lower quota](#regions-with-lower-quotas)",
        GATEWAY_PER_S_OF_A_NEWER_REGION - GATEWAY_PER_S_OF_OTHERS,
        REQUESTS_PER_PAYMENT,
        "Service Quotas: API Gateway, Throttle rate",
        "Amazon API Gateway developer guide, quotas",
    )
    yield Resource(
        "Lambda, default quota: invocations of the API and the workers",
        LAMBDA_CONCURRENCY * REQUESTS_PER_ENVIRONMENT_AND_S,
        _invocations(),
        "Service Quotas: Lambda, Concurrent executions (1,300 for 5,000 payments a second)",
        "AWS Lambda developer guide, Lambda quotas: 10 requests per second and execution environment",
    )
    yield Resource(
        f"Secrets Manager: each execution environment that starts reads the hashing keys. All that this rate needs, "
        f"started within {STARTED_WITHIN_S} s",
        SECRETS_PER_S * STARTED_WITHIN_S * REQUESTS_PER_ENVIRONMENT_AND_S,
        REQUESTS_PER_PAYMENT,
        "`snap_start`, which reads them before the snapshot; the quota is fixed",
        "AWS Secrets Manager user guide, quotas",
    )
    yield Resource(
        "SNS, messages published, in eu-west-1 or us-west-2",
        TOPIC_PER_S,
        EVENTS_PER_PAYMENT,
        "Service Quotas: SNS, Messages published per second. us-east-1 has 30,000, most other Regions have fewer",
        "AWS General Reference, Amazon SNS endpoints and quotas (from memory)",
    )


def _pages(environment: Environment) -> Iterator[Resource]:
    """Yield the limits of the pages that payers open, and of what browsers load for them. Each is that of one route."""
    guide = "Amazon API Gateway developer guide, Throttle requests to your REST APIs"
    yield Resource(
        "Payments on Checkout's page, or with a 3-D Secure challenge: the page is shown once and its form sent once",
        environment.page_requests_per_s,
        1,
        "`page_requests_per_s`",
        guide,
    )
    hours = environment.script_max_age_s / 3_600
    yield Resource(
        f"Payers whose browser loads Stripe.js for the first time in {hours:g} h: the script of one train",
        environment.script_requests_per_s,
        1,
        "`script_requests_per_s`",
        guide,
    )
    yield Resource(
        f"The same payers: {STRIPE_JS_FILES} files of Stripe.js's frames",
        environment.page_requests_per_s,
        STRIPE_JS_FILES,
        "`page_requests_per_s`",
        guide,
    )
    yield Resource(
        "Donors whose browser opens `/donate` for the first time since it changed: its script and its style sheet",
        environment.page_requests_per_s,
        DONATION_PAGE_FILES,
        "`page_requests_per_s`",
        guide,
    )


def _requests(environment: Environment) -> Iterator[Resource]:
    """Yield the tables and partitions that requests write to."""
    load = next(load for load in LOADS if load.captured and load.merchants > 1)
    heat = simulate(load, seconds=1)
    hottest, peak = max(heat.hottest.items(), key=lambda entry: entry[1])
    units = WRITES_PER_PAYMENT[LEDGER][LEDGER]
    yield Resource(
        f"`{LEDGER}` right after its creation, where it is not warmed (`dev`)",
        DEFAULT_WRITES_PER_S,
        units,
        "Wait, since capacity doubles within 30 minutes of the last peak, or set `warm_payments_per_s`",
        "Amazon DynamoDB developer guide, On-demand capacity mode",
    )
    yield Resource(
        f"`{LEDGER}` and the other tables, warmed",
        writes_per_s(environment, LEDGER) or DEFAULT_WRITES_PER_S,
        units,
        "`warm_payments_per_s`",
        "Amazon DynamoDB developer guide, Understanding warm throughput",
    )
    yield Resource(
        f"`{LEDGER}` with its indexes, default quota of a table",
        TABLE_PER_S,
        heat.units_per_payment,
        "Service Quotas: DynamoDB, Table-level write throughput limit",
        "Amazon DynamoDB developer guide, Quotas",
    )
    yield Resource(
        f"The hottest partition of `{hottest}`",
        PARTITION_PER_S,
        peak / load.per_s,
        "More due shards, [in place](#more-due-shards)",
        "Amazon DynamoDB developer guide, Designing partition keys; `python -m benchmarks.hot_keys`",
    )


def _workers(environment: Environment) -> Iterator[Resource]:
    """Yield the workers that run after the response."""
    shards = (writes_per_s(environment, LEDGER) or DEFAULT_WRITES_PER_S) / PARTITION_PER_S
    lambda_guide = "AWS Lambda developer guide"
    yield Resource(
        f"Stream of `{LEDGER}`: a shard for each partition, {shards:.0f} when warmed",
        shards * PARTITION_PER_S,
        RECORDS_PER_PAYMENT,
        "`warm_payments_per_s`: more partitions have more shards",
        f"{lambda_guide}, Process DynamoDB records with Lambda",
    )
    yield Resource(
        f"Publisher: {environment.stream_lanes} batches of {streams.BATCH} records of each shard at once, "
        f"{PUBLISH_S} s each",
        shards * environment.stream_lanes * streams.BATCH / PUBLISH_S,
        EVENTS_PER_PAYMENT,
        "`stream_lanes`, up to 10",
        f"{lambda_guide}, Process DynamoDB records with Lambda",
    )
    for name, setting, seconds, share in (
        ("Planner", "planners_max", PLAN_S, 1.0),
        ("Deliverer", "deliverers_max", DELIVER_S, 1 - UNHEALTHY_SHARE),
        (
            f"Deliverer of slow endpoints, {UNHEALTHY_SHARE:.0%} of deliveries",
            "unhealthy_deliverers_max",
            UNHEALTHY_S,
            UNHEALTHY_SHARE,
        ),
    ):
        at_once = getattr(environment, setting)
        yield Resource(
            f"{name}: {at_once} batches of {queues.BATCH} at once, {seconds} s each",
            at_once * queues.BATCH / seconds,
            EVENTS_PER_PAYMENT * share,
            f"`{setting}`, up to 1,000",
            f"{lambda_guide}, Configuring scaling behavior for SQS event source mappings",
        )
    for table, name in ((EVENTS, "Events"), (REQUEST_LOG, "Request log")):
        yield Resource(
            f"{name}: a partition of the index by merchant, if one merchant has all payments",
            PARTITION_PER_S * INDEX_SHARDS,
            WRITES_PER_PAYMENT[table]["by_merchant"],
            "More merchants: each has 16 partitions of its own",
            "Amazon DynamoDB developer guide, Designing partition keys",
        )
    yield Resource(
        f"Feed: the {FEED_SHARDS} partitions of an hour, if one merchant has all payments, of which "
        f"{environment.request_log_sample_percent} % are recorded",
        PARTITION_PER_S * FEED_SHARDS,
        WRITES_PER_PAYMENT[FEED][FEED] * environment.request_log_sample_percent / 100,
        "More merchants: each has partitions of its own. Or a lower `request_log_sample_percent`",
        "Amazon DynamoDB developer guide, Designing partition keys",
    )
    yield from _stripe_objects(environment)
    yield Resource(
        f"Request log: {LINES_PER_STORE} lines stored in {STORE_S} s, with a tenth of the default concurrency",
        LAMBDA_CONCURRENCY / 10 * LINES_PER_STORE / STORE_S,
        REQUESTS_PER_PAYMENT,
        "Service Quotas: Lambda, Concurrent executions",
        f"{lambda_guide}, Lambda quotas",
    )
    yield Resource(
        "Settlement, average of a day that is settled within a day",
        1,
        (COLLECT_S / COLLECTED + MARK_S / MARKED_AT_ONCE) / SETTLING_AT_ONCE + 2 / ENTRIES_PER_S,
        "`AT_ONCE` in `stacks/workers/settlement_machine.py`, up to the number of shards; memory for `close_books`",
        "Assumed times; `make bench ARGS=cost` counts the calls",
    )
    yield Resource(
        f"Donations: {environment.payers_max} batches of {queues.BATCH} Stripe events at once, {PAY_S} s each",
        environment.payers_max * queues.BATCH / PAY_S,
        1,
        "`payers_max`, up to the 1,000 writes a second of one partition of `RecentDonationsIndex`",
        "Amazon DynamoDB developer guide, Designing partition keys",
    )
    yield Resource(
        "Receipts of donations: SES's first sending rate outside its sandbox",
        MAILS_PER_S,
        1,
        "Service Quotas: SES, Sending rate; then `senders_max`",
        "Amazon SES developer guide, Service quotas (from memory)",
    )


def stripe_payments() -> Mapping[str, Mapping[str, Any]]:
    """Return what was counted of each kind of payment of the Stripe-compatible API, by its name."""
    counted = result("cost")["stripe"]
    return {kind: counted[kind] for kind in OF_STRIPE}


def objects_written(counts: Mapping[str, Any]) -> int:
    """Return the write units of `StripeObjects`, or of the index of it that takes more."""
    return max((units for place, units in counts["write_units"].items() if place.startswith(STRIPE_OBJECTS)), default=0)


def _stripe_objects(environment: Environment) -> Iterator[Resource]:
    """Yield the table of Stripe's objects, by the kinds of payments that write to it, and the reader of its stream."""
    for kind, counts in stripe_payments().items():
        if objects_written(counts):
            yield Resource(
                f"`{STRIPE_OBJECTS}` right after its creation, in every environment: {kind}",
                DEFAULT_WRITES_PER_S,
                objects_written(counts),
                "Wait, since capacity doubles within 30 minutes of the last peak. It is [not warmed](#warm-tables)",
                "Amazon DynamoDB developer guide, On-demand capacity mode",
            )
    shards = DEFAULT_WRITES_PER_S / PARTITION_PER_S
    kind, most = max(stripe_payments().items(), key=lambda one: one[1]["changed_objects"])
    yield Resource(
        f"Publisher of Stripe's objects, with the {shards:.0f} shards of a new table: {kind}",
        shards * environment.stream_lanes * streams.BATCH / PUBLISH_S,
        most["changed_objects"],
        "`stream_lanes`, up to 10. A table that has grown has more shards",
        "AWS Lambda developer guide, Process DynamoDB records with Lambda",
    )


def _invocations() -> float:
    """Return the invocations per payment when batches are full."""
    events = EVENTS_PER_PAYMENT * (1 / streams.BATCH + 2 / queues.BATCH)
    return REQUESTS_PER_PAYMENT * (1 + 1 / LINES_PER_STORE) + events


def page() -> str:
    """Return the model as a Markdown page."""
    return "\n".join([*_head(), *_table(), *_rest()]) + "\n"


def _head() -> Iterator[str]:
    yield "# Capacity"
    yield ""
    yield "<!-- Generated by docs/generate.py from benchmarks/capacity.py. Do not edit. -->"
    yield ""
    yield from _text("""
        What limits the payment rate, and how to raise it. This is a model, not a measurement. One payment is an
        authorization and a capture: two requests, two events, and a delivery of each to one webhook endpoint. Its
        usage is counted with the project's own code, and so is that of [payments through the Stripe-compatible
        API](#payments-through-the-stripe-compatible-api). The quotas are AWS's defaults as documented in November
        2026, and the settings are those of `prod`. The first row below the rate that you need is your limit; the
        rows of pages, Stripe.js, donations, settlement and `StripeObjects` apply to those only.
    """)


def _table() -> Iterator[str]:
    yield "| Resource | Payments per second | How to raise it | Source |"
    yield "|---|---:|---|---|"
    for resource in resources():
        bears = f"{resource.payments_per_s:,.0f}" if resource.payments_per_s >= 10 else f"{resource.payments_per_s:.1f}"
        yield f"| {resource.name} | {bears} | {resource.more} | {resource.source} |"


def _rest() -> Iterator[str]:
    heat = simulate(next(load for load in LOADS if load.captured and load.merchants > 1), seconds=1)
    shares = ", ".join(f"`{where}` {units:.0f}" for where, units in heat.units.items())
    yield ""
    yield from _text(f"""
        A payment consumes {heat.units_per_payment:.0f} write units of the ledger: {shares}. `{LEDGER}` is the
        table, the others are its indexes. With a reference, it consumes one more in `by_reference`, and with the number
        of its order in `metadata` one in `{SEARCH_INDEX}`, behind the answer. Both are warmed in `prod` for one each;
        a description, a customer, or further metadata, consumes one more for each text. Events, deliveries and the
        request log have tables of their own.
    """)
    yield from _text("""
        Events and deliveries wait in the stream (up to 23 hours) and in queues (up to 14 days), so at a higher rate
        they are late, not lost. Requests do not wait.
    """)
    yield from _stripe()
    yield from _sizes()
    yield from _new_account()
    yield from _newer_regions()
    yield from _warm()
    yield from _due_shards()
    yield "Beyond one account: [cells](cells.md)."


def _stripe() -> Iterator[str]:
    yield from ("## Payments through the Stripe-compatible API", "")
    yield from _text(f"""
        What such a payment adds, counted until its events are published. A write that is refused is billed, and one
        in a transaction twice: both are included. `{STRIPE_OBJECTS}` has Checkout sessions, saved cards, transfers
        and application fees. Its stream has a reader of its own, and each event is delivered like any other.
        `{SEARCH_INDEX}` has one entry for each text that a payment, a session or a customer is found by.
    """)
    tables = (LEDGER, STRIPE_OBJECTS, SEARCH_INDEX)
    yield (
        f"| Payment | Requests | Write units of the ledger | of `{STRIPE_OBJECTS}` | of `{SEARCH_INDEX}` | "
        "Changed objects | Events |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for kind, counts in stripe_payments().items():
        of_table = {
            table: sum(units for place, units in counts["write_units"].items() if place.startswith(table))
            for table in tables
        }
        numbers = (counts["requests"], *of_table.values(), counts["changed_objects"], counts["events"])
        yield f"| {kind} | {' | '.join(map(str, numbers))} |"
    yield ""
    yield from _text(f"""
        The authorizer of this API runs once in {ENVIRONMENTS["prod"].key_cache_s} s for each key in use, not for each
        request. The page of
        Checkout is public, so its rate is that of [public routes](../how-to/deploy.md#limit-anonymous-callers),
        for all merchants together.
    """)


def _sizes() -> Iterator[str]:
    dev, prod = ENVIRONMENTS["dev"], ENVIRONMENTS["prod"]
    yield from ("## Settings", "")
    yield from _text(f"""
        The [settings](../reference/settings.md#workers) of the workers, and the values that {PROMISED_PER_S:,}
        payments a second need, with 25% headroom. `prod` sustains that rate once the quotas above are raised.
    """)
    yield f"| Setting | `dev` | `prod` | Needed for {PROMISED_PER_S:,}/s |"
    yield "|---|---:|---:|---:|"
    for name, needed in sizes(PROMISED_PER_S).items():
        yield f"| `{name}` | {_shown(getattr(dev, name))} | {_shown(getattr(prod, name))} | {needed:,} |"
    yield ""
    yield from _text(f"""
        Assumed, with warm functions of 512 MB: a request takes {API_S * 1_000:.0f} ms of its function,
        {streams.BATCH} stream records take {PUBLISH_S} s, {queues.BATCH} events to plan {PLAN_S} s, and
        {queues.BATCH} deliveries {DELIVER_S} s if the receivers answer within 0.1 s. Batches are full, as they are
        under load. Lambda adds up to 300 executions a minute to those of a queue, so the full rate takes two
        minutes to reach. For slower receivers, raise `deliverers_max` in proportion.
    """)


def _shown(value: int | None) -> str:
    return "AWS's default" if value is None else f"{value:,}"


def _new_account() -> Iterator[str]:
    alone = REQUESTS_PER_PAYMENT * (API_S + sum(ALONE_S.values()))
    yield from ("## A new AWS account", "")
    yield from _text(f"""
        A new account runs {LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT} functions at once. The API, the probe and the
        workers share them, and a payment with all that follows takes {alone:.2f} s of one: about
        {LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT / alone:.0f} payments a second. Beyond that, Lambda refuses
        invocations. The workers' batches are retried. A request is answered at once: API Gateway answers for a
        throttled function with 502, not 429, as the error `upstream_error`, which can be retried with the same
        idempotency key.
    """)
    yield from _text("""
        The defaults of the settings leave the API four of the ten executions while the webhook queues are full,
        less two for each of the donations' queues that is full too (two is the least that SQS allows). Raise the
        quota *Concurrent executions* before you deploy `prod`, whose workers would otherwise take all ten, or
        override its settings with `-c planners_max=2 -c deliverers_max=2 -c unhealthy_deliverers_max=2 -c
        payers_max=2 -c waiting_requests_max=2`.
    """)


def _newer_regions() -> Iterator[str]:
    yield from ("## Regions with lower quotas", "")
    yield from _text(f"""
        In {", ".join(NEWER_REGIONS[:-1])} and {NEWER_REGIONS[-1]}, API Gateway's default is
        {GATEWAY_PER_S_OF_A_NEWER_REGION:,} requests a second with a burst of {GATEWAY_BURST_OF_A_NEWER_REGION:,}, not
        {GATEWAY_PER_S:,} with {GATEWAY_BURST:,}:
        {(GATEWAY_PER_S_OF_A_NEWER_REGION - GATEWAY_PER_S_OF_OTHERS) // REQUESTS_PER_PAYMENT:,} payments a second, as
        above. The rate can be raised; AWS sets the burst by it. `paysandbox doctor --env prod` reads the account's
        own. SNS's lower quotas are in the table above.
    """)


def _warm() -> Iterator[str]:
    prod = ENVIRONMENTS["prod"]
    places = [(table, index) for table, indexes in WARM_WRITES_PER_PAYMENT.items() for index in indexes]
    raised = sum(units - DEFAULT_WRITES_PER_S for place in places if (units := writes_per_s(prod, *place)) is not None)
    yield from ("## Warm tables", "")
    yield from _text(f"""
        An on-demand table takes 4,000 writes a second when it is new, and adapts to more within half an hour.
        `warm_payments_per_s` makes the tables that a payment writes, and their indexes, take the rate at once.
        DynamoDB can raise a table's warm throughput but not lower it: it refuses a smaller value, and the
        deployment is rolled back. The raise is billed once, at the price of provisioned capacity for an hour: for
        `prod`, {raised:,} write units above the default, {raised * PRICES[Item.WARM_WRITE_UNIT].usd:.0f} US dollars
        in us-east-1 (modeled, from the list price of a provisioned unit in `stacks/operations/prices.py`). The local
        engine ignores it.
    """)
    yield from _text(f"""
        `{STRIPE_OBJECTS}` is not warmed. A payment that is only confirmed writes nothing to it, and the promised rate
        is that of payments. Checkout is slower anyway, since its page is public. Whoever expects hundreds of
        destination charges a second from the first minute on warms it by
        `aws dynamodb update-table --warm-throughput`, which no deployment takes back.
    """)


def _due_shards() -> Iterator[str]:
    yield from ("## More due shards", "")
    yield from _text(f"""
        Payments that wait for expiry or settlement are spread over {DUE_SHARDS} partitions of the index `by_due`.
        The number can be raised in place, for new payments, in two deployments. An entry stays in the partition in
        which its payment was created, so the readers cover the old range too, and no entry is moved:
    """)
    yield "1. Raise `DUE_SHARDS_READ` in `paysandbox/aws/schema.py` to 64, and deploy. The expiry sweep, the settlement"
    yield "   run and `paysandbox settlements run` then read 64 partitions, of which half are empty. Deploy while no"
    yield "   settlement run is active: of one that the new code opens and the old code closes, only 32 are sealed."
    yield "2. Raise `DUE_SHARDS` to 64, and deploy. New payments are spread over 64 partitions."
    yield ""
    others = TIMER_SHARDS + STRIPE_OBJECTS_DUE_SHARDS
    queries = {shards: shards + others for shards in (DUE_SHARDS, 2 * DUE_SHARDS)}
    yield from _text(f"""
        Not in one deployment: until the readers are replaced, nobody would expire or settle payments in a new
        partition. None is lost, but each waits for the next night. The second step can be undone at any time; the
        first only when no payment is left in a higher partition. A sweep then has {queries[2 * DUE_SHARDS]} queries
        instead of {queries[DUE_SHARDS]} ({others} of timers and Checkout sessions), and a settlement run 96 more steps.
    """)


def _text(paragraph: str) -> Iterator[str]:
    """Wrap a paragraph into lines and add an empty one."""
    yield from textwrap.wrap(" ".join(paragraph.split()), 110, break_long_words=False, break_on_hyphens=False)
    yield ""


def main() -> int:
    """Print the model; with a rate, print the resources that limit it and return 1 if there are any."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("wanted", nargs="?", type=float, default=0.0, metavar="PAYMENTS_A_SECOND", help="the rate")
    wanted = parser.parse_args().wanted
    in_the_way = [resource for resource in resources() if resource.payments_per_s < wanted]
    for resource in in_the_way if wanted else resources():
        print(f"{resource.payments_per_s:>10,.1f}/s  {resource.name}\n{'':14}{resource.more}")
    if wanted and not in_the_way:
        print(f"Nothing limits {wanted:,.0f} payments a second.")
    return 1 if in_the_way else 0


if __name__ == "__main__":
    raise SystemExit(main())
