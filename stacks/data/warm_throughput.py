"""Warm throughput: how many writes a table and its indexes take at once, without growing first.

An on-demand table starts with 4,000 write units a second and doubles its capacity within 30 minutes of a peak. A load
that comes at once is throttled until then. A raise is billed once (`stacks/operations/prices.py`), and DynamoDB refuses
to lower the value again: Amazon DynamoDB developer guide, "Understanding DynamoDB warm throughput".
"""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_dynamodb as dynamodb

from paysandbox.aws import schema
from stacks.environments import Environment

DEFAULT_WRITES_PER_S: Final = 4_000
"""Of every new table and index in on-demand mode."""

WRITES_PER_PAYMENT: Final[Mapping[str, Mapping[str, int]]] = {
    schema.LEDGER: {schema.LEDGER: 3, schema.BY_CARD.name: 1, schema.BY_MERCHANT.name: 1, schema.BY_DUE.name: 1},
    schema.REQUEST_LOG: {schema.REQUEST_LOG: 2, schema.REQUESTS_BY_MERCHANT.name: 2},
    schema.FEED: {schema.FEED: 6},
    schema.EVENTS: {schema.EVENTS: 2, schema.EVENTS_BY_MERCHANT.name: 2},
    schema.DELIVERIES: {schema.DELIVERIES: 2},
}
"""Write units of an authorization and its capture, whose events are each delivered to one endpoint: by table, then by
the table itself or its index. Counted from the project's own items (`tests/benchmarks/test_capacity.py`)."""

WARM_WRITES_PER_PAYMENT: Final[Mapping[str, Mapping[str, int]]] = {
    **WRITES_PER_PAYMENT,
    schema.LEDGER: {**WRITES_PER_PAYMENT[schema.LEDGER], schema.BY_REFERENCE.name: 1},
    schema.SEARCH_INDEX: {schema.SEARCH_INDEX: 1},
}
"""What tables are warmed for, if every payment has a reference, or the number of its order in its metadata."""

SAMPLED: Final = frozenset({schema.REQUEST_LOG, schema.FEED})
"""The tables of which an environment writes the share `request_log_sample_percent` only."""


def writes_per_s(environment: Environment, table: str, index: str | None = None) -> int | None:
    """Return the write units a second that a table or its index is warmed for, or None for AWS's default.

    None too where payments do not write to it.
    """
    if environment.warm_payments_per_s is None:
        return None
    needed = WARM_WRITES_PER_PAYMENT.get(table, {}).get(index or table, 0) * environment.warm_payments_per_s
    if table in SAMPLED:
        needed = -(-needed * environment.request_log_sample_percent // 100)
    return needed if needed > DEFAULT_WRITES_PER_S else None


def warm(environment: Environment, table: str, index: str | None = None) -> dynamodb.WarmThroughput | None:
    """Return the same as a property of the table or index.

    Without reads: their value grows with use, and a template that stated a lower one would be refused.
    """
    needed = writes_per_s(environment, table, index)
    return None if needed is None else dynamodb.WarmThroughput(write_units_per_second=needed)
