# pyright: standard
"""What a function is told by its environment: one frozen dataclass per need.

The stack writes the variables with `to_env`, the handler reads them with `from_env`: the same class, so a name cannot
differ between the two. A route's row lists the needs of its function.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

PREFIX = "PAYSANDBOX_"
AS_DOCUMENTED = ""
"""Of the donations, whose variables are called as their platform's document calls them."""

_READERS: Mapping[Any, Any] = {str: str, int: int, bool: lambda text: text == "true"}


class Settings:
    """Base of every need: reads and writes its own fields as environment variables, and nothing else."""

    prefix: ClassVar[str] = PREFIX

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """The names of the environment variables that this need stands for."""
        return tuple(cls.prefix + f.name.upper() for f in fields(cls))  # pyright: ignore[reportArgumentType] - every need is a dataclass, their base is none

    def to_env(self) -> dict[str, str]:
        """The variables as the stack writes them."""
        values = [getattr(self, f.name) for f in fields(self)]  # pyright: ignore[reportArgumentType] - every need is a dataclass, their base is none
        texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        return dict(zip(self.variables(), texts, strict=True))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The need as the handler reads it. Raises KeyError naming the variable that the stack forgot."""
        values = {
            f.name: _READERS[f.type](env[name])
            for f, name in zip(fields(cls), cls.variables(), strict=True)  # pyright: ignore[reportArgumentType] - every need is a dataclass, their base is none
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ClockSettings(Settings):
    """Seconds added to wall time in every function; `paysandbox clock` moves it where the environment allows."""

    clock_offset_s: int = 0


@dataclass(frozen=True, slots=True)
class EnvironmentSettings(Settings):
    """The environment's name, for people to read."""

    environment: str


@dataclass(frozen=True, slots=True)
class LedgerSettings(Settings):
    """Where payments are kept, and for how many seconds past their last operation."""

    ledger_table: str
    retention_s: int


@dataclass(frozen=True, slots=True)
class RequestLogSettings(Settings):
    """Where requests are kept for seven days."""

    request_log_table: str


@dataclass(frozen=True, slots=True)
class HashingKeySettings(Settings):
    """The SSM SecureString that keys the hashes of cards and bodies."""

    hashing_keys_parameter: str


@dataclass(frozen=True, slots=True)
class PaymentMethodSettings(Settings):
    """Where cards are kept that were sent by themselves, as far as they may be."""

    payment_methods_table: str


@dataclass(frozen=True, slots=True)
class ApiKeySettings(Settings):
    """Where the digests of API keys are kept."""

    api_keys_table: str


@dataclass(frozen=True, slots=True)
class TopicSettings(Settings):
    """Where events are published: the topic's ARN."""

    webhook_topic: str


@dataclass(frozen=True, slots=True)
class DeadLetterSettings(Settings):
    """Where a worker puts what it cannot work on: the queue's URL."""

    dead_letter_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTablesSettings(Settings):
    """Where endpoints, events and deliveries are kept, and for how many seconds the last two are."""

    endpoints_table: str
    events_table: str
    deliveries_table: str
    event_retention_s: int


@dataclass(frozen=True, slots=True)
class WebhookSecretSettings(Settings):
    """The SSM SecureString from which the secrets of all endpoints are derived."""

    webhook_secret_parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQueuesSettings(Settings):
    """Where deliveries wait for their attempt (queue URLs): those of endpoints in good health, those of the others and
    all retries, and those that were given up."""

    deliveries_queue: str
    unhealthy_queue: str
    dead_deliveries_queue: str


@dataclass(frozen=True, slots=True)
class RetrySettings(Settings):
    """When a delivery is tried again, and when an endpoint that fails all the time is given up.

    `webhook_retries_s` are the delays in seconds before the second attempt and so on, separated by commas.
    """

    webhook_retries_s: str
    webhook_disable_after_s: int

    @property
    def schedule(self) -> tuple[int, ...]:
        """The delays."""
        return tuple(int(delay) for delay in self.webhook_retries_s.split(","))


@dataclass(frozen=True, slots=True)
class TargetSettings(Settings):
    """Where events may be sent: whether this is the local environment, and the hosts that may be near there, separated
    by commas (`-c webhook_allowed_hosts=…`; it means nothing elsewhere)."""

    webhook_local: bool
    webhook_allowed_hosts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementTablesSettings(Settings):
    """Where batches and their entries are kept, and for how many seconds entries are (0: for ever)."""

    settlement_entries_table: str
    settlement_batches_table: str
    settlement_entries_retention_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSettings(Settings):
    """How a new batch is opened: the fees (the text of a schedule), the least that is paid out (minor units), and on
    which days no nightly run starts (holidays as `2026-12-25,2027-01-01`)."""

    settlement_fees: str
    payout_minimum: int
    settlement_skips_weekends: bool
    settlement_holidays: str


@dataclass(frozen=True, slots=True)
class ReportsSettings(Settings):
    """The S3 bucket of settlement reports."""

    reports_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings(Settings):
    """Where the probe asks, and on which usage plan its key lies."""

    base_url: str
    sandbox_plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceSettings(Settings):
    """What the simulated bank accepts: the smallest amount (minor units), for how long it promises (seconds), and
    whether any Luhn-valid number is taken for a card."""

    minimum_amount: int
    authorization_validity_s: int
    accept_any_card: bool


@dataclass(frozen=True, slots=True)
class TextSettings(Settings):
    """Whether texts of a body may hold card numbers."""

    accept_card_numbers_in_text: bool


@dataclass(frozen=True, slots=True)
class DonationsTableSettings(Settings):
    """Where donors, donations and totals are kept."""

    prefix: ClassVar[str] = AS_DOCUMENTED
    dynamo_table_name: str


@dataclass(frozen=True, slots=True)
class PaymentQueueSettings(Settings):
    """Where Stripe's events wait for the payment worker: the queue's URL."""

    prefix: ClassVar[str] = AS_DOCUMENTED
    payment_queue_url: str


@dataclass(frozen=True, slots=True)
class NotificationQueueSettings(Settings):
    """Where receipts wait to be sent: the queue's URL."""

    prefix: ClassVar[str] = AS_DOCUMENTED
    notification_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorPoolSettings(Settings):
    """Whose identity tokens are taken: the user pool, and its client."""

    prefix: ClassVar[str] = AS_DOCUMENTED
    cognito_user_pool_id: str
    cognito_user_pool_client_id: str


@dataclass(frozen=True, slots=True)
class ReceiptSettings(Settings):
    """Who sends receipts: a verified address, or "" where there is none."""

    prefix: ClassVar[str] = AS_DOCUMENTED
    ses_from_email: str


@dataclass(frozen=True, slots=True)
class ReceiptDeliverySettings(Settings):
    """The SES configuration set that receipts are sent under, or "" where nobody sends any."""

    ses_configuration_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAccountSettings(Settings):
    """The account at Stripe that takes donations: its secret key and its webhook secret (SSM SecureStrings, which may
    not be there yet), and where its API is."""

    stripe_key_parameter: str
    stripe_webhook_parameter: str
    stripe_api_base: str


@dataclass(frozen=True, slots=True)
class AbandonSettings(Settings):
    """For how many seconds a donation may be pending before Stripe is asked what became of it."""

    donation_abandoned_after_s: int
