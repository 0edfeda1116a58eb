"""The resources that functions may have rights on: tables, queues, secrets, the topic, the bucket.

A route's row lists grants (`Grant`). `stacks/resources.py` maps each resource to its construct and each grant to an IAM
policy. A function finds a resource through the settings that the resource names.
"""

from typing import Final

from paysandbox.aws import schema, settings
from paysandbox.aws.schema import Index
from paysandbox.aws.settings import Settings
from paysandbox.core.record import record


@record
class Resource:
    """A resource that a function uses. The function finds it by its `settings`, or a table by the `variable` with its
    name. Both are None if the function's trigger delivers the data."""

    name: str
    settings: type[Settings] | None = None
    variable: str | None = None


@record
class Grant:
    """A function's right to actions (IAM names without the service prefix) on a resource or one of its indexes."""

    resource: Resource
    actions: tuple[str, ...]
    index: Index | None = None


def table(name: str) -> Resource:
    """Return the resource of a table, of which functions need to know the name only."""
    return Resource(name, variable=settings.table_variable(name))


LEDGER: Final = Resource(schema.LEDGER, settings.LedgerSettings)
LEDGER_STREAM: Final = Resource(f"{schema.LEDGER}Stream")
IDEMPOTENCY_RECORDS: Final = Resource("IdempotencyRecords", settings.LedgerSettings)
"""The ledger's items that bind an idempotency key to one route."""
SHARED_IDEMPOTENCY_RECORDS: Final = Resource("SharedIdempotencyRecords", settings.LedgerSettings)
"""The same for keys shared by all routes of an API. Their item has the ID that a payment under the key would have."""
STRIPE_OBJECTS: Final = table(schema.STRIPE_OBJECTS)
EPHEMERAL_KEYS: Final = Resource("EphemeralKeys", variable=settings.table_variable(schema.STRIPE_OBJECTS))
"""Its items that are ephemeral keys."""
CONNECTED_ACCOUNTS: Final = Resource("ConnectedAccounts", variable=settings.table_variable(schema.STRIPE_OBJECTS))
"""Its items that are connected accounts."""
PLATFORMS: Final = Resource("Platforms", variable=settings.table_variable(schema.STRIPE_OBJECTS))
"""Its items that name the platforms of connected accounts."""
STRIPE_OBJECTS_STREAM: Final = Resource(f"{schema.STRIPE_OBJECTS}Stream")
API_KEYS: Final = Resource(schema.API_KEYS, settings.ApiKeySettings)
MERCHANT_SETTINGS: Final = Resource(schema.MERCHANT_SETTINGS, settings.MerchantSettingsSettings)
CLOCK: Final = Resource("Clock", settings.MerchantSettingsSettings)
"""The item of the table of merchants' settings with the offset of the environment's clock, and who has faults."""
FAULTS: Final = Resource(schema.FAULTS, settings.FaultSettings)
"""Exists where the clock may move."""
DUE_WORK: Final = Resource("DueWork")
"""The sweeps that do what is due."""
HASHING_KEYS: Final = Resource("Pepper", settings.HashingKeySettings)

SEARCH_INDEX: Final = table(schema.SEARCH_INDEX)

REQUEST_LOG: Final = Resource(schema.REQUEST_LOG, settings.RequestLogSettings)
FEED: Final = Resource(schema.FEED, settings.FeedSettings)
DEAD_REQUESTS: Final = Resource("dead-requests")
FAILED_RUNS: Final = Resource("failed-runs")
"""Where Lambda reports a scheduled run that failed."""

TOPIC: Final = Resource("WebhookTopic", settings.TopicSettings)
UNPUBLISHED_EVENTS: Final = Resource("parked-events", settings.DeadLetterSettings)
ENDPOINTS: Final = Resource(schema.ENDPOINTS, settings.WebhookTablesSettings)
EVENTS: Final = Resource(schema.EVENTS, settings.WebhookTablesSettings)
DELIVERIES: Final = Resource(schema.DELIVERIES, settings.WebhookTablesSettings)
DELIVERY_QUEUE: Final = Resource("deliveries", settings.DeliveryQueuesSettings)
UNHEALTHY_QUEUE: Final = Resource("suspects", settings.DeliveryQueuesSettings)
DEAD_DELIVERIES: Final = Resource("dead-deliveries", settings.DeadLetterSettings)
WEBHOOK_SECRET: Final = Resource("WebhookSecret", settings.WebhookSecretSettings)
INBOX: Final = Resource(schema.INBOX, settings.InboxTableSettings)

TIMERS: Final = table(schema.TIMERS)
TIMER_QUEUE: Final = Resource("due-timers", settings.TimerQueueSettings)

DISPUTES: Final = Resource(schema.DISPUTES, settings.DisputesTableSettings)

CUSTOMERS: Final = table(schema.CUSTOMERS)
MERCHANT_FUNDS: Final = Resource(schema.MERCHANT_FUNDS, settings.FundsTableSettings)
BALANCE_JOURNAL: Final = Resource("BalanceJournal", settings.FundsTableSettings)
"""Its items that are the journal of merchants' balances."""
DISBURSEMENTS: Final = Resource(schema.DISBURSEMENTS, settings.DisbursementsTableSettings)
DISBURSEMENTS_STREAM: Final = Resource(f"{schema.DISBURSEMENTS}Stream")
PAYPAL_CREDENTIALS: Final = Resource("PAYPAL_CREDENTIALS", settings.PaypalSettings)

SETTLEMENT_ENTRIES: Final = Resource(schema.SETTLEMENT_ENTRIES, settings.SettlementTablesSettings)
SETTLEMENT_BATCHES: Final = Resource(schema.SETTLEMENT_BATCHES, settings.SettlementTablesSettings)
REPORTS: Final = Resource("reports", settings.ReportsSettings)
ACH_FILES: Final = Resource("AchFiles", settings.ReportsSettings)
"""The files between the sandbox and its bank, in the bucket of reports."""
ACH_FILE_NAMES: Final = Resource("AchFileNames", settings.ReportsSettings)
"""The list of their names."""

DONATIONS: Final = Resource(schema.DONATIONS, settings.DonationsTableSettings)
DONATIONS_STREAM: Final = Resource(f"{schema.DONATIONS}Stream")
STRIPE_SECRET_KEY: Final = Resource("STRIPE_SECRET_KEY", settings.StripeAccountSettings)
STRIPE_WEBHOOK_SECRET: Final = Resource("STRIPE_WEBHOOK_SECRET", settings.StripeAccountSettings)
STRIPE_PUBLISHABLE_KEY: Final = Resource("STRIPE_PUBLISHABLE_KEY", settings.DonationPageSettings)
PAYMENT_QUEUE: Final = Resource("donation-payments", settings.PaymentQueueSettings)
DEAD_PAYMENTS: Final = Resource("donation-payments-dead", settings.DeadLetterSettings)
NOTIFICATION_QUEUE: Final = Resource("donation-notifications", settings.NotificationQueueSettings)
RECEIPT_SENDER: Final = Resource("receipt-sender", settings.ReceiptDeliverySettings)

READ_HASHING_KEYS: Final = Grant(HASHING_KEYS, ("GetSecretValue",))
READ_WEBHOOK_SECRET: Final = Grant(WEBHOOK_SECRET, ("GetSecretValue",))
BIND_KEY: Final = Grant(IDEMPOTENCY_RECORDS, ("PutItem",))
BIND_SHARED_KEY: Final = Grant(SHARED_IDEMPOTENCY_RECORDS, ("PutItem",))
QUEUE_DELIVERIES: Final = (Grant(DELIVERY_QUEUE, ("SendMessage",)), Grant(UNHEALTHY_QUEUE, ("SendMessage",)))
