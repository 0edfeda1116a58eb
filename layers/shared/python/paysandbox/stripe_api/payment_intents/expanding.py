# pyright: standard
"""Payment intents within other objects, such as Checkout sessions, which have only their IDs."""

from collections.abc import Collection, Sequence

from paysandbox.aws.dynamodb.batch_get_tables import batch_get_tables
from paysandbox.aws.runtime import ledger
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import key, payment_in
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import intent_id, payment_of_intent
from paysandbox.stripe_api.objects.render import render_intent


def expand_payment_intents(call: AnyStripeCall, holders: Sequence[Body], paths: Collection[str]) -> None:
    """Replace the ID of a payment intent by the intent, with these paths expanded, in each of these. One read.

    An intent that is gone stays an ID.
    """
    payment_ids = {payment_of_intent(holder["payment_intent"]) for holder in holders} - {None}
    if not payment_ids:
        return
    source = ledger()
    items = batch_get_tables(source.client, {source.table: [key(each) for each in payment_ids if each]})[source.table]
    payments = [payment for item in items if (payment := payment_in(item)) and payment.merchant == call.merchant]
    shown = {
        intent_id(payment.id): render_intent(
            payment, private=secrets_of(payment.id), expand=paths, version=call.stripe_version
        )
        for payment in payments
    }
    for holder in holders:
        holder["payment_intent"] = shown.get(holder["payment_intent"], holder["payment_intent"])
