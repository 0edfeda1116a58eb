"""The invoice of a payment, for those that attempt or publish any payment: few have one."""

from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import IntentTerms


def settle_if_invoiced(payment: Payment, terms: IntentTerms | None) -> None:
    """Let the invoice of a payment follow it, if its terms name one. Idempotent."""
    if terms is None or terms.invoice is None:
        return
    from paysandbox.stripe_api.billing.settling import settle

    settle(payment)
