"""POST /v1/refunds/{refund}: update the metadata of a refund."""

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.rules.refund import MAX_REFUND_METADATA_BYTES
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_refund
from paysandbox.stripe_api.notes import apply_notes
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.objects.refund import refund_notes
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateRefund
from paysandbox.stripe_api.routes import UPDATE_REFUND


@stripe_endpoint(UPDATE_REFUND)
def handler(call: StripeCall[UpdateRefund, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update conditional on the payment as it was read."""
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
