"""POST /webhooks/stripe: Stripe tells what became of a payment, and the payment worker hears of it."""

from paysandbox.contract.donations import event_text
from paysandbox.routes.donations import RECEIVE_STRIPE_EVENT
from paysandbox.runtime.effects import need, sqs
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call, Raw
from paysandbox.runtime.stripe_secrets import check_signature, webhook_secret
from paysandbox.settings import PaymentQueueSettings


def prepare() -> None:
    """Have the queue's client and the secret ready. Raises Refused(stripe_not_configured)."""
    sqs()
    webhook_secret().value()


@endpoint(RECEIVE_STRIPE_EVENT, prepare=prepare)
def handler(call: Call) -> Answer:
    """The signature first, over the bytes as they came; then one message. What the event means is the worker's."""
    raw: Raw = call.bytes_sent
    check_signature(raw)
    sqs().send_message(QueueUrl=need(PaymentQueueSettings).payment_queue_url, MessageBody=event_text(raw.body))
    return Answer({"received": True}, outcome="queued")
