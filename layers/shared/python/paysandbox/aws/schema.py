"""Keys and indexes of the tables. Standard library only: the stacks read it too."""

import hashlib
from dataclasses import dataclass
from typing import Final

LEDGER: Final = "PaymentsLedger"

PARTITION_KEY: Final = "transaction_id"
TTL_ATTRIBUTE: Final = "purge_at"

IDEMPOTENCY_ATTRIBUTES: Final = (PARTITION_KEY, "operation_id", "body_hash", "pepper", "claimed_at", TTL_ATTRIBUTE)
"""All that a claim has. Who may put nothing else makes no payment of it."""

INDEX_SHARDS: Final = 16
"""One test card or one merchant at 5,000 payments a second stays under 600 of a partition's 1,000 writes a second."""

DUE_SHARDS: Final = 32
"""The same for what is due, which is one thing for everybody: an authorization writes its entry, a capture moves it."""


@dataclass(frozen=True, slots=True)
class Index:
    """A KEYS_ONLY index: its name, partition attribute and sort attribute (all strings)."""

    name: str
    partition_key: str
    sort_key: str


BY_CARD: Final = Index("by_card", "card_key", "listed_at")
BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
BY_DUE: Final = Index("by_due", "due_key", "due_at")
INDEXES: Final = (BY_CARD, BY_MERCHANT, BY_DUE)

PAYMENT_METHODS: Final = "PaymentMethods"
PAYMENT_METHODS_KEY: Final = "payment_method_id"

API_KEYS: Final = "ApiKeys"
API_KEYS_KEY: Final = "key_digest"

REQUEST_LOG: Final = "RequestLog"
REQUEST_LOG_KEY: Final = "request_id"
REQUESTS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

ENDPOINTS: Final = "WebhookEndpoints"
ENDPOINTS_KEY: Final = "merchant"
"""One item holds all endpoints of a merchant: a plan reads it at once, and their number is bounded by a condition."""

EVENTS: Final = "Events"
EVENTS_KEY: Final = "event_id"
EVENTS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

DELIVERIES: Final = "Deliveries"
DELIVERIES_KEY: Final = "delivery_id"
DELIVERIES_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
DELIVERIES_BY_ENDPOINT: Final = Index("by_endpoint", "endpoint_key", "listed_at")
DELIVERIES_DUE: Final = Index("by_due", "due_key", "due_at")
DELIVERY_INDEXES: Final = (DELIVERIES_BY_MERCHANT, DELIVERIES_BY_ENDPOINT, DELIVERIES_DUE)

SETTLEMENT_ENTRIES: Final = "SettlementEntries"
ENTRIES_KEY: Final = "batch_merchant_shard"
ENTRIES_SORT: Final = "operation_id"
ENTRY_SHARDS: Final = 16
"""By the payment, so that all that a batch takes of a payment lies in one partition."""

SETTLEMENT_BATCHES: Final = "SettlementBatches"
BATCHES_KEY: Final = "batch_key"
BATCHES_SORT: Final = "part"
BATCHES_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

DONATIONS: Final = "DonationsPlatformTable"
DONATIONS_KEY: Final = "PK"
DONATIONS_SORT: Final = "SK"
RECENT_DONATIONS: Final = Index("RecentDonationsIndex", "status", "created_at")
"""Projects everything. One partition takes a thousand donations a second; the payment worker's concurrency, which is
bounded, keeps far below it, and a burst waits in the queue."""
OPEN_RECEIPTS: Final = Index("ReceiptsIndex", "receipt_open", "receipt_at")
"""Only what is due, under way or refused has a place in it."""
TOTAL_SHARDS: Final = 8
"""Rows of a currency's total: two transactions over one row at once cancel each other. One query reads them all."""

DONATIONS_ONLY: Final = {"dynamodb": {"NewImage": {DONATIONS_SORT: {"S": [{"prefix": "DONATION#"}]}}}}
"""Which records of the table's stream may be events of a donation, as a filter pattern of Lambda."""


def shard_key(value: str, shard: int) -> str:
    """An index partition: the thing looked for, and one of its shards."""
    return f"{value}#{shard:x}"


def shard_of_text(text: str, shards: int) -> int:
    """The index shard of a thing whose id is not known to be a hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:2], "big") % shards
