"""What saturates first when payments come faster, and which quota to raise then. A model: nothing of it ran on AWS.

    python -m benchmarks.capacity [PAYMENTS_A_SECOND]

A payment here is an authorization and its capture. What it needs follows from the routes, the item functions and the
key scheme; what there is are AWS's default quotas, by the pages named beside each.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.hot_keys import LOADS, PARTITION_PER_S, simulate
from paysandbox.aws.schema import LEDGER

REQUESTS_PER_PAYMENT: Final = 2

# Quoted from AWS's documentation, November 2026; each may be lower in newer Regions, and is in new accounts.
GATEWAY_PER_S: Final = 10_000
LAMBDA_CONCURRENCY: Final = 1_000
LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT: Final = 10
REQUESTS_PER_ENVIRONMENT_AND_S: Final = 10
NEW_TABLE_PER_S: Final = 4_000
TABLE_PER_S: Final = 40_000
PLAN_PER_MINUTE: Final = 100


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that payments use up: how much there is a second, how much one payment takes, how to get more."""

    name: str
    per_s: float
    per_payment: float
    more: str
    source: str

    @property
    def payments_per_s(self) -> float:
        """How many payments a second it bears."""
        return self.per_s / self.per_payment


def resources() -> list[Resource]:
    """Everything that saturates, scarcest first."""
    load = next(load for load in LOADS if load.captured and load.merchants > 1)
    heat = simulate(load, seconds=1)
    hottest, most = max(heat.hottest.items(), key=lambda entry: entry[1])
    widest, units = max(heat.units.items(), key=lambda entry: entry[1])
    found = [
        Resource(
            "A key on the `sandbox` plan",
            PLAN_PER_MINUTE / 60,
            REQUESTS_PER_PAYMENT,
            "A key on the `load` plan: `paysandbox keys create --plan load`",
            "stacks/environments.py",
        ),
        Resource(
            "Lambda, in an account that was just opened",
            LAMBDA_CONCURRENCY_OF_A_NEW_ACCOUNT * REQUESTS_PER_ENVIRONMENT_AND_S,
            REQUESTS_PER_PAYMENT,
            "Service Quotas: Lambda, Concurrent executions",
            "AWS Lambda developer guide, Lambda quotas",
        ),
        Resource(
            f"`{widest}`, a table made for on-demand a moment ago",
            NEW_TABLE_PER_S,
            units,
            "Wait: it doubles within 30 minutes of its last peak; or set warm throughput before a test",
            "Amazon DynamoDB developer guide, On-demand capacity mode",
        ),
        Resource(
            "API Gateway, all APIs of an account and Region",
            GATEWAY_PER_S,
            REQUESTS_PER_PAYMENT,
            "Service Quotas: API Gateway, Throttle rate",
            "Amazon API Gateway developer guide, quotas",
        ),
        Resource(
            "Lambda, by default",
            LAMBDA_CONCURRENCY * REQUESTS_PER_ENVIRONMENT_AND_S,
            REQUESTS_PER_PAYMENT,
            "Service Quotas: Lambda, Concurrent executions",
            "AWS Lambda developer guide, Lambda quotas: an environment takes 10 requests a second",
        ),
        Resource(
            f"The hottest partition, of `{hottest}`",
            PARTITION_PER_S,
            most / load.per_s,
            "None: more shards, which only a new table can have",
            "Amazon DynamoDB developer guide, Designing partition keys; `python -m benchmarks.hot_keys`",
        ),
        Resource(
            f"`{widest}`, by the quota of a table",
            TABLE_PER_S,
            units,
            "Service Quotas: DynamoDB, Table-level write throughput limit",
            "Amazon DynamoDB developer guide, Quotas",
        ),
    ]
    return sorted(found, key=lambda resource: resource.payments_per_s)


def page() -> str:
    """The model as a document."""
    return "\n".join([*_head(), *_table(), *_rest()]) + "\n"


def _head() -> Iterator[str]:
    yield "# What saturates first"
    yield ""
    yield "<!-- Written by docs/generate.py from benchmarks/capacity.py; change that. -->"
    yield ""
    yield "A model, not a measurement: nothing of it has run on AWS. A payment is an authorization and its capture, so"
    yield "two requests. What it needs is counted with the project's own routes, item functions and keys; what there is"
    yield "are AWS's default quotas, as its documentation named them in November 2026. The first row that is"
    yield "below the rate you need is what stops you, and what to raise."
    yield ""


def _table() -> Iterator[str]:
    yield "| what | bears payments a second | to get more | source |"
    yield "|---|---:|---|---|"
    for resource in resources():
        bears = f"{resource.payments_per_s:,.0f}" if resource.payments_per_s >= 10 else f"{resource.payments_per_s:.1f}"
        yield f"| {resource.name} | {bears} | {resource.more} | {resource.source} |"


def _rest() -> Iterator[str]:
    heat = simulate(next(load for load in LOADS if load.captured and load.merchants > 1), seconds=1)
    shares = ", ".join(f"`{where}` {units:.0f}" for where, units in heat.units.items())
    yield ""
    yield f"A payment writes {heat.units_per_payment:.0f} units: {shares} (`{LEDGER}` is the table, the others are"
    yield "its indexes). Streams, queues and deliveries are not built yet, and so not in the table. The log of requests"
    yield "takes its lines from CloudWatch Logs in batches, off the path of a payment, by a function that shares the"
    yield "account's concurrency."


def main() -> int:
    """Print the model; with a rate, what stands in its way (exit 1 where something does)."""
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 0
    in_the_way = [resource for resource in resources() if resource.payments_per_s < wanted]
    for resource in in_the_way if wanted else resources():
        print(f"{resource.payments_per_s:>10,.1f}/s  {resource.name}\n{'':14}{resource.more}")
    if wanted and not in_the_way:
        print(f"Nothing stands in the way of {wanted:,.0f} payments a second.")
    return 1 if in_the_way else 0


if __name__ == "__main__":
    raise SystemExit(main())
