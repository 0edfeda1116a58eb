"""Charges: routes that create, change and refund them."""

from functools import partial

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent, create_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.amounts import change_by, check_amount
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.connect.destinations import check_destination_of_new
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.notes import apply_notes
from paysandbox.stripe_api.objects.charge import charge_notes
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.charges import (
    answer_of_bank,
    charge_of_key,
    new_charge,
    source_of,
    use_source,
)
from paysandbox.stripe_api.payment_intents.intent_rules import capture
from paysandbox.stripe_api.payment_intents.intent_terms import (
    captured_terms_of_charge,
    first_terms_of_charge,
    merged_metadata,
)
from paysandbox.stripe_api.payment_intents.intents import store_if_shared
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refunds import refund_of_charge
from paysandbox.stripe_api.requests import CaptureCharge, CreateCharge, RefundCharge, UpdateCharge
from paysandbox.stripe_api.routes import (
    CAPTURE_CHARGE,
    CREATE_CHARGE,
    CREATE_CHARGE_REFUND,
    REFUND_CHARGE,
    UPDATE_CHARGE,
)
from paysandbox.stripe_api.state_errors import Action, charge_in_refusals, explain


@stripe_endpoint(CREATE_CHARGE)
def create_charge(call: StripeCall[CreateCharge, None]) -> StripeAnswer:
    """POST /v1/charges: charge a card by its token or its source, or a customer's, or hold the amount on it.

    One conditional write, whatever the bank's answer. A token that was created is used up before, and so is a source
    without a customer, which is read. Of a customer, it and its card are read.
    """
    body = call.body
    check_amount(body.amount, body.currency, settings_of(AcceptanceSettings).minimum_amount)
    terms = first_terms_of_charge(body, call.platform)
    source = source_of(call)

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        if isinstance(source, Refused):
            return charge_of_key(source, payment_id, call.now)
        if terms.connect is not None:
            check_destination_of_new(call, terms.connect, payment_id)
        answer = answer_of_bank(call, terms, source.method)
        payment = new_charge(call, terms, source, answer, payment_id, fingerprint)
        use_source(call, source, payment_id)
        return payment

    once = create_idempotent(call, decide)
    store_if_shared(once.payment)
    attempt, version = authorization_of(once.payment), call.stripe_version
    if attempt.decline:
        error = {**decline_error(attempt.response, attempt.decline), "charge": charge_id(attempt.id)}
        shown = {"error": error}
    else:
        shown = render_charge(once.payment, attempt.id, until=attempt.id, expand=body.expand, version=version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=once.payment.id,
        outcome="declined" if attempt.decline else "charged",
        declined=attempt.decline is not None,
    )


@stripe_endpoint(CAPTURE_CHARGE)
def capture_charge(call: StripeCall[CaptureCharge, None]) -> StripeAnswer:
    """POST /v1/charges/{charge}/capture: capture all or part of a charge that was created without an intent.

    A read, an idempotency record, then one conditional update; a second one if the capture changes the terms.
    """
    body = call.body
    read, attempt = find_charge(call, call.path["charge"], "id")
    if not read.is_charge:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"This charge was created by a PaymentIntent ({intent_id(read.id)}). Capture the PaymentIntent instead.",
        )
    restates = bool(body.model_fields_set - {"amount", "expand"})
    restate = partial(captured_terms_of_charge, body=body, platform=call.platform) if restates else None

    def act(operation_id: str) -> Payment:
        operation = Capture(**operation_fields(call, operation_id), final=True)

        def decide(current: Payment | None) -> Change:
            rule = partial(capture, read.id, call.merchant, operation, restate=restate, current=current)
            return change_by(body.amount, current, lambda amount: rule(amount=amount))

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.CAPTURE))

    with charge_in_refusals():
        once, capture_id = apply_idempotent(call, ids.CAPTURE, read.id, act)
    store_if_shared(once.payment)
    shown = render_charge(once.payment, attempt.id, until=capture_id, expand=body.expand, version=call.stripe_version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=capture_id,
        outcome="captured",
    )


@stripe_endpoint(UPDATE_CHARGE)
def update_charge(call: StripeCall[UpdateCharge, None]) -> StripeAnswer:
    """POST /v1/charges/{charge}: update what is noted on a charge.

    A read, an idempotency record, and an update conditional on the payment as it was read.
    """
    body = call.body
    read, attempt = find_charge(call, call.path.get("charge", ""), "id")

    def changed_notes(now: PaymentSnapshot) -> Notes:
        metadata = None
        if body.metadata is not None:
            metadata = merged_metadata(charge_notes(now, attempt.id).metadata, body.metadata) or ""
        return Notes(
            description=body.description,
            metadata=metadata,
            receipt_email=body.receipt_email,
            user_report=body.fraud_details.user_report if body.fraud_details else None,
        )

    once, update = apply_notes(call, read, attempt.id, changed_notes)
    secret, version = secrets_of(read.id), call.stripe_version
    shown = render_charge(once.payment, attempt.id, private=secret, until=update, expand=body.expand, version=version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=update,
        outcome="revised",
    )


@stripe_endpoint(CREATE_CHARGE_REFUND)
def create_charge_refund(call: StripeCall[RefundCharge, None]) -> StripeAnswer:
    """POST /v1/charges/{charge}/refunds: refund captured money of a charge. Returns the refund.

    Stripe no longer documents this path, and its older clients use it.

    A read, since whether an attempt was approved never changes; then as a refund by intent.
    """
    return refund_of_charge(call, call.body)


@stripe_endpoint(REFUND_CHARGE)
def refund_charge(call: StripeCall[RefundCharge, None]) -> StripeAnswer:
    """POST /v1/charges/{charge}/refund: refund captured money of a charge. Returns the charge.

    Stripe no longer documents this path, and its older clients use it.

    As a refund of a charge, and a second read for the charge as it was right after it.
    """
    expand = call.body.expand
    refunded = refund_of_charge(call, call.body.model_copy(update={"expand": []}))
    payment, attempt = find_charge(call, call.path["charge"], "id")
    secret, until, version = secrets_of(payment.id), refunded.transaction_id, call.stripe_version
    shown = render_charge(payment, attempt.id, private=secret, until=until, expand=expand, version=version)
    return replace(refunded, body=shown)
