# pyright: standard
"""Payouts of funds: created and canceled by requests, and the steps that time brings about, which the sweep takes.

The reader of the table's stream takes those that are due at once."""

from datetime import datetime
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.connected_account import derived_of
from paysandbox.stripe_api.connect.external_account import external_accounts_in, published_number
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.requests import CreatePayout
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.moved_funds import store_with_movements
from paysandbox.stripe_api.resource_kit.objects_table import put_objects
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.payouts.payout import (
    ARRIVAL,
    CANCELED,
    PENDING,
    REQUESTED,
    STATUS,
    after_step,
    arrival_of,
    due_of,
    movements_of_payout,
    outcome_of_number,
    read_outcome,
    status_of,
)
from paysandbox.stripe_api.resources.payouts.payout_resource import PAYOUTS

_SWEEP: Final = "sweep"
"""Stands in for the request's ID of a step that time brings about."""
_NOT_PENDING: Final = "The payout {} can only be canceled while it is pending. It is {}."


def requested_outcome(call: StripeCall[CreatePayout, None]) -> str | None:
    """Return the outcome that a new payout's metadata request, or that of the account's bank account, or None.

    Raises Refused: request_invalid for an account whose payouts are disabled, outcome_invalid, amount_not_whole,
    amount_invalid.
    """
    if call.account is not None and not derived_of(call.account)["payouts_enabled"]:
        detail = f"Payouts are disabled for the account {call.account.id}. Its requirements say what is due."
        raise StripeRefused(Code.REQUEST_INVALID, detail, stripe_code="payouts_not_allowed")
    to_ledger(call.body.amount, call.body.currency)
    outcome = (call.body.metadata or {}).get(OUTCOME_ENTRY)
    if outcome:
        return read_outcome(outcome, f"metadata[{OUTCOME_ENTRY}]")
    return outcome_of_account(call.account, call.body.currency) if call.account is not None else None


def outcome_of_account(account: StoredObject, currency: str) -> str | None:
    """Return the outcome of payouts to an account's default bank account of a currency, or None: it is an ordinary one.

    Source of the numbers: Stripe, "Testing Stripe Connect" (payouts).
    """
    for each in external_accounts_in(account):
        if each.attributes["currency"] == currency.lower() and each.attributes["default_for_currency"]:
            return outcome_of_number(published_number(each))
    return None


def new_payout(call: StripeCall[CreatePayout, None], requested: str | None, name: str, cause: Cause) -> Stored:
    """Return a new payout as the request describes it, with the outcome that `requested_outcome` returned."""
    body = call.body
    attributes: Attributes = {
        **attributes_after(PAYOUTS, {}, body),
        "amount": body.amount.units,
        ARRIVAL: int(arrival_of(body.method, requested, cause.at).timestamp()),
        "currency": body.currency.lower(),
        REQUESTED: requested,
    }
    return (_due(new_object(call.merchant, PAYOUTS.object, name, without_defaults(attributes), cause)),)


def store_payout(objects: Stored) -> StoredObject:
    """Store a new payout, and take its amount. Raises Refused as `store_with_movements` does."""
    (payout,) = objects
    return store_with_movements(payout, movements_of_payout(None, payout))


def canceled_payout(current: StoredObject, cause: Cause) -> Stored:
    """Return a payout that is canceled. Raises Refused(request_invalid) if it is no longer pending."""
    status = status_of(current.attributes)
    if status != PENDING:
        raise Refused(Code.REQUEST_INVALID, _NOT_PENDING.format(current.id, status))
    return (_due(changed(current, {**current.attributes, STATUS: CANCELED}, cause)),)


def store_canceled(objects: Stored) -> StoredObject:
    """Store a payout that was pending and is canceled, and give its amount back."""
    (payout,) = objects
    before = replace(payout, attributes={**payout.attributes, STATUS: PENDING})
    return store_with_movements(payout, movements_of_payout(before, payout))


def advance_due(payout: StoredObject, now: datetime) -> bool:
    """Take the steps that are due on a payout as it was read. Returns whether there was one.

    Each is a write of its own, at the time at which it was due. One that fails gives its amount back in the same write.
    If the payout has changed since it was read, nothing is written.

    Raises Refused(service_unavailable) if other writes were in the way for too long.
    """
    taken = False
    while payout.due_at is not None and payout.due_at <= now:
        # The version makes each step another operation.
        cause = Cause(operation_id=f"{payout.id}:{payout.version}", request_id=_SWEEP, at=payout.due_at)
        after = _due(changed(payout, after_step(payout.attributes), cause))
        movements = movements_of_payout(payout, after)
        stored = store_with_movements(after, movements) if movements else put_objects(objects_table(), (after,))
        if stored is not after:
            break  # canceled or updated meanwhile: or advanced by another: the next sweep reads it again
        payout, taken = after, True
    return taken


def _due(payout: StoredObject) -> StoredObject:
    return replace(payout, due_at=due_of(payout))
