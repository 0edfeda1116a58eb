"""Operations on a payment: an ordered, append-only list, from which events are derived."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from paysandbox.payments.card import Card
from paysandbox.payments.response import Decline, Response

CONTRACT: Final = 1
"""Version of the response format. Each operation stores its own, so that replays stay byte-identical after a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Fields that all operations have: ID, ID of the request, time (UTC), contract version.

    `trace` is the ID of the X-Ray trace in which a request made it. Only environments with `tracing=full` store it.
    `idempotency_key` is the caller's, masked. Only the Stripe-compatible API stores it, whose events show it.
    """

    id: str
    request_id: str
    at: datetime
    contract: int
    trace: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """The payment method of an intent. `id` is None if the card was sent with the intent.

    `given` lists the data sent with the card for the bank to check: any of `cvc`, `zip` and `line1`.
    """

    card: Card
    given: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentTerms:
    """The terms of an intent. `amount` is in minor units; all others are stored and shown as the caller sent them.

    `metadata`, `shipping`, `automatic_payment_methods`, the lists of payment method types and `payment_method_options`
    are JSON. `capture_method` is None if it is `manual` or `automatic` as the payment itself says, and
    `confirmation_method` if it is `automatic`.

    For a payment that was not created as an intent, only the descriptive fields can be updated.
    """

    amount: int
    method: Method | None = None
    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    statement_descriptor_suffix: str | None = None
    statement_descriptor: str | None = None
    shipping: str | None = None
    transfer_group: str | None = None
    setup_future_usage: str | None = None
    capture_method: str | None = None
    confirmation_method: str | None = None
    automatic_payment_methods: str | None = None
    payment_method_types: str | None = None
    allowed_payment_method_types: str | None = None
    excluded_payment_method_types: str | None = None
    payment_method_options: str | None = None

    def texts(self) -> dict[str, str]:
        """Return the texts that are set, by name. Items use the same names."""
        return {name: value for name in TERM_TEXTS if (value := getattr(self, name)) is not None}


TERM_TEXTS: Final = tuple(each.name for each in fields(IntentTerms) if each.name not in ("amount", "method"))


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentCreated(Operation):
    """Creates an intent. Nothing is sent to the bank yet."""

    terms: IntentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentUpdated(Operation):
    """Replaces the terms of an intent. The amount and the card can change until the bank approves."""

    terms: IntentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Operation):
    """The bank's response: an approval or a decline. `requested` is the requested amount, for a partial approval.

    The first operation of a payment has the payment's ID; later attempts of an intent have their own. `method_id` is
    the ID of the payment method, if the card was created as one. `terms` are the intent's terms without the method, if
    the confirmation changed any.
    """

    card: Card
    response: Response
    requested: int | None = None
    method_id: str | None = None
    terms: IntentTerms | None = None

    @property
    def decline(self) -> Decline | None:
        """The decline, or None for an approval."""
        return self.response.decline


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Operation):
    """Captures part of the authorization. A `final` capture releases the rest.

    `terms` are the intent's terms without the method, if the capture changed any.
    """

    final: bool = False
    terms: IntentTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Operation):
    """Releases the uncaptured amount at the merchant's request. For an intent that was never approved, that is 0."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry(Operation):
    """Releases the amount that was not captured in time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A capture or refund in a batch: its ID, and its fee (minor units, never negative).

    The fee is recorded, because the fee schedule may change.
    """

    id: str
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, permanently. It has no amount of its own."""

    batch: str
    settled: tuple[Settled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Operation):
    """Refunds captured money. If `capture_id` is None, the payment's only capture, by the authorization's ID.

    If it refunds several captures, `spread` has the amount of each (minor units).
    """

    capture_id: str | None = None
    reason: str | None = None
    spread: tuple[tuple[str, int], ...] = ()
    metadata: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """A merchant's notes on a charge or refund of the Stripe-compatible API. `metadata` is a map as JSON.

    A refund has metadata only. `user_report` is the merchant's report of a charge: `safe` or `fraudulent`. In an
    update, None leaves a note as it is, and an empty text clears it.
    """

    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    user_report: str | None = None

    def updated(self, update: "Notes") -> "Notes":
        """Return these notes after an update."""
        changed = {each.name: text for each in fields(update) if (text := getattr(update, each.name)) is not None}
        return replace(self, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesUpdated(Operation):
    """Updates the notes on the charge or refund that the operation `of` is shown as. It moves no money."""

    of: str
    notes: Notes
