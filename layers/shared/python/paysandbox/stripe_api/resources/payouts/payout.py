"""Stripe's Payout of funds to a bank account: what it goes through, when, and what it moves.

    pending      until it is sent to the bank; only a pending one can be canceled
    in_transit   until it arrives
    paid         or failed, if that was requested for it; one can also fail a day after it was paid

One with a requested outcome, or to a bank account that has one, is sent, and arrives, at once: when the
table's stream is read, or with the next sweep.

Settlement's payouts are not among them. Source: `Payouts.d.ts` of stripe-node 23.1.0, and Stripe, "Receiving payouts"
(payout failures).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.funds.movement import Movement, MovementKind
from paysandbox.http.answer import Body
from paysandbox.stripe_api.ids import funds_transaction_id
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

PAYOUT: Final = "payout"

PENDING: Final = "pending"
IN_TRANSIT: Final = "in_transit"
PAID: Final = "paid"
FAILED: Final = "failed"
CANCELED: Final = "canceled"
STATUSES: Final = (PENDING, IN_TRANSIT, PAID, FAILED, CANCELED)

STATUS: Final = "status"
ARRIVAL: Final = "arrival_date"
FAILURE: Final = "failure_code"
REQUESTED: Final = "requested"
"""Beside the fields: the outcome that was requested, `paid`, a failure code, or `paid:` before one that comes later."""

FAILURES: Final[Mapping[str, str]] = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on the type, or the number, of payouts.",
    "bank_ownership_changed": "The bank account no longer belongs to the same bank.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debits of the bank account are not authorized.",
    "declined": "The bank has declined this payout.",
    "incorrect_account_holder_address": "The bank has another address of the account's holder.",
    "incorrect_account_holder_name": "The bank has another name of the account's holder.",
    "incorrect_account_holder_tax_id": "The bank has another tax ID of the account's holder.",
    "insufficient_funds": "The funds do not cover this payout.",
    "invalid_account_number": "The account number appears to be invalid.",
    "invalid_account_number_length": "The account number has another length than the bank's.",
    "invalid_card": "The card is invalid.",
    "invalid_currency": "The bank cannot take this currency on this account.",
    "no_account": "The bank account could not be located.",
    "unsupported_card": "The bank no longer supports payouts to this card.",
}
"""Stripe's failure codes of payouts ("Payout failures"), with messages of ours."""

_OUTCOME: Final = "payout="
_LATE: Final = f"{PAID}:"

_OF_NUMBERS: Final[Mapping[str, str]] = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
    "000123456813": f"{_LATE}account_closed",
}
"""The outcomes of payouts by bank account: Stripe's ("Testing Stripe Connect"), and one of ours that is paid first."""


@record
class Pace:
    """When a payout is sent to the bank, and when it arrives, from its creation on."""

    sent_after: timedelta
    arrives_after: timedelta


PACES: Final[Mapping[str, Pace]] = {
    "standard": Pace(timedelta(hours=1), timedelta(days=2)),
    "instant": Pace(timedelta(minutes=1), timedelta(minutes=30)),
}
"""By method. A standard one arrives at the beginning of that day (UTC)."""

_RETURNED_AS: Final[Mapping[str, MovementKind]] = {
    FAILED: MovementKind.PAYOUT_RETURN,
    CANCELED: MovementKind.PAYOUT_CANCELED,
}
"""What gives the amount back, by the status."""

FAILS_AFTER: Final = timedelta(days=1)
"""From its arrival on, if one fails that was paid."""


def read_outcome(text: str, param: str) -> str:
    """Return a requested outcome: `paid`, a failure code, or `paid:` before the code of a payout that is paid first.

    Raises Refused(outcome_invalid) for any other text than `payout=` before one of them.
    """
    outcome = text.removeprefix(_OUTCOME)
    if outcome == text or (outcome != PAID and outcome.removeprefix(_LATE) not in FAILURES):
        codes = ", ".join(FAILURES)
        detail = f"Use payout=paid, payout=<code> or payout=paid:<code>, with one of these codes: {codes}."
        raise Refused(Code.OUTCOME_INVALID, detail, param)
    return outcome


def outcome_of_number(number: str) -> str | None:
    """Return the outcome of payouts to a published test account, or None: it is an ordinary one."""
    return _OF_NUMBERS.get(number)


def arrival_of(method: str, requested: str | None, created_at: datetime) -> datetime:
    """Return when a payout arrives. A standard one arrives at the beginning of a day (UTC), a requested one at once."""
    if requested is not None:
        return created_at
    at = created_at + PACES[method].arrives_after
    return at if method == "instant" else at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def due_of(payout: StoredObject) -> datetime | None:
    """Return when the next step of a payout is due, or None if there is none."""
    attributes, requested = payout.attributes, payout.attributes.get(REQUESTED)
    arrives = datetime.fromtimestamp(attributes[ARRIVAL], UTC)
    match status_of(attributes):
        case "pending":
            pace = PACES[attributes.get("method", "standard")]
            return payout.created_at if requested else payout.created_at + pace.sent_after
        case "in_transit":
            return arrives
        case "paid" if requested and requested.startswith(_LATE):
            return arrives + FAILS_AFTER
        case _:
            return None


def is_due_at_once(payout: StoredObject) -> bool:
    """Return whether a payout has an outcome that has not begun yet. Otherwise only time brings its steps about."""
    return status_of(payout.attributes) == PENDING and payout.attributes.get(REQUESTED) is not None


def after_step(attributes: Attributes) -> Attributes:
    """Return the attributes of a payout after the step that is due."""
    requested: str = attributes.get(REQUESTED, PAID)
    status = status_of(attributes)
    if status == PENDING:
        return {**attributes, STATUS: IN_TRANSIT}
    if status == IN_TRANSIT and (requested == PAID or requested.startswith(_LATE)):
        return {**attributes, STATUS: PAID}
    return {**attributes, STATUS: FAILED, FAILURE: requested.removeprefix(_LATE)}


def status_of(attributes: Attributes) -> str:
    """Return the status of a payout."""
    return attributes.get(STATUS, PENDING)


def payout_fields(payout: StoredObject) -> Body:
    """Return what follows, and what no payout has here: a fee, a bank account, a reversal."""
    code, amount = payout.attributes.get(FAILURE), payout.attributes["amount"]
    never = ("application_fee", "application_fee_amount", "destination", "original_payout")
    returned_as = _RETURNED_AS.get(status_of(payout.attributes))
    return {
        **dict.fromkeys((*never, "payout_method", "reversed_by", "trace_id")),
        "automatic": False,
        "balance_transaction": funds_transaction_id(MovementKind.PAYOUT, payout.id, -amount, payout.created_at),
        "failure_balance_transaction": (
            funds_transaction_id(returned_as, payout.id, amount, payout.updated_at) if returned_as else None
        ),
        "failure_message": FAILURES[code] if code else None,
        "reconciliation_status": "not_applicable",
        "source_type": "card",
        "type": "bank_account",
    }


def payout_events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write: that of the new status, or of an update."""
    if before is None:
        return ("created",)
    status = status_of(after.attributes)
    return (status,) if status != status_of(before.attributes) and status != IN_TRANSIT else ("updated",)


def movements_of_payout(before: StoredObject | None, after: StoredObject) -> tuple[Movement, ...]:
    """Return what a write of a payout moves: a new one takes its amount, a failed or canceled one returns it."""
    status = status_of(after.attributes)
    if before is None:
        return (_movement(after, MovementKind.PAYOUT, -1),)
    if status in _RETURNED_AS and status_of(before.attributes) not in _RETURNED_AS:
        return (_movement(after, _RETURNED_AS[status], 1),)
    return ()


def _movement(payout: StoredObject, kind: MovementKind, sign: int) -> Movement:
    currency = payout.attributes["currency"].upper()
    amount = sign * from_stripe(payout.attributes["amount"], currency)
    at = payout.updated_at
    return Movement(id=payout.id, kind=kind, merchant=payout.merchant, amount=amount, currency=currency, at=at)
