"""Keys and indexes of the tables. Imports the standard library only, because the stacks use it too."""

import hashlib
from typing import Final

from paysandbox.core.record import record

LEDGER: Final = "PaymentsLedger"

PARTITION_KEY: Final = "transaction_id"
TTL_ATTRIBUTE: Final = "purge_at"

IDEMPOTENCY_ATTRIBUTES: Final = (
    PARTITION_KEY,
    "operation_id",
    "body_hash",
    "key_version",
    "claimed_at",
    "endpoint",
    TTL_ATTRIBUTE,
)
"""All attributes of an idempotency record. A role that may write only these cannot create a payment."""

LEDGER_IS_FULL: Final = "ItemCollectionSizeLimitExceededException"
"""The error with which the local engine rejects a payment beyond its maximum (engine/state/payment_limit.py).

DynamoDB has it for tables with local secondary indexes only, which the ledger has none of."""

INDEX_SHARDS: Final = 16
"""On AWS. At 5,000 payments a second, one test card or merchant uses under 600 of a partition's 1,000 writes a second.

The local engine sets another number (index_shards.py)."""

DUE_SHARDS: Final = 32
"""The same for due items, which all merchants share: an authorization writes an entry, and its settlement removes it.

New payments are spread over so many. A payment's entry stays in its shard for life."""

DUE_SHARDS_READ: Final = 32
"""How many are read: all that payments may be in. Raised one deployment before DUE_SHARDS, see
docs/explanation/capacity.md."""


@record
class Index:
    """A KEYS_ONLY index: its name, partition attribute and sort attribute (all strings).

    Without a name, it is the table itself.
    """

    name: str
    partition_key: str
    sort_key: str


@record
class Table:
    """A table of the data stack. Its encryption, protection and backups are the ledger's.

    If it `expires`, DynamoDB deletes an item after its `purge_at`. A stream has the old and new image of each write.
    """

    name: str
    partition_key: str
    sort_key: str | None = None
    indexes: tuple[Index, ...] = ()
    expires: bool = False
    has_stream: bool = False


BY_CARD: Final = Index("by_card", "card_key", "listed_at")
BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
BY_DUE: Final = Index("by_due", "due_key", "due_at")
BY_REFERENCE: Final = Index("by_reference", "ref_key", "listed_at")
"""A sparse index: contains only payments with a merchant's reference. Sharded, because all may have the same."""
INDEXES: Final = (BY_CARD, BY_MERCHANT, BY_DUE, BY_REFERENCE)

STRIPE_OBJECTS: Final = "StripeObjects"
STRIPE_OBJECTS_KEY: Final = "object_key"
STRIPE_OBJECTS_BY_MERCHANT: Final = Index("by_merchant", "list_key", "listed_at")
"""Partitioned by type, merchant and shard: the millisecond of creation."""
STRIPE_OBJECTS_DUE: Final = Index("by_due", "due_key", "due_at")
"""A sparse index: objects on which something falls due, of all merchants."""
STRIPE_OBJECTS_DUE_SHARDS: Final = 4
"""Of due objects, by the same: 4,000 of them a second can be created. The sweep queries every shard each minute."""
STRIPE_OBJECTS_BY_EMAIL: Final = Index("by_email", "email_key", "created")
"""A sparse index: the objects with an e-mail address, by merchant, address and creation."""
STRIPE_OBJECT_INDEXES: Final = (STRIPE_OBJECTS_BY_MERCHANT, STRIPE_OBJECTS_DUE, STRIPE_OBJECTS_BY_EMAIL)

API_KEYS: Final = "ApiKeys"
API_KEYS_KEY: Final = "key_digest"

MERCHANT_SETTINGS: Final = "MerchantSettings"
MERCHANT_SETTINGS_KEY: Final = "merchant"
CLOCK_ITEM: Final = "#clock"
"""The key of the item with the offset of the environment's clock, and the merchants that have faults. No merchant has
such a name."""

REQUEST_LOG: Final = "RequestLog"
REQUEST_LOG_KEY: Final = "request_id"
REQUESTS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

FEED: Final = "Feed"
FEED_KEY: Final = "merchant_hour"
FEED_SORT: Final = "position"
FEED_SHARDS: Final = 4
"""Partitions of a merchant's hour. Each read of the feed queries all of them."""

ENDPOINTS: Final = "WebhookEndpoints"
ENDPOINTS_KEY: Final = "merchant"
"""One item holds all endpoints of a merchant, so that fan-out reads them at once and a condition can limit them."""

EVENTS: Final = "Events"
EVENTS_KEY: Final = "event_id"
EVENTS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

DELIVERIES: Final = "Deliveries"
DELIVERIES_KEY: Final = "delivery_id"
DELIVERIES_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
DELIVERIES_DUE: Final = Index("by_due", "due_key", "due_at")
DELIVERY_INDEXES: Final = (DELIVERIES_BY_MERCHANT, DELIVERIES_DUE)

INBOX: Final = "Inbox"
INBOX_KEY: Final = "merchant"
INBOX_SORT: Final = "entry"
"""The number of a webhook, or `switch`: the merchant's switch, which has no expiry."""

FAULTS: Final = "Faults"
FAULTS_KEY: Final = "merchant"
FAULTS_SORT: Final = "entry"
"""A rule, what a rule or a request has already injected, or a firing."""

TIMERS: Final = "Timers"
TIMERS_KEY: Final = "timer_id"
TIMERS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
TIMERS_DUE: Final = Index("by_due", "due_key", "due_at")
"""Sharded by payment, so that all timers of a payment are in one shard, in the order in which they fall due."""
TIMER_SHARDS: Final = 8
"""Of due timers: 8,000 payments a second can start one. Few payments do, and the sweep queries every shard each minute.
"""
TIMER_INDEXES: Final = (TIMERS_BY_MERCHANT, TIMERS_DUE)

DISPUTES: Final = "Disputes"
DISPUTES_KEY: Final = "dispute_id"
DISPUTES_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

SETTLEMENT_ENTRIES: Final = "SettlementEntries"
ENTRIES_KEY: Final = "batch_merchant_shard"
ENTRIES_SORT: Final = "operation_id"
ENTRY_SHARDS: Final = 16
"""Sharded by payment, so that all entries of a payment in a batch are in one partition."""

SETTLEMENT_BATCHES: Final = "SettlementBatches"
BATCHES_KEY: Final = "batch_key"
BATCHES_SORT: Final = "part"
BATCHES_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

CUSTOMERS: Final = "Customers"
CUSTOMERS_KEY: Final = "customer_id"
CUSTOMERS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")

MERCHANT_FUNDS: Final = "MerchantFunds"
FUNDS_KEY: Final = "merchant"
FUNDS_SORT: Final = "entry"
JOURNAL: Final = "journal#"
"""Begins the partition keys of the journal of merchants' balances, in the same table. No merchant has such a name."""
COVERED: Final = "#0 >= :0"
"""The condition of a transaction that takes from what a merchant has available."""

DISBURSEMENTS: Final = "Disbursements"
DISBURSEMENTS_KEY: Final = "customer_id"
DISBURSEMENTS_SORT: Final = "payment_id"
DISBURSEMENTS_BY_ID: Final = Index("by_payment_id", "payment_id", "customer_id")
DISBURSEMENTS_BY_MERCHANT: Final = Index("by_merchant", "merchant_key", "listed_at")
DISBURSEMENTS_DUE: Final = Index("by_due", "due_key", "due_at")
"""A sparse index: those for which something is left to do, by the time at which it is due."""
DISBURSEMENT_SHARDS: Final = 8
"""Of due disbursements. Each is written a handful of times: 1,000 disbursements a second stay below the limit."""
DISBURSEMENT_INDEXES: Final = (DISBURSEMENTS_BY_ID, DISBURSEMENTS_BY_MERCHANT, DISBURSEMENTS_DUE)

JOURNAL_LIST: Final = Index("", FUNDS_KEY, FUNDS_SORT)
"""The table itself, as a list of a merchant's entries of the journal."""

SEARCH_INDEX: Final = "SearchIndex"
SEARCH_INDEX_KEY: Final = "term_key"
"""A merchant and a text that names objects, or the words of names, and a shard."""
SEARCH_INDEX_SORT: Final = "entry"
SEARCH_LIST: Final = Index("", SEARCH_INDEX_KEY, SEARCH_INDEX_SORT)
"""The table itself, as a list of what a text names."""

BESIDE_LEDGER: Final = (
    # The stream is the outbox: a change of an object is an event.
    Table(STRIPE_OBJECTS, STRIPE_OBJECTS_KEY, indexes=STRIPE_OBJECT_INDEXES, expires=True, has_stream=True),
    Table(TIMERS, TIMERS_KEY, indexes=TIMER_INDEXES),
    Table(DISPUTES, DISPUTES_KEY, indexes=(DISPUTES_BY_MERCHANT,), expires=True),
    Table(CUSTOMERS, CUSTOMERS_KEY, indexes=(CUSTOMERS_BY_MERCHANT,)),
    Table(MERCHANT_FUNDS, FUNDS_KEY, FUNDS_SORT),
    # The stream is the outbox, and the queue of what is to be sent.
    Table(DISBURSEMENTS, DISBURSEMENTS_KEY, DISBURSEMENTS_SORT, indexes=DISBURSEMENT_INDEXES, has_stream=True),
    Table(SEARCH_INDEX, SEARCH_INDEX_KEY, SEARCH_INDEX_SORT),
)
"""The other tables of the data stack, which creates one for each row. A new one also needs its line in `resources`."""

DONATIONS: Final = "DonationsPlatformTable"
DONATIONS_KEY: Final = "PK"
DONATIONS_SORT: Final = "SK"
RECENT_DONATIONS: Final = Index("RecentDonationsIndex", "status", "created_at")
"""Projects all attributes. One partition takes 1,000 donations a second; the payment worker's limited concurrency stays
far below that, and bursts wait in the queue."""
OPEN_RECEIPTS: Final = Index("ReceiptsIndex", "receipt_open", "receipt_at")
"""A sparse index: contains only receipts that are due, being sent or rejected."""
TOTAL_SHARDS: Final = 8
"""Rows per currency total, because concurrent transactions on one row cancel each other. One query reads them all."""

DONATIONS_ONLY: Final = {"dynamodb": {"NewImage": {DONATIONS_SORT: {"S": [{"prefix": "DONATION#"}]}}}}
"""Lambda filter pattern for the stream records that may be donation events."""


def shard_key(value: str, shard: int) -> str:
    """Build an index partition key from a value and one of its shards."""
    return f"{value}#{shard:x}"


def shard_of_text(text: str, shards: int) -> int:
    """Return the index shard of an ID that may not be a hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:2], "big") % shards
