"""A payment as it is shown to its merchant: what was recorded, and what its cardholder must do."""

from collections.abc import Callable
from functools import partial

from paysandbox.http.answer import Body
from paysandbox.payments.answers import render_payment
from paysandbox.payments.ledger.search_terms import reference_of
from paysandbox.payments.payment import Payment, State, Status
from paysandbox.search_index.tables import reference_keys


def by_reference_keys() -> Callable[[Payment, State], str | None]:
    """Return what finds a payment's reference: also that of its metadata or of its Checkout session."""
    return partial(reference_of, keys=reference_keys())


def show_payment(payment: Payment) -> Body:
    """Render the current state of a payment, with the address of its challenge's page while it waits for one."""
    body = render_payment(payment, by_reference_keys())
    if body["status"] != Status.REQUIRES_ACTION:
        return body
    from paysandbox.payments.attempts.challenge_url import next_action_of  # few payments wait for their cardholder

    return body | next_action_of(payment)
