"""POST /webhooks/stripe: Stripe tells what became of a payment, and the payment worker hears of it."""

from paysandbox.contract.donations import event_text
from paysandbox.routes.donations import RECEIVE_STRIPE_EVENT
from paysandbox.runtime.effects import need, sqs
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call, Raw
from paysandbox.runtime.stripe_secrets import check_signature
from paysandbox.settings import PaymentQueueSettings


@endpoint(RECEIVE_STRIPE_EVENT)
def handler(call: Call) -> Answer:
    """The signature first, over the bytes as they came; then one message. What the event means is the worker's."""
    raw: Raw = call.raw
    check_signature(raw)
    sqs().send_message(QueueUrl=need(PaymentQueueSettings).payment_queue_url, MessageBody=event_text(raw.body))
    return Answer({"received": True}, outcome="queued")
