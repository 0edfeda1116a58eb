"""A disbursement: money that a merchant pays out to a customer through a provider. Pure.

Its trail holds every status that it had, with the time. `steps` says how one follows from another.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.customers.bank_account import BankAccount

MAX_TRAIL: Final = 40
"""Entries in the trail of a disbursement."""

RESENDABLE_FOR: Final = timedelta(days=29)
"""How long the same request may be sent again: PayPal refuses a repeated batch ID for 30 days, and pays a
second time after that ("Payouts API: create batch payout", sender_batch_id)."""

UNCLAIMED_FOR: Final = timedelta(days=30)
"""After so long, a provider returns what was not claimed ("Payouts item status", UNCLAIMED)."""


PAYOUT_PREFIX: Final = "po_"
"""The beginning of the ID of a payout at Stripe. No other provider's item has it."""


class Status(StrEnum):
    """The status of a disbursement."""

    PENDING = "pending"
    """Accepted, and not sent to the provider yet."""
    PROCESSING = "processing"
    """Sent, or about to be sent: whether the provider has it may be unknown."""
    PAID = "paid"
    FAILED = "failed"
    UNCLAIMED = "unclaimed"
    """The recipient has no account yet, and 30 days to open one."""
    HELD = "held"
    """The provider reviews it."""
    BLOCKED = "blocked"
    """The provider blocked it, and will return the money."""
    RETURNED = "returned"
    CANCELED = "canceled"
    REQUIRES_ATTENTION = "requires_attention"
    """Its outcome is unknown, and the provider may not be asked any more."""


FINAL: Final = frozenset({Status.PAID, Status.FAILED, Status.RETURNED, Status.CANCELED})
"""Statuses that nothing but a return of the money follows."""


class Source(StrEnum):
    """What brought about a step."""

    API = "api"
    WORKER = "worker"
    PROVIDER = "provider"
    TIMER = "timer"
    SIMULATED = "simulated"
    OPERATOR = "operator"


@record(kw_only=True)
class Change:
    """An entry of the trail: a status, since when (UTC), what brought it about, and the provider's code, if it has one.

    `request_id` is that of the request that brought it about, if one did. `operation_id` identifies a simulated step,
    so that a repeated request simulates it once. A correction repeats the status: its code says what the bank
    has corrected of the account that was paid.
    """

    status: Status
    at: datetime
    source: Source
    code: str | None = None
    request_id: str | None = None
    operation_id: str | None = None
    is_correction: bool = False


@record(kw_only=True)
class Disbursement:
    """A disbursement of `amount` minor units of `currency` (ISO 4217, upper case) to the owner of an e-mail address.

    `email` is the recipient's as of acceptance. `fee` is what the merchant pays for it, in minor units, and
    `provider_fee` what the provider charged the sandbox, once it said so. `attempts` counts requests to the provider
    that send it or ask for its outcome; `sent_at` is the time of the first. `reference` is the provider's ID of the
    batch, `item_reference` that of the item, as far as they are known. At `due_at` something is left to do. A `stalled`
    one gets no answer of the provider any more. `cancel_requested` is set while an unclaimed one is to be canceled
    at the provider. `version` counts writes from 1.
    `bank_account` is the recipient's as of acceptance if it is paid to one, and so is `stripe_account`, a connected
    account (`acct_…`).
    `outcome` is what happens to it instead of being sent, as requested: a simulated step, and the provider's code.
    """

    merchant: str
    customer_id: str
    id: str
    email: str
    amount: int
    currency: str
    method: str
    created_at: datetime
    trail: tuple[Change, ...]
    fee: int = 0
    provider_fee: int | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    reference: str | None = None
    item_reference: str | None = None
    due_at: datetime | None = None
    stalled: bool = False
    cancel_requested: bool = False
    version: int = 1
    outcome: str | None = None
    bank_account: BankAccount | None = None
    stripe_account: str | None = None

    @property
    def status(self) -> Status:
        """Its current status."""
        return self.trail[-1].status

    @property
    def since(self) -> datetime:
        """Since when it has its current status (UTC), also if a later entry repeats it."""
        repeated = takewhile(lambda change: change.status is self.status, reversed(self.trail))
        return min(change.at for change in repeated)

    @property
    def batch_id(self) -> str:
        """The ID under which the provider gets it, which is the same each time."""
        return ids.provider_batch_id(self.merchant, self.customer_id, self.id)

    @property
    def code(self) -> str | None:
        """The provider's code for its current status, if there is one."""
        return next(change.code for change in reversed(self.trail) if not change.is_correction)

    @property
    def payout(self) -> str | None:
        """The payout to the recipient's bank account, once there is one, if it is paid to a connected account."""
        return self.item_reference if self.item_reference and self.item_reference.startswith(PAYOUT_PREFIX) else None

    @property
    def correction_codes(self) -> tuple[str, ...]:
        """The codes with which the bank has corrected the account that was paid, in order."""
        return tuple(change.code for change in self.trail if change.is_correction and change.code is not None)

    @property
    def is_simulated(self) -> bool:
        """Whether any of its statuses was simulated, so that the provider may know another."""
        return any(change.source is Source.SIMULATED for change in self.trail)

    @property
    def is_out_of_providers_hands(self) -> bool:
        """Whether the provider is not polled, and its updates are ignored: it is stalled, or its status was simulated.

        A simulated release gives it back to the provider.
        """
        return self.stalled or (self.trail[-1].source is Source.SIMULATED and self.status is not Status.PROCESSING)

    def was_paid(self) -> bool:
        """Whether it has been paid, even if it was returned afterwards."""
        return any(change.status is Status.PAID for change in self.trail)
