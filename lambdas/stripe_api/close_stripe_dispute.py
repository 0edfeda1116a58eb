"""POST /v1/disputes/{dispute}/close: accept a dispute, which is then lost."""

from dataclasses import replace

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.disputes.respond import stamp_of
from paysandbox.http.request import Call
from paysandbox.payments import dispute_rules as rules
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import RequestedOperation
from paysandbox.payments.store import ReadPayment, change_payment_storing_refusals
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.disputes import PATH, find_dispute
from paysandbox.stripe_api.objects import check_expand, render_dispute
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CloseDispute
from paysandbox.stripe_api.routes import CLOSE_STRIPE_DISPUTE


@stripe_endpoint(CLOSE_STRIPE_DISPUTE)
def handler(call: Call[CloseDispute, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update that ends the dispute once."""
    name, expand = call.path.get(PATH, ""), call.body.expand
    check_expand("dispute", expand)
    read, evidence = find_dispute(call)

    def act(operation_id: str) -> Payment:
        def decide(current: Payment | None) -> Change:
            change = rules.accept(current or read, name, stamp_of(call, operation_id))
            return replace(change, operation=replace(change.operation, id=operation_id))

        requested = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
        return change_payment_storing_refusals(ledger(), decide, known=ReadPayment(read, requested))

    once, end = apply_idempotent(call, ids.DISPUTE_DECISION, read.id, act)
    secret, version = secrets_of(read.id), call.stripe_version
    return StripeAnswer(
        body=render_dispute(
            once.payment, name, evidence.texts, private=secret, until=end, expand=expand, version=version
        ),
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=name,
        outcome="accepted",
    )
