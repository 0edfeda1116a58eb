"""Operations on a payment: an ordered, append-only list, from which events are derived."""

from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Decline, Response

CONTRACT: Final = 1
"""Version of the response format. Each operation stores its own, so that replays stay byte-identical after a change."""


BY_TIMER: Final = "timer"
"""Stands in for the request ID of an operation that a timer made."""

SIMULATED: Final = "simulated"
"""The source of an operation that a caller simulated, instead of a bank or a timer."""


@record(kw_only=True)
class Timer:
    """A step that falls due at `at` (UTC): an action of the simulation table (`payments/simulation/simulation.py`).

    `of` is the ID of the object that it happens to (None: the operation that starts the timer), and `value` the
    action's parameter, such as a decline code.
    """

    step: str
    at: datetime
    of: str | None = None
    value: str | None = None


@record(kw_only=True)
class Operation:
    """Fields that all operations have: ID, ID of the request, time (UTC), contract version.

    `trace` is the ID of the X-Ray trace in which a request made it. Only environments with `tracing=full` store it.
    `idempotency_key` is the caller's, masked. Only the Stripe-compatible API stores it, whose events show it.
    `source` is SIMULATED or None. `timers` are the steps that fall due because of it, at most one of each name.
    """

    id: str
    request_id: str
    at: datetime
    contract: int
    trace: str | None = None
    idempotency_key: str | None = None
    source: str | None = None
    timers: tuple[Timer, ...] = ()


@record
class Method:
    """The payment method of an intent. `id` is None if the card was sent with the intent.

    `given` lists the data sent with the card for the bank to check: any of `cvc`, `zip` and `line1`.
    `allow_redisplay` is stored and shown as the caller sent it.
    """

    card: Card
    given: tuple[str, ...] = ()
    id: str | None = None
    allow_redisplay: str | None = None


@record(kw_only=True)
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

    @property
    def is_confirmed_manually(self) -> bool:
        """Whether only the merchant's server confirms the intent, and again after the cardholder was authenticated."""
        return self.confirmation_method is not None

    def texts(self) -> dict[str, str]:
        """Return the texts that are set, by name. Items use the same names."""
        return {name: value for name in TERM_TEXTS if (value := getattr(self, name)) is not None}


TERM_TEXTS: Final = tuple(each.name for each in fields(IntentTerms) if each.name not in ("amount", "method"))


@record(kw_only=True)
class IntentCreated(Operation):
    """Creates an intent. Nothing is sent to the bank yet."""

    terms: IntentTerms


@record(kw_only=True)
class IntentUpdated(Operation):
    """Replaces the terms of an intent. The amount and the card can change until the bank approves."""

    terms: IntentTerms


class AuthenticationResult(StrEnum):
    """The result of a 3-D Secure authentication, by its letter (EMVCo, "3-D Secure Protocol", transStatus)."""

    AUTHENTICATED = "Y"
    ATTEMPTED = "A"
    """The issuer or cardholder does not take part. Liability shifts all the same."""
    FAILED = "N"
    UNAVAILABLE = "U"
    """The issuer could not authenticate. The merchant decides whether to proceed."""
    REJECTED = "R"
    CHALLENGE = "C"
    """A challenge is required. Not an end result."""
    DECOUPLED = "D"
    """The issuer authenticates the cardholder elsewhere. Not an end result."""
    INFORMATIONAL = "I"
    """The merchant asked for information only."""
    ABANDONED = "abandoned"
    """The cardholder did not answer the challenge in time."""


NOT_FINAL: Final = (AuthenticationResult.CHALLENGE, AuthenticationResult.DECOUPLED)


@record(kw_only=True)
class AuthorizationBegun(Operation):
    """An attempt that the bank has not answered yet, with what the simulated bank will answer.

    The answer is decided when the attempt begins, because it depends on the card's number, which is never stored.
    `amount` is the requested amount and `approved` the amount that the bank will approve (minor units). The first
    operation of a payment has the payment's ID; other attempts have their own. `method_id` and `terms` are as in an
    authorization.
    """

    card: Card
    response: Response
    amount: int
    approved: int
    method_id: str | None = None
    terms: IntentTerms | None = None


@record(kw_only=True)
class ChallengeRequested(AuthorizationBegun):
    """The cardholder must be authenticated before the bank is asked. `return_url` is where the page leads afterwards.

    `base_url` is the address of the API by which the caller reached it, under which the cardholder finds the page.
    `proceeds_if_unavailable`: whether the merchant wants to authorize although the issuer cannot authenticate.
    """

    base_url: str = ""
    return_url: str | None = None
    proceeds_if_unavailable: bool = True


@record(kw_only=True)
class AuthorizationPending(AuthorizationBegun):
    """The bank was asked and has not answered."""


@record(kw_only=True)
class Authentication(Operation):
    """The result of a challenge. If the attempt proceeds, its authorization is recorded in the same write, unless the
    intent is confirmed manually: then it waits for the merchant to confirm it again.

    `failed`: the attempt ends without an authorization.
    """

    challenge_id: str
    result: AuthenticationResult
    failed: bool = False


@record(kw_only=True)
class Authorization(Operation):
    """The bank's response: an approval or a decline. `requested` is the requested amount, for a partial approval.

    The first operation of a payment has the payment's ID; later attempts have their own. `method_id` is the ID of the
    payment method, if the card was created as one. `terms` are the intent's terms without the method, if the
    confirmation changed any. `authentication` is the 3-D Secure result that was sent with it.
    """

    card: Card
    response: Response
    requested: int | None = None
    method_id: str | None = None
    terms: IntentTerms | None = None
    authentication: AuthenticationResult | None = None

    @property
    def decline(self) -> Decline | None:
        """The decline, or None for an approval."""
        return self.response.decline


@record(kw_only=True)
class Capture(Operation):
    """Captures part of the authorization. A `final` capture releases the rest.

    `terms` are the intent's terms without the method, if the capture changed any.
    """

    final: bool = False
    terms: IntentTerms | None = None


@record(kw_only=True)
class Void(Operation):
    """Releases the uncaptured amount at the merchant's request. For an intent that was never approved, that is 0."""

    reason: str | None = None


@record(kw_only=True)
class Expiry(Operation):
    """Releases the amount that was not captured in time."""


@record
class Settled:
    """A capture or refund in a batch: its ID, and its fee (minor units, never negative).

    The fee is recorded, because the fee schedule may change.
    """

    id: str
    fee: int


@record(kw_only=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, permanently. It has no amount of its own."""

    batch: str
    settled: tuple[Settled, ...]


@record(kw_only=True)
class Refund(Operation):
    """Refunds captured money. If `capture_id` is None, the payment's only capture, by the authorization's ID.

    If it refunds several captures, `spread` has the amount of each (minor units). `pending`: it has not succeeded yet.
    """

    capture_id: str | None = None
    reason: str | None = None
    spread: tuple[tuple[str, int], ...] = ()
    metadata: str | None = None
    pending: bool = False


class RefundStatus(StrEnum):
    """The status of a refund, by Stripe's names ("The Refund object")."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


OPEN_REFUND: Final = (RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)


@record(kw_only=True)
class RefundUpdated(Operation):
    """A refund succeeds, fails, is canceled, or waits for the cardholder. `reason` is why it failed."""

    refund_id: str
    status: RefundStatus
    reason: str | None = None


@record(kw_only=True)
class CaptureFailed(Operation):
    """The network rejects a capture that is in no batch.

    Its amount is held again, or released if the hold has ended.
    """

    capture_id: str


@record(kw_only=True)
class PresentmentDelayed(Operation):
    """A capture reaches the network only at `until` (UTC), and so a later batch. It moves no money."""

    capture_id: str
    until: datetime


@record(kw_only=True)
class Reversal(Operation):
    """The card's bank releases all or part of the uncaptured amount."""


@record(kw_only=True)
class FraudWarning(Operation):
    """The card's bank warns that the cardholder may dispute a capture as fraud. It moves no money."""

    capture_id: str


@record(kw_only=True)
class DisputeStep(Operation):
    """A step of a dispute. The steps are in `payments/disputes/dispute.py`, because few payments have a dispute."""

    dispute_id: str


@record(kw_only=True)
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


@record(kw_only=True)
class NotesUpdated(Operation):
    """Updates the notes on the charge or refund that the operation `of` is shown as. It moves no money."""

    of: str
    notes: Notes
