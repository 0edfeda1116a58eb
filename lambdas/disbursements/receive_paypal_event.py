"""POST /webhooks/paypal: receive a PayPal webhook, and apply it to its disbursement."""

from paysandbox.disbursements.paypal.credentials import paypal_account
from paysandbox.disbursements.paypal.signature import check_paypal_signature
from paysandbox.disbursements.paypal.webhook import receive
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.disbursements.store import tables
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call, Raw


def prepare() -> None:
    """Initialize the table's client and the credentials. Raises Refused(paypal_not_configured)."""
    tables.disbursements()
    paypal_account().credentials()


@endpoint(RECEIVE_PAYPAL_EVENT, prepare=prepare)
def handler(call: Call[None, None]) -> Answer:
    """Verify the signature over the original bytes, then apply the webhook. A repeated one changes nothing."""
    raw: Raw = call.request.raw
    check_paypal_signature(raw)
    return Answer({"received": True}, outcome=str(receive(tables.disbursements(), raw.body)))
