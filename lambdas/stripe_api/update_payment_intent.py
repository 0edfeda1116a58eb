"""POST /v1/payment_intents/{intent}: other terms of an intent."""

from paysandbox.contract.stripe_objects import may_expand
from paysandbox.contract.stripe_requests import UpdatePaymentIntent
from paysandbox.domain import decisions, identity
from paysandbox.domain.change import Change
from paysandbox.domain.intent import revise, terms_of
from paysandbox.domain.operation import CONTRACT, Revision
from paysandbox.domain.payment import Payment, state_of
from paysandbox.errors import Code, Refused
from paysandbox.routes.stripe_api import UPDATE_PAYMENT_INTENT
from paysandbox.runtime.bank import method_of
from paysandbox.runtime.effects import ledger, need
from paysandbox.runtime.idempotency import operate_once
from paysandbox.runtime.intents import answered, asked_for, found, next_terms
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.settings import AcceptanceSettings
from paysandbox.table.payments import Seen, change_payment_keeping_refusals
from paysandbox.table.refusals import Wished


@stripe_endpoint(UPDATE_PAYMENT_INTENT)
def handler(call: Call) -> StripeAnswer:
    """A read, a claim, and an update that holds only for the intent as it was read."""
    body: UpdatePaymentIntent = call.body
    may_expand("payment_intent", body.expand)
    payment_id = asked_for(call)
    if body.amount is not None:
        decisions.at_least(body.amount, need(AcceptanceSettings).minimum_amount)

    read = found(call, payment_id)
    method = method_of(call, read)

    def act(operation_id: str) -> Payment:
        def decide(met: Payment | None) -> Change:
            seen = met or read
            if body.currency is not None and body.currency != seen.currency:
                raise Refused(Code.CURRENCY_MISMATCH, f"The intent is in {seen.currency}.", "currency")
            terms = next_terms(terms_of(seen, state_of(seen)), body, method)
            return revise(
                seen, Revision(id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, terms=terms)
            )

        wished = Wished(operation_id=operation_id, request_id=call.request_id)
        return change_payment_keeping_refusals(ledger(), decide, seen=Seen(read, wished))

    once, revision = operate_once(call, identity.REVISION, payment_id, act)
    return answered(once.payment, revision, expand=body.expand, replayed=once.replayed, outcome="revised")
