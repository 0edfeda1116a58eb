# pyright: standard
"""Code common to the routes that refund captured money: by intent, by charge, and on a charge's own paths."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.amount_text import amount_text
from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import Explain, change_payment_storing_refusals
from paysandbox.payments.limits import metadata_text
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.rules.refund import refund_payment
from paysandbox.stripe_api.amounts import change_by
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intents import translate_not_found
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import RefundCharge
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals, no_successful_charge

if TYPE_CHECKING:
    from paysandbox.payments.bank.plan import RefundPlan

_INTENT: Final = "payment_intent"


def refund(call: AnyStripeCall, payment_id: str, body: RefundCharge, *, by_charge: bool) -> StripeAnswer:
    """Refund a payment of the caller, and return the refund. `by_charge`: the caller named the charge."""

    requested = call.outcome or (body.metadata or {}).get(OUTCOME_ENTRY)
    planned = _requested(requested, of_header=call.outcome is not None) if requested else None

    def act(operation_id: str) -> Payment:
        metadata = metadata_text(body.metadata) if body.metadata else None
        operation = Refund(
            **operation_fields(call, operation_id),
            reason=body.reason,
            metadata=metadata,
            reverse_transfer=bool(body.reverse_transfer),
            refund_fee=bool(body.refund_application_fee),
        )

        def refund(operation: Refund, current: Payment | None) -> Change:
            rule = partial(refund_payment, payment_id, call.merchant, operation, current=current)
            change = change_by(body.amount, current, lambda amount: rule(amount=amount))
            if not (operation.reverse_transfer or operation.refund_fee):
                return change
            if current is None:
                return replace(change, needs_current=True)
            check_is_shared(operation, current)
            return change

        def decide(current: Payment | None) -> Change:
            if planned is None and (current is None or current.plan is None):
                return refund(operation, current)
            from paysandbox.payments.simulation.planned_refund import refund_as_planned

            return refund_as_planned(planned, operation, current, refund)

        return change_payment_storing_refusals(ledger(), decide, explain=_explain(body.amount, by_charge=by_charge))

    named = body.payment_intent or ""
    with translate_not_found(_INTENT, named, _INTENT), intent_in_refusals(call, payment_id):
        once, refund_id = apply_idempotent(call, ids.REFUND, payment_id, act)
    if body.reverse_transfer or body.refund_application_fee:
        from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared  # few refunds return a share

        store_shared(once.payment)
    secret = secrets_of(payment_id)
    version = call.stripe_version
    shown = render_refund(once.payment, refund_id, private=secret, until=refund_id, expand=body.expand, version=version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=refund_id,
        outcome="refunded",
    )


def check_is_shared(operation: Refund, current: Payment | None) -> None:
    """Refuse (parameter_invalid) to return a share of a charge that has none. The words are ours."""
    if current is None:
        return
    shares = state_of(current).shares.values()
    charge = charge_id(authorization_of(current).id)
    if operation.reverse_transfer and not any(share.transfer and not share.is_separate for share in shares):
        detail = f"The charge {charge} has no transfer that could be reversed."
        raise Refused(Code.PARAMETER_INVALID, detail, "reverse_transfer")
    if operation.refund_fee and not any(share.fee for share in shares):
        detail = f"The charge {charge} has no application fee that could be refunded."
        raise Refused(Code.PARAMETER_INVALID, detail, "refund_application_fee")


def nothing_to_refund(payment: Payment, param: str | None = None) -> Refused:
    """Return the refusal to refund a charge that failed."""
    return Refused(Code.NOT_CAPTURED, no_successful_charge(payment), param)


def _explain(amount: StripeAmount | None, *, by_charge: bool) -> Explain:
    """Return a function that puts a refusal of a refund into Stripe's words. `amount` is what the caller asked for.

    Sources: reaction#3704 and edx/commerce-coordinator#360 (more than is left), woocommerce-gateway-stripe#1315 (more
    than the charge), StripePlugin#120 of Sylius (already refunded, charged back).
    """
    by_status = explain(Action.REFUND)

    def explained(refused: Refused, payment: Payment) -> Refused:
        match refused.code:
            case Code.ALREADY_REFUNDED:
                detail = f"Charge {charge_id(authorization_of(payment).id)} has already been refunded."
                return replace(refused, detail=detail)
            case Code.CHARGE_DISPUTED:
                charge = charge_id(authorization_of(payment).id)
                return replace(refused, detail=f"Charge {charge} has been charged back; cannot issue a refund.")
            case Code.REFUND_EXCEEDS_CAPTURED:
                left, captured = payment.refundable, state_of(payment).captured
                of = "charge amount" if left == captured else "unrefunded amount on charge"
                wanted = to_ledger(amount, payment.currency) if amount else left
                requested, refundable = (amount_text(each, payment.currency) for each in (wanted, left))
                detail = f"Refund amount ({requested}) is greater than {of} ({refundable})"
                return replace(refused, detail=detail, param="amount")
            case Code.NOT_CAPTURED if by_charge and payment.remaining and not payment.is_charge:
                detail = (
                    f"This uncaptured Charge was created by a PaymentIntent ({intent_id(payment.id)}). You must cancel "
                    "the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more "
                    "information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"
                )
                return replace(by_status(refused, payment), detail=detail)
            case _:
                return by_status(refused, payment)

    return explained


def _requested(outcome: str, *, of_header: bool) -> "RefundPlan":
    """Return what the caller requested of the refund. Raises Refused as `requested_plan` does."""
    from paysandbox.payments.simulation.planned_refund import requested_plan  # few refunds have a plan

    try:
        return requested_plan(outcome)
    except Refused as refused:
        param = refused.param if of_header else f"metadata[{OUTCOME_ENTRY}]"
        raise Refused(refused.code, refused.detail, param) from None


def refund_of_charge(call: AnyStripeCall, body: RefundCharge) -> StripeAnswer:
    """Refund the charge that the path names. An intent in the body must be the charge's. Raises Refused."""
    payment, attempt = find_charge(call, call.path["charge"], "id")
    if attempt.decline:
        raise nothing_to_refund(payment)
    own = None if payment.is_charge else intent_id(payment.id)
    if body.payment_intent not in {None, own}:
        raise no_such("payment_intent", body.payment_intent or "", "payment_intent")
    return refund(call, payment.id, body, by_charge=True)
