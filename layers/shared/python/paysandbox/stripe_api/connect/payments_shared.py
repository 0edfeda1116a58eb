"""The merchants that share a payment."""

from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.objects.intent_state import terms_of


def merchants_of(payment: Payment) -> tuple[str, ...]:
    """Return the merchants that can see a payment: its own, and those that it is shared with."""
    state = state_of(payment)
    connect = terms_of(payment, state).connect
    others = (connect.other if connect else None, *(share.other for share in state.shares.values()))
    return tuple(dict.fromkeys(filter(None, (payment.merchant, *others))))
