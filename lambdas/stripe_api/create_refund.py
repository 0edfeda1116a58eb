"""POST /v1/refunds: refund captured money, by charge or by intent."""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import AnyCall, Call
from paysandbox.payments import rules
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.operation import Refund
from paysandbox.payments.payment import Payment
from paysandbox.payments.requests import metadata_text
from paysandbox.payments.store import change_payment_storing_refusals
from paysandbox.stripe_api.client_secrets import client_secret_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.intents import operation_fields, translate_not_found
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects import check_expand, render_refund
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateRefund, RefundCharge
from paysandbox.stripe_api.routes import CREATE_REFUND
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals

_INTENT: Final = "payment_intent"


@stripe_endpoint(CREATE_REFUND)
def handler(call: Call[CreateRefund, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update; a second one if the refund spans several captures. By charge,
    a read first: whether an attempt was approved never changes."""
    body = call.body
    check_expand("refund", body.expand)
    return refund(call, _payment_named(call, body), body)


def refund(call: AnyCall, payment_id: str, body: RefundCharge) -> StripeAnswer:
    """Refund a payment of the caller, and return the refund."""

    def act(operation_id: str) -> Payment:
        said = metadata_text(body.metadata) if body.metadata else None
        operation = Refund(**operation_fields(call, operation_id), reason=body.reason, metadata=said)

        def decide(current: Payment | None) -> Change:
            return rules.refund_payment(payment_id, call.merchant, operation, amount=body.amount, current=current)

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.REFUND))

    named = body.payment_intent or ""
    with translate_not_found(_INTENT, named, _INTENT), intent_in_refusals(call, payment_id):
        once, refund_id = apply_idempotent(call, ids.REFUND, payment_id, act)
    secret = client_secret_of(payment_id)
    shown = render_refund(once.payment, refund_id, client_secret=secret, until=refund_id, expand=body.expand)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=refund_id,
        outcome="refunded",
    )


def _payment_named(call: Call, body: CreateRefund) -> str:
    if (body.charge is None) is (body.payment_intent is None):
        raise Refused(Code.PARAMETER_MISSING, "Send either charge or payment_intent.", _INTENT)
    if body.charge is not None:
        return _charged(call, body.charge)
    name = body.payment_intent or ""
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_such(_INTENT, name, _INTENT)
    return payment_id


def _charged(call: Call, charge: str) -> str:
    """Return the payment whose approved attempt a charge is. An intent also has charges for its declined attempts."""
    payment, attempt = find_charge(call, charge, "charge")
    if attempt.decline:
        raise Refused(Code.NOT_CAPTURED, "The charge failed, so nothing was captured.", "charge")
    return payment.id
