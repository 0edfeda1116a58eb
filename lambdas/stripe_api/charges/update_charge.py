"""POST /v1/charges/{charge}: update what is noted on a charge."""

from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.notes import apply_notes
from paysandbox.stripe_api.objects.charge import charge_notes
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateCharge
from paysandbox.stripe_api.routes import UPDATE_CHARGE


@stripe_endpoint(UPDATE_CHARGE)
def handler(call: StripeCall[UpdateCharge, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update conditional on the payment as it was read."""
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
