"""POST /webhooks/stripe: receive a Stripe webhook, and queue it for the payment worker."""

from paysandbox.aws.runtime import settings_of, sqs
from paysandbox.aws.settings import PaymentQueueSettings
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.donations.schemas import event_text
from paysandbox.donations.stripe_secrets import check_signature, webhook_secret
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call, Raw


def prepare() -> None:
    """Initialize the SQS client and the webhook secret. Raises Refused(stripe_not_configured)."""
    sqs()
    webhook_secret().value()


@endpoint(RECEIVE_STRIPE_EVENT, prepare=prepare)
def handler(call: Call[None, None]) -> Answer:
    """Verify the signature over the original bytes, then send one message. The worker interprets the event."""
    raw: Raw = call.request.raw
    check_signature(raw)
    sqs().send_message(QueueUrl=settings_of(PaymentQueueSettings).payment_queue_url, MessageBody=event_text(raw.body))
    return Answer({"received": True}, outcome="queued")
