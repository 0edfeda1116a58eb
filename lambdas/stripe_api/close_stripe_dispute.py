"""POST /v1/disputes/{dispute}/close: accept a dispute, which is then lost."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.disputes.respond import accept_dispute, stamp_of
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, find_dispute
from paysandbox.stripe_api.objects import check_expand, render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CloseDispute
from paysandbox.stripe_api.routes import CLOSE_STRIPE_DISPUTE


@stripe_endpoint(CLOSE_STRIPE_DISPUTE)
def handler(call: Call[CloseDispute, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update that ends the dispute once."""
    name = call.path.get(PATH, "")
    check_expand("dispute", call.body.expand)
    _, evidence = find_dispute(call)

    def accept(effect_id: str, _: datetime) -> Payment:
        return accept_dispute(name, call.merchant, stamp_of(call, effect_id))

    payment, _ = run_idempotent(call, ids.DISPUTE_DECISION, accept)
    first, secret = payment.operations[-1].request_id, secrets_of(payment.id)
    expand, version = call.body.expand, call.stripe_version
    return StripeAnswer(
        body=render_dispute(payment, name, evidence.texts, private=secret, expand=expand, version=version),
        replayed=first != call.request_id,
        first_request=first,
        transaction_id=name,
        outcome="accepted",
    )
