"""POST /v1/payment_methods: create a payment method. The card is stored without its number."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.limits import metadata_text
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.render import check_expand, render_method
from paysandbox.stripe_api.payment_methods.bank import typed_method
from paysandbox.stripe_api.payment_methods.payment_methods_table import PaymentMethod, put_payment_method
from paysandbox.stripe_api.payment_methods.tables import payment_methods
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreatePaymentMethod
from paysandbox.stripe_api.routes import CREATE_PAYMENT_METHOD


@stripe_endpoint(CREATE_PAYMENT_METHOD)
def handler(call: StripeCall[CreatePaymentMethod, None]) -> StripeAnswer:
    """An idempotency record, then one conditional put."""
    body = call.body
    check_expand("payment_method", body.expand, call.stripe_version)
    typed = replace(typed_method(call, body.card, body.billing_details), allow_redisplay=body.allow_redisplay)
    metadata = metadata_text(body.metadata) if body.metadata else None

    def keep(method_id: str, at: datetime) -> PaymentMethod:
        method = PaymentMethod(
            id=method_id,
            merchant=call.merchant,
            method=typed,
            created_at=at,
            metadata=metadata,
            request_id=call.request_id,
        )
        return put_payment_method(payment_methods(), method)[0]

    made, replayed = run_idempotent(call, ids.METHOD, keep)
    return StripeAnswer(
        body=render_method(made),
        replayed=replayed,
        first_request=made.request_id,
        transaction_id=made.id,
        outcome="created",
    )
