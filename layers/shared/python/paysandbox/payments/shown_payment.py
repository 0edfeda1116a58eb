"""A payment as it is shown to its merchant: what was recorded, and what its cardholder must do."""

from paysandbox.http.answer import Body
from paysandbox.payments.answers import render_payment
from paysandbox.payments.payment import Payment, Status


def show_payment(payment: Payment) -> Body:
    """Render the current state of a payment, with the address of its challenge's page while it waits for one."""
    body = render_payment(payment)
    if body["status"] != Status.REQUIRES_ACTION:
        return body
    from paysandbox.payments.attempts.challenge_url import next_action_of  # few payments wait for their cardholder

    return body | next_action_of(payment)
