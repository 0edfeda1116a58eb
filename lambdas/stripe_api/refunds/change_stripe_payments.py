"""Refunds: routes that create and change them."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.rules.refund import MAX_REFUND_METADATA_BYTES
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.lookups import find_charge, find_refund
from paysandbox.stripe_api.notes import apply_notes
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.objects.refund import refund_notes
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refund_end import end_refund
from paysandbox.stripe_api.refunds import nothing_to_refund, refund
from paysandbox.stripe_api.requests import CancelRefund, CreateRefund, ExpireRefund, UpdateRefund
from paysandbox.stripe_api.routes import CANCEL_REFUND, CREATE_REFUND, EXPIRE_REFUND, UPDATE_REFUND

_INTENT: Final = "payment_intent"
_NEITHER: Final = "One of the following params should be provided for this request: payment_intent or charge."
"""Stripe's words."""

_BOTH: Final = "You may only specify one of these parameters: charge, payment_intent."
"""Stripe's words for other parameters that exclude each other. Those for these two are unpublished."""


@stripe_endpoint(CREATE_REFUND)
def create_refund(call: StripeCall[CreateRefund, None]) -> StripeAnswer:
    """POST /v1/refunds: refund captured money, by charge or by intent.

    An idempotency record, then one conditional update; a second one if the refund spans several captures. By charge, a
    read first: whether an attempt was approved never changes.
    """
    body = call.body
    return refund(call, _payment_named(call, body), body, by_charge=body.charge is not None)


def _payment_named(call: StripeCall, body: CreateRefund) -> str:
    if body.charge is None and body.payment_intent is None:
        raise Refused(Code.PARAMETER_INVALID, _NEITHER)
    if body.charge is not None and body.payment_intent is not None:
        raise Refused(Code.PARAMETER_INVALID, _BOTH)
    if body.charge is not None:
        return _charged(call, body.charge)
    name = body.payment_intent or ""
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_such(_INTENT, name, _INTENT)
    return payment_id


def _charged(call: StripeCall, charge: str) -> str:
    """Return the payment whose approved attempt a charge is. An intent also has charges for its declined attempts."""
    payment, attempt = find_charge(call, charge, "charge")
    if attempt.decline:
        raise nothing_to_refund(payment, "charge")
    return payment.id


@stripe_endpoint(UPDATE_REFUND)
def update_refund(call: StripeCall[UpdateRefund, None]) -> StripeAnswer:
    """POST /v1/refunds/{refund}: update the metadata of a refund.

    A read, an idempotency record, and an update conditional on the payment as it was read.
    """
    body = call.body
    read, operation_id = find_refund(call, call.path.get("refund", ""), "id")

    def changed_notes(now: PaymentSnapshot) -> Notes:
        if body.metadata is None:
            return Notes()
        metadata = merged_metadata(refund_notes(now, operation_id).metadata, body.metadata) or ""
        if len(metadata.encode()) > MAX_REFUND_METADATA_BYTES:
            raise Refused(
                Code.PARAMETER_INVALID,
                f"Metadata of a refund can have at most {MAX_REFUND_METADATA_BYTES:,} bytes of JSON.",
                "metadata",
            )
        return Notes(metadata=metadata)

    once, update = apply_notes(call, read, operation_id, changed_notes)
    secret, version = secrets_of(read.id), call.stripe_version
    shown = render_refund(once.payment, operation_id, private=secret, until=update, expand=body.expand, version=version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=update,
        outcome="revised",
    )


@stripe_endpoint(CANCEL_REFUND)
def cancel_refund(call: StripeCall[CancelRefund, None]) -> StripeAnswer:
    """POST /v1/refunds/{refund}/cancel: cancel a refund that requires an action of the customer.

    A read, an idempotency record, and an update that ends the refund once.
    """
    return end_refund(call, "canceled")


@stripe_endpoint(EXPIRE_REFUND)
def expire_refund(call: StripeCall[ExpireRefund, None]) -> StripeAnswer:
    """POST /v1/test_helpers/refunds/{refund}/expire: expire a refund that requires an action.

    A read, an idempotency record, and an update that ends the refund once: canceled, as after its 45 days.

    Stripe cancels such a refund ("Refund bank transfer payments").
    """
    return end_refund(call, "expired")
