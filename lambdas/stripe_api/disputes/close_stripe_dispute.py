"""POST /v1/disputes/{dispute}/close: accept a dispute, which is then lost."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.disputes.respond import accept_dispute, stamp_of
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, find_dispute
from paysandbox.stripe_api.objects.render import render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CloseDispute
from paysandbox.stripe_api.routes import CLOSE_STRIPE_DISPUTE


@stripe_endpoint(CLOSE_STRIPE_DISPUTE)
def handler(call: StripeCall[CloseDispute, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update that ends the dispute once."""
    name, expand = call.path.get(PATH, ""), call.body.expand
    read, evidence = find_dispute(call)

    def accept(key: str, first_made_at: datetime) -> Payment:  # noqa: ARG001 - the signature of an idempotent effect
        return accept_dispute(read, name, stamp_of(call, key, call.caller_key), store_refusal=True)

    payment, _ = run_idempotent(call, ids.DISPUTE_DECISION, accept)
    end = payment.operations[-1]
    secret, version = secrets_of(payment.id), call.stripe_version
    return StripeAnswer(
        body=render_dispute(
            payment, name, evidence.texts, private=secret, until=end.id, expand=expand, version=version
        ),
        replayed=end.request_id != call.request_id,
        first_request=end.request_id,
        transaction_id=name,
        outcome="accepted",
    )
