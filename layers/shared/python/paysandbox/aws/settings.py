"""Environment variables of the functions: one class per group of settings.

The stack writes the variables with `to_env` and the handler reads them with `from_env` of the same class, so their
names cannot differ. A route's row lists the settings that its function needs.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, dataclass_transform

PREFIX = "PAYSANDBOX_"
NO_PREFIX = ""
"""No prefix, for donation settings: their variables have the names that the donation platform's document gives them."""

AUTHORITIES_VARIABLE = "PAYSANDBOX_CA_FILE"
"""Of the local engine and its functions: a file of certificate authorities in PEM, which webhook endpoints may have
their certificates from. Never on AWS."""

_READERS: Mapping[Any, Any] = {str: str, int: int, bool: "true".__eq__}


@dataclass_transform(frozen_default=True)
class Settings:
    """Base class of all settings: frozen, read from environment variables and written to them.

    Not dataclasses, whose methods are compiled when the class is made: every function loads all of these classes, and
    needs few of them.
    """

    prefix: ClassVar[str] = PREFIX
    types: ClassVar[Mapping[str, type]] = {}
    """The type of each field by its name: `str`, `int` or `bool`."""

    def __init_subclass__(cls) -> None:
        cls.types = {name: kind for name, kind in cls.__annotations__.items() if isinstance(kind, type)}

    def __init__(self, *ordered: Any, **named: Any) -> None:
        given = dict(zip(self.types, ordered, strict=False)) | named
        if len(ordered) > len(self.types) or given.keys() - self.types.keys():
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.types)}")
        for name in self.types:
            # A default is an attribute of the class. Without one, a missing value is an AttributeError.
            object.__setattr__(self, name, given[name] if name in given else getattr(self, name))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Return the names of the environment variables."""
        return tuple(cls.prefix + name.upper() for name in cls.types)

    def to_env(self) -> dict[str, str]:
        """Return the variables as the stack sets them."""
        texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in vars(self).values()]
        return dict(zip(self.variables(), texts, strict=True))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings from environment variables. Raises KeyError with the name of a missing variable."""
        return cls(
            **{
                name: _READERS[kind](env[variable])
                for (name, kind), variable in zip(cls.types.items(), cls.variables(), strict=True)
            }
        )


def table_variable(table: str) -> str:
    """Return the variable with the name of a table: `PAYSANDBOX_PAYMENT_METHODS_TABLE` for `PaymentMethods`.

    Tables whose functions need to know more have settings of their own.
    """
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in table).lstrip("_")
    return f"{PREFIX}{words}_table".upper()


class ClockSettings(Settings):
    """Seconds added to wall-clock time in every function, or the table with their number, where the clock may move."""

    clock_offset_s: int = 0
    clock_table: str = ""


class FaultSettings(Settings):
    """The table of faults, empty where none are injected."""

    faults_table: str = ""


class MovableClockSettings(Settings):
    """Whether this environment's clock may be moved."""

    clock_may_move: bool


class TracingSettings(Settings):
    """How much is traced. A variable of every function in environments with `tracing=full`, and of none elsewhere."""

    tracing: str


FULL_TRACING = "full"
"""The value with which functions record subsegments themselves."""


class EnvironmentSettings(Settings):
    """The environment's name, for display."""

    environment: str


class LedgerSettings(Settings):
    """The payments table, and its retention in seconds after a payment's last operation."""

    ledger_table: str
    retention_s: int


class RequestLogSettings(Settings):
    """The table that stores requests for seven days, and the share of the successful ones that is stored."""

    request_log_table: str


class SamplingSettings(Settings):
    """The share of successful requests, and of their events, that the request log and the feed store, in percent."""

    request_log_sample_percent: int = 100


class FeedSettings(Settings):
    """The table of the feed."""

    feed_table: str


class HashingKeySettings(Settings):
    """The name of the secret with the keys that hash card numbers and request bodies."""

    hashing_keys_secret: str


class ApiKeySettings(Settings):
    """The table with the digests of API keys."""

    api_keys_table: str


class MerchantSettingsSettings(Settings):
    """The table of merchants' settings."""

    merchant_settings_table: str


class UnknownKeySettings(Settings):
    """Whether test keys that were issued elsewhere are accepted at first sight. A variable of the authorizer in the
    local environment, and of no function elsewhere."""

    accept_unknown_keys: bool


class ReferenceSettings(Settings):
    """The keys of metadata whose value is an order's reference, separated by commas, the first that is there first."""

    reference_keys: str


class BillingSettings(Settings):
    """On which days after the first attempt the payment of an invoice is retried, separated by commas, and what its
    subscription becomes afterwards: `canceled`, `unpaid` or `past_due`."""

    billing_retry_days: str
    billing_after_retries: str


class StripeVersionSettings(Settings):
    """The version of Stripe's API of requests that name none, and of events for endpoints that name none."""

    stripe_version: str


class TopicSettings(Settings):
    """The ARN of the topic that events are published to."""

    webhook_topic: str


class DeadLetterSettings(Settings):
    """The URL of a worker's dead-letter queue."""

    dead_letter_queue: str


class WebhookTablesSettings(Settings):
    """The tables of endpoints, events and deliveries, and the retention of events and deliveries in seconds."""

    endpoints_table: str
    events_table: str
    deliveries_table: str
    event_retention_s: int


class WebhookSecretSettings(Settings):
    """The name of the secret from which the secrets of all endpoints are derived."""

    webhook_secret_name: str


class InboxTableSettings(Settings):
    """The table of merchants' inboxes."""

    inbox_table: str


class DeliveryQueuesSettings(Settings):
    """URLs of the delivery queues: for healthy endpoints, for unhealthy endpoints and all retries, and for deliveries
    that are out of attempts."""

    deliveries_queue: str
    unhealthy_queue: str
    dead_deliveries_queue: str


class RetrySettings(Settings):
    """The retry schedule of deliveries, and how long an endpoint may fail continuously before it is disabled.

    `webhook_retries_s` has the delays in seconds before the second and later attempts, separated by commas.
    """

    webhook_retries_s: str
    webhook_disable_after_s: int

    @property
    def schedule(self) -> tuple[int, ...]:
        """The delays in seconds."""
        return tuple(int(delay) for delay in self.webhook_retries_s.split(","))


class TargetSettings(Settings):
    """Allowed webhook targets: whether this is the local environment, and the private hosts allowed there, separated
    by commas (`-c webhook_allowed_hosts=…`; ignored in other environments)."""

    webhook_local: bool
    webhook_allowed_hosts: str


class TimerQueueSettings(Settings):
    """The URL of the queue that delays what falls due within minutes, or "" if there is none."""

    timer_queue: str


class DisputesTableSettings(Settings):
    """The table of disputes and their evidence, and the retention of a row in seconds after its dispute."""

    disputes_table: str
    disputes_retention_s: int


class SettlementTablesSettings(Settings):
    """The tables of settlement batches and their entries, and the retention of entries in seconds (0: unlimited)."""

    settlement_entries_table: str
    settlement_batches_table: str
    settlement_entries_retention_s: int


class FeeSettings(Settings):
    """The fee schedule of captures (`settlement/fees.py`). A settlement batch keeps the one that it was opened with."""

    settlement_fees: str


class SettlementSettings(Settings):
    """Settings of new settlement batches: the minimum payout (minor units), and the days without a nightly run
    (holidays as `2026-12-25,2027-01-01`)."""

    payout_minimum: int
    settlement_skips_weekends: bool
    settlement_holidays: str


class ReportsSettings(Settings):
    """The S3 bucket of settlement reports."""

    reports_bucket: str


class ProbeSettings(Settings):
    """The URL that the probe calls, the one that API Gateway generated (the same without a domain), and the usage plan
    of its API key."""

    base_url: str
    generated_url: str
    probe_plan: str


class AcceptanceSettings(Settings):
    """Limits of the simulated bank: the minimum amount (minor units), how long an authorization is valid (seconds), and
    whether it accepts any Luhn-valid card number."""

    minimum_amount: int
    authorization_validity_s: int
    accept_any_card: bool


class DisputeFeeSettings(Settings):
    """What a chargeback costs the merchant: the fee by currency (`payments/disputes/fees.py`), and whether it is
    returned when the merchant wins."""

    dispute_fee: str
    dispute_fee_returned: bool


class TextSettings(Settings):
    """Whether text fields of a request body may contain card numbers."""

    accept_card_numbers_in_text: bool


class FundsTableSettings(Settings):
    """The table of merchants' funds."""

    funds_table: str


class DisbursementsTableSettings(Settings):
    """The table of disbursements, and that of the funds that they are paid from: a function that only reads
    disbursements has no right to the latter."""

    disbursements_table: str
    disbursements_funds_table: str


class DisbursementFeeSettings(Settings):
    """What a disbursement costs the merchant, by payment method and currency (`disbursements/fees.py`)."""

    disbursement_fee: str


class DisbursementMethodSettings(Settings):
    """How a disbursement is paid whose request does not say it (`disbursements/methods.py`)."""

    disbursement_method: str


class AchSettings(Settings):
    """Until when ACH entries are collected, in New York (`disbursements/ach/windows.py`)."""

    ach_cutoffs: str


class WaitingSettings(Settings):
    """How many requests may wait at once for the result of a disbursement (`Prefer: wait=N`)."""

    waiting_requests_max: int


class PaypalSettings(Settings):
    """The PayPal account that disbursements are paid from: its credentials (an SSM SecureString, which may not exist
    yet), the base URL of its API, and the trust in its webhooks: the host of its certificates, and their root
    ("": the roots of the layer; "credentials": the root in the credentials, which the simulator's have)."""

    paypal_credentials_parameter: str
    paypal_api_base: str
    paypal_certificate_host: str
    paypal_certificate_root: str


class DonationsTableSettings(Settings):
    """The table of donors, donations and totals."""

    prefix: ClassVar[str] = NO_PREFIX
    dynamo_table_name: str


class PaymentQueueSettings(Settings):
    """The URL of the queue of Stripe events for the payment worker."""

    prefix: ClassVar[str] = NO_PREFIX
    payment_queue_url: str


class NotificationQueueSettings(Settings):
    """The URL of the queue of receipts to send."""

    prefix: ClassVar[str] = NO_PREFIX
    notification_queue_url: str


class DonorPoolSettings(Settings):
    """The user pool, and its client, whose identity tokens are accepted."""

    prefix: ClassVar[str] = NO_PREFIX
    cognito_user_pool_id: str
    cognito_user_pool_client_id: str


class ReceiptSettings(Settings):
    """The verified sender address of receipts, or "" if there is none."""

    prefix: ClassVar[str] = NO_PREFIX
    ses_from_email: str


class ReceiptDeliverySettings(Settings):
    """The SES configuration set for receipts, or "" if none are sent."""

    ses_configuration_set: str


class StripeAccountSettings(Settings):
    """The Stripe account for donations, and for disbursements by stripe: its secret key and webhook secret (SSM
    SecureStrings, which may not exist yet), and the base URL of its API."""

    stripe_key_parameter: str
    stripe_webhook_parameter: str
    stripe_api_base: str


class DonationPageSettings(Settings):
    """Where the page for donors signs in and loads Stripe.js: origins, or "" for the page's own.

    The account's publishable key is an SSM parameter, which may not exist yet.
    """

    stripe_publishable_parameter: str
    stripe_js_origin: str
    sign_in_origin: str


class ScriptSettings(Settings):
    """How many seconds a browser may use a file of Stripe.js before it asks whether there is another one."""

    script_max_age_s: int


class AbandonSettings(Settings):
    """How many seconds a donation may be pending before its status is fetched from Stripe."""

    donation_abandoned_after_s: int
