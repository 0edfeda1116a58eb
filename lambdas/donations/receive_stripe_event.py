"""POST /webhooks/stripe: Stripe tells what became of a payment, and the payment worker hears of it."""

from paysandbox.aws.runtime import settings_of, sqs
from paysandbox.aws.settings import PaymentQueueSettings
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.donations.schemas import event_text
from paysandbox.donations.stripe_secrets import check_signature, webhook_secret
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call, Raw


def prepare() -> None:
    """Have the queue's client and the secret ready. Raises Refused(stripe_not_configured)."""
    sqs()
    webhook_secret().value()


@endpoint(RECEIVE_STRIPE_EVENT, prepare=prepare)
def handler(call: Call[None, None]) -> Answer:
    """The signature first, over the bytes as they came; then one message. What the event means is the worker's."""
    raw: Raw = call.bytes_sent
    check_signature(raw)
    sqs().send_message(QueueUrl=settings_of(PaymentQueueSettings).payment_queue_url, MessageBody=event_text(raw.body))
    return Answer({"received": True}, outcome="queued")
